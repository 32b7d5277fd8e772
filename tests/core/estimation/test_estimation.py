# SPDX-License-Identifier: Apache-2.0
"""Terms, families, bases, readings and shots: the parts of an Estimator plan."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.primitives.containers.observables_array import ObservablesArray
from qiskit.quantum_info import Operator, SparseObservable, Statevector

from feedline.errors import CapabilityError
from feedline.estimation.basis import Rotations
from feedline.estimation.family import families
from feedline.estimation.template import Templates, shots_per_basis
from feedline.estimation.terms import group_bases, observable_key, term_table
from feedline.reading import Reading
from feedline.testing import NullBackend

LETTERS = "IXYZ01+-rl"


def observable(*terms: tuple[str, float]) -> SparseObservable:
    return SparseObservable.from_list(list(terms))


labels = st.text(alphabet=LETTERS, min_size=3, max_size=3)


@given(st.lists(st.tuples(labels, st.floats(-2, 2)), min_size=1, max_size=8))
def test_bases_cover_every_term_once_and_agree_with_it(terms: list[tuple[str, float]]) -> None:
    table = term_table([observable(*terms)], 3, None)
    groups = group_bases(table)
    members = np.concatenate([group for _, group in groups]) if groups else np.zeros(0, dtype=int)
    assert sorted(members.tolist()) == list(range(len(table.letters)))
    for basis, group in groups:
        for term in group:
            used = table.bases[term] != 0
            assert (table.bases[term][used] == basis[used]).all()


def test_identity_becomes_a_constant_and_equal_terms_are_added() -> None:
    table = term_table([observable(("II", 2.0), ("ZZ", 1.0), ("ZZ", 0.5))], 2, None)
    assert table.constants.tolist() == [2.0]
    assert table.coefficients.tolist() == [[1.5]]


def test_layout_moves_terms_to_where_the_qubits_are() -> None:
    table = term_table([observable(("XZ", 1.0))], 5, [3, 1])
    assert np.flatnonzero(table.letters[0]).tolist() == [1, 3]
    assert table.bases[0, 3] == 1  # Z on virtual qubit 0
    assert table.bases[0, 1] == 2  # X on virtual qubit 1


def test_all_z_terms_share_one_basis() -> None:
    terms = [("".join(label), 1.0) for label in product("IZ", repeat=4)]
    assert len(group_bases(term_table([observable(*terms)], 4, None))) == 1


def test_heavy_terms_choose_their_basis_first() -> None:
    table = term_table([observable(("ZI", 0.1), ("XX", 1.0), ("ZZ", 1.0), ("IX", 0.2))], 2, None)
    assert len(group_bases(table)) == 2


@given(labels)
def test_reading_equals_the_term_on_every_outcome(label: str) -> None:
    """A reading is the diagonal of the term after the basis change."""
    table = term_table([observable((label, 1.0))], 3, None)
    if not len(table.letters):
        return
    circuit = QuantumCircuit(3)
    block = Templates(Rotations(NullBackend(3).target)).get(circuit, None, _array(label), False, ())[0]
    (basis,) = block.bases
    unmeasured = basis.circuit.remove_final_measurements(inplace=False)
    turned = Operator(unmeasured).data
    measured = [basis.circuit.find_bit(i.qubits[0]).index for i in basis.circuit.get_instructions("measure")]
    expected = _matrix(label)
    diagonal = np.real(np.diag(turned @ expected @ turned.conj().T))
    for state in range(8):
        word = sum(((state >> qubit) & 1) << bit for bit, qubit in enumerate(measured))
        value = basis.reading.values(np.array([[word]], dtype=np.uint8))[0, 0]
        assert value == pytest.approx(diagonal[state], abs=1e-9)


def _array(label: str) -> NDArray[np.object_]:
    array: NDArray[np.object_] = ObservablesArray.coerce({label: 1.0}).sparse_observables_array()
    return array


def _matrix(label: str) -> NDArray[np.complex128]:
    one = {
        "I": np.eye(2), "X": [[0, 1], [1, 0]], "Y": [[0, -1j], [1j, 0]], "Z": [[1, 0], [0, -1]],
        "0": [[1, 0], [0, 0]], "1": [[0, 0], [0, 1]], "+": [[0.5, 0.5], [0.5, 0.5]], "-": [[0.5, -0.5], [-0.5, 0.5]],
        "r": [[0.5, -0.5j], [0.5j, 0.5]], "l": [[0.5, 0.5j], [-0.5j, 0.5]],
    }  # fmt: skip
    out = np.eye(1, dtype=complex)
    for letter in label:
        out = np.kron(out, np.array(one[letter]))
    return out


def test_reading_works_on_wide_registers() -> None:
    """Parities over more than 64 bits, against Python integers."""
    rng = np.random.default_rng(1)
    width = 13
    words = rng.integers(0, 256, (50, width), dtype=np.uint8)
    parity = rng.integers(0, 256, (4, width), dtype=np.uint8)
    none = np.zeros_like(parity)
    values = Reading(terms=np.arange(4), parity=parity, mask=none, value=none).values(words)
    for term in range(4):
        for row in range(50):
            both = int.from_bytes(words[row].tobytes(), "big") & int.from_bytes(parity[term].tobytes(), "big")
            assert values[term, row] == (-1) ** both.bit_count()


shapes = st.sampled_from([((), ()), ((3,), ()), ((), (4,)), ((3,), (3,)), ((3, 1), (4,)), ((2, 3), (3,)), ((1,), (5,))])


@given(shapes)
def test_families_measure_every_wanted_pair_once_and_no_other(
    pair: tuple[tuple[int, ...], tuple[int, ...]],
) -> None:
    points, observables = pair
    shape = np.broadcast_shapes(points, observables)
    point = np.broadcast_to(np.arange(np.prod(points, dtype=int)).reshape(points), shape).ravel()
    wanted = np.broadcast_to(np.arange(np.prod(observables, dtype=int)).reshape(observables), shape).ravel()
    seen: dict[int, tuple[int, int]] = {}
    measured: set[tuple[int, int]] = set()
    for family in families(points, observables):
        for place, row, column in zip(family.place, family.row, family.column, strict=True):
            assert place not in seen
            seen[int(place)] = (int(family.points[row]), int(family.observables[column]))
        measured |= set(product(family.points.tolist(), family.observables.tolist()))
    assert seen == {i: (int(point[i]), int(wanted[i])) for i in range(len(point))}
    assert measured == set(zip(point.tolist(), wanted.tolist(), strict=True))


def test_outer_product_is_one_family() -> None:
    assert len(families((7, 1), (3,))) == 1


def test_empty_sweep_has_no_family() -> None:
    assert families((0,), (3, 1)) == []


def templates() -> Templates:
    return Templates(Rotations(NullBackend(3).target))


def block_of(*terms: tuple[str, float]) -> object:
    array = np.empty((), dtype=object)
    array[()] = observable(*terms)
    return templates().get(QuantumCircuit(3), None, array, False, ())[0]


def test_shots_grow_with_the_norm() -> None:
    small, large = block_of(("IIZ", 1.0)), block_of(("IIZ", 100.0))
    assert shots_per_basis(small, 0.1) == [100]  # type: ignore[arg-type]
    assert shots_per_basis(large, 0.1) == [1_000_000]  # type: ignore[arg-type]


def test_shots_meet_the_precision_in_the_worst_case() -> None:
    block = block_of(("IZZ", 1.0), ("ZII", 0.5), ("XXI", 2.0), ("YIY", 0.25))
    shots = shots_per_basis(block, 0.05)  # type: ignore[arg-type]
    norms = [basis.norms[0] for basis in block.bases]  # type: ignore[attr-defined]
    worst = sum(norm**2 / n for norm, n in zip(norms, shots, strict=True))
    assert worst <= 0.05**2


def test_template_is_made_once_per_content() -> None:
    made = templates()
    circuit = QuantumCircuit(3)
    first = made.get(circuit, None, _array("XYZ"), False, ())
    assert made.get(circuit, None, _array("XYZ"), False, ()) is first
    assert made.get(circuit, None, _array("XYX"), False, ()) is not first
    assert observable_key(observable(("XY", 1.0))) != observable_key(observable(("XY", 1.5)))


def test_exact_values_of_a_wide_projector_are_refused_with_the_way_out() -> None:
    array = np.empty((), dtype=object)
    array[()] = observable(("0" * 13, 1.0))
    with pytest.raises(CapabilityError, match="projects 13 qubits"):
        Templates(Rotations(NullBackend(13).target)).get(QuantumCircuit(13), None, array, True, ())


def test_projectors_expand_to_the_same_operator() -> None:
    array = np.empty((), dtype=object)
    array[()] = observable(("0+X", 0.7), ("III", 0.2), ("lrZ", -1.0))
    (block,) = templates().get(QuantumCircuit(3), None, array, True, ())
    state = Statevector(np.random.default_rng(2).normal(size=8) + 0j)
    state = state / np.linalg.norm(state.data)
    wanted = 0.7 * _matrix("0+X") + 0.2 * np.eye(8) - _matrix("lrZ")
    assert state.expectation_value(block.operators[0]) == pytest.approx(state.data.conj() @ wanted @ state.data)
