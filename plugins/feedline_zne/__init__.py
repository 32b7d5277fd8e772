# SPDX-License-Identifier: Apache-2.0
"""Zero-noise extrapolation: folded circuits or stretched pulses, and a weighted fit."""
