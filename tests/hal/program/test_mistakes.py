# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a text is named, with its place."""

from __future__ import annotations

import subprocess
import sys

import pytest

from feedline.errors import MissingExtraError
from feedline_hal.errors import OpenPulseError
from feedline_hal.program import walk
from feedline_hal.program.program import Program

from .texts import DECLARED, KICK

LINES = (DECLARED + KICK).count("\n")

MISTAKES = [
    ("x $0\ny $0;", 2, 1, "y", "Mend"),
    ("cal { play(f0, w) }", 1, 19, "unexpected end", "Mend"),
    ("foo $0;", 1, 1, "gate 'foo' is not defined", "write a defcal"),
    ("kick(0.1) $1;", 1, 1, "'kick' is called on $1, where it has no calibration", r"kick\(a\) q0"),
    ("kick $0;", 1, 1, "'kick' is called with 0 arguments", r"kick\(a\) q0"),
    ("x $0; inv @ kick(0.1) $0;", 1, 7, "'inv @' stands before 'kick'", "gate kick"),
    ("kick(0.1)[20ns] $0;", 1, 1, "'kick' is called with a duration", "Its defcal says"),
    ("cal { play(f9, w); }", 1, 12, "'f9' is not declared", "f0"),
    ("for int i in [0:3] { cal { play(f0, gaussian(i)); } }", 1, 0, "gaussian", ""),
    ("def f(qubit a) { x a; }", 1, 1, "SubroutineDefinition is not supported", "write it out"),
    ("pragma now", 1, 1, "Pragma is not supported", "write it out"),
    ("end;", 1, 1, "EndStatement is not supported", "write it out"),
    ("bit c; switch (c) { case 1 { x $0; } }", 1, 8, "SwitchStatement is not supported", "write it out"),
    ("output float f;", 1, 1, "output", ""),
    ("input int n;", 1, 1, "only 'float' and 'angle' inputs are supported", ""),
    (
        "input float a; float b = a; for int i in [0:b] { cal { play(f0, w); } }",
        1,
        0,
        "only known when the program",
        "",
    ),
    ("for int i in [0:] { x $0; }", 1, 0, "no start or no end", "start:end"),
    ("for int i in [0:0:5] { x $0; }", 1, 0, "no step", "other than zero"),
    ("for duration t in [0ns:9ns] { x $0; }", 1, 0, "no step", "other than zero"),
    ("for int i in [0:0.5:2] { x $0; }", 1, 17, "has the bound 0.5", "whole number"),
    ("for int i in [0ns:2ns] { x $0; }", 1, 15, "bound of type duration", "type int"),
    ("for int i in [0:999999] { cal { play(f0, w); } }", 1, 0, "1000000 turns", "sweep an input"),
    ("for int i in [0:3] { cal { play(f0, w); } break; }", 1, 43, "unrolled is left", "while loop"),
    ("for int i in [0:3] { bit b; cal { play(f0, w); } }", 1, 22, "declared inside a loop", "top of the program"),
    ("bit c; int n = 0; c = measure $0;\nif (c) { n = 1; }", 2, 10, "depending on what is only known", "gates and cal"),
    (
        "bit c; float a; c = measure $0;\nif (c) { cal { a = 1.0; } }",
        2,
        16,
        "depending on what is only",
        "gates and cal",
    ),
    ("qubit[2] q; measure q[0:1];", 1, 13, "measured to no bits", "c = measure"),
    ("qubit q; x $0;", 1, 12, "Mixing modes", ""),
    ("complex[float] z = 1im; rx(z) $0;", 1, 28, "required an angle-like value", ""),
    ("bit c; x $0; if (c > 1) { x $0; }", 1, 18, "unhandled binary operator", ""),
    ('include "mine.inc";', 1, 1, "non-stdgates imports", ""),
    ("@mine\nx $0;", 1, 1, "annotation @mine is not known", "feedline.bounds"),
    ("if (true) {\n@feedline.rate 1e9\nx $0; }", 2, 1, "@feedline.rate means nothing here", "before a list"),
    ("qubit[1000000000] q;", 1, 1, "has 1000000000 qubits", "10000 qubits at most"),
    (
        "input float a; defcal k $0 { play(f0, gaussian(a, 20ns, 5ns)); }",
        1,
        16,
        "on the input 'a'",
        "defcal k(float a)",
    ),
    ("cal { delay[4dt] f0; }", 1, 12, "The unit dt has no length here", "dt_s"),
]


@pytest.mark.parametrize(("text", "line", "column", "words", "remedy"), MISTAKES)
def test_mistake_is_named_with_its_place(text: str, line: int, column: int, words: str, remedy: str) -> None:
    """Columns that say 0 are anywhere in the line."""
    with pytest.raises(OpenPulseError) as caught:
        Program.from_text(DECLARED + KICK + text, name="lab.qasm")
    error = caught.value
    assert error.line == LINES + line
    if column:
        assert error.column == column
    assert error.what.startswith(f"lab.qasm, line {error.line}, column {error.column}: ")
    assert words in error.what
    assert remedy.replace("\\", "") in error.remedy


def test_device_port_that_does_not_exist_is_named() -> None:
    with pytest.raises(OpenPulseError, match=r"line 5, column \d+: The device has no port 'q0_drive'"):
        Program.from_text(DECLARED, ports=[])


def test_qubit_that_no_device_has_is_refused_before_it_is_made() -> None:
    with pytest.raises(OpenPulseError, match=r"names qubit \$99999999999999999999") as caught:
        Program.from_text(DECLARED + "x $99999999999999999999;")
    assert "10000 qubits at most" in caught.value.remedy


def test_unrolled_program_that_grows_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MOST_STATEMENTS", 1000)
    text = "for int i in [1:99] { for int j in [1:99] { float a = i * j; } }"
    with pytest.raises(OpenPulseError, match=r"more than 1000 statements long when its loops are unrolled"):
        Program.from_text(DECLARED + text)


def test_missing_parser_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "qiskit_qasm3_import", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'feedline\[pulse\]'"):
        Program.from_text("cal { float here = 1.0; }\nx $0;\n// nobody has read this before")


def test_missing_openpulse_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['openpulse'] = None\n"
        "from feedline_hal.program.program import Program\nProgram.from_text('x $0;')"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "MissingExtraError: OpenPulse text needs the package 'openpulse'" in found.stderr
    assert "pip install 'feedline[pulse]'" in found.stderr


def test_loop_on_what_is_known_is_carried_out_and_must_end(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = "int n = 0; while (n < 3) { x $0; n = n + 1; } while (false) { y $0; }"
    assert [item.name for item in Program.from_text(DECLARED + counted).circuit.data] == ["x"] * 3
    monkeypatch.setattr(walk, "MOST_TURNS", 100)
    with pytest.raises(OpenPulseError, match=r"while loop goes on for more than 100 turns") as caught:
        Program.from_text(DECLARED + "while (true) { x $0; }")
    assert "measured bit" in caught.value.remedy


def test_gates_of_a_loop_without_turns_are_not_left() -> None:
    assert not Program.from_text(DECLARED + "while (1 > 2) { foo $0; }").circuit.data
