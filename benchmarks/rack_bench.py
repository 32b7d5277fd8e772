# SPDX-License-Identifier: Apache-2.0
"""The bench of ``examples/rack.toml`` on free ports, its emulators in a process of their own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from feedline.runtime.submit import runtime

EXAMPLES = Path(__file__).parent.parent / "examples"
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_EMULATE = "from feedline.cli.main import main; main()"


@attrs.frozen
class Emulators:
    """Emulators of a rack.

    Attributes:
        path: The rack file that points to them.
        process: Their process.
    """

    path: Path
    process: int

    def cpu_s(self) -> float:
        """CPU seconds of their process so far, in steps of 10 ms."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


@contextmanager
def emulators(repetition_s: float) -> Iterator[Emulators]:
    """Start the emulators of the example's rack, which repeats shots that often.

    The safe range of the trigger rate is widened so that it may.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = _written(Path(folder), repetition_s)
        command = [sys.executable, "-c", _EMULATE, "emulate", str(path), "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            try:
                assert process.stdout is not None
                if not process.stdout.readline():
                    raise SystemExit("the emulators did not start")
                yield Emulators(path, process.pid)
            finally:
                process.terminate()


def circuit() -> QuantumCircuit:
    """Two qubits, two parameters: turns about axes in the plane, a CZ between them, both measured."""
    first, second = Parameter("first"), Parameter("second")
    made = QuantumCircuit(2, 2)
    for qubit, angle in ((0, first), (1, second)):
        made.sx(qubit)
        made.rz(angle, qubit)
        made.sx(qubit)
    made.cz(0, 1)
    made.sx(0)
    made.measure([0, 1], [0, 1])
    return made


def angles(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Parameter sets, shape ``(count, 2)``."""
    return rng.uniform(0, 2 * np.pi, (count, 2))


def close_devices() -> None:
    """Let go of the devices that sessions have left open, before their emulators are stopped."""
    runtime().shutdown(cancel=True, timeout=30)
    runtime.cache_clear()


def _written(folder: Path, repetition_s: float) -> Path:
    shutil.copy(EXAMPLES / "rack_calibrations.qasm", folder)
    text = (EXAMPLES / "rack.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^repetition_s = .*", f"repetition_s = {repetition_s:g}", text)
    text = re.sub(r"(?m)^trigger_rate_hz = .*", "trigger_rate_hz = [0.001, 100e3]", text)
    text = re.sub(r"(?m)^([abc])_duty = .*", r"\1_duty = [0, 0.2]", text)
    text = re.sub(r"ASRL/[^:\"]*/", f"ASRL{folder}/", text)
    with ExitStack() as held:
        text = re.sub(r"(127\.0\.0\.1(?:::(?:hislip0,)?|,))\d+", lambda found: f"{found[1]}{_free_port(held)}", text)
    path = folder / "rack.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _free_port(held: ExitStack) -> int:
    return int(held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1])
