# SPDX-License-Identifier: Apache-2.0
"""Rules that a rack file keeps, a file per part of it; each is a function that yields the mistakes."""
