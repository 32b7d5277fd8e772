# SPDX-License-Identifier: Apache-2.0
"""Ground state of the hydrogen molecule: VQE in a session, energy per iteration against the exact value.

    python examples/vqe_h2.py
    python examples/vqe_h2.py --backend twin --plot vqe_h2.png

The optimiser is Rotosolve: the energy is a sine in every single angle, so three points give the angle
of its minimum. Each iteration sends three sets of parameters; the circuit is compiled once, and the
session keeps the device between iterations. A backend that publishes its errors is also compared with
Aer behaving like it: what is left between the two is not explained by durations, T1, T2 and errors.

Hamiltonian: H2 at 0.735 angstrom, STO-3G, parity mapping, two qubits; O'Malley et al., Phys. Rev. X 6,
031007 (2016) explains how it is made. Optimiser: Ostaszewski, Grant, Benedetti, Quantum 5, 391 (2021).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import attrs
import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import SparsePauliOp

import feedline
from feedline import Backend, Estimator, Session
from feedline.plot import Curve, plot_curves

HAMILTONIAN = SparsePauliOp.from_list(
    [
        ("II", -1.052373245772859),
        ("IZ", 0.39793742484318045),
        ("ZI", -0.39793742484318045),
        ("ZZ", -0.01128010425623538),
        ("XX", 0.18093119978423156),
    ]
)
NUCLEAR_REPULSION_HARTREE = 0.7199689944489797
CHEMICAL_ACCURACY_HARTREE = 0.0016
FINER = 5
"""How much more precise the final energy is than those on the way."""


@attrs.frozen(kw_only=True)
class Outcome:
    """What the optimisation found; angles in radians, energies in hartree, nuclear repulsion included."""

    angles: np.ndarray
    energies: list[float]
    errors: list[float]
    final: float
    final_error: float
    exact: float


def ansatz() -> QuantumCircuit:
    circuit = QuantumCircuit(2, name="ansatz")
    angle = ParameterVector("angle", 4)
    circuit.ry(angle[0], 0)
    circuit.ry(angle[1], 1)
    circuit.cx(0, 1)
    circuit.ry(angle[2], 0)
    circuit.ry(angle[3], 1)
    return circuit


def exact_energy() -> float:
    return float(np.linalg.eigvalsh(HAMILTONIAN.to_matrix())[0]) + NUCLEAR_REPULSION_HARTREE


def publishes_errors(backend: Backend) -> bool:
    """Whether the backend's target says how often its gates fail."""
    known = (one for name in backend.target.operation_names for one in backend.target[name].values())
    return any(one is not None and one.error for one in known)


def expected_energy(backend: Backend, angles: np.ndarray, precision: float) -> tuple[float, float]:
    """What the backend's own noise model makes of the energy, and the standard error of that."""
    estimator = Estimator(feedline.backend("aer", like=backend))
    data = estimator.run([(ansatz(), HAMILTONIAN, angles)], precision=precision).result()[0].data
    return float(data.evs) + NUCLEAR_REPULSION_HARTREE, float(data.stds)


def minimise(estimator: Estimator, sweeps: int, seed: int, precision: float = 0.01) -> Outcome:
    circuit, energies, errors = ansatz(), [], []
    angles = np.random.default_rng(seed).uniform(-np.pi, np.pi, circuit.num_parameters)
    is_seeded = estimator.backend().capabilities.seeded

    def energy(points: np.ndarray, precision: float) -> tuple[np.ndarray, np.ndarray]:
        if is_seeded:  # a simulator: every iteration draws other shots, every run the same ones
            estimator.options.simulator.seed_simulator = seed + len(energies)
        data = estimator.run([(circuit, HAMILTONIAN, points)], precision=precision).result()[0].data
        return data.evs + NUCLEAR_REPULSION_HARTREE, data.stds

    for step in range(sweeps * len(angles)):
        which = step % len(angles)
        points = np.tile(angles, (3, 1))
        points[:, which] += (0, np.pi / 2, -np.pi / 2)
        (here, right, left), (error, _, _) = energy(points, precision=precision)
        energies.append(float(here))
        errors.append(float(error))
        angles[which] -= np.pi / 2 + np.arctan2(2 * here - right - left, right - left)
    final, final_error = energy(angles, precision=precision / FINER)
    return Outcome(
        angles=angles,
        energies=energies,
        errors=errors,
        final=float(final),
        final_error=float(final_error),
        exact=exact_energy(),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", default="aer", help="where to run (default: aer)")
    parser.add_argument("--sweeps", type=int, default=5, help="times that every angle is optimised")
    parser.add_argument("--precision", type=float, default=0.01, help="standard error of an energy (default: 0.01)")
    parser.add_argument("--seed", type=int, default=2, help="seed of the start and of the simulator")
    parser.add_argument("--plot", type=Path, default=Path("vqe_h2.png"), help="picture to write")
    chosen = parser.parse_args()

    backend = feedline.backend(chosen.backend)
    with Session(backend) as session:
        found = minimise(Estimator(mode=session), chosen.sweeps, chosen.seed, chosen.precision)
        usage_s = session.usage()

    off = found.final - found.exact
    print(f"exact energy   {found.exact:.6f} Ha")
    print(f"VQE energy     {found.final:.6f} Ha, standard error {found.final_error:.6f} Ha")
    print(f"difference     {1000 * off:+.2f} mHa", end=" ")
    print("(within chemical accuracy)" if abs(off) < CHEMICAL_ACCURACY_HARTREE else "(not chemical accuracy)")
    if publishes_errors(backend):
        model, model_error = expected_energy(backend, found.angles, chosen.precision / FINER)
        print(f"noise model    {model:.6f} Ha at the same angles, standard error {model_error:.6f} Ha")
        print(f"off the model  {1000 * (found.final - model):+.2f} mHa")
    print(f"iterations     {len(found.energies)}, {usage_s:.2f} s of session time")
    plot_curves(
        range(1, len(found.energies) + 1),
        [Curve(y=found.energies, error=found.errors, label="VQE, sampled")],
        chosen.plot,
        labels=("iteration", "energy (Ha)"),
        reference=(f"exact, {found.exact:.4f} Ha", found.exact),
        title=f"H2 at 0.735 angstrom on {chosen.backend}",
    )
    print(f"drawn          {chosen.plot}")


if __name__ == "__main__":
    main()
