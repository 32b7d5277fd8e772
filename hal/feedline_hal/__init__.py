# SPDX-License-Identifier: Apache-2.0
"""The hardware abstraction layer: from circuits to the wire."""
