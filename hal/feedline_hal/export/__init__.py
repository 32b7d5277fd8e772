# SPDX-License-Identifier: Apache-2.0
"""Port-level programs for others: samples, tables."""
