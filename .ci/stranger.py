# SPDX-License-Identifier: Apache-2.0
"""Install Feedline and a stranger's provider as wheels into a clean environment, and run primitives on it.

Nothing of the source tree is on the path of the clean environment: what is missing from a wheel is missing here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STRANGER = ROOT / "examples" / "plugins" / "feedline-acme"

PROBE = """
import json, sys
import feedline, feedline_acme
from qiskit import QuantumCircuit

assert "site-packages" in feedline.__file__, feedline.__file__
assert "site-packages" in feedline_acme.__file__, feedline_acme.__file__
bell = QuantumCircuit(2)
bell.h(0)
bell.cx(0, 1)
measured = bell.copy()
measured.measure_all()
backend = feedline.backend("acme", address=sys.argv[1])
sampled = feedline.Sampler(backend).run([measured], shots=1000).result()[0].data.meas.get_counts()
estimated = feedline.Estimator(backend).run([(bell, ["ZZ", "XX", "IZ"])]).result()[0].data.evs
print(json.dumps({"counts": sampled, "evs": estimated.tolist()}))
assert set(sampled) == {"00", "11"} and sum(sampled.values()) == 1000, sampled
assert max(abs(estimated - [1, 1, 0])) < 0.1, estimated
"""


def main() -> None:
    """Build, install, run; exits with 1 and the output of what failed."""
    with tempfile.TemporaryDirectory(prefix="feedline-stranger-") as scratch:
        folder = Path(scratch)
        wheels = [_built(source, folder / "dist") for source in (ROOT, STRANGER)]
        python = _clean_environment(folder / "env")
        _run(python, "-m", "pip", "install", "--quiet", *map(str, wheels), cwd=folder)
        print(_run(str(Path(python).with_name("feedline")), "plugins", cwd=folder), end="")
        with _server(python, folder) as server:
            assert server.stdout is not None
            address = server.stdout.readline().split()[-1]
            print(_run(python, "-c", PROBE, address, cwd=folder), end="")
            server.terminate()
    print("A stranger's plugin works beside the built wheel.")


def _built(source: Path, into: Path) -> Path:
    """The wheel of a source folder."""
    before = set(into.glob("*.whl"))
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(into), str(source))
    (wheel,) = set(into.glob("*.whl")) - before
    return wheel


def _clean_environment(folder: Path) -> str:
    """A virtual environment that holds pip and nothing else."""
    venv.create(folder, with_pip=True)
    return str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")


def _server(python: str, folder: Path) -> subprocess.Popen[str]:
    """The stand-in for the controller, on a free port."""
    command = [python, "-m", "feedline_acme.server", "--port", "0"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, env=_environment(folder))


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=_environment(cwd), capture_output=True, text=True, timeout=900, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command[:6])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _environment(home: Path | None) -> dict[str, str]:
    """The caller's, without what would lead back to the source tree or the user's jobs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FEEDLINE_"))}
    return kept if home is None else {**kept, "FEEDLINE_HOME": str(home / "home")}


if __name__ == "__main__":
    main()
