# SPDX-License-Identifier: Apache-2.0
"""The twin: a simulated chip behind emulated instruments. What they put out drives it, what it answers they record."""
