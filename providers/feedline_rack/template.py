# SPDX-License-Identifier: Apache-2.0
"""Rack files to fill in, made from what drivers say of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from feedline.front_door import host
from feedline_hal.rack.bench import Bench, BenchPart, benched
from feedline_hal.rack.mistake import Mistake, RackFileError
from feedline_hal.rack.rule.instrument import safe_line, span
from feedline_hal.rack.schema import InstrumentSpec, RackSpec

STARTER = ("tektronix_awg5200", "tektronix_mso", "rohde_schwarz_sgs100a", "quantum_composers_9520")
"""A driver of each role, for those who name none."""

_HEAD = """# The rack '{name}': its instruments and how they are wired.
#
# Fill in what stands after a '#'. `feedline rack check` names all that is still open or wrong, at once;
# docs/reference/rack-file.md has every key. Units are in the names.

dt_s = 1e-9             # a tick of the device's clock
repetition_s = 250e-6   # from one shot to the next
# calibrations = "calibrations.qasm"   # gates as pulses: OpenPulse text, or "store:NAME"
"""
_ADDRESSES = {
    "sequencer": "TCPIP::10.0.0.5::4000::SOCKET",
    "digitizer": "TCPIP::10.0.0.6::hislip0::INSTR",
    "coordinator": "ASRL/dev/ttyUSB0::INSTR",
    "settable": "TCPIP::10.0.0.7::inst0::INSTR",
}
_PREFIXES = {"sequencer": "awg", "digitizer": "scope", "coordinator": "trig"}


def template(name: str, drivers: Sequence[str]) -> str:
    """The text of a rack file with these instruments, safe ranges and wiring commented out.

    Args:
        name: Of the rack.
        drivers: Names of drivers; one that comes twice is two instruments.

    Raises:
        RackFileError: If no plugin offers a driver; names the nearest.
    """
    bench = _bench(name, drivers)
    parts = [_HEAD.format(name=name), *(_instrument(key, part) for key, part in bench.parts.items())]
    return "\n".join([*parts, *_wiring(bench)])


def _bench(name: str, drivers: Sequence[str]) -> Bench:
    entries = host().drivers
    plain = {f"new{number}": driver for number, driver in enumerate(drivers)}
    specs = {key: InstrumentSpec(name=key, driver=driver, address="") for key, driver in plain.items()}
    spec = RackSpec(path=Path(name), name=name, instruments=specs)
    bench, mistakes = benched(spec, entries)
    if mistakes:
        raise RackFileError(name, [Mistake("--driver", item.what, item.remedy) for item in mistakes])
    named = {_name(part, list(bench.parts.values())): part for part in bench.parts.values()}
    return Bench(spec=spec, parts=named)


def _name(part: BenchPart, parts: Sequence[BenchPart]) -> str:
    """A name by what it is for, numbered if there may be more."""
    alike = [other for other in parts if _prefix(other) == _prefix(part)]
    number = alike.index(part) + 1
    return _prefix(part) if len(alike) == 1 and part.role != "sequencer" else f"{_prefix(part)}{number}"


def _prefix(part: BenchPart) -> str:
    if part.role in _PREFIXES:
        return _PREFIXES[part.role]
    if any(name.endswith("frequency_hz") for name in part.quantities):
        return "lo"
    return "bias" if "level_v" in part.quantities else part.spec.driver.rpartition("_")[2]


def _instrument(name: str, part: BenchPart) -> str:
    entry = host().drivers[part.spec.driver]
    settings = [item for item in part.quantities.values() if item.is_setting]
    outputs = [item for item in part.quantities.values() if item.is_output]
    lines = [
        f"[instruments.{name}]",
        f'driver = "{part.spec.driver}"   # {entry.summary}',
        f'address = ""   # "{_ADDRESSES[part.role]}"',
        '# serial = ""   # what `feedline rack identify` compares',
    ]
    if settings:
        lines += ["", f"[instruments.{name}.settings]   # values from the start; leave out what stays as it is"]
        lines += [f"# {item.name} =   # {span(item.name, item.low, item.high)}" for item in settings]
    if outputs:
        lines += ["", f"[instruments.{name}.safe]   # nothing beyond goes out, whoever asks"]
        lines += [f"# {safe_line(item)}" for item in outputs]
    return "\n".join([*lines, ""])


def _wiring(bench: Bench) -> Iterator[str]:
    """Ports and triggers for the instruments that there are."""
    players, ears, trigger = (bench.of_role(role) for role in ("sequencer", "digitizer", "coordinator"))
    sources = [name for name, part in bench.parts.items() if _prefix(part) == "lo"]
    if players:
        lo = _first_output(sources[0], bench.parts[sources[0]]) if sources else ""
        yield _DRIVE.format(player=players[0], lo=_LO.format(lo=lo) if lo else "")
        yield _READOUT.format(player=players[0], ear=ears[0] if ears else "scope")
    if trigger:
        yield "# What starts a shot on each instrument; delay_s and width_s if they are not 0 and 1e-6."
        for name in (*players, *ears):
            yield f'[triggers.{name}]\nsource = "{trigger[0]}.a"\n'
    yield _QUBIT


def _first_output(name: str, part: BenchPart) -> str:
    """How a local oscillator is written: ``lo1``, ``synth.a``."""
    prefix = next(item.removesuffix("frequency_hz") for item in part.quantities if item.endswith("frequency_hz"))
    return f"{name}.{prefix.rstrip('_')}".rstrip(".")


_LO = """# lo = "{lo}"                    # its local oscillator
# lo_frequency_hz = 5e9
"""

_DRIVE = """# A port that plays: two channels into a mixer, or one (channel = "{player}.ch1") without.
# [ports.q0_drive]
# qubits = [0]
# i = "{player}.ch1"
# q = "{player}.ch2"
{lo}# frequency_range_hz = [4.8e9, 5.2e9]
# attenuation_db = 30            # in the line; fixed
# delay_s = 12e-9                # from the sequencer to the device
# mixer = {{ gain = 1.0, phase_rad = 0.0, offset_i_v = 0.0, offset_q_v = 0.0 }}
"""

_READOUT = """# A port that plays and records; several qubits may share it.
# [ports.readout]
# qubits = [0]
# i = "{player}.ch3"
# q = "{player}.ch4"
# capture = "{ear}.ch1"           # one channel, a real signal; or capture_i and capture_q
# is_multiplexed = true          # several tones at once
# capture_delay_s = 60e-9        # from the device to the digitizer
"""

_QUBIT = """# How a qubit's integrated record becomes a bit; measured once the rest works.
# [readout.q0]
# angle_rad = 0.0
# threshold = 0.0
"""
