# SPDX-License-Identifier: Apache-2.0
"""The part of the contract about capabilities: what is declared works, what is not is refused with words."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Instruction, Parameter
from qiskit.quantum_info import SparsePauliOp

from feedline.capabilities import CONTROL_FLOW, MeasLevel
from feedline.device import Device
from feedline.errors import CapabilityError
from feedline.processor import Backend

from .flow import FLOWS
from .lifecycle import flip
from .subject import BackendSubject, ask, executable, isa, refused, take


class AbilityContract(BackendSubject):
    """Capabilities are honest, and limits are refused by name."""

    @pytest.mark.parametrize("level", [MeasLevel.KERNELED, MeasLevel.AVG_KERNELED])
    def test_declared_measurement_level_is_served(self, subject: Backend, device: Device, level: MeasLevel) -> None:
        """IQ points: complex, finite, a column per classical bit."""
        if level not in subject.capabilities.meas_levels:
            pytest.skip(f"{level} is not declared")
        circuit = QuantumCircuit(1, 2)
        circuit.x(0)
        circuit.measure(0, 1)
        asked = executable(device, [ask(isa(subject, circuit), shots=20, meas_level=level)])
        shots = 0
        for chunk in device.execute(asked):
            assert chunk.bits is None
            assert chunk.counts is None
            assert chunk.iq is not None
            assert np.iscomplexobj(chunk.iq)
            assert np.isfinite(chunk.iq).all()
            inner = chunk.iq.shape[1:-1]
            assert len(inner) == (1 if level is MeasLevel.KERNELED else 0), f"iq has shape {chunk.iq.shape}"
            assert chunk.iq.shape[-1] == 2
            shots += inner[0] if inner else 20
        assert shots == 20

    def test_declared_raw_samples_are_served(self, subject: Backend, device: Device) -> None:
        """Volts: finite, a row per classical bit, as many samples in every chunk, zeros where nobody measured."""
        if MeasLevel.RAW not in subject.capabilities.meas_levels:
            pytest.skip("raw is not declared")
        circuit = QuantumCircuit(1, 2)
        circuit.x(0)
        circuit.measure(0, 1)
        asked = executable(device, [ask(isa(subject, circuit), shots=20, meas_level=MeasLevel.RAW)])
        found = [chunk.raw for chunk in device.execute(asked)]
        for raw in found:
            assert raw is not None
            assert raw.ndim == 4, f"raw has shape {raw.shape}"
            assert np.issubdtype(raw.dtype, np.inexact)
            assert np.isfinite(raw).all()
            assert not raw[:, :, 0].any(), "a bit that nobody measured has samples"
        samples = {raw.shape[2:] for raw in found if raw is not None}
        assert len(samples) == 1
        assert samples.pop()[0] == 2
        assert sum(raw.shape[1] for raw in found if raw is not None) == 20

    def test_declared_exact_values_are_exact(self, subject: Backend, device: Device) -> None:
        """One value for each observable and point, without shots."""
        if not subject.capabilities.exact_expectation:
            pytest.skip("exact_expectation is not declared")
        angle = Parameter("angle")
        circuit = QuantumCircuit(1)
        circuit.ry(angle, 0)
        swept = isa(subject, circuit)
        place = swept.layout.final_index_layout()[0] if swept.layout else 0
        observables = tuple(SparsePauliOp.from_sparse_list([(pauli, [place], 2.0)], swept.num_qubits) for pauli in "ZX")
        angles = np.array([0.0, 0.3, 2.0])
        asked = executable(device, [ask(swept, angles[:, None], shots=0, observables=observables)])
        found = np.full((3, 2), np.nan)
        for chunk in device.execute(asked):
            assert chunk.expectation is not None
            found[chunk.points] = chunk.expectation
        wanted = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
        np.testing.assert_allclose(found, wanted, atol=1e-6 if self.noiseless else 1.0)

    @pytest.mark.parametrize("name", sorted(FLOWS))
    def test_declared_control_flow_runs(self, subject: Backend, device: Device, name: str) -> None:
        """Each declared kind decides as it should."""
        if name not in subject.capabilities.control_flow:
            pytest.skip(f"{name} is not declared")
        circuit, expected = FLOWS[name]()
        (answer,) = take(device, ask(isa(subject, circuit)))
        assert answer.likely()[0].tolist() == expected

    def test_target_and_capabilities_agree_on_control_flow(self, subject: Backend) -> None:
        """What is declared is in the target too, or transpilers would take it out."""
        lacking = subject.capabilities.control_flow - set(subject.target.operation_names)
        assert not lacking, f"declared but not in the target: {sorted(lacking)}"
        extra = CONTROL_FLOW & set(subject.target.operation_names) - subject.capabilities.control_flow
        assert not extra, f"in the target but not declared: {sorted(extra)}"

    def test_too_wide_a_circuit_is_refused(self, subject: Backend, device: Device) -> None:
        """The error says how wide it is and how wide the device is."""
        width = subject.num_qubits + 1
        circuit = QuantumCircuit(width, 1, name="wide")
        with refused(CapabilityError, "wide", str(width), str(width - 1)):
            device.compile(circuit)

    def test_unknown_instruction_is_refused_by_name(self, subject: Backend, device: Device) -> None:
        """The error names the instruction."""
        circuit = QuantumCircuit(1, 1)
        circuit.append(Instruction("no_such_pulse", 1, 0, []), [0])
        with refused(CapabilityError, "no_such_pulse"):
            device.compile(circuit)

    def test_uncoupled_qubits_are_refused_by_number(self, subject: Backend, device: Device) -> None:
        """A gate that the target has elsewhere is refused on a pair without a coupling."""
        target = subject.target
        for name in target.operation_names:
            placed = target.qargs_for_operation_name(name)
            for pair in itertools.permutations(range(subject.num_qubits), 2):
                if placed and len(next(iter(placed))) == 2 and pair not in placed and pair[::-1] not in placed:
                    circuit = QuantumCircuit(subject.num_qubits)
                    operation = target.operation_from_name(name)
                    circuit.append(operation, pair)
                    circuit = circuit.assign_parameters([0.5] * circuit.num_parameters)
                    with refused(CapabilityError, name, str(pair[0]), str(pair[1])):
                        device.compile(circuit)
                    return
        pytest.skip("every pair is coupled")

    def test_refused_circuit_leaves_the_device_usable(self, subject: Backend, device: Device) -> None:
        """A bad request harms nobody after it."""
        with refused(CapabilityError):
            device.compile(QuantumCircuit(subject.num_qubits + 1))
        assert take(device, ask(flip(subject)))[0].mean(0) > 0.5
