# SPDX-License-Identifier: Apache-2.0
"""Emulators: instruments that answer in their published dialects, over real sockets and pseudo-terminals."""
