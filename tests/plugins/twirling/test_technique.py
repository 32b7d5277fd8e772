# SPDX-License-Identifier: Apache-2.0
"""The pass ``twirling``: the contract, the same circuit under every randomisation, noise that becomes Pauli."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import PTM, Operator, Statevector, SuperOp, random_unitary
from qiskit.transpiler import Target
from qiskit_aer.noise import NoiseModel, ReadoutError, coherent_unitary_error

import feedline
from feedline import Estimator, Sampler
from feedline.errors import CapabilityError, OptionError
from feedline.execution import Execution
from feedline.passes import Pass, PassContext
from feedline.plan import Plan
from feedline.rewriting import final_measures
from feedline.testing import IdealBackend, PassContract
from feedline.testing.ideal import IDEAL
from feedline_trex.technique import Trex
from feedline_twirling.options import GROUPS, TwirlingOptions
from feedline_twirling.technique import Twirling


class TestTwirling(PassContract):
    technique: ClassVar[Pass | None] = Twirling()


class Machine:
    """A target and tokens; nothing runs on it."""

    name = "machine"

    def __init__(self, *gates: str, tokens: frozenset[str] = frozenset(), num_qubits: int = 4) -> None:
        self.target = Target.from_configuration(list(gates or ("rz", "sx", "cx")), num_qubits=num_qubits)
        self.capabilities = attrs.evolve(IDEAL, tokens=tokens)


def twirled(circuit: QuantumCircuit, machine: Any = None, seed: int = 1, **how: Any) -> tuple[Execution, Any]:
    """An execution of the circuit with the pass's axis, one for each parameter value, and its note."""
    points = np.linspace(-2, 2, 3 * max(1, circuit.num_parameters)).reshape(3, -1)[:, : circuit.num_parameters]
    sweep = how.pop("execution", Execution(circuit=circuit, values=points, shots=64, axes=("param",)))
    options = TwirlingOptions(**{"num_randomizations": 8, "enable_measure": False, **how})
    context = PassContext(options=options, backend=machine or Machine(), rng=np.random.default_rng(seed))
    wide = Twirling().widen(Plan(executions=(sweep,), fold=None, num_pubs=1), context)  # type: ignore[arg-type]  # not folded
    return wide.executions[0], wide.notes["twirling"]


def bound(execution: Execution, *point: int) -> QuantumCircuit:
    return execution.circuit.assign_parameters(execution.values[point])


def mixed(*entanglers: Callable[[QuantumCircuit, int, int], Any]) -> QuantumCircuit:
    """Entanglers between runs of one-qubit gates, of which some have parameters."""
    circuit, angles = QuantumCircuit(3), [Parameter("b"), Parameter("a")]
    for step, entangle in enumerate(entanglers):
        circuit.h(step % 3)
        circuit.rz(angles[step % 2] + 0.4, (step + 1) % 3)
        circuit.rx(2 * angles[0], step % 3)
        entangle(circuit, step % 3, (step + 1) % 3)
        circuit.t((step + 1) % 3)
        if step % 2:
            circuit.barrier()
    circuit.ry(angles[1], 2)
    return circuit


ENTANGLERS: dict[str, Callable[[QuantumCircuit, int, int], Any]] = {
    **{
        name: lambda circuit, one, other, name=name: getattr(circuit, name)(one, other)  # type: ignore[misc]  # bound here
        for name in ("cx", "cz", "cy", "ecr", "swap", "iswap", "dcx")
    },
    "rzz": lambda circuit, one, other: circuit.rzz(np.pi / 2, one, other),
    "rxx": lambda circuit, one, other: circuit.rxx(-np.pi / 2, one, other),
    "own": lambda circuit, one, other: circuit.append(UnitaryGate(np.diag([1, 1j, 1j, 1])), [one, other]),
}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("name", ENTANGLERS)
def test_every_randomisation_is_the_same_unitary(name: str, group: str) -> None:
    circuit = mixed(*[ENTANGLERS[name]] * 3)
    execution, note = twirled(circuit, group=group)
    assert note["twirled_gates"] == 3
    assert "left_alone" not in note
    assert execution.axes == ("param", "randomization")
    assert execution.values.shape[:2] == (3, 8)
    values = np.linspace(-2, 2, 6).reshape(3, 2)
    for point in range(3):
        wanted = Operator(circuit.assign_parameters(values[point]))
        made = [bound(execution, point, number) for number in range(8)]
        assert all(Operator(one).equiv(wanted) for one in made)
    assert len(np.unique(np.round(execution.values[0], 9), axis=0)) == 8


@pytest.mark.parametrize("basis", ["u cx", "rx rz cx", "r cx", "rx ry cx", "rz sx cx"])
def test_every_basis_of_one_qubit_gates_will_do(basis: str) -> None:
    circuit = mixed(*ENTANGLERS.values())
    wanted = Operator(circuit.assign_parameters(np.linspace(-2, 2, 6)[:2]))
    execution, _ = twirled(circuit, Machine(*basis.split()))
    assert all(Operator(bound(execution, 0, number)).equiv(wanted) for number in range(8))


def test_frames_take_in_the_gates_between() -> None:
    """Between two gates a qubit has one frame of two half turns, whatever stood there."""
    circuit = QuantumCircuit(2)
    for _ in range(3):
        circuit.cx(0, 1)
        circuit.h(0)
        circuit.t(0)
        circuit.sx(0)
    execution, _ = twirled(circuit)
    assert execution.circuit.count_ops() == {"rz": 8 * 3, "sx": 8 * 2, "cx": 3}


def test_frames_do_not_move_gates_across_barriers_and_delays() -> None:
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    circuit.barrier()
    circuit.h(0)
    circuit.delay(100, 1)
    circuit.cx(0, 1)
    circuit.h(1)
    circuit.barrier()
    execution, _ = twirled(circuit)
    names = [item.name for item in execution.circuit.data if item.name not in ("rz", "sx")]
    assert names == ["cx", "barrier", "delay", "cx", "barrier"]
    assert execution.circuit.data[-1].name != "barrier", "the frame without gates went through"


def noisy_channel(circuit: QuantumCircuit, noise: UnitaryGate) -> SuperOp:
    out = circuit.copy_empty_like()
    for item in circuit.data:
        out.append(item)
        if item.name == "cx":
            out.append(noise, [circuit.find_bit(bit).index for bit in item.qubits])
    return SuperOp(out)


@pytest.mark.parametrize(("group", "count"), [("balanced_pauli", 16), ("pauli", 4096), ("local_c1", 4096)])
def test_any_noise_becomes_the_exact_pauli_channel(group: str, count: int) -> None:
    """Against the diagonal of the noise's Pauli transfer matrix.

    16 balanced Paulis are the whole group, exactly. Else 4,096 draws: an entry of size 1 has a standard error of
    0.016, and 0.08 is five of it; the larger group averages some of the diagonal's entries.
    """
    noise = UnitaryGate(random_unitary(4, seed=3))
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    execution, _ = twirled(
        circuit, Machine("u", "cx"), group=group, num_randomizations=count, shots_per_randomization=1
    )
    distinct, counts = np.unique(np.round(execution.values[0], 9), axis=0, return_counts=True)
    channels = [noisy_channel(execution.circuit.assign_parameters(values), noise).data for values in distinct]
    mean = SuperOp(np.tensordot(counts / count, channels, axes=1))
    made = PTM(SuperOp(circuit).adjoint().compose(mean)).data.real
    behind = PTM(SuperOp(noise)).data.real
    wanted = np.diag(np.diag(behind))
    if group == "local_c1":
        np.testing.assert_allclose(made, np.diag(np.diag(made)), atol=0.08)
        assert np.trace(made) == pytest.approx(np.trace(wanted), abs=1e-6)
        return
    np.testing.assert_allclose(made, wanted, atol=1e-9 if group == "balanced_pauli" else 0.08)


def test_balanced_paulis_come_equally_often() -> None:
    circuit = QuantumCircuit(2)
    circuit.cz(0, 1)
    execution, _ = twirled(
        circuit, Machine("u", "cz"), group="balanced_pauli", num_randomizations=48, shots_per_randomization=1
    )
    before = [f"twirling[{index}]" for index in range(12)]
    assert [parameter.name for parameter in execution.circuit.parameters] == before
    for point in range(3):
        _, counts = np.unique(np.round(execution.values[point], 9), axis=0, return_counts=True)
        assert (counts == 3).all()
        assert len(counts) == 16


@pytest.mark.parametrize("with_gates", [True, False])
def test_flipped_bits_are_undone(with_gates: bool) -> None:
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.ry(0.4, 2)
    circuit.measure([0, 1, 2], [2, 0, 1])
    execution, _ = twirled(circuit, enable_gates=with_gates, enable_measure=True)
    assert execution.flips is not None
    finals = {final.qubit: final.clbit for final in final_measures(circuit)}
    wanted = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities()
    for number in range(8):
        made = Statevector(bound(execution, 1, number).remove_final_measurements(inplace=False)).probabilities()
        flips = int(execution.flips[1, number, 0])
        by_qubit = sum(((flips >> clbit) & 1) << qubit for qubit, clbit in finals.items())
        np.testing.assert_allclose(made[np.arange(8) ^ by_qubit], wanted, atol=1e-12)
    assert len(np.unique(execution.flips[1])) > 1


def test_flips_that_were_there_are_kept() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    given = Execution(
        circuit=circuit, values=np.zeros((2, 0)), shots=64, axes=("param",), flips=np.array([[0], [1]], dtype=np.uint8)
    )
    execution, _ = twirled(circuit, execution=given, enable_measure=True)
    assert execution.flips is not None
    for point in range(2):
        for number in range(8):
            state = Statevector(bound(execution, point, number).remove_final_measurements(inplace=False))
            assert round(state.probabilities()[1]) ^ int(execution.flips[point, number, 0]) == point


def test_what_is_no_clifford_gate_is_left_alone_and_named() -> None:
    circuit, angle = QuantumCircuit(3, 1), Parameter("angle")
    circuit.rzz(0.3, 0, 1)
    circuit.rzz(angle, 0, 1)
    circuit.ccx(0, 1, 2)
    circuit.append(Gate("mystery", 2, []), [1, 2])
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.cx(0, 1)
    circuit.reset(2)
    execution, note = twirled(circuit)
    assert note["left_alone"] == {"rzz": 2, "ccx": 1, "mystery": 1, "if_else": 1}
    assert note["twirled_gates"] == 1
    assert {"rzz", "ccx", "mystery", "if_else", "reset"} <= set(execution.circuit.count_ops())


def test_qubit_without_frames_keeps_its_gates_as_they_are() -> None:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    execution, note = twirled(circuit, Machine("h", "s", "cx"))
    assert note["left_alone"] == {"cx": 1}
    assert execution.circuit is circuit
    assert execution.axes == ("param",)


def test_noise_that_is_pauli_already_needs_no_twirl_of_gates() -> None:
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    machine = Machine(tokens=frozenset({"noise.pauli"}))
    execution, note = twirled(circuit, machine)
    assert execution.circuit is circuit
    assert "declares its noise Pauli already" in note["note"]
    assert twirled(circuit, machine, enable_gates=True)[1]["twirled_gates"] == 1


def test_sweep_without_points_stays_without() -> None:
    circuit = mixed(*ENTANGLERS.values())
    given = Execution(circuit=circuit, values=np.zeros((0, 2)), shots=64, axes=("param",))
    assert twirled(circuit, execution=given)[0].values.shape[:2] == (0, 8)


def test_sweep_of_several_axes_gets_one_more() -> None:
    circuit = mixed(*ENTANGLERS.values())
    values = np.random.default_rng(2).uniform(-2, 2, (2, 3, 2))
    given = Execution(circuit=circuit, values=values, shots=64, axes=("param", "other"))
    execution, _ = twirled(circuit, execution=given)
    assert execution.axes == ("param", "other", "randomization")
    for point in np.ndindex(2, 3):
        assert Operator(bound(execution, *point, 5)).equiv(Operator(circuit.assign_parameters(values[point])))


def test_same_seed_draws_the_same() -> None:
    circuit = mixed(*ENTANGLERS.values())
    first, second, other = (twirled(circuit, seed=seed)[0] for seed in (5, 5, 6))
    assert first.circuit == second.circuit
    assert (first.values == second.values).all()
    assert (first.values != other.values).any()


def test_parameters_of_the_same_name_are_no_trouble() -> None:
    circuit = QuantumCircuit(2)
    circuit.rx(Parameter("twirling"), 0)
    circuit.cx(0, 1)
    circuit.rzz(Parameter("zz"), 0, 1)
    execution, _ = twirled(circuit)
    wanted = Operator(circuit.assign_parameters(np.linspace(-2, 2, 6)[:2]))
    assert Operator(bound(execution, 0, 3)).equiv(wanted)


def coherent() -> NoiseModel:
    """Every CX turns too far, and readout errs."""
    model = NoiseModel(basis_gates=["id", "rz", "sx", "x", "cx"])
    over = Operator(QuantumCircuit(2).compose(_over_rotation())).data
    model.add_all_qubit_quantum_error(coherent_unitary_error(over), ["cx"])
    model.add_all_qubit_readout_error(ReadoutError([[0.97, 0.03], [0.08, 0.92]]))
    return model


def _over_rotation() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.rzx(0.12, 0, 1)
    circuit.rz(0.1, 0)
    return circuit


def repeated() -> QuantumCircuit:
    """Eight CX that undo each other in pairs, so that over-rotations add up."""
    circuit = QuantumCircuit(2)
    circuit.h(0)
    for _ in range(8):
        circuit.cx(0, 1)
        circuit.barrier()
    return circuit


def test_estimator_gets_the_value_of_the_pauli_channel() -> None:
    """Twirled and with `trex`: exact values of the circuit with the Pauli channel, within 5 bars.

    The bar is 0.01, and 128 randomisations' means spread by as much; without the twirl the values are off by 0.3.
    """
    ptm = np.diag(PTM(SuperOp(Operator(_over_rotation()))).data.real)
    step = PTM(np.diag(ptm)).compose(PTM(SuperOp(QuantumCircuit(2))))
    state = np.zeros(16)
    state[[0, 1, 12, 13]] = 1.0  # |+0>: II, IX, ZI, ZX in the order of the transfer matrix
    gate = PTM(SuperOp(_cx())).data.real
    for _ in range(8):
        state = step.data.real @ gate @ state
    labels = [f"{high}{low}" for high in "IXYZ" for low in "IXYZ"]
    terms = ["IX", "ZI", "ZX"]
    options = {
        "default_shots": 8192,
        "simulator": {"seed_simulator": 11},
        "resilience": {"passes": [Twirling(), Trex()], "twirling": {"num_randomizations": 128}},
    }
    backend = feedline.backend("aer", noise_model=coherent())
    result = Estimator(backend, options).run([(repeated(), [[term] for term in terms])]).result()[0]
    wanted = np.array([state[labels.index(term)] for term in terms])
    assert (result.data.stds < 0.015).all()
    assert (np.abs(result.data.evs[:, 0] - wanted) < 5 * result.data.stds[:, 0]).all()
    told = result.metadata["passes"][0]
    assert told["twirling"]["twirled_gates"] == 8
    assert told["twirling"]["num_randomizations"] == 128
    assert told["trex"]["num_randomizations"] == 1


def _cx() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    return circuit


def test_sampler_gets_as_many_shots_and_symmetric_readout() -> None:
    """Readout errs 3 % and 8 %: both outcomes err 5.5 % when flipped; 20,000 shots, 5 standard errors are 0.008."""
    zero, one = QuantumCircuit(1), QuantumCircuit(1)
    one.x(0)
    for circuit in (zero, one):
        circuit.measure_all()
    options = {"default_shots": 20_000, "simulator": {"seed_simulator": 2}, "resilience": {"passes": [Twirling()]}}
    result = Sampler(feedline.backend("aer", noise_model=coherent()), options).run([zero, one]).result()
    wrong = [result[0].data.meas.get_counts()["1"], result[1].data.meas.get_counts()["0"]]
    assert result[0].data.meas.num_shots == 20_000
    assert np.array(wrong) / 20_000 == pytest.approx([0.055, 0.055], abs=0.008)


def test_counts_and_shots_follow_the_options() -> None:
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    for given, wanted in (
        ({"num_randomizations": "auto"}, (32, 2)),
        ({"num_randomizations": "auto", "shots_per_randomization": 16}, (4, 16)),
        ({"num_randomizations": 5}, (5, 13)),
        ({"num_randomizations": 100, "shots_per_randomization": 3}, (100, 3)),
    ):
        execution, _ = twirled(circuit, **given)
        assert (execution.sweep[-1], execution.shots) == wanted


def test_more_randomisations_than_shots_is_refused() -> None:
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    with pytest.raises(OptionError, match="num_randomizations is 65, but pub 0 has 64 shots a point"):
        twirled(circuit, num_randomizations=65)


def test_flips_of_analogue_data_are_refused() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    from feedline.capabilities import MeasLevel

    given = Execution(
        circuit=circuit, values=np.zeros((1, 0)), shots=64, axes=("param",), meas_level=MeasLevel.KERNELED
    )
    with pytest.raises(OptionError, match="asks for kerneled data, in which no flip can be undone"):
        twirled(circuit, execution=given, enable_measure=True)
    assert twirled(circuit, execution=given, enable_measure=None)[0].axes == ("param",)


def test_qubit_that_cannot_be_flipped_is_refused_by_name() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with pytest.raises(CapabilityError, match="twirling: qubit 0 has no gates whose angles flip it"):
        twirled(circuit, Machine("h", "s", "cx"), enable_measure=True)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"group": "paulis"}, "group is 'paulis'(.|\n)*'pauli', 'balanced_pauli', 'local_c1'"),
        ({"strategy": "all"}, "strategy is 'all'(.|\n)*'active'"),
        ({"enable_gates": 1}, "enable_gates is 1(.|\n)*True, False, None"),
        ({"num_randomizations": 0}, "num_randomizations is 0"),
        ({"shots_per_randomization": "few"}, "shots_per_randomization is 'few'(.|\n)*'auto' or a whole number"),
    ],
)
def test_bad_option_is_refused_with_its_value(given: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        TwirlingOptions(**given)


def test_exact_values_are_left_alone() -> None:
    result = Estimator(IdealBackend(2), {"resilience": {"passes": [Twirling()]}}).run([(_cx(), "ZZ")], precision=0)
    assert result.result()[0].data.evs == pytest.approx(1.0)
