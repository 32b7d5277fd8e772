# SPDX-License-Identifier: Apache-2.0
"""What the pulse layer registers: commands, the reference device, the reader of programs. Imports no SDK."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from feedline.hookspecs import hookimpl
from feedline.registry import BackendEntry, DriverEntry
from feedline.serialization import CircuitFormat, register_format

if TYPE_CHECKING:
    import click

    from .program.program import Program
    from .testing.reference import ReferenceBackend

_COMMANDS = ("calibrations", "draw", "lower")
"""Commands: each is a module in ``feedline_hal.cli`` with a click command of the same name, cheap to import."""


def _circuit_format() -> CircuitFormat:
    """How pulse gates and pulse boxes are written; imports Qiskit, when a circuit is written or read."""
    from .gate.format import PulseFormat

    return PulseFormat()


register_format("feedline.pulse", _circuit_format)  # at import: circuits are read where nothing else of ours is used


@hookimpl
def feedline_register_commands(group: click.Group) -> None:
    """Add the commands; what they need is imported when they run."""
    for name in _COMMANDS:
        group.add_command(getattr(import_module(f"feedline_hal.cli.{name}"), name))


def make_reference(
    argument: str = "", *, num_qubits: int = 2, seed: int | None = None, fractional: bool = False
) -> ReferenceBackend:
    """Make the pulse-level reference device.

    Args:
        argument: Takes none.
        num_qubits: 1 or 2.
        seed: Seed of everything that runs without a seed of its own.
        fractional: Whether it has ``rx`` and ``rzz`` of any angle.
    """
    from feedline.errors import OptionError

    from .testing.reference import ReferenceBackend

    if argument:
        raise OptionError(
            f"Backend 'pulse' takes nothing after a colon; '{argument}' was given.", remedy="Write 'pulse'."
        )
    return ReferenceBackend(num_qubits, seed=seed, fractional=fractional)


@hookimpl
def feedline_register_backends(register: Callable[[BackendEntry], None]) -> None:
    """Offer ``pulse``."""
    register(
        BackendEntry(
            name="pulse",
            make=make_reference,
            summary="Pulse-level reference device: one or two transmons, integrated exactly",
        )
    )


_DRIVERS = {
    "quantum_composers_9520": ("QuantumComposers9520", "Quantum Composers 9520 pulse generator: triggers"),
    "holzworth_hs9000": ("HolzworthHs9000", "Holzworth HS9000 RF sources: local oscillators"),
    "keysight_33600a": ("Keysight33600a", "Keysight 33600A, 33500B waveform generators: sequencer"),
    "mini_circuits_rc_switch": ("MiniCircuitsRcSwitch", "Mini-Circuits RC-nSPDT RF switches"),
    "mini_circuits_rudat": ("MiniCircuitsRudat", "Mini-Circuits RUDAT and RCDAT attenuators"),
    "rohde_schwarz_sgs100a": ("RohdeSchwarzSgs100a", "R&S SGS100A RF source: local oscillator"),
    "tektronix_awg5200": ("TektronixAwg5200", "Tektronix AWG5202, AWG5204, AWG5208: sequencer"),
    "tektronix_awg70000": ("TektronixAwg70000", "Tektronix AWG70001, AWG70002: sequencer"),
    "tektronix_mso": ("TektronixMso", "Tektronix 5 and 6 Series MSO: digitizer, one FastFrame frame a trigger"),
    "windfreak_synthhd": ("WindfreakSynthhd", "Windfreak SynthHD RF source, two outputs: local oscillators"),
    "yokogawa_gs200": ("YokogawaGs200", "Yokogawa GS200 DC source: flux bias, ramped"),
}
"""Drivers: each is a module in ``feedline_hal.drivers`` with the class named here."""


@hookimpl
def feedline_register_drivers(register: Callable[[DriverEntry], None]) -> None:
    """Offer the drivers; each is imported when a rack uses it."""
    for name, (kind, summary) in _DRIVERS.items():
        register(DriverEntry(name=name, make=partial(_driver, name, kind), summary=summary))


def _driver(name: str, kind: str) -> type:
    found: type = getattr(import_module(f"feedline_hal.drivers.{name}"), kind)
    return found


@hookimpl
def feedline_read_program(text: str, name: str) -> Program:
    """Read programs of OpenQASM 3 with OpenPulse."""
    from .program.program import Program

    return Program.for_later(text, name)
