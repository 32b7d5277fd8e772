# SPDX-License-Identifier: Apache-2.0
"""Zero-noise extrapolation: folded circuits and a weighted fit."""
