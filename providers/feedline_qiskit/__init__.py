# SPDX-License-Identifier: Apache-2.0
"""Any Qiskit BackendV2 as a Feedline backend."""
