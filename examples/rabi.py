# SPDX-License-Identifier: Apache-2.0
"""Rabi oscillation: a pulse gate of one's own, its amplitude swept, and the amplitude of a pi pulse.

    python examples/rabi.py
    python examples/rabi.py --plot rabi.png

The gate is written in OpenPulse. The backend that has it is derived from the reference device, the
circuit is compiled once, and 51 amplitudes go down as one array.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from scipy.optimize import curve_fit

import feedline
from feedline import Sampler
from feedline.plot import Curve, plot_curves
from feedline_hal import CalibrationSet, PulseGate

DRIVE = """
OPENQASM 3.0;
defcalgrammar "openpulse";
cal {
    extern gaussian(complex[float[64]], duration, duration) -> waveform;
    port q0_drive;
    frame q0_drive_frame = newframe(q0_drive, 5.2e9, 0.0);
}
defcal drive(float amplitude) $0 {
    play(q0_drive_frame, gaussian(amplitude, 64ns, 16ns));
}
"""


def oscillation(amplitude: np.ndarray, pi_amplitude: float, visibility: float, offset: float) -> np.ndarray:
    return offset - visibility / 2 * np.cos(np.pi * amplitude / pi_amplitude)


def measured(amplitude: Parameter | float) -> QuantumCircuit:
    circuit = QuantumCircuit(1, name="rabi")
    circuit.append(PulseGate("drive", 1, [amplitude]), [0])
    circuit.measure_all()
    return circuit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=1000, help="shots of each point")
    parser.add_argument("--seed", type=int, default=1, help="seed of the shots")
    parser.add_argument("--plot", type=Path, help="picture to write")
    chosen = parser.parse_args()

    reference = feedline.backend("pulse", num_qubits=1, seed=chosen.seed)
    backend = reference.with_calibrations(CalibrationSet.from_openpulse(DRIVE))
    sampler = Sampler(backend)

    amplitudes = np.linspace(0, 1, 51)
    data = sampler.run([(measured(Parameter("amplitude")), amplitudes)], shots=chosen.shots).result()[0].data.meas
    excited = data.to_bool_array().mean(axis=-2)[:, 0]

    fit, covariance = curve_fit(oscillation, amplitudes, excited, p0=(0.25, 1.0, 0.5))
    pi_amplitude, visibility = fit[:2]
    check = sampler.run([measured(pi_amplitude)], shots=chosen.shots).result()[0]

    print(f"pi amplitude   {pi_amplitude:.4f} +- {np.sqrt(covariance[0, 0]):.4f} of full scale")
    print(f"visibility     {visibility:.3f}")
    print(f"P(1) with it   {check.counts().get('1', 0) / chosen.shots:.3f}")
    if chosen.plot:
        error = np.sqrt(np.maximum(excited * (1 - excited), 1 / chosen.shots) / chosen.shots)
        curves = [
            Curve(y=excited, error=error, label=f"{chosen.shots} shots"),
            Curve(y=oscillation(amplitudes, *fit), label="cosine fit"),
        ]
        plot_curves(
            amplitudes,
            curves,
            chosen.plot,
            labels=("amplitude (full scale)", "P(1)"),
            title="Rabi oscillation of a 64 ns Gaussian",
        )
        print(f"drawn          {chosen.plot}")


if __name__ == "__main__":
    main()
