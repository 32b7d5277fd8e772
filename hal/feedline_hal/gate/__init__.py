# SPDX-License-Identifier: Apache-2.0
"""Pulse gates and pulse boxes in Qiskit circuits."""
