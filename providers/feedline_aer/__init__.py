# SPDX-License-Identifier: Apache-2.0
"""Backends on Qiskit Aer: ideal, noisy, or like a device you know."""
