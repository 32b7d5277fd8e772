# SPDX-License-Identifier: Apache-2.0
"""Every hook is documented and tested, or it does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from feedline import hookspecs
from feedline.plugin_check import hook_arguments

TOP = Path(__file__).parents[2]
HOOKS = hook_arguments(hookspecs)


def test_every_hook_is_found() -> None:
    assert list(HOOKS) == [
        "feedline_register_backends",
        "feedline_register_drivers",
        "feedline_register_passes",
        "feedline_register_levels",
        "feedline_register_programs",
        "feedline_register_commands",
        "feedline_wrap_backend",
        "feedline_read_program",
        "feedline_job_event",
    ]


def test_docs_have_one_heading_for_each_hook_in_the_order_of_the_file() -> None:
    page = (TOP / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (feedline_\w+)$", page, re.MULTILINE) == list(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_docs_show_the_signature_and_an_implementation(hook: str) -> None:
    page = (TOP / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8")
    arguments = ", ".join(HOOKS[hook])
    assert f"`{hook}({arguments})`" in page
    assert f"def {hook}(self, {arguments}):" in page


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_has_a_test_that_implements_it(hook: str) -> None:
    tests = [path for path in (TOP / "tests").rglob("test_*.py") if path != Path(__file__)]
    assert any(f"def {hook}(" in path.read_text(encoding="utf-8") for path in tests)


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_says_when_it_is_called(hook: str) -> None:
    words = getattr(hookspecs, hook).__doc__
    assert words is not None
    assert "Called" in words
