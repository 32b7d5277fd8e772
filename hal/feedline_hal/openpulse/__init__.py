# SPDX-License-Identifier: Apache-2.0
"""OpenPulse text: read into calibration sets, and written again."""
