# SPDX-License-Identifier: Apache-2.0
"""Lowering: from ISA circuits to timed pulses on ports, in named stages."""
