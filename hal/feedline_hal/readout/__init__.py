# SPDX-License-Identifier: Apache-2.0
"""Readout: from records to points in the IQ plane to bits."""
