# SPDX-License-Identifier: Apache-2.0
"""Bring-up: routines that measure a device and make a better calibration set of what they find."""
