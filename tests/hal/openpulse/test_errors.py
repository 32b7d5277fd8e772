# SPDX-License-Identifier: Apache-2.0
"""What is wrong in a text is said with line and column, both from 1, and what to do about it."""

from __future__ import annotations

import pytest

from feedline_hal import CalibrationSet, Port
from feedline_hal.errors import OpenPulseError

HEAD = """cal {
  port d0; port r0;
  frame f = newframe(d0, 5e9, 0.0); frame r = newframe(r0, 7e9, 0.0);
  float outside = 1;
}
"""

IN_A_BODY = [
    ("play(g, constant(1, 16ns));", 8, "'g' is not declared.", "Available: d0, f, outside, r, r0."),
    ("play(ff, constant(1, 16ns));", 8, "'ff' is not declared.", "Did you mean 'f'?"),
    ("play(f, gausian(1, 16ns, 4ns));", 11, "There is no function 'gausian'.", "Did you mean 'gaussian'?"),
    ("play(f, gaussian(1, 16ns));", 11, "gaussian takes 3 arguments, 2 are given.", "duration d, duration sigma)."),
    ("play(f);", 3, "play takes 2 arguments, 1 is given.", "Write play(frame fr, waveform wfm)."),
    ("float x = sin();", 13, "sin takes 1 argument, 0 are given.", "Write sin(x)."),
    ("play(f, sum(constant(1, 8ns)));", 11, "sum takes at least 2 arguments, 1 is given.", "sum(waveform wf1, "),
    (
        "play(f, gaussian(1, 16ns, 4.0));",
        29,
        "Argument 3 (sigma) of gaussian is of type float, where duration is expected.",
        "Durations have a unit: 16ns",
    ),
    ("play(d0, constant(1, 16ns));", 8, "Argument 1 (fr) of play is of type port, where frame is", "type frame"),
    ("play(f, scale(0.5, constant(1, 8ns)));", 17, "Argument 1 (wf) of scale is of type float", "type waveform"),
    ("delay[16] f;", 8, "The time of delay is of type int, where duration is expected.", "Durations have a unit"),
    ("delay[16dt] f;", 8, "The unit dt has no length here.", "Give dt_s=..."),
    ("delay[-16ns] f;", 3, "Delay on 'f': duration_s is -1.6e-08 s.", "at least 0 seconds"),
    ("delay[16ns];", 3, "delay[...] names no frame.", "Name the frames"),
    ("barrier f, f;", 14, "barrier names frame 'f' twice.", "once"),
    ("barrier $0;", 11, "barrier in a calibration is for frames, not qubits.", "barrier f, g;"),
    ("float x = 1; float x = 2;", 16, "'x' is declared again; it was declared in line 7.", "another name"),
    ("const float x = 1; x = 2;", 22, "'x' is a constant and cannot be assigned.", "Declare a variable"),
    ("f = r;", 3, "'f' is a frame and cannot be assigned.", "Declare a variable"),
    ("pi = 3;", 3, "'pi' is built in.", "another name"),
    ("float play = 3;", 3, "'play' is built in.", "another name"),
    ("outside = 2;", 3, "'outside' belongs to a cal block and cannot be assigned in defcal x $0.", "in the body"),
    ("float x; shift_phase(f, x);", 27, "'x' has no value yet.", "x = ...;"),
    ("shift_phase(f, 1/0);", 18, "'/' divides by zero.", "Divide by something else."),
    ("shift_phase(f, sqrt(-1));", 23, "sqrt is not defined for -1.", "sqrt(complex(x))"),
    ("shift_phase(f, log(0));", 22, "log is not defined for 0.", "Give a number"),
    ("shift_phase(f, 1e400);", 18, "The number is inf.", "finite"),
    ("shift_phase(f, 1e300 * 1e300);", 18, "The result of '*' is inf.", "finite"),
    ("waveform w = sum(w, constant(1, 16ns));", 20, "'w' is not declared.", "Available"),
    ("waveform w = {1.0, 0.5};", 16, "Samples have no length: dt is not known.", "@feedline.rate 1e9"),
    ("play(f, mix(constant(1, 16ns), constant(1, 8ns)));", 11, "waveforms of mix last 16 ns, 8 ns.", "concatenate"),
    ("play(f, gaussian(1, 16ns, 0ns));", 11, "Waveform 'gaussian': sigma_s is 0.0.", "above 0"),
    ("play(f, {1, 2});", 11, "unexpected '{'.", "in a declaration only"),
    ("waveform w = [1, 2];", 16, "unexpected '['.", "Samples stand in braces"),
    ("play(f, constant(1, 16ns))", 1, "unexpected end.", "Mend the text"),
    ("play(f, constant(1 16ns));", 22, "unexpected '16ns'.", "Mend the text"),
    ("# slow", 3, "unexpected character '#'.", "Mend the text"),
    ("break;", 3, "'break' statement outside loop.", "Mend the text"),
    ("cal { play(f, constant(1, 8ns)); }", 3, "unexpected 'cal'.", "Mend the text"),
    ("duration d = 1ns + 2;", 16, "'+' is not defined for duration and int.", "Durations add to durations"),
    ("duration d = 1ns * 1ns;", 16, "'*' is not defined for duration and duration.", "Durations add"),
    ("float x = 1ns;", 13, "The value of 'x' is of type duration, where float is expected.", "d / 1s"),
    ("int x = 1.5;", 11, "The value of 'x' is of type float, where int is expected.", "Cast it: int(...)"),
    ("float x = 2im;", 13, "The value of 'x' is of type complex, where float is expected.", "real(...)"),
    ("uint x = -1;", 12, "The value of 'x' is -1, which is no uint.", "Use int"),
    ("int[4] x = 9;", 3, "'x' would be 9.", "int[4] holds -8 to 7."),
    ("int x = 9223372036854775807 + 1;", 11, "The result of '+' has more than 64 bits.", "float"),
    ("if (1.5) { }", 7, "The condition of if is of type float, where bool is expected.", "x != 0"),
    ("x + 1;", 3, "This expression does nothing.", "Assign it"),
    ("sin(1);", 3, "The float that sin gives is not used.", "Assign it"),
    ("return; barrier f, r;", 11, "This stands after 'return' and is never carried out.", "Leave it out"),
    ("return 1;", 3, "defcal x $0 returns something.", "'-> bit'"),
    ("bit[2] b; b[2] = capture_v2(r, constant(1, 1us));", 13, "There is no bit 2 of 2.", "from 0 to 1"),
    ("capture_v2(r, 1us);", 17, "Argument 2 (filter) of capture_v2 is of type duration", "type waveform"),
    (
        "complex c = capture_v1(r, constant(1, 1us)); play(f, constant(c, 8ns));",
        65,
        "Argument 1 (amp) of constant is captured, and only known when the program runs.",
        "decide in the circuit",
    ),
    ("play(f, capture_v3(r, 1us));", 3, "A captured waveform cannot be played", "samples"),
    (
        "bit b = capture_v2(r, constant(1, 1us)); if (b) { barrier f, r; }",
        48,
        "The condition of if is captured, and only known when the program runs.",
        "decide in the circuit",
    ),
    ("extern boxcar(waveform) -> complex;", 3, "There is no function 'boxcar'.", "Available"),
    (
        "extern gaussian(duration, duration, duration) -> waveform;",
        3,
        "extern gaussian(duration, duration, duration) is not the function that there is.",
        "It is gaussian(complex amp, duration d, duration sigma) -> waveform.",
    ),
    ("frame g = newframe(d0, 5e9);", 13, "newframe takes 3 arguments, 2 are given.", "newframe(port pr"),
    ("frame g = newframe(f, 5e9, 0);", 22, "Argument 1 (pr) of newframe is of type frame, where port", "type port"),
    ("port d2;", 3, "Port 'd2' is declared in a defcal.", "cal block"),
    ("angle a = get_phase(f);", 13, "The phase of frame 'f' here depends on what came before defcal x $0.", "Set it"),
    ("for int i in [0:999999999] { shift_phase(f, 1); }", 32, "more than 100000 statements.", "in the circuit"),
    ("sx $0;", 3, "'gate call' is not read in calibrations.", "Write the gate's pulses"),
    ("reset $0;", 3, "'reset' is not read in calibrations.", "in the circuit"),
    ("bit b = measure $0;", 11, "'measure' is not read here.", "openpulse.md"),
    ("box { }", 3, "'box' is not read in calibrations.", "openpulse.md"),
    ("stretch s;", 3, "The type stretch is not read in calibrations.", "Use one of bool"),
    ("@other.thing 1\n  barrier f, r;", 3, "The annotation @other.thing is not known.", "Available"),
    ("for int i in [0:1] {\n @other.thing 1\n  barrier f, r; }", 2, "@other.thing is not known.", "Available"),
    ("@feedline.rate 1e9\n  float x = 1;", 3, "@feedline.rate means nothing here.", "before a list of samples"),
]

AT_THE_TOP = [
    ("defcal measure $0 -> bit {\n}", 6, 1, "defcal measure $0 returns nothing, where bit is promised.", "return b;"),
    ("defcal m $0 -> bit {\n  bit b = 1;\n  return b;\n}", 8, 3, "returns a bit that was not captured.", "capture_v2"),
    (
        "defcal m $0 -> bit[2] {\n  bit b = capture_v2(r, constant(1, 1us));\n  return b;\n}",
        8,
        3,
        "defcal m $0 returns bit[1], where bit[2] is promised.",
        "capture_v2",
    ),
    ("defcal m $0 -> complex { }", 6, 16, "defcal m returns complex.", "meas_level"),
    ("defcal x $0 {}\ndefcal x $0 {}", 7, 1, "There are two defcals for x q0; the first is in line 6.", "Keep one"),
    ("defcal rx(angle a) q {}\ndefcal rx(float b) q {}", 7, 1, "two defcals for rx(b) q*; the first is", "Keep one"),
    ("defcal rx(pi/2) $0 {}\ndefcal rx(1.5707963267948966) $0 {}", 7, 1, "There are two defcals", "Keep one"),
    ("defcal rx(theta) $0 {}", 6, 11, "Parameter 'theta' has no type", "Write its type: angle theta."),
    ("defcal rx(complex t) $0 {}", 6, 11, "Parameter 't' is of type complex.", "angle, float, duration"),
    ("defcal rx(angle t) $0 {\n  if (t > 1) { }\n}", 7, 7, "A side of '>' depends on the gate's parameter t.", "text"),
    ("defcal cx $0, $0 {}", 6, 1, "defcal cx names a qubit twice.", "once"),
    ("x $0;", 6, 1, "'gate call' belongs to a circuit", "feedline run"),
    ("gate g a {}", 6, 1, "'gate' belongs to a circuit", "Sampler.run"),
    ("def foo() {}", 6, 1, "'def' belongs to a circuit", "Sampler.run"),
    ("#pragma lab fast", 6, 1, "'pragma' is not read in calibrations.", "openpulse.md"),
    ("cal { play(f, constant(1, 16ns)); }", 6, 1, "This cal block plays something (Play)", "feedline run"),
    ("cal { return 1; }", 6, 7, "'return' statement outside subroutine or defcal", "Mend"),
    ("cal {\n  port d0; }", 7, 3, "'d0' is declared again; it was declared in line 2.", "another name"),
    ('include "lab.inc";', 6, 1, "'lab.inc' is not included", "Put its text here"),
    ('defcalgrammar "quil";', 6, 1, "The calibration grammar 'quil' is not read.", '"openpulse"'),
    ("defcal x $0 { shift_phase(f, outside); }\ncal { outside = 2; }", 7, 7, "after defcal x $0 used it", "two names"),
    ("@feedline.bound t 0 1\ndefcal rx(angle t) q {}", 6, 1, "@feedline.bound is not known.", "'feedline.bounds'"),
    ("@feedline.bounds u 0 1\ndefcal rx(angle t) q {}", 6, 1, "there is no parameter 'u'.", "Available: t."),
    ("@feedline.bounds t 0\ndefcal rx(angle t) q {}", 6, 1, "@feedline.bounds has 2 words.", "theta 0 1.5"),
    ("@feedline.bounds t 1 0\ndefcal rx(angle t) q {}", 6, 1, "goes from 1.0 down to 0.0.", "lower first"),
    ("@feedline.error two\ndefcal x $0 {}", 6, 1, "@feedline.error: 'two' is no number.", "finite number"),
    ("@feedline.error 2\ndefcal x $0 {}", 6, 1, "@feedline.error is 2.0.", "from 0 to 1"),
    ("@feedline.error 0.1\ncal { float x = 1; }", 6, 1, "@feedline.error means nothing here.", "before a defcal"),
    (
        "defcal a $0 { set_frequency(f, 1e9); }\ndefcal b $0 {\n  float x = get_frequency(f);\n}",
        8,
        13,
        "get_frequency(f) in defcal b $0 is not known: defcal a $0 leaves it changed.",
        "Set the frequency back",
    ),
]


def check(text: str, line: int, column: int, what: str, remedy: str) -> None:
    with pytest.raises(OpenPulseError) as caught:
        CalibrationSet.from_openpulse(HEAD + text)
    error = caught.value
    assert (error.line, error.column) == (line, column), str(error)
    assert error.what.startswith(f"line {line}, column {column}: ")
    assert what in error.what
    assert remedy in error.remedy


@pytest.mark.parametrize(("statement", "column", "what", "remedy"), IN_A_BODY, ids=lambda value: str(value)[:40])
def test_error_in_a_body_names_place_and_remedy(statement: str, column: int, what: str, remedy: str) -> None:
    is_next_line = what == "unexpected end." or statement.startswith("for int i in [0:1] {\n")
    line = 8 if is_next_line else 7
    check(f"defcal x $0 {{\n  {statement}\n}}\n", line, column, what, remedy)


@pytest.mark.parametrize(("text", "line", "column", "what", "remedy"), AT_THE_TOP, ids=lambda value: str(value)[:40])
def test_error_at_the_top_names_place_and_remedy(text: str, line: int, column: int, what: str, remedy: str) -> None:
    check(text, line, column, what, remedy)


def test_port_that_the_device_has_not_names_the_nearest() -> None:
    with pytest.raises(OpenPulseError, match="line 1, column 7: The device has no port 'q0_drve'") as caught:
        CalibrationSet.from_openpulse("cal { port q0_drve; }", ports=[Port("q0_drive"), Port("q0_readout")])
    assert "Did you mean 'q0_drive'?" in caught.value.remedy


def test_port_that_cannot_play_is_not_played_on() -> None:
    text = "cal { port a; frame f = newframe(a, 1e9, 0); }\ndefcal x $0 { play(f, constant(1, 8ns)); }"
    with pytest.raises(OpenPulseError, match="line 2, column 15: Port 'a' cannot play"):
        CalibrationSet.from_openpulse(text, ports=[Port("a", can_play=False)])


def test_other_version_is_refused() -> None:
    with pytest.raises(OpenPulseError, match=r"line 1, column 1: The text is OpenQASM 2\.0"):
        CalibrationSet.from_openpulse("OPENQASM 2.0;\ncal {}")


def test_unit_of_time_must_be_a_length() -> None:
    with pytest.raises(OpenPulseError, match=r"dt_s is nan\."):
        CalibrationSet.from_openpulse("cal {}", dt_s=float("nan"))


def test_unclosed_block_is_placed_at_the_end() -> None:
    with pytest.raises(OpenPulseError, match="line 1, column 6: "):
        CalibrationSet.from_openpulse("cal {")


def test_deep_nesting_is_an_error_of_its_own() -> None:
    with pytest.raises(OpenPulseError, match="nested too deeply"):
        CalibrationSet.from_openpulse(f"cal {{ float x = {'(' * 3000}1{')' * 3000}; }}")


@pytest.mark.parametrize("text", ["", "  \n", "// nothing but words", "\ufeff"])
def test_text_without_statements_says_so(text: str) -> None:
    with pytest.raises(OpenPulseError, match="the text says nothing"):
        CalibrationSet.from_openpulse(text)


def test_byte_order_mark_is_passed_over() -> None:
    text = "OPENQASM 3.0;\ncal { port p; }"
    assert CalibrationSet.from_openpulse("\ufeff" + text).id == CalibrationSet.from_openpulse(text).id


def test_character_that_cannot_be_seen_is_named_by_its_number() -> None:
    with pytest.raises(OpenPulseError, match=r"line 1, column 14: unexpected character U\+0000"):
        CalibrationSet.from_openpulse("cal { port p;\0 }")


def test_number_of_too_many_digits_has_its_place() -> None:
    with pytest.raises(OpenPulseError, match=r"line 2, column 15: The number has 5000 digits"):
        CalibrationSet.from_openpulse(f"cal {{\n   uint big = {'9' * 5000};\n}}")
