# SPDX-License-Identifier: Apache-2.0
"""The providers register without loading what they provide."""

from __future__ import annotations

import subprocess
import sys

import pytest

import feedline


@pytest.mark.parametrize("plugin", ["feedline_aer.plugin", "feedline_qiskit.plugin"])
def test_plugin_imports_no_simulator(plugin: str) -> None:
    """Neither qiskit nor numpy: the command line starts at once."""
    code = f"import sys, {plugin}; print([m for m in ('qiskit', 'qiskit_aer', 'numpy') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_wrapping_a_stranger_imports_no_simulator() -> None:
    code = (
        "import sys, feedline_aer.plugin as a, feedline_qiskit.plugin as q\n"
        "print(a.feedline_wrap_backend(object()), q.feedline_wrap_backend(object()), 'qiskit' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "None None False"


def test_aer_is_offered_by_name() -> None:
    assert "aer" in feedline.backends()
    assert feedline.backend("aer").name == "aer"
