# SPDX-License-Identifier: Apache-2.0
"""What statements mean: arithmetic, loops, overloads, timing."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest
from qiskit.circuit import Parameter

from feedline.errors import MissingExtraError
from feedline_hal import CalibrationSet, Grid, Port, Schedule, Waveform
from feedline_hal.pulse.instruction import Capture, Delay, Play, ShiftPhase
from feedline_hal.pulse.shape import register_waveform

HEAD = "cal { port d0; port d1; frame f = newframe(d0, 5e9, 0.0); frame g = newframe(d1, 6e9, 0.5); }\n"
GRID = Grid(dt_s=1e-9)


def body(statements: str, *, dt_s: float | None = None) -> Schedule:
    text = f"{HEAD}defcal x $0 {{ {statements} }}"
    return CalibrationSet.from_openpulse(text, dt_s=dt_s).find("x", (0,)).schedule


def phases(statements: str, *, dt_s: float | None = None) -> list[float]:
    """The phase shifts of a body, as numbers."""
    items = body(statements, dt_s=dt_s).items
    return [float(item.phase_rad) for item in items if isinstance(item, ShiftPhase)]  # type: ignore[arg-type]  # real


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("pi/2", math.pi / 2),
        ("τ - 2*π", 0.0),
        ("euler", math.e),
        ("2**3**2", 512),
        ("-2**2", -4),
        ("7/2", 3),
        ("-7/2", -3),
        ("7.0/2", 3.5),
        ("7 % 3", 1),
        ("mod(-7, 3)", -1),
        ("mod(7.5, 2.0)", 1.5),
        ("1 << 4 | 1", 17),
        ("abs(-2.5) + floor(2.7) + ceiling(2.2)", 7.5),
        ("sin(pi/6) + arcsin(1) + arctan(1) + arccos(1)", 0.5 + math.pi * 3 / 4),
        ("real(exp(1im*pi)) + imag(sqrt(complex(-4)))", 1.0),
        ("abs(3 + 4im)", 5.0),
        ("100ns / 50ns", 2.0),
        ("(100ns - 0.05us) / 1s * 1e9", 50.0),
        ("0x1F + 0b11 + 0o7", 41),
        ("float(3) / 2 + int(2.9)", 3.5),
        ("float(5 > 3) + float(5 == 3)", 1.0),
        ('int("101")', 5),
        ("20dt / 1ns", 10.0),
        ("1ms/1us + 2µs/1us", 1002.0),
        ("get_frequency(f) / 1e9", 5.0),
    ],
)
def test_expression_has_the_value_that_arithmetic_says(expression: str, value: float) -> None:
    assert phases(f"shift_phase(f, {expression});", dt_s=0.5e-9) == pytest.approx([value])


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("for int i in [0:3] { shift_phase(f, i); }", [0, 1, 2, 3]),
        ("for int i in [4:-2:1] shift_phase(f, i);", [4, 2]),
        ("for uint i in [3:1] shift_phase(f, i);", []),
        ("for float a in [0:0.1:0.3] shift_phase(f, a);", [0, 0.1, 0.2, 0.3]),
        ("for angle a in {0.5, pi} shift_phase(f, a);", [0.5, math.pi]),
        ("for duration d in [0ns:10ns:20ns] shift_phase(f, d/1ns);", [0, 10, 20]),
        ("for int i in [0:9] { if (i % 2 == 0) { continue; } if (i > 5) break; shift_phase(f, i); }", [1, 3, 5]),
        ("int i = 3; while (i > 0) { shift_phase(f, i); i -= 1; }", [3, 2, 1]),
        ("float x = 1; for int i in [1:3] { x *= 2; float y = x; shift_phase(f, y); }", [2, 4, 8]),
        ("if (2ns > 1ns && !false) { shift_phase(f, 1); } else { shift_phase(f, 2); }", [1]),
        ("if (true ^ true) shift_phase(f, 1); else shift_phase(f, 2);", None),
        ('bit[3] b = "110"; for int i in [0:2] { if (b[i]) shift_phase(f, i); }', [1, 2]),
        ("set_phase(f, 0.5); shift_phase(f, 0.25); shift_phase(f, get_phase(f));", [0.25, 0.75]),
    ],
)
def test_statements_are_carried_out_while_the_text_is_read(statements: str, expected: list[float] | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="'\\^' is not defined for bool and bool"):
            phases(statements)
    else:
        assert phases(statements) == pytest.approx(expected)


def test_delays_and_barriers_move_the_clocks_of_frames() -> None:
    """A delay on several frames is a point where they meet, as on several qubits in OpenQASM."""
    played = body(
        "play(f, constant(1, 10ns)); delay[5ns] g; play(g, constant(1, 3ns)); barrier f, g;"
        "play(g, constant(1, 4ns)); delay[7ns] f, g; play(f, constant(1, 1ns));"
    )
    placed, total = played.place(GRID.ticks)
    assert [(entry.start_ticks, entry.duration_ticks) for entry in placed] == [
        (0, 10),
        (0, 5),
        (5, 3),
        (10, 0),
        (10, 4),
        (14, 7),
        (21, 1),
    ]
    assert total == 22


def test_duration_may_depend_on_a_parameter() -> None:
    calibrations = CalibrationSet.from_openpulse(
        HEAD + "defcal wait(duration t) $0 { delay[2*t + 3ns] f; play(f, gaussian(0.5, t, t/4)); }"
    )
    wait = calibrations.find("wait", (0,), (20e-9,))
    first, second = wait.schedule.bind({wait.arguments[0]: 20e-9}).items  # type: ignore[dict-item]  # formal
    assert isinstance(first, Delay)
    assert isinstance(second, Play)
    assert first.duration_s == pytest.approx(43e-9)
    assert second.waveform == Waveform.gaussian(20e-9, 0.5, sigma_s=5e-9)


def test_overloads_are_literal_over_parameter_over_wildcard() -> None:
    """The example of the specification, "Pulse-level descriptions of gates and measurement"."""
    calibrations = CalibrationSet.from_openpulse(
        HEAD
        + """
        defcal rx(angle[20] theta) q { shift_phase(f, 1); }
        defcal rx(angle[20] theta) $0 { shift_phase(f, 2); }
        defcal rx(pi / 2) $0 { shift_phase(f, 3); }
        """
    )
    found = [
        calibrations.find("rx", (qubit,), (value,)).schedule.items[0]
        for qubit, value in ((0, math.pi / 2), (0, math.pi), (1, math.pi / 2))
    ]
    assert [item.phase_rad for item in found if isinstance(item, ShiftPhase)] == [3, 2, 1]


def test_names_are_seen_where_they_are_declared_and_inside() -> None:
    text = (
        HEAD
        + """
    cal { float outer = 1; }
    defcal a $0 { float outer = 2; shift_phase(f, outer); }
    defcal b $0 { shift_phase(f, outer); for int i in [0:0] { float outer = 3; shift_phase(f, outer); } }
    """
    )
    calibrations = CalibrationSet.from_openpulse(text)
    (hidden,) = calibrations.find("a", (0,)).schedule.items
    seen = calibrations.find("b", (0,)).schedule.items
    assert [item.phase_rad for item in (hidden, *seen) if isinstance(item, ShiftPhase)] == [2, 1, 3]


def test_captures_have_the_kinds_and_bits_that_they_return() -> None:
    text = (
        HEAD
        + """
    defcal measure $0, $1 -> bit[2] {
      bit[2] b;
      b[1] = capture_v2(f, constant(1, 100ns));
      b[0] = capture_v2(g, constant(1, 100ns));
      capture_v2(g, constant(1, 100ns));
      capture_v0(f); capture_v0(f, 8ns);
      complex iq = capture_v1(f, constant(1, 50ns));
      waveform raw = capture_v3(g, 60ns);
      int n = capture_v4(g, 70ns);
      return b;
    }
    """
    )
    (measure,) = CalibrationSet.from_openpulse(text).calibrations
    captures = [item for item in measure.schedule.items if isinstance(item, Capture)]
    assert [(item.kind.value, item.slot) for item in captures] == [
        ("v2", 1),
        ("v2", 0),
        ("v2", None),
        ("v0", None),
        ("v0", None),
        ("v1", None),
        ("v3", None),
        ("v4", None),
    ]
    lengths = [1e-7, 1e-7, 1e-7, 0, 8e-9, 5e-8, 6e-8, 7e-8]
    assert [item.duration_s for item in captures] == pytest.approx(lengths)


def test_amplitude_and_phase_of_a_waveform_may_depend_on_an_angle() -> None:
    text = HEAD + "defcal rx(angle theta) $0 { play(f, phase_shift(constant(0.2*sin(theta/2)**2, 8ns), theta)); }"
    rx = CalibrationSet.from_openpulse(text).find("rx", (0,), (0.7,))
    (play,) = rx.schedule.bind({rx.arguments[0]: 0.7}).items  # type: ignore[dict-item]  # formal
    assert isinstance(play, Play)
    assert play.waveform.amplitude == pytest.approx(0.2 * math.sin(0.35) ** 2 * np.exp(0.7j))


def test_registered_shape_is_called_with_its_parameters_in_order_of_their_names() -> None:
    def ramp(t_s: Any, duration_s: float, top: float, knee_s: float) -> Any:
        return np.minimum(t_s / knee_s, 1) * top

    register_waveform("ramp_for_text", ramp, parameters=("top", "knee_s"))
    (play,) = body(
        "extern ramp_for_text(float, duration, duration, float) -> waveform;"
        "play(f, ramp_for_text(0.5, 8ns, 2ns, 0.75));"
    ).items
    assert isinstance(play, Play)
    assert play.waveform == Waveform.of("ramp_for_text", 8e-9, 0.5, knee_s=2e-9, top=0.75)


def test_bounds_and_errors_come_as_annotations() -> None:
    text = HEAD + "@feedline.bounds theta -pi/2 1.5\n@feedline.error 1e-4\ndefcal r(0.5, angle theta) $0 {}"
    (found,) = CalibrationSet.from_openpulse(text).calibrations
    assert found.bounds == (None, (-math.pi / 2, 1.5))
    assert found.error == 1e-4


def test_ports_are_the_devices_own() -> None:
    device = [Port("d0", qubits=(0,), lo_frequency_hz=4e9), Port("d1"), Port("d2")]
    calibrations = CalibrationSet.from_openpulse(HEAD, ports=device)
    assert calibrations.ports == {"d0": device[0], "d1": device[1]}
    assert calibrations.frames["f"].port is device[0]


def test_the_same_text_gives_equal_records_and_the_same_id() -> None:
    text = HEAD + "defcal rx(angle theta) $0 { shift_phase(f, theta/2); }"
    one, other = CalibrationSet.from_openpulse(text), CalibrationSet.from_openpulse(text)
    assert one.id == other.id
    assert one.calibrations == other.calibrations
    assert one.calibrations[0].arguments != (Parameter("theta"),)


def test_braces_in_comments_are_comments() -> None:
    text = HEAD + "defcal x $0 { /* } { */ shift_phase(f, 1); // }\n shift_phase(f, 2); }"
    assert len(CalibrationSet.from_openpulse(text).calibrations[0].schedule.items) == 2


def test_missing_parser_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "feedline_hal.openpulse.grammar", raising=False)
    monkeypatch.setitem(sys.modules, "openpulse", None)
    import feedline_hal.openpulse as package

    monkeypatch.delattr(package, "grammar", raising=False)
    with pytest.raises(MissingExtraError, match="needs the package 'openpulse'") as caught:
        CalibrationSet.from_openpulse("cal {}")
    assert "feedline[pulse]" in caught.value.remedy
