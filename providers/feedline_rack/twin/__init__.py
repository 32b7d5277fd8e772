# SPDX-License-Identifier: Apache-2.0
"""The twin as a backend: a simulated chip behind emulated instruments, all of it in this process."""
