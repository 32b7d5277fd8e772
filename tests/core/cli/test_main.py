# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from feedline import __version__
from feedline.cli.ending import ended_by_signals

FEEDLINE = str(Path(sys.executable).with_name("feedline"))
PLUGIN = """
import time
import feedline

class Plugin:
    pass

@feedline.hookimpl
def feedline_register_backends(register):
    register(feedline.BackendEntry(name="slow", make=slow))
    register(feedline.BackendEntry(name="broken", make=broken))
    register(feedline.BackendEntry(name="held", make=held))
    register(feedline.BackendEntry(name="leaver", make=leaver))

@feedline.hookimpl
def feedline_register_commands(group):
    import click

    @group.command()
    def hello():
        "Say hello."
        click.echo("hello")

def slow(argument=""):
    from feedline.testing import NullBackend
    return NullBackend(4, wait_s=600.0, name="slow")

def held(argument=""):
    import pathlib
    from feedline.testing import NullBackend, NullDevice

    class Device(NullDevice):
        def abort(self):
            pathlib.Path("aborted").write_text("")
            super().abort()

        def close(self):
            pathlib.Path("closed").write_text("")
            super().close()

    class Backend(NullBackend):
        def open(self):
            return Device(self.target, wait_s=600.0)

    return Backend(4, name="held")

def leaver(argument=""):
    exit(4)

def broken(argument=""):
    from feedline.testing import NullBackend, NullDevice

    class Device(NullDevice):
        def execute(self, executions):
            raise RuntimeError("no reply from the controller")

    class Backend(NullBackend):
        def open(self):
            return Device(self.target)

    return Backend(4, name="broken")
"""


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    (folder / "plugin.py").write_text(PLUGIN)
    return {**os.environ, "FEEDLINE_PLUGINS": str(folder / "plugin.py")}


def call(*arguments: str, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run([FEEDLINE, *arguments], capture_output=True, text=True, timeout=60, **more)


def test_help_lists_every_command() -> None:
    done = call("--help")
    for command in ("run", "backends", "jobs", "job", "plugins", "completion"):
        assert re.search(rf"^  {command}  +\S", done.stdout, re.MULTILINE)


def test_help_imports_no_qiskit() -> None:
    code = (
        "import sys; from feedline.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'qiskit', 'numpy', 'rich', 'qiskit_aer'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", ["run", "backends", "jobs", "job", "plugins", "completion"])
def test_every_command_explains_itself_with_examples(command: str, feedline) -> None:
    said = feedline(command, "--help")
    assert said.code == 0
    assert "Examples:\n" in said.out
    assert f"feedline {command}" in said.out.split("Examples:")[1]
    assert max(map(len, said.out.splitlines())) <= 90


def test_version_is_shown(feedline) -> None:
    assert feedline("--version").out == f"feedline {__version__}\n"


def test_the_module_is_the_command_too() -> None:
    done = subprocess.run([sys.executable, "-m", "feedline", "--version"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()[0], done.stderr) == (0, "feedline", "")


def test_no_command_shows_the_help_and_fails(feedline) -> None:
    said = feedline()
    assert said.code == 2
    assert said.out.startswith("Usage: feedline")


def test_unknown_command_names_the_nearest(feedline) -> None:
    said = feedline("rnu")
    assert said.code == 2
    assert said.err.startswith("feedline: There is no command 'rnu'.\n  -> Did you mean 'run'?")


def test_fault_of_a_provider_is_exit_code_3_without_traceback(environment: dict[str, str]) -> None:
    done = call("run", "bell.qasm", "--backend", "broken", env=environment)
    assert done.returncode == 3
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("feedline: ")
    assert "'broken' raised RuntimeError" in line
    assert "no reply from the controller -> " in line


def test_debug_shows_the_traceback(environment: dict[str, str]) -> None:
    done = call("run", "bell.qasm", "--backend", "broken", env={**environment, "FEEDLINE_DEBUG": "1"})
    assert done.returncode == 3
    assert "Traceback (most recent call last)" in done.stderr
    assert "RuntimeError: no reply from the controller" in done.stderr


def test_what_is_logged_is_a_note_in_one_line(feedline, monkeypatch: pytest.MonkeyPatch) -> None:
    import logging

    from feedline.cli import backends

    def complain(as_json: bool) -> None:
        try:
            raise OSError("gone")
        except OSError:
            logging.getLogger("feedline.store").exception("The disk is full.\n  -> Free space.")

    monkeypatch.setattr(backends, "_list", complain)
    assert feedline("backends").err == "note: The disk is full. -> Free space.\n"


def test_bug_is_exit_code_70_and_says_how_to_report_it(feedline, monkeypatch: pytest.MonkeyPatch) -> None:
    from feedline import front_door

    def explode():
        raise ZeroDivisionError("division by\nzero")

    monkeypatch.setattr(front_door, "host", explode)
    said = feedline("backends")
    assert said.code == 70
    line, advice = said.err.splitlines()
    assert line == "feedline: This is a bug: ZeroDivisionError: division by zero"
    assert "FEEDLINE_DEBUG=1" in advice


def test_plugin_commands_are_listed_and_run(environment: dict[str, str]) -> None:
    assert re.search(r"^  hello  +Say hello\.$", call("--help", env=environment).stdout, re.MULTILINE)
    assert call("hello", env=environment).stdout == "hello\n"


def test_broken_plugin_file_does_not_stop_the_command_line(folder: Path) -> None:
    (folder / "bad.py").write_text("import not_there\n")
    done = call("backends", env={**os.environ, "FEEDLINE_PLUGINS": str(folder / "bad.py")})
    assert done.returncode == 0
    assert "aer" in done.stdout
    assert "not loaded: bad.py; `feedline plugins` says why" in done.stdout


def interrupted(
    environment: dict[str, str], backend: str = "slow", by: signal.Signals = signal.SIGINT
) -> subprocess.CompletedProcess[str]:
    """Run a job that would take ten minutes, wait until it executes, press Ctrl-C or send a signal."""
    process = subprocess.Popen(
        [FEEDLINE, "run", "bell.qasm", "--backend", backend],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    deadline = time.monotonic() + 30
    while "RUNNING" not in call("jobs", env=environment).stdout:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the job never ran"
    process.send_signal(by)
    out, err = process.communicate(timeout=30)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_cancels_the_job_says_so_and_leaves_no_traceback(environment: dict[str, str]) -> None:
    began = time.monotonic()
    done = interrupted(environment)
    assert done.returncode == 130
    assert done.stdout == ""
    found = re.fullmatch(r"feedline: Interrupted; job ([0-9a-f]+) is cancelled\.\n", done.stderr)
    assert found, done.stderr
    assert time.monotonic() - began < 40
    assert re.search(r"^status +CANCELLED$", call("job", found[1], env=environment).stdout, re.MULTILINE)


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signal_cancels_the_job_aborts_and_closes_the_device(
    name: str, environment: dict[str, str], folder: Path
) -> None:
    done = interrupted(environment, "held", by=signal.Signals[name])
    found = re.fullmatch(r"feedline: Interrupted; job ([0-9a-f]+) is cancelled\.\n", done.stderr)
    assert found, done.stderr
    assert done.returncode == 128 + signal.Signals[name]
    assert (folder / "aborted").exists()
    assert (folder / "closed").exists()
    assert re.search(r"^status +CANCELLED$", call("job", found[1], env=environment).stdout, re.MULTILINE)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_signal_ends_the_wait_for_a_job_of_another_process_and_leaves_the_job(
    environment: dict[str, str], folder: Path
) -> None:
    runs = subprocess.Popen([FEEDLINE, "run", "bell.qasm", "-b", "held"], env=environment, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while "RUNNING" not in (listed := call("jobs", env=environment).stdout):
        assert time.monotonic() < deadline, "the job never ran"
    name = listed.splitlines()[1].split()[0]
    waits = subprocess.Popen(
        [FEEDLINE, "job", name, "--wait", "600"], env=environment, stderr=subprocess.PIPE, text=True
    )
    time.sleep(2.0)
    waits.terminate()
    assert waits.communicate(timeout=30)[1].strip() == "feedline: Interrupted."
    assert waits.returncode == 143
    assert runs.poll() is None
    runs.terminate()
    runs.communicate(timeout=30)
    assert runs.returncode == 143


def test_signals_are_as_before_after_a_command_and_untouched_in_another_thread(feedline) -> None:
    assert feedline("--version").code == 0
    before = signal.getsignal(signal.SIGTERM)
    with ThreadPoolExecutor() as pool, ended_by_signals() as ending:
        assert signal.getsignal(signal.SIGTERM) == ending.receive

        def handler_elsewhere() -> object:
            with ended_by_signals() as other:
                return signal.getsignal(signal.SIGTERM) == other.receive

        assert pool.submit(handler_elsewhere).result() is False
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full")
@pytest.mark.parametrize("arguments", ["run bell.qasm", "jobs", "--help"])
def test_output_to_a_full_disk_is_a_line_and_exit_code_3(arguments: str, environment: dict[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [FEEDLINE, *arguments.split()], stdout=full, stderr=subprocess.PIPE, text=True, env=environment, timeout=60
        )
    assert done.returncode == 3
    line, advice = done.stderr.splitlines()
    assert line == "feedline: The output cannot be written: No space left on device."
    assert advice == "  -> Check the disk or the file that it goes to."


@pytest.mark.parametrize("arguments", ["run bell.qasm --backend leaver", "backends leaver"])
def test_plugin_that_exits_is_an_error_that_names_it(arguments: str, environment: dict[str, str]) -> None:
    done = call(*arguments.split(), env=environment)
    assert done.returncode == 2
    line, advice = done.stderr.splitlines()
    assert line == "feedline: Backend 'leaver' of plugin 'plugin.py' called exit(4)."
    assert "report this to the plugin's authors" in advice


def test_missing_extra_names_the_install_that_has_everything(feedline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "qiskit_qasm3_import", None)  # what the import of a missing module meets
    said = feedline("run", "bell.qasm")
    assert said.code == 2
    assert "pip install 'feedline[qasm3]', or save the circuit" in said.err
    assert "pip install 'feedline[all]' has everything" in said.err


def test_output_to_a_closed_pipe_ends_quietly(environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-c", f"'{FEEDLINE}' backends aer --json | head -n 1"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert done.stdout == "{\n"
    assert "Traceback" not in done.stderr


def test_terminal_without_block_characters_gets_plain_ones(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [FEEDLINE, "run", "bell.qasm", "--shots", "10"],
        capture_output=True,
        env={**environment, "PYTHONIOENCODING": "ascii"},
        timeout=60,
    )
    assert done.returncode == 0
    assert b"###" in done.stdout
