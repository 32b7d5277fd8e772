# SPDX-License-Identifier: Apache-2.0
"""Transports: the only importers of pyvisa and pyserial; drivers are handed a connection."""
