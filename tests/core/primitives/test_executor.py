# SPDX-License-Identifier: Apache-2.0
"""Executor: items, shapes, levels, timing, and what it refuses."""

from __future__ import annotations

import io
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qpy
from qiskit.circuit import Parameter
from qiskit.circuit.library import CZGate, Measure, RXGate, RZGate, SXGate
from qiskit.transpiler import Target
from samplomatic import ChangeBasis, Twirl, build
from samplomatic.quantum_program import QuantumProgram

from feedline import Backend, Capabilities, Chunk, Device, Executable, Execution, Executor
from feedline.errors import CapabilityError, InputError, MissingExtraError, OptionError
from feedline.execution import OutcomeCounts
from feedline.primitives.executor import SAMPLOMATIC

ROOT = Path(__file__).parents[3]


class CountingDevice(Device):
    """Answers shot ``s`` of point ``p`` with a number that tells them: ``p * shots + s``."""

    def __init__(self, backend: CountingBackend) -> None:
        self.backend = backend

    def compile(self, circuit: QuantumCircuit) -> Executable:
        return Executable(circuit)

    def execute(self, executions: Sequence[Execution]) -> Iterator[Chunk]:
        self.backend.seen += executions
        for index, execution in enumerate(executions):
            for first in reversed(range(0, execution.size, 2)):
                points = slice(first, min(first + 2, execution.size))
                yield from self.answer(index, execution, points)

    def answer(self, index: int, execution: Execution, points: slice) -> Iterator[Chunk]:
        shots, when = execution.shots, self.backend.now_s()
        numbers = np.arange(points.start * shots, points.stop * shots).reshape(-1, shots)
        numbers %= 1 << execution.circuit.num_clbits
        if execution.meas_level == "avg_kerneled":
            columns = np.arange(execution.circuit.num_clbits)
            iq = numbers.mean(axis=1)[:, None] + 1j * columns
            yield Chunk(execution=index, points=points, iq=iq, started_s=when, stopped_s=when + 1)
            return
        for part in (slice(0, shots // 3), slice(shots // 3, shots)):
            some = numbers[:, part]
            times = {"started_s": when, "stopped_s": when + 1}
            if execution.meas_level == "kerneled":
                iq = some[..., None] + 1j * np.arange(execution.circuit.num_clbits)
                yield Chunk(execution=index, points=points, iq=iq, **times)
                continue
            shifts = 8 * np.arange(execution.num_bytes)[::-1]
            words = ((some[..., None] >> shifts) & 255).astype(np.uint8)
            if execution.memory:
                yield Chunk(execution=index, points=points, bits=words, **times)
                continue
            point = np.repeat(np.arange(len(some)), some.shape[1])[::-1]
            table = words.reshape(-1, execution.num_bytes)[::-1]
            counts = OutcomeCounts(point=point, words=table, weight=np.ones(len(point), dtype=np.int64))
            yield Chunk(execution=index, points=points, counts=counts, **times)

    def abort(self) -> None:
        pass

    def close(self) -> None:
        pass


class CountingBackend(Backend):
    """A backend whose answers say where they belong."""

    def __init__(self, **capabilities: Any) -> None:
        super().__init__("counting")
        self._capabilities = Capabilities(**capabilities)
        self.seen: list[Execution] = []
        self.calls = 0
        self._target = Target(num_qubits=3)
        angle = Parameter("angle")
        for gate in (RZGate(angle), RXGate(angle), SXGate(), Measure()):
            self._target.add_instruction(gate, {(qubit,): None for qubit in range(3)})
        self._target.add_instruction(CZGate(), {(0, 1): None, (1, 2): None})

    @property
    def target(self) -> Target:
        return self._target

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def now_s(self) -> float:
        self.calls += 1
        return 1_800_000_000.0 + self.calls // 2

    def open(self) -> Device:
        return CountingDevice(self)


def circuit(name: str = "probe") -> QuantumCircuit:
    """Two registers that interleave their bits' order, and one angle."""
    made = QuantumCircuit(QuantumRegister(3), ClassicalRegister(2, "low"), ClassicalRegister(7, "high"), name=name)
    made.rx(Parameter("theta"), 0)
    made.cz(0, 1)
    made.measure([0, 1], [0, 1])
    return made


def run(program: Any, backend: Backend, options: Any = None) -> Any:
    return Executor(backend, options).run(program).result(timeout=30)


def qpy_bytes(made: QuantumCircuit) -> bytes:
    buffer = io.BytesIO()
    qpy.dump(made, buffer)
    return buffer.getvalue()


def number(registers: dict[str, np.ndarray], names: Sequence[str]) -> np.ndarray:
    """The number that the bits of the named registers spell, first register lowest."""
    bits = np.concatenate([registers[name] for name in names], axis=-1)
    return bits @ (1 << np.arange(bits.shape[-1]))


def test_circuit_item_puts_every_shot_of_every_point_in_its_place() -> None:
    program = QuantumProgram(shots=10)
    program.append_circuit_item(circuit(), np.linspace(0, 1, 15).reshape(5, 3, 1))
    result = run(program, CountingBackend())
    assert list(result[0]) == ["low", "high"]
    assert result[0]["low"].shape == (5, 3, 10, 2)
    assert result[0]["high"].shape == (5, 3, 10, 7)
    assert result[0]["low"].dtype == np.bool_
    assert (number(result[0], ["low", "high"]) == np.arange(150).reshape(5, 3, 10)).all()


def test_items_keep_their_own_shapes_and_order() -> None:
    program = QuantumProgram(shots=4)
    program.append_circuit_item(circuit().assign_parameters([0.5]))
    program.append_circuit_item(circuit(), np.zeros((2, 1)))
    program.append_circuit_item(circuit(), np.zeros((0, 3, 1)))
    result = run(program, CountingBackend())
    assert [item["low"].shape for item in result] == [(4, 2), (2, 4, 2), (0, 3, 4, 2)]
    assert len(result) == 3


def test_circuits_reach_the_device_byte_for_byte() -> None:
    backend, made = CountingBackend(), circuit()
    made.metadata = {"note": 7}
    program = QuantumProgram(shots=1)
    program.append_circuit_item(made, [[0.1]])
    run(program, backend)
    assert qpy_bytes(backend.seen[0].circuit) == qpy_bytes(made)


def test_counts_without_order_fill_the_same_shots_and_the_metadata_says_so() -> None:
    program = QuantumProgram(shots=9)
    program.append_circuit_item(circuit(), np.zeros((5, 1)))
    result = run(program, CountingBackend(ordered_shots=False))
    got = np.sort(number(result[0], ["low", "high"]), axis=-1)
    assert (got == np.arange(45).reshape(5, 9)).all()
    assert result.metadata["ordered_shots"] is False


def test_chunk_size_limits_what_goes_down_at_once() -> None:
    backend = CountingBackend()
    program = QuantumProgram(shots=2)
    program.append_circuit_item(circuit(), np.linspace(0, 1, 10).reshape(5, 2, 1), chunk_size=4)
    result = run(program, backend)
    assert [execution.size for execution in backend.seen] == [4, 4, 2]
    assert np.allclose(np.concatenate([e.values[:, 0] for e in backend.seen]), np.linspace(0, 1, 10))
    expected = np.concatenate([np.arange(8), np.arange(8), np.arange(4)]).reshape(5, 2, 2)
    assert (number(result[0], ["low", "high"]) == expected).all()


@pytest.mark.parametrize("level", ["kerneled", "avg_kerneled"])
def test_kerneled_levels_give_complex_arrays_per_register(level: str) -> None:
    program = QuantumProgram(shots=6, meas_level=level)
    program.append_circuit_item(circuit(), np.zeros((3, 2, 1)))
    result = run(program, CountingBackend(meas_levels={"classified", level}))
    shots = (6,) if level == "kerneled" else ()
    assert result[0]["low"].shape == (3, 2, *shots, 2)
    assert result[0]["high"].dtype == np.complex128
    assert (result[0]["high"].imag == np.arange(2, 9)).all()
    numbers = np.arange(36).reshape(3, 2, 6)
    expected = numbers if shots else numbers.mean(axis=-1)
    assert (result[0]["low"].real[..., 0] == expected).all()


def twirled() -> tuple[QuantumCircuit, Any]:
    made = QuantumCircuit(QuantumRegister(2), ClassicalRegister(2, "c"))
    with made.box([Twirl()]):
        made.rz(Parameter("theta"), 0)
        made.cz(0, 1)
    with made.box([Twirl(), ChangeBasis(ref="basis")]):
        made.measure([0, 1], [0, 1])
    return build(made)


def test_samplex_item_broadcasts_arguments_against_randomizations() -> None:
    template, samplex = twirled()
    backend = CountingBackend()
    program = QuantumProgram(shots=3)
    arguments = {"parameter_values": np.zeros((4, 1, 1)), "basis_changes": {"basis": np.zeros((4, 1, 2))}}
    program.append_samplex_item(template, samplex, arguments, shape=(2, 4, 3))
    result = run(program, backend)
    assert result[0]["c"].shape == (2, 4, 3, 3, 2)
    assert result[0]["measurement_flips.c"].shape == (2, 4, 3, 1, 2)
    values = backend.seen[0].values
    assert values.shape == (2, 4, 3, template.num_parameters)
    assert len(np.unique(values.reshape(24, -1), axis=0)) > 12


def test_samplex_arguments_reach_the_points_they_belong_to() -> None:
    """Angles of an untwirled template are those of its arguments, at the same place."""
    made = QuantumCircuit(QuantumRegister(1), ClassicalRegister(1, "c"))
    made.rz(Parameter("theta"), 0)
    made.measure(0, 0)
    template, samplex = build(made)
    angles = np.linspace(0, 1, 6).reshape(2, 1, 3, 1)
    program = QuantumProgram(shots=1)
    program.append_samplex_item(template, samplex, {"parameter_values": angles}, shape=(2, 5, 3))
    backend = CountingBackend()
    assert run(program, backend)[0]["c"].shape == (2, 5, 3, 1, 1)
    assert np.allclose(backend.seen[0].values, np.broadcast_to(angles, (2, 5, 3, 1)))


def test_a_seed_repeats_randomizations_and_no_seed_draws_fresh_ones() -> None:
    template, samplex = twirled()
    program = QuantumProgram(shots=1)
    arguments = {"parameter_values": [0.3], "basis_changes": {"basis": [0, 0]}}
    program.append_samplex_item(template, samplex, arguments, shape=(8,))
    program.append_samplex_item(template, samplex, arguments, shape=(8,))
    backend = CountingBackend(seeded=True)
    for options in ({"simulator": {"seed_simulator": 5}},) * 2 + (None,):
        result = run(program, backend, options)
        assert isinstance(result.metadata["randomization_seed"], int)
    first, second, other = (backend.seen[start : start + 2] for start in (0, 2, 4))
    assert (first[0].values == second[0].values).all()
    assert first[0].seed == second[0].seed is not None
    assert first[0].seed != first[1].seed
    assert not (first[0].values == first[1].values).all()
    assert not (first[0].values == other[0].values).all()
    assert other[0].seed is None


def test_timing_tells_when_each_chunk_ran_and_what_it_held() -> None:
    program = QuantumProgram(shots=3)
    program.append_circuit_item(circuit(), np.zeros((4, 1)))
    program.append_circuit_item(circuit(), np.zeros((2, 1)))
    result = run(program, CountingBackend())
    sizes = [(part.idx_item, part.size) for span in result.timing for part in span.parts]
    assert {index for index, _ in sizes} == {0, 1}
    assert all(span.stop > span.start for span in result.timing)
    assert result.timing.duration >= 1
    assert result[0].timing.start == result.timing.start


def test_passthrough_data_comes_back_unchanged() -> None:
    data = {"tasks": [{"pairs": [((0, 1), "ZX")], "scale": np.arange(3.0)}], "note": None}
    program = QuantumProgram(shots=1, passthrough_data=data)
    program.append_circuit_item(circuit(), [[0.0]])
    assert run(program, CountingBackend()).passthrough_data is data


def test_callback_hears_of_each_item_as_it_is_done() -> None:
    program = QuantumProgram(shots=2)
    for _ in range(3):
        program.append_circuit_item(circuit(), np.zeros((2, 1)))
    heard: list[tuple[str, Any]] = []
    job = Executor(CountingBackend()).run(program, callback=lambda job_id, news: heard.append((job_id, news)))
    result = job.result(timeout=30)
    items = {news.pub: news.result for _, news in heard if news.pub >= 0}
    assert sorted(items) == [0, 1, 2]
    assert all((items[index]["low"] == result[index]["low"]).all() for index in items)
    assert {job_id for job_id, _ in heard} == {job.job_id()}


STORE = """
import numpy as np, samplomatic
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from samplomatic.quantum_program import QuantumProgram
from feedline import Executor
from feedline.testing import NullBackend

made = QuantumCircuit(2)
with made.box([samplomatic.Twirl()]):
    made.rz(Parameter("t"), 0)
    made.cz(0, 1)
with made.box([samplomatic.Twirl()]):
    made.measure_all()
template, samplex = samplomatic.build(made)
program = QuantumProgram(shots=5, passthrough_data={"pairs": [((0,), "ZZ")], "scale": np.arange(2.0)})
program.append_samplex_item(template, samplex, {"parameter_values": [0.5]}, shape=(6,))
program.append_circuit_item(template, np.zeros((2, template.num_parameters)))
job = Executor(NullBackend(2)).run(program)
flips = job.result(timeout=30)[0]["measurement_flips.meas"]
print("ID", job.job_id(), np.packbits(flips).tobytes().hex())
"""
LOAD = """
import numpy as np
from feedline import RuntimeService

job = RuntimeService().job({job_id!r})
result = job.result()
flips = result[0]["measurement_flips.meas"]
print("SHAPES", [item["meas"].shape for item in result], flips.shape, flips.dtype)
print("FLIPS", np.packbits(flips).tobytes().hex())
print("DATA", result.passthrough_data)
print("LEVEL", result.metadata["meas_level"], len(result.timing))
print("INPUTS", job.inputs.data["items"][0]["shape"], job.inputs.circuits[0].num_qubits)
"""


def test_a_stored_job_loads_with_its_result_in_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDLINE_HOME", str(tmp_path))
    packages = Path(np.__file__).parents[1]
    said = in_fresh_python(STORE, packages)
    assert "ID " in said, said
    _, job_id, flips = said.split()
    said = in_fresh_python(LOAD.format(job_id=job_id), packages)
    assert "SHAPES [(6, 5, 2), (2, 5, 2)] (6, 1, 2) bool" in said, said
    assert f"FLIPS {flips}" in said
    assert "DATA {'pairs': [((0,), 'ZZ')], 'scale': array([0., 1.])}" in said
    assert "LEVEL classified" in said
    assert "INPUTS [6] 2" in said


def refused(program: Any, backend: Backend | None = None, options: Any = None) -> str:
    backend = backend or CountingBackend()
    with pytest.raises((InputError, CapabilityError)) as caught:
        run(program, backend, options)
    assert not backend.seen  # type: ignore[attr-defined]  # nothing ran
    return str(caught.value)


def one(item: QuantumCircuit, values: Any = None, **kwargs: Any) -> QuantumProgram:
    program = QuantumProgram(**{"shots": 1, **kwargs})
    program.append_circuit_item(item, values)
    return program


def test_pubs_are_refused_and_the_right_primitives_named() -> None:
    assert "given a list" in (said := refused([circuit()]))
    assert "Sampler and Estimator take pubs" in said


def test_an_empty_program_is_refused() -> None:
    assert "no items" in refused(QuantumProgram(shots=1))


@pytest.mark.parametrize("shots", [0, -3, 2.5, True, None])
def test_shots_below_one_are_refused(shots: Any) -> None:
    assert f"asks for {shots!r} shots" in refused(one(circuit(), [[0.0]], shots=shots))


def test_more_shots_than_the_backend_takes_are_refused() -> None:
    said = refused(one(circuit(), [[0.0]], shots=101), CountingBackend(max_shots=100))
    assert "101 shots, backend 'counting' takes 100 at most" in said


def test_non_finite_values_name_item_and_place() -> None:
    said = refused(one(circuit(), [[0.0], [np.nan]]))
    assert "item 0, circuit 'probe': parameter value (1, 0) is nan" in said


def test_values_that_do_not_fit_the_circuit_name_both_counts() -> None:
    program = one(circuit(), [[0.0]])
    program.items[0].circuit_arguments = np.zeros((2, 3))
    assert "shape (2, 3), circuit 'probe' has 1 parameters" in refused(program)


def test_an_instruction_that_the_target_lacks_is_named_with_its_qubits() -> None:
    abstract = QuantumCircuit(3, 1, name="abstract")
    abstract.h(2)
    assert "'h' on qubits (2,)" in (said := refused(one(abstract)))
    assert "cz" in said
    far = QuantumCircuit(3, 1, name="far")
    far.cz(0, 2)
    assert "'cz' on qubits (0, 2)" in refused(one(far))


def test_a_circuit_wider_than_the_device_is_refused() -> None:
    assert "has 5 qubits, the device has 3" in refused(one(QuantumCircuit(5, 1)))


def test_control_flow_that_the_backend_lacks_is_refused() -> None:
    branch = QuantumCircuit(1, 1, name="branch")
    with branch.if_test((branch.clbits[0], 1)):
        branch.sx(0)
    assert "'branch' holds 'if_else'" in refused(one(branch))


def test_what_is_no_item_is_refused() -> None:
    assert "item 0 is a str" in refused(QuantumProgram(shots=1, items=["h 0"]))


def test_a_circuit_without_registers_is_refused() -> None:
    assert "has no classical register" in refused(one(QuantumCircuit(1)))


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("kerneled", "'kerneled', backend 'counting' does not have it.\n  -> Use 'classified'."),
        ("both", "bits and IQ points of the same shots"),
        ("kernelled", "Did you mean 'kerneled'?"),
    ],
)
def test_measurement_levels_that_the_backend_lacks_are_refused(level: str, words: str) -> None:
    assert words in refused(one(circuit(), [[0.0]], meas_level=level))


def test_options_that_the_backend_lacks_are_refused() -> None:
    program = one(circuit(), [[0.0]])
    assert "seed_simulator is 1" in refused(program, options={"simulator": {"seed_simulator": 1}})
    assert "options.execution.rep_delay" in refused(program, options={"execution": {"rep_delay": 1e-4}})
    with pytest.raises(OptionError, match="Did you mean 'job_tags'"):
        Executor(CountingBackend(), {"environment": {"job_tag": ["a"]}})


@pytest.mark.parametrize("chunk_size", [0, -1])
def test_a_chunk_size_below_one_is_refused(chunk_size: int) -> None:
    program = one(circuit(), [[0.0]])
    program.items[0].chunk_size = chunk_size
    assert f"chunk_size {chunk_size}" in refused(program)


def test_passthrough_data_that_cannot_be_stored_is_refused_with_its_path() -> None:
    program = one(circuit(), [[0.0]], passthrough_data={"a": [1, {"b": object()}]})
    assert "passthrough_data['a'][1]['b'] is a object" in refused(program)


def test_the_supported_samplomatic_range_is_that_of_the_extra() -> None:
    lowest, below = (".".join(map(str, bound)) for bound in SAMPLOMATIC)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["optional-dependencies"]["executor"] == [f"samplomatic>={lowest},<{below}"]


CONSTRUCT = """
import feedline
try:
    feedline.Executor()
except feedline.FeedlineError as error:
    print(type(error).__name__, error)
"""


def in_fresh_python(code: str, *places: Path) -> str:
    paths = [*map(str, places), str(ROOT / "core")]
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {paths!r}\n{code}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def site_packages_without(name: str, into: Path) -> Path:
    """A folder of links to everything that is installed but one package."""
    for entry in Path(np.__file__).parents[1].iterdir():
        if not entry.name.startswith(name):
            (into / entry.name).symlink_to(entry)
    return into


def test_executor_without_the_extra_says_what_to_install(tmp_path: Path) -> None:
    said = in_fresh_python(CONSTRUCT, site_packages_without("samplomatic", tmp_path))
    assert "Executor needs samplomatic, which is not installed" in said
    assert "pip install 'feedline[executor]'" in said


def test_an_unsupported_samplomatic_is_named_with_the_supported_range(tmp_path: Path) -> None:
    info = tmp_path / "samplomatic-0.99.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: samplomatic\nVersion: 0.99.0\n")
    said = in_fresh_python(CONSTRUCT, tmp_path, Path(np.__file__).parents[1])
    assert MissingExtraError.__name__ in said
    assert "samplomatic>=0.21,<0.22; 0.99.0 is installed" in said
    assert "pip install 'feedline[executor]'" in said
