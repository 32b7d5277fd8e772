# SPDX-License-Identifier: Apache-2.0
"""Roles of instruments: what a driver may be, small and composed."""
