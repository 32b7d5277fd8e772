# SPDX-License-Identifier: Apache-2.0
"""Drivers, one file per instrument model."""
