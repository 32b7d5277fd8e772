# SPDX-License-Identifier: Apache-2.0
"""The twin: physics beside qibolab's emulator, starting, a warm iteration, calibrating; one thread for BLAS."""

from __future__ import annotations

import cpu_time  # isort: skip - before NumPy

import argparse

import twin_physics
import twin_session
import twin_start
from report import header

PACKAGES = ("feedline", "qiskit", "numpy", "scipy", "pyvisa-py")
NOTES = (
    "A SIMULATED chip; where instruments are in it they are EMULATED, in a process of their own on the same machine. "
    "BLAS has one thread; the script sees to that. Medians; `best` is the best of the repetitions, CPU what this "
    "process spent.",
)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", metavar="PYTHON", help="a Python with qibolab[emulator] 0.2.17")
    parser.add_argument("--no-calibration", action="store_true", help="leave out what takes minutes")
    chosen = parser.parse_args()
    header("The twin", *NOTES, packages=PACKAGES)
    cpu_time.settle()
    twin_physics.show(twin_physics.peer(chosen.peer))
    twin_start.show()
    twin_session.show()
    if not chosen.no_calibration:
        twin_start.show_calibration()


if __name__ == "__main__":
    main()
