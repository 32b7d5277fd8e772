# SPDX-License-Identifier: Apache-2.0
"""T1, echo T2 and randomised benchmarking by qiskit-experiments, in a session; on a simulated chip by default.

    pip install qiskit-experiments
    python examples/qiskit_experiments_twin.py
    python examples/qiskit_experiments_twin.py --backend twin:chip.toml --qubit 1 --folder pictures

Each line has what was measured beside what the backend says of itself; each experiment leaves a picture.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from qiskit_experiments.library import T1, StandardRB, T2Hahn

import feedline
from feedline import Sampler, Session


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", default="twin", help="where to run (default: twin)")
    parser.add_argument("--qubit", type=int, default=0, help="which qubit (default: 0)")
    parser.add_argument("--folder", type=Path, default=Path(), help="where pictures go (default: here)")
    chosen = parser.parse_args()

    backend = feedline.backend(chosen.backend)
    known = backend.target.qubit_properties[chosen.qubit]
    where = (chosen.qubit,)
    experiments = {
        "T1": T1(where, np.linspace(0, 4 * known.t1, 15), backend=backend),
        "T2": T2Hahn(where, np.linspace(0, 4 * known.t2, 15), backend=backend),
        "EPC": StandardRB(where, [1, 200, 400, 800, 1600], backend=backend, num_samples=3, seed=1),
    }
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with Session(backend) as session:
        for name, experiment in experiments.items():
            data = experiment.run(sampler=Sampler(session), shots=1000).block_for_results()
            table = data.analysis_results(dataframe=True)
            found = table[table.name == name].iloc[0].value
            if name == "EPC":
                print(f"error per Clifford  {found.n:.2e} +- {found.s:.1e}")
            else:
                known_s = getattr(known, name.lower())
                print(f"{name}  {found.n * 1e6:.1f} +- {found.s * 1e6:.1f} us, known as {known_s * 1e6:.1f} us")
            picture = chosen.folder / f"{experiment.experiment_type.lower()}.svg"
            data.figure(0).figure.savefig(picture, bbox_inches="tight")
            print(f"drawn  {picture}")


if __name__ == "__main__":
    main()
