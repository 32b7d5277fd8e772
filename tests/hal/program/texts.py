# SPDX-License-Identifier: Apache-2.0
"""Texts that several tests read."""

from __future__ import annotations

DECLARED = """OPENQASM 3.0;
defcalgrammar "openpulse";
include "stdgates.inc";
cal {
  port q0_drive;
  port q1_drive;
  port q0_readout;
  frame f0 = newframe(q0_drive, 5.2e9, 0.0);
  frame f1 = newframe(q1_drive, 4.6e9, 0.0);
  frame r0 = newframe(q0_readout, 7.0e9, 0.0);
  waveform w = gaussian(0.2, 32ns, 8ns);
}
"""
KICK = "defcal kick(angle a) $0 { shift_phase(f0, a); play(f0, w); }\n"
