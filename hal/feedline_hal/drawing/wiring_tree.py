# SPDX-License-Identifier: Apache-2.0
"""The wiring of a rack as a tree for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from rich.tree import Tree

from feedline_hal.rack.schema import Channel, InstrumentSpec, PortSpec, RackSpec

from .wiring_words import frequency_words, mixer_words, port_lines, side_lines, size_words, time_words


def wiring_tree(spec: RackSpec) -> Tree:
    """Instruments with the ports that they play, on which way; then those that are in no signal path."""
    tree = Tree(Text.assemble((spec.name, "bold"), (f"  {size_words(spec)}", "dim")))
    used: set[str] = set()
    for name, instrument in spec.instruments.items():
        ports = [port for port in spec.ports.values() if port.outputs and port.outputs[0].instrument == name]
        if ports:
            used.add(name)
            branch = tree.add(_instrument(instrument, spec))
            for port in ports:
                branch.add(_path(port))
    silent = [port for port in spec.ports.values() if not port.outputs]
    for port in silent:
        tree.add(_path(port))
    for name, instrument in spec.instruments.items():
        if name not in used:
            _beside(tree, instrument, spec)
    return tree


def _instrument(instrument: InstrumentSpec, spec: RackSpec) -> Text:
    words = Text.assemble((instrument.name, "bold"), f"  {instrument.driver}", (f"  {instrument.address}", "dim"))
    trigger = spec.triggers.get(instrument.name)
    if trigger is not None:
        late = f" +{time_words(trigger.delay_s)}" if trigger.delay_s else ""
        words.append(f"  trigger {trigger.source}{late}", "yellow")
    return words


def _path(port: PortSpec) -> Text:
    """From the channels to the port, and back to the digitizer."""
    way = Text()
    if port.outputs:
        way.append(_channels(port.outputs), "blue")
        parts = [_mixer(port), mixer_words(port.mixer)]
        parts.append(f"\N{MINUS SIGN}{port.attenuation_db:g} dB" if port.attenuation_db else "")
        parts.append(f"+{time_words(port.delay_s)}" if port.delay_s else "")
        way.append(f" ─ {' ─ '.join(part for part in parts if part)}" if any(parts) else "")
        way.append(" → ")
    way.append(port.name, "bold")
    way.append(f"  {port_lines(port)[0]}", "dim")
    if port.inputs:
        parts = [_mixer(port), f"+{time_words(port.capture_delay_s)}" if port.capture_delay_s else ""]
        way.append(f" ─ {' ─ '.join(part for part in parts if part)}" if any(parts) else "")
        way.append(" → ")
        way.append(f"{port.inputs[0].instrument} {_channels(port.inputs)}", "green")
    return way


def _channels(channels: Sequence[Channel]) -> str:
    return ", ".join(channel.output or channel.instrument for channel in channels)


def _mixer(port: PortSpec) -> str:
    return "" if port.lo is None else f"\N{CIRCLED TIMES} {port.lo} {frequency_words(port.lo_frequency_hz)}"


def _beside(tree: Tree, instrument: InstrumentSpec, spec: RackSpec) -> None:
    branch = tree.add(_instrument(instrument, spec))
    for line in side_lines(instrument, spec):
        branch.add(Text(line))
    for trigger in spec.triggers.values():
        if trigger.source.instrument == instrument.name:
            branch.add(Text.assemble((f"{trigger.source.output} → {trigger.instrument}", "yellow")))
