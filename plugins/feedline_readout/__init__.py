# SPDX-License-Identifier: Apache-2.0
"""Readout errors undone shot by shot, with measured assignment matrices."""
