# SPDX-License-Identifier: Apache-2.0
"""Contracts: test classes that plugin authors inherit."""
