# SPDX-License-Identifier: Apache-2.0
"""Parts of the rack files that `feedline_hal.twin.rack_for` writes."""

from __future__ import annotations

HEAD = """# A rack that chip '{name}' is wired to: its instruments, their wiring, what is safe. `feedline emulate`
# serves it on this machine; docs/reference/rack-file.md has every key.

name = "{name}"
dt_s = 1e-9
repetition_s = 10e-6    # short: a simulated chip begins every shot in equilibrium
max_shot_s = 400e-6
"""
SCOPE = """[instruments.scope]
driver = "tektronix_mso"
address = "{address}"
options = {{ channels = 4 }}
settings = {{ rate_hz = {rate}, ch1_range_v = 1.0 }}
"""
SGS = """[instruments.{name}]
driver = "rohde_schwarz_sgs100a"
address = "{address}"
settings = {{ power_dbm = 15, is_on = true }}
safe = {{ frequency_hz = [{low:.9g}e9, {high:.9g}e9], power_dbm = [-20, 18] }}
"""
BIAS = """[instruments.{name}]
driver = "yokogawa_gs200"
address = "{address}"
settings = {{ range_v = 1, level_v = {level}, is_on = true }}
safe = {{ level_v = [-{reach}, {reach}], level_v_per_s = [0, 0.25] }}
"""
TRIGGERED = """[triggers.{name}]
source = "trig.{output}"
"""
LINE = """is_multiplexed = true
max_amplitude = 0.95
capture_delay_s = 62e-9
"""
BASEBAND = """[ports.{name}]
qubits = {qubits}
channel = "{channel}"
delay_s = 24e-9
"""
