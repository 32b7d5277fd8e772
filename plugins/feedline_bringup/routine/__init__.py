# SPDX-License-Identifier: Apache-2.0
"""The routines, one kind of experiment a module."""
