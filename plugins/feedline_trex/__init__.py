# SPDX-License-Identifier: Apache-2.0
"""Readout twirling, and each term divided by its measured factor."""
