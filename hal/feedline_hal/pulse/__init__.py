# SPDX-License-Identifier: Apache-2.0
"""Pulse records: ports, frames, waveforms, instructions, schedules."""
