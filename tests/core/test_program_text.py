# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from qiskit import QuantumCircuit, qpy

from feedline import Estimator, Sampler, front_door, hookimpl
from feedline.circuit_file import circuit_of_text
from feedline.errors import InputError, MissingExtraError, PluginError
from feedline.plugin_host import PluginHost
from feedline.processor import Backend
from feedline.program_text import TextProgram, holds_pulses, load_programs, placed, read_program
from feedline.testing import IdealBackend

PLAIN = 'OPENQASM 3;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nx q[0];\nc = measure q;\n'
PULSES = "OPENQASM 3;\ncal { port p; }\n"


class Flip(TextProgram):
    """A program that excites one qubit, whatever the text says."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self._circuit = QuantumCircuit(1, 1)
        self._circuit.x(0)
        self._circuit.measure(0, 0)

    @property
    def circuit(self) -> QuantumCircuit:
        """A flip."""
        return self._circuit

    def place(self, items: Sequence[Any], backend: Backend) -> tuple[Backend, list[QuantumCircuit]]:
        """On a backend of its own."""
        derived = IdealBackend(backend.num_qubits)
        derived.name = "derived"
        return derived, [getattr(item, "circuit", item) for item in items]


class Reader:
    """Reads everything."""

    @hookimpl
    def feedline_read_program(self, text: str, name: str) -> Any:
        """Make a flip of it."""
        return Flip(text, name)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """The process's plugin host is one that reads programs."""
    host = PluginHost()
    host.register(Reader(), "reader")
    monkeypatch.setattr(front_door, "host", lambda: host)
    return host


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cal { port p; }", True),
        ("cal{}", True),
        ("defcal x $0 { }", True),
        ('defcalgrammar "openpulse";', True),
        ("// cal { }\nqubit q;", False),
        ("/* defcal x $0 {} */ qubit q;", False),
        ("qubit cal_1; bit local;", False),
        (PLAIN, False),
    ],
)
def test_text_with_pulses_is_told_by_its_statements(text: str, expected: bool) -> None:
    assert holds_pulses(text) is expected


def test_text_without_pulses_is_a_circuit_and_comes_to_no_plugin(reader: PluginHost) -> None:
    circuit = read_program(PLAIN)
    assert isinstance(circuit, QuantumCircuit)
    assert circuit == circuit_of_text(PLAIN)


def test_single_bits_of_a_text_show_in_results() -> None:
    text = 'include "stdgates.inc";\nqubit q; bit a; bit[1] c;\nx q;\n// bit z;\nbit b = measure q;'
    data = Sampler(IdealBackend(1)).run([text], shots=5).result()[0].data
    assert {name: bits.get_counts() for name, bits in data.items()} == {"a": {"0": 5}, "b": {"1": 5}, "c": {"0": 5}}


def test_text_with_pulses_goes_to_the_plugin_with_its_name(reader: PluginHost) -> None:
    program = read_program(PULSES, "lab.qasm")
    assert isinstance(program, TextProgram)
    assert (program.text, program.name) == (PULSES, "lab.qasm")


def test_mistake_in_a_text_is_named_with_its_place() -> None:
    with pytest.raises(InputError, match=r"The text, line 6, column 1: gate 'foo' is not defined\."):
        read_program(PLAIN.replace("c = measure q", "foo q[0]"))


def test_mistake_in_one_of_several_texts_names_it() -> None:
    wrong = PLAIN.replace("c = measure q", "foo q[0]")
    with pytest.raises(InputError, match=r"Pub 1, line 6, column 1: gate 'foo' is not defined\."):
        Sampler(IdealBackend(2)).run([PLAIN, wrong])
    with pytest.raises(InputError, match=r"Circuit 0, line 6, column 1: gate 'foo' is not defined\."):
        IdealBackend(2).run(wrong)


def test_pulses_without_a_reader_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_door, "host", PluginHost)
    with pytest.raises(MissingExtraError, match=r"(?s)lab\.qasm holds pulses .*pip install 'feedline\[pulse\]'"):
        read_program(PULSES, "lab.qasm")


def test_reader_that_raises_or_returns_nonsense_is_named() -> None:
    class Odd:
        @hookimpl
        def feedline_read_program(self, text: str, name: str) -> Any:
            if name == "wrong":
                raise InputError("line 1, column 2: no.", remedy="Yes.")
            return 1 / 0 if name else text

    host = PluginHost()
    host.register(Odd(), "odd")
    with pytest.raises(PluginError, match="Plugin 'odd': feedline_read_program returned 'text'"):
        host.read_program("text")
    with pytest.raises(PluginError, match="Plugin 'odd': feedline_read_program raised ZeroDivisionError"):
        host.read_program("text", "name")
    with pytest.raises(InputError, match=r"^line 1, column 2: no\."):
        host.read_program("text", "wrong")


def test_first_plugin_that_reads_a_program_wins(reader: PluginHost) -> None:
    class Deaf:
        @hookimpl
        def feedline_read_program(self, text: str, name: str) -> Any:
            return None

    reader.register(Deaf(), "deaf")
    assert isinstance(reader.read_program(PULSES), Flip)
    assert {row.name: row.registers for row in reader.plugins()} == {
        "reader": ("reads programs",),
        "deaf": ("reads programs",),
    }


def test_file_of_any_kind_is_loaded(reader: PluginHost, tmp_path: Path) -> None:
    (tmp_path / "plain.qasm").write_text(PLAIN)
    (tmp_path / "pulses.qasm").write_text(PULSES)
    with (tmp_path / "two.qpy").open("wb") as file:
        qpy.dump([circuit_of_text(PLAIN), circuit_of_text(PLAIN)], file)
    assert load_programs(tmp_path / "plain.qasm")[0].name == "plain"
    assert len(load_programs(tmp_path / "two.qpy")) == 2
    (program,) = load_programs(tmp_path / "pulses.qasm")
    assert isinstance(program, Flip)
    assert program.name == str(tmp_path / "pulses.qasm")


def test_sampler_takes_texts_and_programs_beside_circuits(reader: PluginHost) -> None:
    sampler = Sampler(IdealBackend(2))
    result = sampler.run([PLAIN, (PULSES,), read_program(PULSES), circuit_of_text(PLAIN)], shots=10).result()
    assert [pub.join_data().get_counts() for pub in result] == [{"01": 10}, {"1": 10}, {"1": 10}, {"01": 10}]
    assert result[0].metadata["backend"] == "derived"
    assert sampler.backend().name != "derived", "the sampler stays where it was"


def test_estimator_takes_texts(reader: PluginHost) -> None:
    text = PLAIN.replace("bit[2] c;", "").replace("c = measure q;", "")
    assert Estimator(IdealBackend(2)).run([(text, "IZ")], precision=0).result()[0].data.evs == pytest.approx(-1)


@pytest.mark.parametrize("many", [False, True])
def test_run_takes_texts(reader: PluginHost, many: bool) -> None:
    given = [PLAIN] if many else PLAIN
    assert IdealBackend(2).run(given, shots=8).result().get_counts() == {"01": 8}
    job = IdealBackend(2).run([PULSES] if many else Flip("", ""), shots=8)
    assert job.result().get_counts() == {"1": 8}
    assert job.backend().name == "derived"


def test_lone_text_or_program_is_refused_with_the_list(reader: PluginHost) -> None:
    with pytest.raises(InputError, match=r"(?s)given one text instead of a list.*run\(\[program\]\)"):
        Sampler(IdealBackend(2)).run(PLAIN)
    with pytest.raises(InputError, match="given one program instead of a list"):
        Sampler(IdealBackend(2)).run(Flip("", ""))


def test_pubs_without_programs_stay_what_they_are() -> None:
    backend, circuit = IdealBackend(2), QuantumCircuit(1)
    here = placed([circuit, (circuit, None, 3)], backend)
    assert here.backend is backend
    assert here.pubs == [circuit, (circuit, None, 3)]
