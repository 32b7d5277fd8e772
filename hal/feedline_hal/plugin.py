# SPDX-License-Identifier: Apache-2.0
"""What the pulse layer registers: commands, and the reference device as a backend. Imports no SDK."""

from __future__ import annotations
