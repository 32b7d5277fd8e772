# SPDX-License-Identifier: Apache-2.0
"""Pulse gates: a half flip faster than the device's own, with and without DRAG, and a pulse played just once.

    python examples/pulse_gate.py

A backend with other calibrations is derived from the reference device. Circuits stay as they are: `sx` is
what the calibrations say. Half flips there and back, again and again, show what one half flip hides: a
third level that pushes the second one while the pulse lasts, and so turns the qubit's phase. DRAG is the
derivative of the pulse in quadrature, which takes that away.

Source: Motzoi et al., Phys. Rev. Lett. 103, 110501 (2009).
"""

from __future__ import annotations

import math

from qiskit import QuantumCircuit

import feedline
from feedline import Sampler
from feedline_hal import Calibration, CalibrationSet, Play, Schedule, Waveform, pulse_box

SHOTS = 10_000
DURATION_S = 12e-9  # the device's own takes 32 ns
SIGMA_S = 2.4e-9
RABI_HZ = 50e6  # of the reference device's qubit 0, at full scale
ANHARMONICITY_HZ = -300e6


def half_flip(beta_s: float) -> Waveform:
    """A quarter of a turn: the area of the envelope, times the Rabi frequency, is 1/4."""
    area_s = Waveform.gaussian(DURATION_S, 1.0, sigma_s=SIGMA_S).sample(1e9).real.sum() * 1e-9
    return Waveform.drag(DURATION_S, 0.25 / (RABI_HZ * area_s), sigma_s=SIGMA_S, beta_s=beta_s)


def with_sx(backend: feedline.Backend, pulse: Waveform) -> feedline.Backend:
    own = backend.calibrations
    sx = Calibration(gate="sx", qubits=(0,), schedule=Schedule.left(Play(own.frames["q0_drive_frame"], pulse)))
    return backend.with_calibrations(CalibrationSet(ports=own.ports, frames=own.frames, calibrations=[sx]))


def there_and_back(times: int) -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    for _ in range(times):
        circuit.sx(0)
        circuit.rz(math.pi, 0)  # virtual: it turns the next pulse around
        circuit.sx(0)
        circuit.rz(math.pi, 0)
    circuit.measure_all()
    return circuit


def once_and_once_more() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.sx(0)
    circuit.sx(0)
    circuit.measure_all()
    return circuit


def excited(backend: feedline.Backend, *circuits: QuantumCircuit) -> list[float]:
    # Not transpiled: the transpiler knows what an sx there and back is, and would play nothing.
    sampler = Sampler(backend, {"transpilation": {"enable": False}})
    return [pub.counts().get("1", 0) / SHOTS for pub in sampler.run(circuits, shots=SHOTS).result()]


def main() -> None:
    device = feedline.backend("pulse", num_qubits=1, seed=1)
    drag = half_flip(1 / (4 * math.pi * ANHARMONICITY_HZ))
    backends = {
        "the device's own": device,
        "fast Gaussian": with_sx(device, half_flip(0.0)),
        "fast DRAG": with_sx(device, drag),
    }
    print("sx played as      lasts    P(1) after two   after 8 there and back")
    for name, backend in backends.items():
        twice, often = excited(backend, once_and_once_more(), there_and_back(8))
        length_ns = backend.target["sx"][(0,)].duration * 1e9
        print(f"{name:16}  {length_ns:2.0f} ns    {twice:.4f}           {often:.4f}")

    # A pulse for one place of one circuit: what is inside the box is what it means, and is not played.
    circuit = QuantumCircuit(1)
    circuit.sx(0)
    with pulse_box(circuit, Schedule.left(Play(device.calibrations.frames["q0_drive_frame"], drag), name="fast sx")):
        circuit.sx(0)
    circuit.measure_all()
    print(f"the device's own sx, then the fast one in a box: P(1) = {excited(device, circuit)[0]:.4f}")


if __name__ == "__main__":
    main()
