# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
BELL = f"{HEAD}qubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n"
TURN = f"{HEAD}input float[64] theta;\nqubit[1] q;\nbit[1] c;\nrx(theta) q[0];\nc = measure q;\n"
DECIDE = f"{HEAD}qubit[1] q;\nbit[1] c;\nc[0] = measure q[0];\nif (c[0]) {{ x q[0]; }} else {{ sx q[0]; }}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with three circuits."""
    for name, text in (("bell", BELL), ("turn", TURN), ("decide", DECIDE)):
        (tmp_path / f"{name}.qasm").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path
