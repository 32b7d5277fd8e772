# SPDX-License-Identifier: Apache-2.0
"""Rules of ports: which channels they have, and what those can carry."""

from __future__ import annotations

import math
from collections.abc import Iterator

from feedline.errors import nearest
from feedline_hal.instrument.acquisition import DigitizerCapabilities
from feedline_hal.instrument.sequence import SequencerCapabilities
from feedline_hal.rack.bench import Bench
from feedline_hal.rack.mistake import Mistake
from feedline_hal.rack.schema import Channel, PortSpec, RackSpec

OUTPUT_KEYS, INPUT_KEYS = ("i", "q", "channel"), ("capture_i", "capture_q", "capture")
_WORDS = {"sequencer": "plays", "digitizer": "records"}


def shapes(bench: Bench) -> Iterator[Mistake]:
    """A port has I and Q or one channel, each way, and at least one way."""
    for port in bench.spec.ports.values():
        path = f"ports.{port.name}"
        for (first, second, single), verb in ((OUTPUT_KEYS, "plays"), (INPUT_KEYS, "captures")):
            pair = [key for key in (first, second) if getattr(port, key) is not None]
            if getattr(port, single) is not None and pair:
                yield Mistake(
                    f"{path}.{single}", f"is given beside {pair[0]}.", f"It {verb} with one channel, or with two."
                )
            elif len(pair) == 1:
                missing = second if pair[0] == first else first
                yield Mistake(f"{path}.{pair[0]}", f"is given without {missing}.", f"Give {missing}, or only {single}.")
        if not port.outputs and not port.inputs:
            yield Mistake(path, "is wired to nothing.", 'Give channels: channel = "awg1.ch1", or i and q, or capture.')
        if not port.qubits:
            yield Mistake(path, "acts on no qubit.", "Give physical qubits: qubits = [0].")
        if len({channel.instrument for channel in port.inputs}) > 1:
            yield Mistake(f"{path}.capture_q", "is of another instrument than capture_i.", "Use one digitizer.")


def channels(bench: Bench) -> Iterator[Mistake]:
    """Channels exist, are of the right kind of instrument, and are used once, digitizers' inputs excepted."""
    used: dict[Channel, str] = {}
    for port in bench.spec.ports.values():
        for keys, role in ((OUTPUT_KEYS, "sequencer"), (INPUT_KEYS, "digitizer")):
            for key in keys:
                channel: Channel | None = getattr(port, key)
                if channel is None:
                    continue
                path = f"ports.{port.name}.{key}"
                yield from _channel(bench, path, channel, role)
                other = used.setdefault(channel, path) if role == "sequencer" else path
                if other != path:
                    yield Mistake(path, f'is "{channel}", which {other} uses too.', "Give each port its own channels.")


def _channel(bench: Bench, path: str, channel: Channel, role: str) -> Iterator[Mistake]:
    if channel.instrument not in bench.spec.instruments:
        what = f"is \"{channel}\", but there is no instrument '{channel.instrument}'."
        yield Mistake(path, what, nearest(channel.instrument, bench.spec.instruments))
        return
    part = bench.parts.get(channel.instrument)
    if part is None:  # its driver is a mistake of its own
        return
    if part.role != role or not isinstance(part.able, SequencerCapabilities | DigitizerCapabilities):
        able = ", ".join(bench.of_role(role)) or "none"
        what = f"is \"{channel}\", but driver '{part.spec.driver}' is no {role}: it {_WORDS[role]} nothing."
        yield Mistake(path, what, f"Instruments of this rack that can: {able}.")
        return
    names = [f"ch{number}" for number in part.able.channels]
    if channel.output not in names:
        yield Mistake(
            path, f'is "{channel}".', f"Channels of '{channel.instrument}': {', '.join(names)}; check its options."
        )


def oscillators(bench: Bench) -> Iterator[Mistake]:
    """A local oscillator has a frequency that is safe, and one frequency for all ports that share it."""
    first: dict[Channel, PortSpec] = {}
    for port in bench.spec.ports.values():
        path = f"ports.{port.name}"
        if port.lo is None:
            if port.lo_frequency_hz:
                yield Mistake(f"{path}.lo_frequency_hz", "is given without lo.", 'Name the instrument: lo = "lo1".')
            continue
        if port.lo.instrument not in bench.spec.instruments:
            what = f"is \"{port.lo}\", but there is no instrument '{port.lo.instrument}'."
            yield Mistake(f"{path}.lo", what, nearest(port.lo.instrument, bench.spec.instruments))
            continue
        yield from _oscillator(bench, port, port.lo)
        other = first.setdefault(port.lo, port)
        if other.lo_frequency_hz != port.lo_frequency_hz:
            what = f"is {port.lo_frequency_hz:.12g}, but ports.{other.name} has {other.lo_frequency_hz:.12g}"
            yield Mistake(
                f"{path}.lo_frequency_hz", f'{what} from the same output "{port.lo}".', "Give both the same frequency."
            )


def _oscillator(bench: Bench, port: PortSpec, lo: Channel) -> Iterator[Mistake]:
    part = bench.parts.get(lo.instrument)
    if part is None:
        return
    name = f"{lo.prefix}frequency_hz"
    if name not in part.quantities:
        there = [item.removesuffix("frequency_hz").rstrip("_") for item in part.quantities if "frequency_hz" in item]
        outputs = ", ".join(f'"{Channel(lo.instrument, item)}"' for item in there)
        remedy = f"Write {outputs}." if there else "Name a microwave source."
        yield Mistake(f"ports.{port.name}.lo", f'is "{lo}", which has no {name}.', remedy)
        return
    quantity = part.quantities[name]
    low, high = part.spec.safe.get(name, (quantity.low, quantity.high))
    path = f"ports.{port.name}.lo_frequency_hz"
    if not port.lo_frequency_hz:
        yield Mistake(path, "is missing.", "Give the local oscillator's frequency in hertz.")
    elif not low <= port.lo_frequency_hz <= high:
        where = f"instruments.{lo.instrument}.safe.{name}"
        yield Mistake(
            path, f"is {port.lo_frequency_hz:.12g}, which is not safe.", f"{where} is {low:.9g} to {high:.9g} hertz."
        )
    told = part.spec.settings.get(name)
    if told is not None and told != port.lo_frequency_hz:
        where = f"instruments.{lo.instrument}.settings.{name}"
        yield Mistake(
            where, f"is {told:.12g}, ports.{port.name} says {port.lo_frequency_hz:.12g}.", "Leave it out here."
        )


def frequencies(bench: Bench) -> Iterator[Mistake]:
    """Frequencies of frames are what the sample rate can put out: within half of it of the local oscillator."""
    for port in bench.spec.ports.values():
        given, reach = port.frequency_range_hz, reach_hz(port, bench.spec)
        if given is None or reach is None:
            continue
        slack = 1e-9 * max(abs(reach[0]), abs(reach[1]))
        if given[0] < reach[0] - slack or given[1] > reach[1] + slack:
            what = f"is [{given[0]:.9g}, {given[1]:.9g}], beyond what the sample rate gives."
            yield Mistake(
                f"ports.{port.name}.frequency_range_hz", what, f"Stay within {reach[0]:.9g} to {reach[1]:.9g} hertz."
            )


def reach_hz(port: PortSpec, spec: RackSpec) -> tuple[float, float] | None:
    """What a port can put out: half the sample rate on both sides of its local oscillator, above it for one channel."""
    if not port.outputs or port.outputs[0].instrument not in spec.instruments:
        return None
    settings = spec.instruments[port.outputs[0].instrument].settings
    half_hz = settings.get("rate_hz", 1 / spec.dt_s) / 2
    low_hz = 0.0 if port.channel is not None else -half_hz
    return port.lo_frequency_hz + low_hz, port.lo_frequency_hz + half_hz


def levels(bench: Bench) -> Iterator[Mistake]:
    """Full scale, mixer corrections and offsets together stay within what is safe; I and Q have one full scale."""
    for port in bench.spec.ports.values():
        yield from _balance(bench, port)
        tilt = math.cos(port.mixer.phase_rad)
        for key, factor, offset_v in (
            ("i", 1 / tilt, port.mixer.offset_i_v),
            ("q", 1 / (port.mixer.gain * tilt), port.mixer.offset_q_v),
            ("channel", 1.0, 0.0),
        ):
            channel: Channel | None = getattr(port, key)
            if channel is not None:
                yield from _level(bench, port, channel, factor, offset_v)


def _balance(bench: Bench, port: PortSpec) -> Iterator[Mistake]:
    """I and Q of a mixer as strong as each other: what the mixer does to them is told by its gain alone."""
    given = [
        spec.settings.get(f"{channel.prefix}amplitude_v")
        for channel in (port.i, port.q)
        if channel is not None and (spec := bench.spec.instruments.get(channel.instrument)) is not None
    ]
    if len(given) == 2 and given[0] != given[1]:
        words = [f"{one:.6g} V" if one is not None else "no amplitude_v" for one in given]
        what = f'is "{port.q}", with {words[1]}; i is "{port.i}", with {words[0]}.'
        remedy = "Give both the same amplitude_v, or neither; mixer.gain is for what the mixer makes of them."
        yield Mistake(f"ports.{port.name}.q", what, remedy)


def _level(bench: Bench, port: PortSpec, channel: Channel, factor: float, offset_v: float) -> Iterator[Mistake]:
    part = bench.parts.get(channel.instrument)
    if part is None or not isinstance(part.able, SequencerCapabilities):
        return
    safe = part.spec.safe.get(f"{channel.prefix}voltage_v")
    if safe is None:
        return
    amplitude_v = part.spec.settings.get(f"{channel.prefix}amplitude_v")
    offset_v += part.spec.settings.get(f"{channel.prefix}offset_v", 0.0)
    if amplitude_v is None:  # full scale is as large as the offset leaves room for
        if not safe[0] <= offset_v <= safe[1]:
            where = f"ports.{port.name}.mixer"
            yield Mistake(where, f"puts {offset_v:.6g} V on {channel}, which is not safe.", _safe_words(channel, safe))
        return
    peak_v = amplitude_v * port.max_amplitude * factor
    if not (safe[0] <= offset_v - peak_v and offset_v + peak_v <= safe[1]):
        reach = f"{offset_v - peak_v:.4g} to {offset_v + peak_v:.4g} V"
        what = f"and ports.{port.name} (max_amplitude, mixer) take {channel} from {reach}, which is not safe."
        where = f"instruments.{channel.instrument}.settings.{channel.prefix}amplitude_v"
        yield Mistake(where, what, _safe_words(channel, safe))


def _safe_words(channel: Channel, safe: tuple[float, float]) -> str:
    return f"instruments.{channel.instrument}.safe.{channel.prefix}voltage_v is {safe[0]:.6g} to {safe[1]:.6g} volts."
