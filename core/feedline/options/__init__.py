# SPDX-License-Identifier: Apache-2.0
"""Options as attrs classes: names and defaults of Qiskit's client-side primitives."""
