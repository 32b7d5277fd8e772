# SPDX-License-Identifier: Apache-2.0
"""The command line; nothing here imports Qiskit before it is needed."""
