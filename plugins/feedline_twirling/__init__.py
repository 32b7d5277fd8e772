# SPDX-License-Identifier: Apache-2.0
"""Random frames that make noise a Pauli channel: gates and measurements."""
