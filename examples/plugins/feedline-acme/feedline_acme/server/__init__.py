# SPDX-License-Identifier: Apache-2.0
"""Stands in for a controller: listens on a socket, speaks its protocol, computes three qubits."""
