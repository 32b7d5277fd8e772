# SPDX-License-Identifier: Apache-2.0
"""Dynamical decoupling: pulses into idle times."""
