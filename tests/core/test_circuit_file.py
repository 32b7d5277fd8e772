# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import pytest
from qiskit import QuantumCircuit, qasm2, qasm3, qpy
from qiskit.circuit import Parameter

from feedline.circuit_file import load_circuit, load_circuits
from feedline.errors import InputError, MissingExtraError

QASM2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\n'
QASM3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\n'


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2, name="bell")
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


def written(folder: Path, content: str | bytes, name: str = "file.qasm") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def qpy_file(folder: Path, *circuits: QuantumCircuit) -> Path:
    path = folder / "file.qpy"
    with path.open("wb") as file:
        qpy.dump(list(circuits), file)
    return path


@pytest.mark.parametrize("dumps", [qasm2.dumps, qasm3.dumps])
def test_openqasm_2_and_3_load_by_content_whatever_the_name(dumps, tmp_path: Path) -> None:
    circuit = load_circuit(written(tmp_path, dumps(bell()), "circuit.txt"))
    assert circuit == bell()
    assert circuit.name == "circuit"


def test_openqasm_3_inputs_become_parameters(tmp_path: Path) -> None:
    path = written(tmp_path, QASM3 + "input float[64] theta;\nrx(theta) q[0];\n")
    assert [parameter.name for parameter in load_circuit(path).parameters] == ["theta"]


def test_openqasm_3_needs_no_version_line_and_openqasm_2_may_start_with_comments(tmp_path: Path) -> None:
    assert load_circuit(written(tmp_path, 'include "stdgates.inc";\nqubit q;\nh q;\n')).num_qubits == 1
    assert load_circuit(written(tmp_path, "// one\n\n// two\n" + QASM2 + "h q[0];\n")).num_clbits == 2


def test_openqasm_2_knows_the_gates_that_qiskit_writes(tmp_path: Path) -> None:
    path = written(tmp_path, QASM2 + "sx q[0];\nrzz(0.3) q[0],q[1];\n")
    assert dict(load_circuit(path).count_ops()) == {"sx": 1, "rzz": 1}


def test_openqasm_2_includes_are_found_beside_the_file(tmp_path: Path) -> None:
    written(tmp_path, "gate twice a { x a; x a; }\n", "mine.inc")
    path = written(tmp_path, QASM2 + 'include "mine.inc";\ntwice q[1];\n')
    assert load_circuit(path).count_ops() == {"twice": 1}


def test_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    assert load_circuit(written(tmp_path, b"\xef\xbb\xbf" + QASM2.encode())).num_qubits == 2


def test_qpy_holds_several_circuits_with_their_names_and_parameters(tmp_path: Path) -> None:
    other = QuantumCircuit(1, name="other")
    other.rx(Parameter("a"), 0)
    loaded = load_circuits(qpy_file(tmp_path, bell(), other))
    assert loaded == [bell(), other]
    assert [circuit.name for circuit in loaded] == ["bell", "other"]
    with pytest.raises(InputError, match="holds 2 circuits, one was expected"):
        load_circuit(tmp_path / "file.qpy")


@pytest.mark.parametrize(
    ("content", "place", "words", "remedy"),
    [
        (QASM2 + "foo q[0];\n", "line 5, column 1", "'foo' is not defined", "include the file that does"),
        (QASM2 + "h q[0]\nx q[1];\n", "line 6, column 1", "needed ';'", "a missing ';' is noticed late"),
        ('OPENQASM 2.0;\ninclude "gone.inc";\n', "line 2, column 9", "unable to find 'gone.inc'", "Correct"),
        (QASM3 + "  foo q[0];\n", "line 4, column 3", "gate 'foo' is not defined.", "stdgates.inc"),
        (
            QASM3 + "h q[0]\nx q[1];\n",
            "line 5, column 1",
            "'x' is not expected here",
            "end of the line before",
        ),
        (QASM3 + "h q[0];\nx q[5];\n", "line 5, column 3", "index out of range", "Correct the file"),
        (
            QASM3 + "if (true) {\n",
            "line 5, column 1",
            "the end of the file is not expected",
            "end of the line",
        ),
        (QASM3 + "§ q;\n", "line 4, column 1", "token recognition error", "Correct the file"),
        (QASM3 + "def f(qubit a) { h a; }\n", "line 4, column 1", "SubroutineDefinition", "write it out"),
        (
            QASM3 + "cal { port p; }\n",
            "line 4, column 1",
            "CalibrationStatement",
            "without its cal and defcal",
        ),
    ],
)
def test_mistake_is_named_with_line_and_column(
    content: str, place: str, words: str, remedy: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(InputError) as caught:
        load_circuit(path)
    assert f"{path}, {place}: " in caught.value.what
    assert words in caught.value.what
    assert remedy in caught.value.remedy
    assert capfd.readouterr() == ("", ""), "the error says it all; nothing is printed besides"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (bytes(range(256)), "is a binary file, but not QPY"),
        (b"dear diary, today I measured", "is text, but not OpenQASM"),
        (b"OPENQASM 4.0;\n", "is OpenQASM 4"),
        (b"OPENQASM 2.0;\n// caf\xe9\n", "line 2, column 7: byte 0xe9 is not UTF-8"),
    ],
)
def test_what_is_no_circuit_is_refused_and_the_formats_are_named(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_circuit(written(tmp_path, content))
    assert words in caught.value.what
    assert "OpenQASM 2, OpenQASM 3 and QPY" in caught.value.remedy


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, QASM3 + "U(" + "(" * 3000 + "1" + ")" * 3000 + ",0,0) q[0];\n")
    with pytest.raises(InputError, match="nested too deeply"):
        load_circuit(path)


@pytest.mark.parametrize("keep", [8, 40, 100])
def test_truncated_qpy_is_refused_in_one_line(keep: int, tmp_path: Path) -> None:
    content = qpy_file(tmp_path, bell()).read_bytes()
    with pytest.raises(InputError) as caught:
        load_circuit(written(tmp_path, content[:keep], "cut.qpy"))
    assert "cut.qpy is a damaged QPY file: " in caught.value.what
    assert "\n" not in caught.value.what
    assert "\x1b" not in caught.value.what


def test_every_damaged_byte_of_a_qpy_file_loads_or_is_refused(tmp_path: Path) -> None:
    """Damage never shows as anything but an InputError, whatever byte it hits."""
    content = qpy_file(tmp_path, bell()).read_bytes()
    for place in range(6, len(content), 29):
        damaged = content[:place] + bytes([content[place] ^ 0x5A]) + content[place + 1 :]
        with contextlib.suppress(InputError):
            assert all(circuit.num_qubits for circuit in load_circuits(written(tmp_path, damaged)))


def test_qpy_of_a_later_version_asks_for_a_newer_qiskit(tmp_path: Path) -> None:
    content = bytearray(qpy_file(tmp_path, bell()).read_bytes())
    content[6] = 99
    with pytest.raises(InputError, match="QPY of version 99, newer than this Qiskit reads"):
        load_circuit(written(tmp_path, bytes(content), "new.qpy"))


def test_folder_and_missing_file_are_named(tmp_path: Path) -> None:
    written(tmp_path, QASM2, "bell.qasm")
    with pytest.raises(InputError, match="is a folder"):
        load_circuit(tmp_path)
    with pytest.raises(InputError, match=r"(?s)bel\.qasm does not exist.*Did you mean 'bell\.qasm'"):
        load_circuit(tmp_path / "bel.qasm")
    with pytest.raises(InputError, match=r"(?s)does not exist.*folder .*gone does not exist either"):
        load_circuit(tmp_path / "gone" / "bell.qasm")
    with pytest.raises(InputError, match="cannot be read: embedded null"):
        load_circuit("a\0b")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_unreadable_file_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, QASM2)
    path.chmod(0)
    with pytest.raises(InputError, match="may not be read"):
        load_circuit(path)


def test_missing_importer_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "qiskit_qasm3_import", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'feedline\[qasm3\]'"):
        load_circuit(written(tmp_path, QASM3))
