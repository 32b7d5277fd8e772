# SPDX-License-Identifier: Apache-2.0
"""A rack that a chip can be wired to, as the text of a rack file: channels, oscillators that reach, safe ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from feedline_hal.rack.schema import ReadoutSpec

from . import rack_text
from .chip import Chip, Mixer, Qubit
from .chip_text import number_text
from .oscillator import PLAYED_HZ, RECORDED_HZ, Oscillator, oscillators, readout_ports

_AWG_CHANNELS, _GENERATOR_CHANNELS = 8, 2
_MIXED_V, _BASEBAND_V = 0.25, 0.5
_MARGIN = 1.2
_ATTENUATION_DB = 40
FIRST_PORT, MOST_PORTS = 24200, 20
"""Where a rack's addresses on this machine begin, below what systems give to clients, and how many it has at most."""


@attrs.frozen(slots=True)
class _Sequencer:
    """A sequencer and what is wired to it.

    Attributes:
        name, driver: Of the instrument.
        channels: How many it has.
        peaks_v: Full scale of those that are used, in order.
    """

    name: str
    driver: str
    channels: int
    peaks_v: list[float] = attrs.field(factory=list)


@attrs.define(slots=True)
class _Bench:
    """What has been put on the bench so far."""

    sequencers: list[_Sequencer]
    first_port: int
    num_addresses: int = 0

    def take(self, peak_v: float) -> str:
        """The next channel that is free."""
        one = next(one for one in self.sequencers if len(one.peaks_v) < one.channels)
        one.peaks_v.append(peak_v)
        return f"{one.name}.ch{len(one.peaks_v)}"

    def address(self, form: str) -> str:
        """The next address on this machine."""
        self.num_addresses += 1
        return form.format(port=self.first_port + self.num_addresses - 1)


_SOCKET, _HISLIP = "TCPIP::127.0.0.1::{port}::SOCKET", "TCPIP::127.0.0.1::hislip0,{port}::INSTR"
_VXI11, _SERIAL = "TCPIP::127.0.0.1,{port}::inst0::INSTR", "ASRL/tmp/feedline-twin-{port}::INSTR"
_AWG, _GENERATOR = ("tektronix_awg5200", _SOCKET), ("keysight_33600a", _HISLIP)


def rack_for(
    chip: Chip, *, calibrations: str = "", readout: Iterable[ReadoutSpec] = (), first_port: int = FIRST_PORT
) -> str:
    """The text of a rack file.

    Drives and the readout line have I and Q on AWG5200s; couplers and resets have a channel each of what is left,
    the last one or two on a 33600A. Mixers are corrected as the chip's file has them. All addresses are on this
    machine, where `feedline emulate` serves them.

    Args:
        chip: The chip.
        calibrations: Name of the calibration file, or ``store:NAME``; empty for none.
        readout: Angles and thresholds; 0 for qubits that have none.
        first_port: First of up to `MOST_PORTS` ports of this machine.

    Raises:
        InputError: If frequencies of the chip are too far apart for an oscillator and 1 GS/s.
    """
    bench = _Bench(_sequencers(_channels(chip)), first_port)
    used = oscillators(chip)
    ports = "\n".join(_ports(chip, bench, used))
    head = rack_text.HEAD.format(name=chip.name)
    if calibrations:
        head += f'calibrations = "{calibrations}"\n'
    triggered = [*(one.name for one in bench.sequencers), *(["scope"] if readout_ports(chip) else [])]
    parts = [
        head,
        *(_sequencer(one, bench) for one in bench.sequencers),
        *_scope(chip, bench),
        *_sources(used, bench),
        *(_bias(qubit, bench) for qubit in chip.qubits if qubit.bias),
        _trigger(triggered, bench),
        *(
            rack_text.TRIGGERED.format(name=name, output=output)
            for output, name in zip("abcdefgh", triggered, strict=False)
        ),
        ports,
        *_readouts(chip, {one.qubit: one for one in readout}),
    ]
    return "\n".join(parts)


def _channels(chip: Chip) -> int:
    """How many sequencer channels a chip needs."""
    mixed = sum(bool(one.port) for one in chip.qubits) + len(readout_ports(chip))
    return 2 * mixed + len(chip.couplers) + sum(bool(one.reset_port) for one in chip.qubits)


def _sequencers(channels: int) -> list[_Sequencer]:
    full, rest = divmod(channels, _AWG_CHANNELS)
    awgs = full + (rest > _GENERATOR_CHANNELS)
    made = [_Sequencer(f"awg{number + 1}", _AWG[0], _AWG_CHANNELS) for number in range(awgs)]
    if 0 < rest <= _GENERATOR_CHANNELS:
        made.append(_Sequencer("gen", _GENERATOR[0], _GENERATOR_CHANNELS))
    return made


def _ports(chip: Chip, bench: _Bench, sources: Sequence[Oscillator]) -> Iterator[str]:
    oscillator = {port: one for one in sources for port in one.ports}
    for qubit in chip.qubits:
        if qubit.port:
            yield _mixed(qubit.port, (qubit.index,), bench, oscillator[qubit.port]) + _mixer_line(chip, qubit.port)
    for number, line in enumerate(readout_ports(chip)):
        read = tuple(one.index for one in chip.qubits if one.resonator and one.resonator.port == line)
        text = _mixed(line, read, bench, oscillator[line])
        yield f'{text}capture = "scope.ch{number + 1}"\n{rack_text.LINE}{_mixer_line(chip, line)}'
    for coupler in chip.couplers:
        yield rack_text.BASEBAND.format(
            name=coupler.port, qubits=sorted(coupler.qubits), channel=bench.take(_BASEBAND_V)
        )
    for qubit in chip.qubits:
        if qubit.reset_port:
            yield rack_text.BASEBAND.format(
                name=qubit.reset_port, qubits=[qubit.index], channel=bench.take(_BASEBAND_V)
            )


def _mixed(name: str, qubits: tuple[int, ...], bench: _Bench, oscillator: Oscillator) -> str:
    i, q = bench.take(_MIXED_V), bench.take(_MIXED_V)
    lo = f'lo = "{oscillator.output}"\nlo_frequency_hz = {number_text(oscillator.frequency_hz)}\n'
    text = f'[ports.{name}]\nqubits = {list(qubits)}\ni = "{i}"\nq = "{q}"\n{lo}'
    return f"{text}attenuation_db = {_ATTENUATION_DB}\ndelay_s = 18e-9\n"


def _mixer_line(chip: Chip, port: str) -> str:
    mixer = chip.mixers.get(port, Mixer())
    values = {
        "gain": mixer.gain,
        "phase_rad": mixer.phase_rad,
        "offset_i_v": -mixer.leak_i_v,
        "offset_q_v": -mixer.leak_q_v,
    }
    return f"mixer = {{ {', '.join(f'{key} = {number_text(value)}' for key, value in values.items())} }}\n"


def _sequencer(one: _Sequencer, bench: _Bench) -> str:
    form = _AWG[1] if one.driver == _AWG[0] else _GENERATOR[1]
    lines = [f"[instruments.{one.name}]", f'driver = "{one.driver}"', f'address = "{bench.address(form)}"']
    if one.driver == _AWG[0]:
        lines.append(f"options = {{ channels = {one.channels} }}")
    lines += ["", f"[instruments.{one.name}.settings]", f"rate_hz = {number_text(PLAYED_HZ)}"]
    lines += [f"ch{number}_amplitude_v = {peak_v:g}" for number, peak_v in enumerate(one.peaks_v, start=1)]
    lines += ["", f"[instruments.{one.name}.safe]"]
    for number in range(1, one.channels + 1):
        safe_v = _MARGIN * one.peaks_v[number - 1] if number <= len(one.peaks_v) else 0.0
        lines.append(
            f"ch{number}_voltage_v = [{-safe_v:g}, {safe_v:g}]" if safe_v else f"ch{number}_voltage_v = [0, 0]"
        )
        lines.append(f"ch{number}_slew_v_per_s = [0, {number_text(2e9 * safe_v) if safe_v else 0}]")
    return "\n".join([*lines, ""])


def _scope(chip: Chip, bench: _Bench) -> Iterator[str]:
    if readout_ports(chip):
        yield rack_text.SCOPE.format(address=bench.address(_HISLIP), rate=number_text(RECORDED_HZ))


def _sources(used: Sequence[Oscillator], bench: _Bench) -> Iterator[str]:
    """A SynthHD for the drives, an SGS100A for each readout line."""
    drives = {one.output[-1]: one.frequency_hz for one in used if "." in one.output}
    if drives:
        yield _synth(drives, bench)
    for one in used:
        if "." not in one.output:
            low_hz, high_hz = one.frequency_hz - 100e6, one.frequency_hz + 100e6
            yield rack_text.SGS.format(
                name=one.output, address=bench.address(_SOCKET), low=low_hz / 1e9, high=high_hz / 1e9
            )


def _synth(drives: Mapping[str, float], bench: _Bench) -> str:
    settings = ", ".join(f"{output}_power_dbm = 10, {output}_is_on = true" for output in drives)
    lines = ["[instruments.lo_drive]", 'driver = "windfreak_synthhd"', f'address = "{bench.address(_SERIAL)}"']
    lines += [f"settings = {{ {settings} }}", "", "[instruments.lo_drive.safe]"]
    for output in "ab":
        frequency_hz = drives.get(output, next(iter(drives.values())))
        low, high = (frequency_hz - 100e6) / 1e9, (frequency_hz + 100e6) / 1e9
        lines.append(f"{output}_frequency_hz = [{low:.9g}e9, {high:.9g}e9]")
        lines.append(f"{output}_power_dbm = {'[-20, 13]' if output in drives else '[-70, -60]   # not wired'}")
    return "\n".join([*lines, ""])


def _bias(qubit: Qubit, bench: _Bench) -> str:
    reach_v = abs(qubit.bias_sweet_v) + qubit.bias_period_v / 2
    return rack_text.BIAS.format(
        name=qubit.bias, address=bench.address(_VXI11), level=number_text(qubit.bias_sweet_v), reach=f"{reach_v:.3g}"
    )


def _trigger(triggered: Sequence[str], bench: _Bench) -> str:
    outputs = 4 if len(triggered) <= 4 else 8
    lines = ["[instruments.trig]", 'driver = "quantum_composers_9520"', f'address = "{bench.address(_SERIAL)}"']
    lines += [f"options = {{ channels = {outputs} }}", "", "[instruments.trig.safe]"]
    for number, output in enumerate("abcdefgh"[:outputs]):
        lines.append(f"{output}_duty = {'[0, 0.2]' if number < len(triggered) else '[0, 0]'}")
    return "\n".join([*lines, "trigger_rate_hz = [0.001, 200e3]", ""])


def _readouts(chip: Chip, known: Mapping[int, ReadoutSpec]) -> Iterator[str]:
    for qubit in chip.qubits:
        if qubit.resonator is not None:
            one = known.get(qubit.index, ReadoutSpec(qubit=qubit.index))
            angle, threshold = number_text(one.angle_rad), number_text(one.threshold)
            yield f"[readout.q{qubit.index}]\nangle_rad = {angle}\nthreshold = {threshold}\n"
