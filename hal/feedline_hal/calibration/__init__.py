# SPDX-License-Identifier: Apache-2.0
"""Calibration sets: what each gate is in pulses."""
