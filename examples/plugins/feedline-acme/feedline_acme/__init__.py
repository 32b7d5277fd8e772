# SPDX-License-Identifier: Apache-2.0
"""Acme Q3 controllers as Feedline backends."""
