# SPDX-License-Identifier: Apache-2.0
"""Contract tests and doubles for plugin authors."""
