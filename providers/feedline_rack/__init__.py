# SPDX-License-Identifier: Apache-2.0
"""The rack provider: a rack file and a calibration set are a backend."""
