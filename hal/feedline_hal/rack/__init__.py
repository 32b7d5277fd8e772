# SPDX-License-Identifier: Apache-2.0
"""Rack files: which instruments there are and what they are wired to."""
