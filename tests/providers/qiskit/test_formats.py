# SPDX-License-Identifier: Apache-2.0
"""Whatever format a backend answers in, every bit and column ends up where the circuit put it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Clbit, Parameter
from qiskit.providers import Options

from feedline import Capabilities, Sampler
from feedline.errors import ProviderError
from feedline_qiskit.backend import QiskitBackend

from .vendor import SPELLINGS, Vendor, counts, memory

IQ = Options(shots=100, memory=False, meas_level=2, meas_return="single")
IQ_LEVELS = Capabilities(meas_levels={"classified", "kerneled", "avg_kerneled"})  # type: ignore[arg-type]


def registers() -> QuantumCircuit:
    """Two registers, nine bits, one of them unmeasured: bits 0 and 8 are 1."""
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(2, "b"), ClassicalRegister(7, "a"))
    circuit.x(0)
    circuit.measure([0, 1, 2, 0], [0, 1, 2, 8])
    return circuit


def overlapping() -> QuantumCircuit:
    """A bit without a register, and two registers that share a bit: bits 0 and 2 are 1."""
    loose, shared, own, other = (Clbit() for _ in range(4))
    circuit = QuantumCircuit(QuantumRegister(2), [loose, shared, own, other])
    circuit.add_register(ClassicalRegister(name="m", bits=[shared, own]))
    circuit.add_register(ClassicalRegister(name="n", bits=[own, other]))
    circuit.x(0)
    circuit.measure([0, 1, 0, 1], [0, 1, 2, 3])
    return circuit


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("kind", [memory, counts])
@pytest.mark.parametrize("single_shots", [False, True])
def test_every_spelling_is_read(spelling: str, kind: Any, single_shots: bool, drive: Any) -> None:
    backend = QiskitBackend(Vendor(kind(spelling)))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Backend 'vendor' returned counts", RuntimeWarning)
        (chunk,) = drive(backend, registers(), shots=5, memory=single_shots)
    if single_shots:
        assert chunk.bits.tolist() == [[[1, 1]] * 5]
    else:
        assert chunk.counts.words.tolist() == [[1, 1]] * len(chunk.counts.words)
        assert chunk.counts.weight.sum() == 5


@pytest.mark.parametrize("spelling", ["hex", "bits", "binary", "integer"])
def test_bits_without_registers_keep_their_numbers(spelling: str, drive: Any) -> None:
    (chunk,) = drive(QiskitBackend(Vendor(memory(spelling))), overlapping(), shots=3)
    assert chunk.bits.tolist() == [[[0b0101]] * 3]


def test_overlapping_registers_apart_are_put_together(drive: Any) -> None:
    def write(circuit: QuantumCircuit, shots: list[int]) -> dict[str, Any]:
        return {"memory": ["01 10" for _ in shots]}

    (chunk,) = drive(QiskitBackend(Vendor(write)), overlapping(), shots=3)
    assert chunk.bits.tolist() == [[[0b0100]] * 3]


def test_order_of_shots_is_kept_where_there_is_memory(drive: Any) -> None:
    def write(circuit: QuantumCircuit, shots: list[int]) -> dict[str, Any]:
        return {"memory": [hex(index % 3 % 2) for index in range(len(shots))]}

    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    (chunk,) = drive(QiskitBackend(Vendor(write)), circuit, shots=6)
    assert chunk.bits[0, :, 0].tolist() == [0, 1, 0, 0, 1, 0]


def test_counts_only_lose_their_order_and_say_so(drive: Any) -> None:
    """Declared before anything runs, warned of once, written into the metadata of results."""
    backend = QiskitBackend(Vendor(counts("hex"), options=Options(shots=100)))
    assert not backend.capabilities.ordered_shots
    assert "lost" in backend.describe()["shots_order"]
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    with pytest.warns(RuntimeWarning, match="'vendor' returned counts instead of single shots") as caught:
        (chunk,) = drive(backend, circuit, np.zeros((2, 0)), shots=400, seed=None)
    assert len(caught) == 1
    bits = chunk.bits[0, :, 0]
    assert 100 < bits.sum() < 300
    assert 0 < bits[:200].sum() < bits.sum()
    assert chunk.bits.shape == (2, 400, 1)


def test_counts_suffice_where_order_does_not_matter(drive: Any) -> None:
    (chunk,) = drive(QiskitBackend(Vendor(counts("bits"))), registers(), shots=7, memory=False)
    assert chunk.counts.weight.tolist() == [7]


def test_header_that_orders_registers_otherwise_is_followed(drive: Any) -> None:
    """A vendor that numbers memory slots by its own order of registers."""

    def write(circuit: QuantumCircuit, shots: list[int]) -> dict[str, Any]:
        return {"memory": [hex(0b01_0000001) for _ in shots]}  # slots 0 to 6 are register a, then b

    backend = Vendor(write, header=lambda _: {"creg_sizes": [["a", 7], ["b", 2]]})
    (chunk,) = drive(QiskitBackend(backend), registers(), shots=2)
    found = int.from_bytes(chunk.bits[0, 0].tobytes(), "big")
    assert found == 1 << 0 | 1 << 2  # b[0], a[0]


def test_circuit_without_measurement_reads_zeros(drive: Any) -> None:
    circuit = QuantumCircuit(1, 2)
    circuit.x(0)
    backend = QiskitBackend(Vendor(lambda *_: {}))
    (chunk,) = drive(backend, circuit, shots=4)
    assert chunk.bits.tolist() == [[[0]] * 4]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({}, "neither memory nor counts"),
        ({"memory": ["0x200"]}, "outcomes wider than its 9 classical bits"),
        ({"memory": ["0xfffff"]}, "outcomes wider than its 9 classical bits"),
        ({"memory": [512]}, "outcomes wider than its 9 classical bits"),
        ({"memory": [-1]}, "outcomes wider than its 9 classical bits"),
        ({"memory": ["0101"]}, "outcomes such as '0101', which do not fit its 9 classical bits"),
        ({"memory": ["01 01"]}, "outcomes such as '01 01', which do not fit"),
        ({"memory": ["000000000", "0"]}, "no bit strings of one length"),
        ({"memory": ["000000002"]}, "no bit strings of one length"),
        ({"memory": [None]}, "outcomes of an unknown form: None"),
        ({"counts": {"0x0": 0.25}}, "counts that are no whole numbers"),
        ({"counts": {"0x0": -1}}, "counts that are no whole numbers"),
    ],
)
def test_what_does_not_fit_is_refused_not_padded(answer: dict[str, Any], words: str, drive: Any) -> None:
    circuit = registers()
    circuit.name = "nine"
    with pytest.raises(ProviderError, match=f"Backend 'vendor' returned for 'nine' .*{words}"):
        drive(QiskitBackend(Vendor(lambda *_: answer)), circuit, shots=1, memory=True)


def test_too_few_shots_are_refused() -> None:
    """The engine refuses; the provider hands on what came."""
    vendor = Vendor(lambda circuit, shots: {"memory": ["0x0"] * (len(shots) - 1)})
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with pytest.raises(ProviderError, match="'vendor' stopped with 1 of 10 shots missing"):
        Sampler(QiskitBackend(vendor)).run([circuit], shots=10).result(timeout=20)


def iq_slots(circuit: QuantumCircuit, shots: list[int]) -> Any:
    """Slot k of shot s holds k + s*1j."""
    slots = np.arange(circuit.num_clbits)[None, :]
    return slots + 1j * np.arange(len(shots))[:, None]


@pytest.mark.parametrize("as_pairs", [False, True])
def test_iq_columns_are_sorted_to_their_bits(as_pairs: bool, drive: Any) -> None:
    """Complex numbers or pairs, as arrays or lists; a column per classical bit."""

    def write(circuit: QuantumCircuit, shots: list[int]) -> dict[str, Any]:
        data = iq_slots(circuit, shots)
        return {"memory": np.stack([data.real, data.imag], axis=-1).tolist() if as_pairs else data}

    backend = QiskitBackend(Vendor(write, options=IQ), capabilities=IQ_LEVELS)
    (chunk,) = drive(backend, registers(), np.zeros((2, 0)), shots=4, meas_level="kerneled")
    assert chunk.iq.shape == (2, 4, 9)
    np.testing.assert_array_equal(chunk.iq[1], iq_slots(registers(), [0] * 4))
    asked = backend.vendor.asked[0]
    assert (asked["meas_level"], asked["meas_return"]) == (1, "single")
    assert "memory" not in asked


def test_iq_columns_reach_their_registers() -> None:
    """Each register of a sampled circuit gets its own columns, not all of them."""

    def write(circuit: QuantumCircuit, shots: list[int]) -> dict[str, Any]:
        return {"memory": iq_slots(circuit, shots)}

    backend = QiskitBackend(Vendor(write, options=IQ), capabilities=IQ_LEVELS)
    sampler = Sampler(backend, {"execution": {"meas_type": "kerneled"}})
    data = sampler.run([registers()], shots=3).result(timeout=20)[0].data
    assert np.asarray(data.b).real.tolist() == [[0, 1]] * 3
    assert np.asarray(data.a).real.tolist() == [[2, 3, 4, 5, 6, 7, 8]] * 3


def test_averaged_iq_data_are_read(drive: Any) -> None:
    def write(circuit: QuantumCircuit, shots: list[int]) -> dict[str, Any]:
        return {"memory": iq_slots(circuit, shots).mean(axis=0)}

    backend = QiskitBackend(Vendor(write, options=IQ), capabilities=IQ_LEVELS)
    (chunk,) = drive(backend, registers(), shots=4, meas_level="avg_kerneled")
    assert chunk.iq.shape == (1, 9)
    assert chunk.iq[0, 3] == 3 + 1.5j
    assert backend.vendor.asked[0]["meas_return"] == "avg"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"memory": ["0x0"] * 4}, "no IQ data though meas_level=1 was asked for"),
        ({"memory": np.zeros((4, 2), dtype=complex)}, r"IQ data of shape \(4, 2\) instead of 9 columns"),
    ],
)
def test_iq_data_that_do_not_fit_are_refused(answer: dict[str, Any], words: str, drive: Any) -> None:
    backend = QiskitBackend(Vendor(lambda *_: answer, options=IQ), capabilities=IQ_LEVELS)
    with pytest.raises(ProviderError, match=words):
        drive(backend, registers(), shots=4, meas_level="kerneled")


def test_sampled_sweep_agrees_with_the_circuit() -> None:
    """The whole way, through Sampler, in the spelling that Qiskit's own primitives misread."""
    angle = Parameter("angle")
    circuit = QuantumCircuit(2)
    circuit.ry(angle, 0)
    circuit.cx(0, 1)
    circuit.measure_all()
    backend = QiskitBackend(Vendor(memory("spaced"), width=2))
    result = Sampler(backend).run([(circuit, [0.0, np.pi])], shots=50).result(timeout=20)
    assert result[0].data.meas.get_counts(0) == {"00": 50}
    assert result[0].data.meas.get_counts(1) == {"11": 50}
