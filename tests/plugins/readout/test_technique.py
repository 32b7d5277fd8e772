# SPDX-License-Identifier: Apache-2.0
"""The pass ``readout``: unbiased, honest bars, shared calibration, and what it says where it cannot correct."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import SparseObservable, SparsePauliOp
from qiskit.transpiler import Target

from feedline import Estimator
from feedline.errors import CapabilityError, OptionError, PluginError
from feedline.passes import Cost, PassContext, Stage
from feedline.rewriting import with_axis, with_flips
from feedline.structure import freeze
from feedline.testing import PassContract
from feedline.testing.contract.technique import PUB, context
from feedline.testing.ideal import IDEAL, IdealBackend, basic_target
from feedline_readout.calibration import patterns
from feedline_readout.option import ReadoutOptions
from feedline_readout.technique import Readout

sys.path.insert(0, str(Path(__file__).parent))
from misreading import ERRORS, ghz, misread, options


class TestReadout(PassContract):
    technique = Readout()


@pytest.mark.parametrize(
    ("repeats", "tolerance", "covered"), [(15, 0.006, 11), pytest.param(100, 0.002, 88, marks=pytest.mark.exhaustive)]
)
def test_ghz_is_unbiased_and_covered(repeats: int, tolerance: float, covered: int) -> None:
    """ZZZZ of GHZ-4 is 1, raw 0.69; a repeat of 30,000 shots has a bar of 0.008, the mean of 100 one of 0.0008.

    The tolerances are 2.5 and 3 of these; the 2 sigma interval of a bar covers 95.4 %: of 100 repeats 88 are
    3.5 standard deviations lower, of 15 repeats 11 are 4.
    """
    backend = misread()
    found = np.array(
        [
            (data.evs, data.stds)
            for repeat in range(repeats)
            for data in [Estimator(backend, options(1000 * repeat, 30_000)).run([(ghz(), "ZZZZ")]).result()[0].data]
        ]
    )
    assert abs(found[:, 0].mean() - 1) < tolerance
    assert (np.abs(found[:, 0] - 1) < 2 * found[:, 1]).sum() >= covered
    spread = found[:, 0].std(ddof=1)
    assert np.median(found[:, 1]) == pytest.approx(spread, rel=4 / np.sqrt(2 * repeats))


def test_values_as_they_were_read_are_told_beside_the_corrected() -> None:
    """The raw value is the product of four factors, 0.69; five standard errors of 20,000 shots."""
    stages = Estimator(misread(), options(5, 20_000)).run([(ghz(), "ZZZZ")]).result()[0].metadata["stages"]
    true = (np.prod([1 - 2 * zero for zero, _ in ERRORS]) + np.prod([2 * one - 1 for _, one in ERRORS])) / 2
    assert list(stages) == ["raw", "readout"]
    assert abs(stages["raw"]["evs"] - true) < 5 * stages["raw"]["stds"] < 0.04
    assert abs(stages["readout"]["evs"] - 1) < 5 * stages["readout"]["stds"]


def test_projectors_and_several_bases_are_corrected() -> None:
    """Five of the reported bars, which are below 0.03 here."""
    wanted = {"ZZII": 1.0, "XXXX": 1.0, "IZII": 0.0, "0000": 0.5, "1I1I": 0.5, "0I1I": 0.0, "YYXX": -1.0}
    observables = [SparseObservable.from_label(label) for label in wanted]
    data = Estimator(misread(), options(5, 20_000)).run([(ghz(), observables)]).result()[0].data
    assert (data.stds < 0.03).all()
    assert (np.abs(data.evs - np.array(list(wanted.values()))) < 5 * data.stds).all()


def test_pubs_share_one_calibration_that_is_one_circuit() -> None:
    estimator = Estimator(misread(), options())
    swept = QuantumCircuit(2)
    swept.ry(Parameter("t"), 0)
    swept.cx(0, 1)
    angles = np.linspace(0, 3, 7)
    pubs = [EstimatorPub.coerce(pub) for pub in ((ghz(), [["ZZZZ"], ["XXXX"]]), (swept, "ZI", angles[:, None]))]
    plan = estimator.plan_of(pubs)
    wide = Readout().widen(plan, context(Readout(), estimator.backend()))
    added = wide.executions[len(plan.executions) :]
    assert [(one.role, one.pub, one.sweep) for one in added] == [("readout", -1, (8,))]
    assert added[0].shots * 8 == 8192
    job = estimator.run([(ghz(), [["ZZZZ"], ["XXXX"]]), (swept, "ZI", angles[:, None])])
    data = job.result()[1].data
    assert (np.abs(data.evs - np.cos(angles)) < 5 * data.stds).all()
    info = job.result()[0].metadata["passes"][0]["readout"]
    assert info["qubits"] == [0, 1, 2, 3]
    np.testing.assert_allclose(info["error_of_0"], [e[0] for e in ERRORS], atol=0.02)  # 4 sigma of 4,096 shots
    np.testing.assert_allclose(info["error_of_1"], [e[1] for e in ERRORS], atol=0.02)


def test_patterns_are_balanced_for_each_qubit_and_for_pairs() -> None:
    for count in (1, 2, 3, 7, 15, 40):
        made = patterns(count)
        assert len(made) <= 16
        assert (made.sum(axis=0) == len(made) // 2).all()
        if count <= 15:
            signs = 1 - 2 * made.astype(int)
            np.testing.assert_array_equal(signs.T @ signs, len(made) * np.eye(count))


def test_qubits_without_free_angles_are_calibrated_by_circuits_of_their_own() -> None:
    kept, target = basic_target(3), Target(num_qubits=3)
    for name in ("x", "h", "cx", "s", "sdg", "measure", "rx"):
        if name != "rx":
            target.add_instruction(kept.operation_from_name(name), name=name)
    backend = IdealBackend(3, readout_error=0.1)
    backend._target = target
    result = Estimator(backend, options(3, 4096, calibration_shots=4096)).run([(ghz(2), ["ZZ", "XX"])]).result()[0]
    assert (np.abs(result.data.evs - 1) < 5 * result.data.stds).all()
    assert result.data.stds.max() < 0.1


def test_qubit_that_cannot_be_put_in_1_is_refused() -> None:
    kept, target = basic_target(2), Target(num_qubits=2)
    for name in ("h", "cx", "measure"):
        target.add_instruction(kept.operation_from_name(name), name=name)
    backend = IdealBackend(2)
    backend._target = target
    with pytest.raises(CapabilityError, match=r"'readout' cannot prepare qubit 0 in 1(.|\n)*X gate"):
        Estimator(backend, options()).run([(ghz(2), "ZZ")])


def test_qubit_that_tells_nothing_is_left_raw_and_named() -> None:
    backend = misread([(0.02, 0.03), (0.49, 0.5)])
    result = Estimator(backend, options()).run([(ghz(2), ["IZ", "ZI", "ZZ"])]).result()[0]
    info = result.metadata["passes"][0]["readout"]
    assert info["left_raw"] == [1]
    assert "Qubits [1] tell 0 from 1" in info["warnings"][0]
    assert (np.abs(result.data.evs) < 0.2).all()  # not blown up


def test_flips_of_measurement_twirling_are_corrected_as_they_were_read(rng: np.random.Generator) -> None:
    """Twirled bits with asymmetric errors: the correction acts on what was read, not on what was undone."""

    class Twirl(Readout):
        """Flips qubits before `readout` sees the plan."""

        name = "flip_all"
        stage = Stage.RANDOMIZE

        def widen(self, plan: Any, context: PassContext) -> Any:
            made = []
            for one in plan.executions:
                angle = Parameter("zz_flip")
                circuit = one.circuit.copy_empty_like()
                for item in one.circuit.data:
                    if item.name == "measure":
                        circuit.ry(angle, item.qubits)
                    circuit.append(item)
                choice = np.arange(4) < 3
                wide = with_axis(
                    one, "flip", 4, circuit=freeze(circuit), columns={angle: np.pi * choice}, shots=one.shots
                )
                flips = np.broadcast_to(choice, wide.sweep)
                made.append(with_flips(wide, {clbit: flips for clbit in range(4)}))
            return attrs.evolve(plan, executions=tuple(made))

        def fold(self, estimate: Any, calibration: Any, context: PassContext) -> Any:
            return estimate.reduced("flip", estimate.mean.mean(axis=estimate.axis("flip")))

        fold_bits = tell_samples = property()  # type: ignore[assignment]

    asked = {**options(7, 20_000), "resilience": {"passes": ["readout", Twirl()]}}
    data = Estimator(misread(), asked).run([(ghz(), [SparsePauliOp("ZZZZ"), SparsePauliOp("IZII")])]).result()[0].data
    assert (np.abs(data.evs - [1, 0]) < 5 * data.stds).all()
    assert (data.stds < 0.02).all()


def test_symmetric_halves_the_calibrations_noise_and_is_right_for_symmetric_errors() -> None:
    backend = misread([(0.05, 0.05)] * 4)
    data = Estimator(backend, options(5, 30_000, symmetric=True)).run([(ghz(), ["ZZZZ", "IIIZ"])]).result()[0].data
    assert (np.abs(data.evs - [1, 0]) < 5 * data.stds).all()


def test_calibration_that_never_ran_is_an_error() -> None:
    bound = context(Readout(), IdealBackend(2))
    estimator = Estimator(IdealBackend(3, capabilities=IDEAL), {})
    plan = estimator.plan_of([EstimatorPub.coerce(PUB, 0.1)])
    with pytest.raises(PluginError, match="'readout' has no calibration"):
        Readout().fold_bits(plan.executions[0], {}, bound)


def test_measurement_that_another_pass_hides_is_named() -> None:
    """Raw values are never taken for corrected ones."""

    class Hides(Scaled):
        name = "hides"
        stage = Stage.SCHEDULE

        def widen(self, plan: Any, context: PassContext) -> Any:
            made = []
            for one in plan.executions:
                circuit = one.circuit.copy()
                if one.role == "main":
                    circuit.h(0)
                made.append(attrs.evolve(one, circuit=freeze(circuit)))
            return attrs.evolve(plan, executions=tuple(made))

    asked = {**options(), "resilience": {"passes": ["readout", Hides()]}}
    with pytest.raises(PluginError, match=r"cannot correct classical bits \[0\](.|\n)*leave final measurements final"):
        Estimator(misread(), asked).run([(ghz(2), "ZZ")]).result()


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"calibration_shots": 0}, r"calibration_shots is 0\.(.|\n)*at least 2"),
        ({"symmetric": "no"}, "symmetric is 'no'"),
        ({"smallest_contrast": 1.5}, r"smallest_contrast is 1\.5(.|\n)*between 0 and 1"),
    ],
)
def test_bad_options_are_refused(own: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        ReadoutOptions(**own)


def test_fewer_shots_than_patterns_are_refused_before_anything_runs() -> None:
    with pytest.raises(OptionError, match=r"calibration_shots is 4, for 8 patterns"):
        Estimator(misread(), options(3, 100, calibration_shots=4)).run([(ghz(), "ZZZZ")])


def test_readout_and_trex_exclude_each_other() -> None:
    assert {"trex", "m3"} <= Readout.conflicts


class Scaled(Readout):
    """Stacks everything on a coordinate, as passes that amplify noise do, and takes the mean."""

    name = "scaled"
    stage = Stage.AMPLIFY
    fold_bits = tell_samples = property()  # type: ignore[assignment]

    def cost(self, plan: Any, context: PassContext) -> Cost:
        return Cost(circuits=2, shots=2)

    def widen(self, plan: Any, context: PassContext) -> Any:
        made = [attrs.evolve(one, coords={"scale": scale}) for one in plan.executions for scale in (1.0, 2.0)]
        return attrs.evolve(plan, executions=tuple(made))

    def fold(self, estimate: Any, calibration: Any, context: PassContext) -> Any:
        return estimate.reduced("scale", estimate.mean.mean(axis=estimate.axis("scale")))


def test_executions_that_another_pass_stacks_are_corrected() -> None:
    """Two coordinates, two bases, several points; five of the reported bars."""
    circuit, angle = QuantumCircuit(2), Parameter("angle")
    circuit.ry(angle, 0)
    circuit.cx(0, 1)
    angles = np.array([0.0, 1.0, 2.0])
    asked = {**options(9, 10_000), "resilience": {"passes": ["readout", Scaled()]}}
    result = Estimator(misread(), asked).run([(circuit, [["ZI"], ["XX"]], angles[:, None])]).result()[0]
    wanted = np.array([np.cos(angles), np.sin(angles)])
    assert result.data.evs.shape == (2, 3)
    assert (np.abs(result.data.evs - wanted) < 5 * result.data.stds).all()
    assert (result.data.stds < 0.03).all()
