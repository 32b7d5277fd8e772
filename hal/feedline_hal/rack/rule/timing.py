# SPDX-License-Identifier: Apache-2.0
"""Rules of time: sample rates, triggers, repetition."""

from __future__ import annotations

import math
from collections.abc import Iterator

from feedline.errors import nearest
from feedline_hal.instrument.acquisition import DigitizerCapabilities
from feedline_hal.instrument.sequence import SequencerCapabilities
from feedline_hal.instrument.triggering import CoordinatorCapabilities
from feedline_hal.rack.bench import Bench, BenchPart
from feedline_hal.rack.mistake import Mistake
from feedline_hal.rack.schema import TriggerSpec

_WHOLE = 1e-6


def rates(bench: Bench) -> Iterator[Mistake]:
    """Instruments have their sample rates; a sequencer plays a whole number of samples a tick."""
    for name in _wired(bench):
        part = bench.parts.get(name)
        if part is None:
            continue
        path = f"instruments.{name}.settings.rate_hz"
        if isinstance(part.able, SequencerCapabilities):
            yield from _sequencer_rate(path, part.spec.settings.get("rate_hz"), part.able, bench.spec.dt_s)
        elif isinstance(part.able, DigitizerCapabilities):
            rate_hz = part.spec.settings.get("rate_hz", part.able.rates_hz[-1])
            if rate_hz not in part.able.rates_hz:
                known = ", ".join(f"{rate:.9g}" for rate in part.able.rates_hz)
                yield Mistake(path, f"is {rate_hz:.9g}, which it does not have.", f"It has {known}.")


def _sequencer_rate(path: str, given_hz: float | None, able: SequencerCapabilities, dt_s: float) -> Iterator[Mistake]:
    rate_hz = 1 / dt_s if given_hz is None else given_hz
    words = f"is {rate_hz:.9g}" if given_hz is not None else f"is not given, so that it is 1 / dt_s = {rate_hz:.9g}"
    low, high = able.rate_hz
    if not low * (1 - _WHOLE) <= rate_hz <= high * (1 + _WHOLE):
        yield Mistake(path, f"{words}, beyond what it does.", f"Give {low:.9g} to {high:.9g} hertz.")
    samples = rate_hz * dt_s
    if abs(samples - round(samples)) > _WHOLE * max(samples, 1) or round(samples) < 1:
        remedy = f"Give a multiple of 1 / dt_s, {1 / dt_s:.9g} hertz, or change dt_s."
        yield Mistake(path, f"{words}, {samples:.6g} samples a tick.", remedy)


def triggers(bench: Bench) -> Iterator[Mistake]:
    """One coordinator gives a trigger to every sequencer and digitizer that a port uses."""
    coordinators = bench.of_role("coordinator")
    if len(coordinators) > 1:
        for name in coordinators[1:]:
            what = f"is a second coordinator, beside '{coordinators[0]}'."
            yield Mistake(f"instruments.{name}", what, "Take one out: one instrument starts every shot.")
    for name in _wired(bench):
        if name in bench.parts and name not in bench.spec.triggers:
            source = f"{coordinators[0]}.a" if coordinators else "trig.a"
            yield Mistake(f"triggers.{name}", "is missing.", f'Add [triggers.{name}] with source = "{source}".')
    used: dict[str, str] = {}
    for name, trigger in bench.spec.triggers.items():
        yield from _trigger(bench, trigger)
        source = str(trigger.source).casefold()
        other = bench.spec.triggers[used.setdefault(source, name)]
        if (other.delay_s, other.width_s) != (trigger.delay_s, trigger.width_s):
            what = f'has another delay or width than triggers.{other.instrument} from the same output "{source}".'
            yield Mistake(f"triggers.{name}", what, "Give both the same, or use another output.")


def _trigger(bench: Bench, trigger: TriggerSpec) -> Iterator[Mistake]:
    path = f"triggers.{trigger.instrument}"
    if trigger.instrument not in bench.spec.instruments:
        yield Mistake(path, "triggers no instrument.", nearest(trigger.instrument, bench.spec.instruments))
    source = trigger.source
    if source.instrument not in bench.spec.instruments:
        what = f"is \"{source}\", but there is no instrument '{source.instrument}'."
        yield Mistake(f"{path}.source", what, nearest(source.instrument, bench.spec.instruments))
        return
    part = bench.parts.get(source.instrument)
    if part is None:
        return
    if not isinstance(part.able, CoordinatorCapabilities):
        able = ", ".join(bench.of_role("coordinator")) or "none"
        what = f"is \"{source}\", but driver '{part.spec.driver}' is no coordinator."
        yield Mistake(f"{path}.source", what, f"Instruments of this rack that give triggers: {able}.")
        return
    yield from _trigger_fits(path, trigger, part, part.able)


def _trigger_fits(path: str, trigger: TriggerSpec, part: BenchPart, able: CoordinatorCapabilities) -> Iterator[Mistake]:
    if trigger.source.output.casefold() not in [output.casefold() for output in able.outputs]:
        outputs = ", ".join(f'"{part.spec.name}.{output.lower()}"' for output in able.outputs)
        yield Mistake(f"{path}.source", f'is "{trigger.source}".', f"It has {outputs}.")
    for key, value, (low, high) in (
        ("delay_s", trigger.delay_s, able.delay_s),
        ("width_s", trigger.width_s, able.width_s),
    ):
        if not low <= value <= high:
            yield Mistake(f"{path}.{key}", f"is {value:.9g}.", f"It does {low:.9g} to {high:.9g} seconds.")


MARGIN_S = 1e-6
"""What instruments take from the end of a shot until they listen for the next trigger."""


def repetition(bench: Bench) -> Iterator[Mistake]:
    """The coordinator has the period."""
    for name in bench.of_role("coordinator"):
        able = bench.parts[name].able
        if isinstance(able, CoordinatorCapabilities):
            low, high = able.period_s
            if not low <= bench.spec.repetition_s <= high:
                remedy = f"'{name}' does {low:.9g} to {high:.9g} seconds."
                yield Mistake("repetition_s", f"is {bench.spec.repetition_s:.9g}.", remedy)
        yield from _safe_triggers(bench, name)


def _safe_triggers(bench: Bench, name: str) -> Iterator[Mistake]:
    """What the gate would refuse of every job: the rate and the duty that the file itself asks for."""
    safe, period_s = bench.spec.instruments[name].safe, _shortest_s(bench)
    wanted = {"trigger_rate_hz": 1 / period_s}
    for trigger in bench.spec.triggers.values():
        if trigger.source.instrument == name:
            wanted[f"{trigger.source.output.casefold()}_duty"] = trigger.width_s / period_s
    for quantity, value in wanted.items():
        low, high = safe.get(quantity, (0.0, math.inf))
        if not low * (1 - 1e-9) <= value <= high * (1 + 1e-9):
            what = f"is [{low:.9g}, {high:.9g}], but repetition_s and width_s make it {value:.9g}."
            yield Mistake(f"instruments.{name}.safe.{quantity}", what, "Change one of them; the gate would refuse it.")


def _shortest_s(bench: Bench) -> float:
    """The repetition time, or the shortest waveform of a sequencer if that lasts longer."""
    shortest_s = [bench.spec.repetition_s, 1e-9]
    for name in bench.of_role("sequencer"):
        able = bench.parts[name].able
        if isinstance(able, SequencerCapabilities) and name in bench.spec.triggers:
            rate_hz = float(bench.spec.instruments[name].settings.get("rate_hz", 1 / bench.spec.dt_s))
            shortest_s.append(able.min_samples / rate_hz + MARGIN_S if rate_hz > 0 else 0.0)
    return max(shortest_s)


def readout(bench: Bench) -> Iterator[Mistake]:
    """Qubits that are read out exist."""
    for name, one in bench.spec.readout.items():
        if one.qubit >= bench.spec.num_qubits:
            known = ", ".join(f"q{qubit}" for qubit in range(bench.spec.num_qubits)) or "none"
            yield Mistake(f"readout.{name}", "is no qubit of a port.", f"Qubits of the ports: {known}.")


def _wired(bench: Bench) -> list[str]:
    """Instruments that ports play or record with, in the order of the file."""
    used = {channel.instrument for port in bench.spec.ports.values() for channel in (*port.outputs, *port.inputs)}
    return [name for name in bench.spec.instruments if name in used]
