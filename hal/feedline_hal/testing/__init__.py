# SPDX-License-Identifier: Apache-2.0
"""For authors of drivers and backends: a pulse-level reference device."""
