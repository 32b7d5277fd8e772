# SPDX-License-Identifier: Apache-2.0
"""Backends on Qiskit Aer."""
