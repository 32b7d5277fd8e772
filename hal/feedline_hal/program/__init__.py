# SPDX-License-Identifier: Apache-2.0
"""Whole programs of OpenQASM 3 with OpenPulse: text in, a circuit and its calibrations out."""
