# SPDX-License-Identifier: Apache-2.0
"""What bring-up registers: the command ``calibrate``, and a program for each routine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from feedline.hookspecs import hookimpl
from feedline.registry import ProgramEntry

if TYPE_CHECKING:
    import click

_PROGRAMS = {
    "readout-delay": "When the readout tone comes back",
    "resonator": "Readout frequency, between the resonances of 0 and 1",
    "readout-kernel": "Readout kernel from the mean records of 0 and 1",
    "discrimination": "Angle and threshold between the clouds of 0 and 1",
    "spectroscopy": "Qubit frequency, by a weak pulse",
    "rabi": "Amplitude of x and sx, coarsely",
    "ramsey": "Qubit frequency, by Ramsey fringes",
    "fine-amplitude": "Amplitude of sx and x, by many pulses",
    "drag": "DRAG: quadrature at which a pulse and its inverse cancel",
    "t1": "T1: how long 1 lasts",
    "t2": "T2: how long the phase lasts, by an echo",
    "cz": "Amplitude of CZ: conditional phase and leakage",
    "cz-phases": "Phases of both qubits after CZ",
    "cz-leakage": "What CZ leaves in higher levels",
    "assignment": "How often 0 and 1 are misread",
    "rb": "Error of a Clifford gate, by randomised benchmarking",
    "rb-pairs": "Error of CZ, by randomised benchmarking",
}


@hookimpl
def feedline_register_commands(group: click.Group) -> None:
    """Add ``calibrate``; what it needs is imported when it runs."""
    from .command import calibrate

    group.add_command(calibrate)


@hookimpl
def feedline_register_programs(register: Callable[[ProgramEntry], None]) -> None:
    """Offer each routine as a program: ``run(backend, calibrations=None)`` gives its step."""
    for name, summary in _PROGRAMS.items():
        register(ProgramEntry(name=f"calibrate-{name}", make=partial(_program, name), summary=summary))


def _program(name: str) -> Callable[..., Any]:
    from .program import program

    return program(name)
