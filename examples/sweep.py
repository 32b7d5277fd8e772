# SPDX-License-Identifier: Apache-2.0
"""A parameter sweep in one job: 41 angles of a rotation, shots and expectation values.

python examples/sweep.py
"""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

import feedline
from feedline import Batch, Estimator, Sampler


def main() -> None:
    angle = Parameter("angle")
    circuit = QuantumCircuit(1, name="rabi")
    circuit.rx(angle, 0)
    measured = circuit.copy()
    measured.measure_all()
    angles = np.linspace(0, 2 * np.pi, 41)

    with Batch(feedline.backend("aer")) as batch:  # the second job is prepared while the first one runs
        sampled = Sampler(mode=batch).run([(measured, angles)], shots=2000)
        estimated = Estimator(mode=batch).run([(circuit, "Z", angles)], precision=0.01)
        counts = sampled.result()[0]
        values = estimated.result()[0].data

    print(" angle   P(1)     <Z>   cos(angle)")
    for index in range(0, 41, 5):
        excited = counts.counts(point=index).get("1", 0) / 2000
        exact = np.cos(angles[index])
        print(f"{angles[index]:6.3f}  {excited:.3f}  {values.evs[index]:+.3f}  {exact:+.3f}")


if __name__ == "__main__":
    main()
