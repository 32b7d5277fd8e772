# SPDX-License-Identifier: Apache-2.0
"""New plugins: what is written installs, is found, and passes its own tests at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedline import front_door
from feedline.cli.plugins import plugins
from feedline.errors import InputError, PluginError, StoreError
from feedline.plugin_host import PluginHost
from feedline.scaffold.package import KINDS, write_plugin
from feedline.testing import NullBackend


def run(*command: str, cwd: Path, path: Path) -> str:
    """Run Python with ``path`` in front of its module search path."""
    search = os.pathsep.join(filter(None, [str(path), os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": search, "FEEDLINE_HOME": str(cwd / "home")},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_new_plugin_passes_its_own_tests_at_once(kind: str, tmp_path: Path) -> None:
    folder = write_plugin("acme-one", kind, tmp_path)
    assert folder == tmp_path / "feedline-acme-one"
    said = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder, path=folder)
    assert " passed" in said
    assert "failed" not in said


def test_new_driver_is_one_that_a_rack_can_use(tmp_path: Path) -> None:
    """It runs the contract, and the rack file of its README is right, its emulator standing in."""
    folder = write_plugin("acme-one", "driver", tmp_path)
    assert "(SettableContract)" in (folder / "tests" / "test_acme_one.py").read_text()
    rack = (folder / "README.md").read_text().split("```toml\n")[1].split("```")[0]
    (tmp_path / "lab.toml").write_text(rack)
    code = "from feedline.front_door import host; from feedline.cli.main import main; import feedline_acme_one.plugin; "
    code += "host().register(feedline_acme_one.plugin, 'acme_one'); main()"
    assert "No mistakes." in run("-c", code, "rack", "check", "lab.toml", cwd=tmp_path, path=folder)
    said = json.loads(run("-c", code, "rack", "status", "lab.toml", "--json", "--emulate", cwd=tmp_path, path=folder))
    assert said["lo1"]["identity"] == "Acme ONE, serial 1234"
    assert said["lo1"]["values"] == {"frequency_hz": 1e9, "power_dbm": -20, "is_on": 0}


def test_new_plugin_installs_and_is_found(tmp_path: Path) -> None:
    folder = write_plugin("acme", "backend", tmp_path)
    site = tmp_path / "site"
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    run("-m", "pip", "install", *offline, "--target", str(site), str(folder), cwd=tmp_path, path=site)
    code = "from feedline.cli.plugins import plugins; plugins()"
    rows = json.loads(run("-c", code, "--json", cwd=tmp_path, path=site))
    (row,) = [row for row in rows if row["name"] == "acme"]
    assert (row["distribution"], row["version"], row["state"]) == ("feedline-acme", "0.1.0", "ok")
    assert row["registers"] == ["backend acme"]
    code = "import feedline; print(feedline.backend('acme:practice'))"
    assert "<AcmeBackend 'acme', 2 qubits>" in run("-c", code, cwd=tmp_path, path=site)


def test_new_plugin_is_as_tidy_as_ours(tmp_path: Path) -> None:
    for kind in KINDS:
        write_plugin(f"acme-{kind}", kind, tmp_path)
    settings = ("--isolated", "--line-length", "110", "--config", "lint.isort.known-third-party=['feedline']")
    run("-m", "ruff", "check", *settings, "--select", "E,F,W,I,UP,B,PT", ".", cwd=tmp_path, path=tmp_path)
    run("-m", "ruff", "format", *settings[:3], "--check", ".", cwd=tmp_path, path=tmp_path)


@pytest.mark.parametrize("name", ["", "Acme", "1acme", "acme lab", "acme/..", "acme--lab", "feedline-", "ä"])
def test_impossible_name_is_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be the name of a package") as caught:
        write_plugin(name, "backend", tmp_path)
    assert "Use small letters" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [65, 300])
def test_too_long_name_is_refused_and_nothing_is_written(length: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("feedline"), "plugins", "new", "a" * length, "--kind", "backend"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"Plugin name 'aaaaaaaaaaaaaaaaaaaa...' has {length} characters." in done.stderr
    assert "-> Use 64 at most" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_driver_named_after_its_maker_alone_gets_a_model(tmp_path: Path) -> None:
    """``plugins new acme`` writes a package for every kind."""
    written = write_plugin("acme", "driver", tmp_path)
    assert written.name == "feedline-acme-awg100"
    assert (written / "feedline_acme_awg100" / "acme_awg100.py").is_file()


def test_prefix_is_not_doubled(tmp_path: Path) -> None:
    assert write_plugin("feedline_acme_lab", "pass", tmp_path).name == "feedline-acme-lab"


def test_installed_package_is_not_shadowed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="A package 'feedline_aer' is installed already"):
        write_plugin("aer", "backend", tmp_path)


def test_existing_folder_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "feedline-acme"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"feedline-acme' exists already"):
        write_plugin("acme", "backend", tmp_path)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_unknown_kind_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no kind of plugin 'drivers'") as caught:
        write_plugin("acme", "drivers", tmp_path)
    assert "Did you mean 'driver'?" in caught.value.remedy


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StoreError, match=r"cannot be written: Not a directory"):
        write_plugin("acme", "backend", blocked)


def test_command_new_says_what_to_do_next(tmp_path: Path) -> None:
    done = CliRunner().invoke(plugins, ["new", "acme", "--kind", "pass", "--into", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert f"Written: {tmp_path / 'feedline-acme'}" in done.output
    assert "Next, in the environment that Feedline is installed in:\n" in done.output
    assert "pip install -e '.[dev]'\n  pytest\n" in done.output
    readme = (tmp_path / "feedline-acme" / "README.md").read_text()
    assert "In the environment that Feedline is installed in:\n\n```bash\npip install" in readme


def test_command_new_refuses_an_unknown_kind(tmp_path: Path) -> None:
    done = CliRunner().invoke(plugins, ["new", "acme", "--kind", "provider", "--into", str(tmp_path)])
    assert done.exit_code == 2
    assert "'provider' is not one of 'backend', 'pass', 'driver'" in done.output


def test_command_shows_what_is_there_what_lacks_and_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    from feedline.hookspecs import hookimpl
    from feedline.registry import BackendEntry

    class Plugin:
        @hookimpl
        def feedline_register_backends(self, register: object) -> None:
            entry = BackendEntry(
                name="lab",
                make=lambda argument: NullBackend(1),
                modules=("no_such_sdk",),
                extra="sdk",
                distribution="feedline-lab",
            )
            register(entry)  # type: ignore[operator]

    host = PluginHost()
    host.register(Plugin(), "lab")
    monkeypatch.setattr(front_door, "host", lambda: host)
    monkeypatch.setenv("FEEDLINE_PLUGINS", "nowhere.py")
    host.discover([])
    done = CliRunner().invoke(plugins, [])
    assert done.exit_code == 0, done.output
    assert "backend lab" in done.output
    assert "lab: run: pip install 'feedline-lab[sdk]'" in done.output
    assert "nowhere.py' does not exist" in done.output
    assert isinstance(host.failures["nowhere.py"], (InputError, PluginError))
    found = json.loads(CliRunner().invoke(plugins, ["--json"]).output)
    assert [(row["name"], row["state"]) for row in found] == [("lab", "missing extra"), ("nowhere.py", "failed")]
