# SPDX-License-Identifier: Apache-2.0
"""The plugin host: what is found, what is refused, and that the others still load."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

import feedline
from feedline.errors import FeedlineError, InputError, PluginError
from feedline.hookspecs import hookimpl
from feedline.plugin_host import PluginHost
from feedline.registry import BackendEntry, DriverEntry, LevelEntry, PassEntry, ProgramEntry
from feedline.runtime.event import JobEvent, JobStatus
from feedline.testing import NullBackend

Install = Callable[..., EntryPoint]


@pytest.fixture
def host() -> PluginHost:
    return PluginHost()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Write a module and give its entry point."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(module: str, source: str, name: str | None = None) -> EntryPoint:
        (tmp_path / f"{module}.py").write_text(textwrap.dedent(source))
        monkeypatch.delitem(sys.modules, module, raising=False)
        return EntryPoint(name or module, module, "feedline")

    return write


def backend_plugin(*names: str, **fields: Any) -> Any:
    class Plugin:
        @hookimpl
        def feedline_register_backends(self, register: Callable[[BackendEntry], None]) -> None:
            for name in names:
                register(BackendEntry(name=name, make=lambda argument: NullBackend(1), **fields))

    return Plugin()


GOOD = """
    from feedline import BackendEntry, hookimpl

    @hookimpl
    def feedline_register_backends(register):
        register(BackendEntry(name="good", make=lambda argument: None))
"""


def test_every_register_hook_fills_its_register(host: PluginHost) -> None:
    class Plugin:
        @hookimpl
        def feedline_register_backends(self, register: Any) -> None:
            register(BackendEntry(name="b", make=lambda argument: None))

        @hookimpl
        def feedline_register_drivers(self, register: Any) -> None:
            register(DriverEntry(name="acme_one", make=lambda: object))

        @hookimpl
        def feedline_register_passes(self, register: Any) -> None:
            register(PassEntry(name="p", make=lambda: None))

        @hookimpl
        def feedline_register_levels(self, register: Any) -> None:
            register(LevelEntry(level=1, passes=("p",)))

        @hookimpl
        def feedline_register_programs(self, register: Any) -> None:
            register(ProgramEntry(name="vqe", make=lambda: print))

    host.register(Plugin(), "all")
    assert list(host.backends) == ["b"]
    assert list(host.drivers) == ["acme_one"]
    assert list(host.passes) == ["p"]
    assert list(host.programs) == ["vqe"]
    assert host.levels == [LevelEntry(level=1, passes=("p",), primitive="estimator")]
    assert host.plugins()[0].registers == (
        "backend b",
        "driver acme_one",
        "pass p",
        "estimator level 1",
        "program vqe",
    )
    assert host.owner(host.passes["p"]) == "all"


def test_two_hosts_never_meet() -> None:
    first, second = PluginHost(), PluginHost()
    first.register(backend_plugin("one"), "plugin")
    assert list(first.backends) == ["one"]
    assert second.backends == {}


def test_misspelt_hook_is_refused_with_the_nearest_name(host: PluginHost) -> None:
    class Plugin:
        @hookimpl
        def feedline_register_backend(self, register: Any) -> None: ...

    with pytest.raises(PluginError, match="there is no hook 'feedline_register_backend'") as caught:
        host.register(Plugin(), "typo")
    assert "Did you mean 'feedline_register_backends'?" in caught.value.remedy
    assert host.plugins() == []


def test_misspelt_hook_by_specname_is_refused(host: PluginHost) -> None:
    class Plugin:
        @hookimpl(specname="feedline_job_events")
        def listen(self, event: Any) -> None: ...

    with pytest.raises(PluginError, match="there is no hook 'feedline_job_events'"):
        host.register(Plugin(), "typo")


def test_hook_without_its_mark_is_refused(host: PluginHost) -> None:
    plugin = SimpleNamespace(feedline_register_backends=lambda register: None)
    with pytest.raises(PluginError, match="is named like a hook but is not marked") as caught:
        host.register(plugin, "bare")
    assert "Put @feedline.hookimpl above `def feedline_register_backends`." in caught.value.remedy


def test_unmarked_function_with_an_unknown_hook_name_is_refused(host: PluginHost) -> None:
    plugin = SimpleNamespace(feedline_register_backened=lambda register: None)
    with pytest.raises(PluginError, match="Did you mean 'feedline_register_backends'"):
        host.register(plugin, "bare")


def test_modules_named_like_hooks_are_no_hooks(host: PluginHost, install: Install) -> None:
    install("feedline_other", "")
    entry = install("acme", "import feedline_other\nfrom feedline import hookspecs, hookimpl" + textwrap.dedent(GOOD))
    host.discover([entry])
    assert host.failures == {}


def test_wrong_argument_names_are_named(host: PluginHost) -> None:
    class Plugin:
        @hookimpl
        def feedline_register_backends(self, registre: Any) -> None: ...

    with pytest.raises(PluginError, match=r"hook 'feedline_register_backends' has no argument 'registre'") as caught:
        host.register(Plugin(), "typo")
    assert "Did you mean 'register'?" in caught.value.remedy


def test_plugin_without_hooks_is_refused(host: PluginHost) -> None:
    with pytest.raises(PluginError, match=r"Plugin 'empty' \(.*\) has no hook"):
        host.register(SimpleNamespace(), "empty")


def test_class_instead_of_instance_is_refused(host: PluginHost) -> None:
    with pytest.raises(PluginError, match="Plugin 'cls' is the class") as caught:
        host.register(type(backend_plugin("a")), "cls")
    assert "plugin = Plugin()" in caught.value.remedy


def test_broken_plugin_is_reported_and_the_others_load(host: PluginHost, install: Install) -> None:
    entries = [
        install("absent", "import no_such_vendor_sdk"),
        install("exits", "raise SystemExit(3)"),
        install("good", GOOD),
        install("raises", GOOD.replace("good", "other") + "        raise RuntimeError('half way')\n"),
        install("wrong", GOOD.replace('BackendEntry(name="good", make=lambda argument: None)', "'a backend'")),
        EntryPoint("gone", "no_such_module_anywhere", "feedline"),
    ]
    host.discover(entries)
    assert list(host.backends) == ["good"]
    assert sorted(host.failures) == ["absent", "exits", "gone", "raises", "wrong"]
    assert "No module named 'no_such_vendor_sdk'" in str(host.failures["absent"])
    assert "feedline_register_backends raised RuntimeError: half way" in str(host.failures["raises"])
    assert "registered 'a backend'" in str(host.failures["wrong"])
    assert "feedline.registry.BackendEntry" in host.failures["wrong"].remedy
    assert all(isinstance(error, FeedlineError) for error in host.failures.values())
    states = {row.name: row.state for row in host.plugins()}
    assert states == {
        "absent": "failed",
        "exits": "failed",
        "gone": "failed",
        "good": "ok",
        "raises": "failed",
        "wrong": "failed",
    }


def test_nothing_of_a_broken_plugin_stays(host: PluginHost) -> None:
    class Plugin:
        @hookimpl
        def feedline_register_backends(self, register: Any) -> None:
            register(BackendEntry(name="first", make=lambda argument: None))

        @hookimpl
        def feedline_register_levels(self, register: Any) -> None:
            register(LevelEntry(level=2, passes=("p",)))

        @hookimpl
        def feedline_register_programs(self, register: Any) -> None:
            raise ValueError("no")

        @hookimpl
        def feedline_job_event(self, event: Any) -> None: ...

    with pytest.raises(PluginError, match="feedline_register_programs raised ValueError: no"):
        host.register(Plugin(), "half")
    assert host.backends == {}
    assert host.levels == []
    assert not host.has_job_listeners
    host.register(backend_plugin("first"), "half")
    assert list(host.backends) == ["first"]


def test_duplicate_backend_name_blames_the_second_and_names_the_first(host: PluginHost) -> None:
    host.register(backend_plugin("twin"), "ours")
    with pytest.raises(PluginError, match="Plugin 'theirs' registers the backend 'twin', which plugin 'ours' has"):
        host.register(backend_plugin("other", "twin"), "theirs")
    assert list(host.backends) == ["twin"]
    assert host.owner(host.backends["twin"]) == "ours"


def test_duplicate_plugin_name_is_refused(host: PluginHost) -> None:
    host.register(backend_plugin("a"), "same")
    with pytest.raises(PluginError, match="A plugin named 'same' is taken"):
        host.register(backend_plugin("b"), "same")
    assert list(host.backends) == ["a"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: BackendEntry(name="a b", make=print), "name 'a b' is not a name"),
        (lambda: BackendEntry(name="a:b", make=print), "name 'a:b' is not a name"),
        (lambda: PassEntry(name="", make=print), "PassEntry: name '' is not a name"),
        (lambda: BackendEntry(name="a", make=NullBackend(1)), "BackendEntry 'a': make is <NullBackend"),
        (lambda: BackendEntry(name="a", make=print, modules="numpy"), r"Give a tuple: \('numpy',\)"),
        (lambda: LevelEntry(level=0, passes=("a",)), "LevelEntry: level is 0"),
        (lambda: LevelEntry(level=1, passes="zne"), r"Give a tuple: \('zne',\)"),
        (lambda: LevelEntry(level=1, passes=("a",), primitive="samplr"), "primitive is 'samplr'"),
    ],
)
def test_malformed_entry_is_refused_with_words(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(PluginError, match=words):
        make()


def test_missing_extra_is_shown_with_its_install_line(host: PluginHost) -> None:
    host.register(backend_plugin("lab", modules=("no_such_sdk",), extra="lab", distribution="feedline-lab"), "lab")
    (row,) = host.plugins()
    assert row.state == "missing extra"
    assert row.why == "pip install 'feedline-lab[lab]'"


def test_installed_distribution_is_found_with_its_version(host: PluginHost, install: Install, tmp_path: Path) -> None:
    install("feedline_stranger", GOOD)
    info = tmp_path / "feedline_stranger-2.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: feedline-stranger\nVersion: 2.5\n")
    (info / "entry_points.txt").write_text("[feedline]\nstranger = feedline_stranger\n")
    host.discover()
    (row,) = [row for row in host.plugins() if row.name == "stranger"]
    assert (row.distribution, row.version, row.state) == ("feedline-stranger", "2.5", "ok")
    assert host.backends["good"].distribution == "feedline-stranger"


def test_discover_twice_changes_nothing(host: PluginHost, install: Install) -> None:
    entries = [install("good", GOOD), install("bad", "1 / 0")]
    host.discover(entries)
    before = host.plugins()
    host.discover(entries)
    assert host.plugins() == before
    assert list(host.failures) == ["bad"]


def test_plugin_file_works_without_packaging(host: PluginHost, tmp_path: Path) -> None:
    path = tmp_path / "my_lab.py"
    path.write_text(textwrap.dedent(GOOD))
    host.load_file(path)
    host.load_file(str(path))
    assert host.files == [str(path.resolve())]
    assert list(host.backends) == ["good"]
    assert [row.name for row in host.plugins()] == ["my_lab.py"]


def test_plugin_files_named_in_the_environment_are_found(
    host: PluginHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(textwrap.dedent(GOOD))
    bad.write_text("x = 1\ny = x.z\n")
    monkeypatch.setenv("FEEDLINE_PLUGINS", os.pathsep.join([str(bad), str(good)]))
    host.discover([])
    assert list(host.backends) == ["good"]
    assert f"'{bad}', line 2: AttributeError" in str(host.failures["bad.py"])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(:\n", "line 1: SyntaxError: invalid syntax"),
        ("import math\n\nmath.sqrt(-1)\n", "line 3: ValueError: math domain error"),
        ("\nimport no_such_thing\n", "line 2: ModuleNotFoundError: No module named 'no_such_thing'"),
    ],
)
def test_broken_plugin_file_is_named_with_its_line(host: PluginHost, tmp_path: Path, source: str, words: str) -> None:
    path = tmp_path / "lab.py"
    path.write_text(source)
    with pytest.raises(PluginError, match=words) as caught:
        host.load_file(path)
    assert str(path) in str(caught.value)
    assert not [name for name in sys.modules if name.startswith("feedline_inline_lab_")]


def test_absent_plugin_file_is_named(host: PluginHost, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.py' does not exist"):
        host.load_file(tmp_path / "nowhere.py")
    (tmp_path / "rack.toml").write_text("")
    with pytest.raises(InputError, match=r"rack\.toml' is no \.py file"):
        host.load_file(tmp_path / "rack.toml")


def test_first_plugin_that_takes_an_object_wraps_it(host: PluginHost) -> None:
    class Wrapper:
        def __init__(self, mine: str) -> None:
            self.mine = mine

        @hookimpl
        def feedline_wrap_backend(self, backend: Any) -> Any:
            return NullBackend(2, name=self.mine) if backend == self.mine else None

    host.register(Wrapper("a"), "a")
    host.register(Wrapper("b"), "b")
    assert host.wrap_backend("a").name == "a"
    assert host.wrap_backend("b").name == "b"
    assert host.wrap_backend("c") is None


def test_wrapper_that_raises_or_returns_nonsense_is_named(host: PluginHost) -> None:
    class Wrapper:
        @hookimpl
        def feedline_wrap_backend(self, backend: Any) -> Any:
            return backend.upper()

    host.register(Wrapper(), "odd")
    with pytest.raises(PluginError, match="Plugin 'odd': feedline_wrap_backend returned 'X'"):
        host.wrap_backend("x")
    with pytest.raises(PluginError, match="Plugin 'odd': feedline_wrap_backend raised AttributeError"):
        host.wrap_backend(3)


def test_job_listener_that_raises_does_not_silence_the_others(
    host: PluginHost, caplog: pytest.LogCaptureFixture
) -> None:
    heard = []

    class Listener:
        def __init__(self, raises: bool) -> None:
            self.raises = raises

        @hookimpl
        def feedline_job_event(self, event: JobEvent) -> None:
            heard.append(event.job_id)
            if self.raises:
                raise OSError("disk full")

    assert not host.has_job_listeners
    host.register(Listener(False), "first")
    host.register(Listener(True), "second")
    assert host.has_job_listeners
    event = JobEvent(job_id="j1", status=JobStatus.DONE, backend_name="null", primitive="run", at_s=0.0)
    with caplog.at_level(logging.ERROR):
        host.job_event(event)
    assert heard == ["j1", "j1"]
    assert "Plugin 'second' raised in feedline_job_event; the job is not affected." in caplog.text


def test_commands_are_added_and_one_that_fails_adds_none(host: PluginHost) -> None:
    class Commands:
        def __init__(self, *names: str, raises: bool = False) -> None:
            self.names, self.raises = names, raises

        @hookimpl
        def feedline_register_commands(self, group: click.Group) -> None:
            for name in self.names:
                group.add_command(click.Command(name))
            if self.raises:
                raise ValueError("no")

    host.register(Commands("good"), "good")
    host.register(Commands("half", raises=True), "half")
    host.register(Commands("run"), "greedy")
    group = click.Group("feedline", commands=[click.Command("run")])
    host.add_commands(group)
    assert sorted(group.commands) == ["good", "run"]
    assert "feedline_register_commands raised ValueError: no" in str(host.failures["half"])
    assert "Plugin 'greedy' registers the command 'run', which Feedline has." in str(host.failures["greedy"])
    assert [(row.name, row.registers) for row in host.plugins() if row.state == "ok"] == [("good", ("commands",))]


def test_host_and_import_of_feedline_leave_qiskit_alone() -> None:
    code = "import sys, feedline, feedline.front_door as f; f.host(); print('qiskit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert feedline.__version__
