# SPDX-License-Identifier: Apache-2.0
"""What whole programs ask of the interpreter."""

from __future__ import annotations

import pytest

from feedline_hal.errors import OpenPulseError
from feedline_hal.openpulse.interpreter import Interpreter
from feedline_hal.openpulse.kind import Kind
from feedline_hal.openpulse.syntax import parse, parse_expression, place
from feedline_hal.pulse.instruction import Capture, Play

TEXT = """OPENQASM 3.0;
const float step = 1e6;
cal {
  port d0; port r0;
  frame f = newframe(d0, 5e9, 0.0); frame r = newframe(r0, 7e9, 0.0);
}
cal {
  waveform w = constant(0.5, 8ns);
  play(f, w);
}
cal {
  play(f, scale(w, amplitude));
  bit b = capture_v2(r, constant(1, 1us));
  bit[2] c;
  c[1] = capture_v2(r, constant(1, 1us));
}
"""


@pytest.fixture
def interpreter() -> Interpreter:
    made = Interpreter()
    for statement in parse(TEXT).statements[:2]:
        made.declare(statement)
    return made


def test_cal_block_of_a_program_gives_its_instructions(interpreter: Interpreter) -> None:
    block = interpreter.run(parse(TEXT).statements[2].body)
    assert [type(item) for item in block.schedule.items] == [Play]
    assert block.bits == {}


def test_bits_that_a_block_captures_are_numbered_and_named(interpreter: Interpreter) -> None:
    statements = parse(TEXT).statements
    interpreter.run(statements[2].body)
    with interpreter.scope():
        interpreter.assign("amplitude", Kind.FLOAT, 0.25)
        block = interpreter.run(statements[3].body)
    play, *captures = block.schedule.items
    assert isinstance(play, Play)
    assert play.waveform.amplitude == 0.125
    assert block.bits == {"b": (0,), "c": (None, 1)}
    assert [item.slot for item in captures if isinstance(item, Capture)] == [0, 1]


def test_what_a_scope_declares_is_forgotten_after_it(interpreter: Interpreter) -> None:
    with interpreter.scope():
        interpreter.assign("amplitude", Kind.FLOAT, 0.25)
        assert interpreter.evaluate(parse_expression("2*amplitude")).value == 0.5
    with pytest.raises(OpenPulseError, match="'amplitude' is not declared"):
        interpreter.evaluate(parse_expression("amplitude"))
    assert "step" in interpreter.names()


def test_block_that_plays_is_no_declaration(interpreter: Interpreter) -> None:
    with pytest.raises(OpenPulseError, match=r"line 7, column 1: This cal block plays something \(Play\)"):
        interpreter.declare(parse(TEXT).statements[2])


def test_places_in_bodies_count_from_the_start_of_the_file() -> None:
    program = parse(TEXT)
    assert place(program.statements[2].body[1]) == (9, 3)
    assert place(program.statements[1].body[1]) == (4, 12)
