# SPDX-License-Identifier: Apache-2.0
"""The command ``feedline``: finds its commands without importing them, and reports what went wrong."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from feedline.errors import FeedlineError, MissingExtraError

from .ending import Ending, ended_by_signals
from .wait import Cancelled

USER_ERROR, FAULT, BUG, INTERRUPTED = 2, 3, 70, 130

_BUILT_IN = {
    "run": ("run", "run", "Run a circuit file and show what came out."),
    "plan": ("plan", "plan", "Show what a run would do and cost; nothing runs."),
    "backends": ("backends", "backends", "List backends, or describe one."),
    "jobs": ("jobs", "jobs", "List stored jobs, newest first."),
    "job": ("job", "job", "Show a stored job: status, time, result."),
    "plugins": ("plugins", "plugins", "List plugins and what they register; write a new one."),
    "completion": ("completion", "completion", "Print the completion script of a shell."),
}
"""Commands in the order of ``--help``: module in this package, name in it, one line."""


class CommandGroup(click.Group):
    """Imports a command when it runs; asks plugins for theirs when they are needed."""

    _asked = False

    def list_commands(self, context: click.Context) -> list[str]:
        """Names of our commands, then those of plugins."""
        self._ask_plugins()
        return [*_BUILT_IN, *sorted(self.commands)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Find a command; ours cannot be replaced by a plugin's."""
        if name in _BUILT_IN:
            module, attribute, _ = _BUILT_IN[name]
            command: click.Command = getattr(import_module(f"feedline.cli.{module}"), attribute)
            return command
        self._ask_plugins()
        return self.commands.get(name)

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, but an unknown command is answered with the nearest one."""
        if args and self.get_command(context, args[0]) is None and not args[0].startswith("-"):
            from feedline.errors import NotFoundError, nearest

            raise NotFoundError(
                f"There is no command '{args[0]}'.", remedy=nearest(args[0], self.list_commands(context))
            )
        return super().resolve_command(context, args)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        own = {name: summary for name, (_, _, summary) in _BUILT_IN.items()}
        others = [name for name in self.list_commands(context) if name not in own]
        width = formatter.width - 6 - max(map(len, [*own, *others]))
        rows = list(own.items()) + [(name, self.commands[name].get_short_help_str(width)) for name in others]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _ask_plugins(self) -> None:
        if not self._asked:
            self._asked = True
            from feedline.front_door import host

            host().add_commands(self)


def _show_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from feedline import __version__

        click.echo(f"feedline {__version__}")
        context.exit()


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version.",
)
def feedline() -> None:
    """Feedline: Qiskit primitives for your own lab.

    Runs circuits on any backend that a plugin offers, a simulator or your own control electronics.

    \b
    Start here:
      feedline run examples/bell.qasm          a histogram from the simulator
      feedline backends                        what there is to run on
      feedline run FILE --observable ZZ        an expectation value instead of counts
      feedline run --help                      everything else a run takes

    Jobs are stored in FEEDLINE_HOME (by default your data folder) and outlive the command. The exit
    code is 0, 2 for a mistake in the request, 3 for a failing backend or store, 130 after Ctrl-C
    (128 + N after signal N).
    FEEDLINE_DEBUG=1 shows the traceback of an error and the whole log, FEEDLINE_PLUGINS names plugin files to load.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Every error is a line on stderr, and its remedy another; a fault is one line with its remedy, as logs are read.
    """
    _speak_utf8()
    _log_as_notes()
    with ended_by_signals() as ending:
        try:
            code = feedline.main(args=arguments, prog_name="feedline", standalone_mode=False)
        except click.ClickException as error:
            code = _report_usage(error)
        except Exception as error:  # noqa: BLE001 - the last catch: a bug is reported, not shown as a traceback
            code = _report_error(error, ending)
        except KeyboardInterrupt:
            code = _report("Interrupted.", "", ending.code)
        ending.let_go()
    sys.exit(code or 0)


def _report_usage(error: click.ClickException) -> int:
    """Print what click does not understand."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        return USER_ERROR
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "feedline"
        return _report(error.format_message(), f"See '{command} --help'.", USER_ERROR)
    return _report(error.format_message(), "", USER_ERROR)


def _report_error(error: Exception, ending: Ending) -> int:
    """Print any other error."""
    if isinstance(error, FeedlineError):
        remedy = error.remedy
        if isinstance(error, MissingExtraError) and "'feedline[" in remedy:
            remedy += " (pip install 'feedline[all]' has everything)"
        if error.is_fault:
            return _report(" ".join(f"{error.what} -> {remedy}".split()), "", FAULT)
        return _report(error.what, remedy, USER_ERROR)
    if isinstance(error, Cancelled):
        return _report(str(error), "", ending.code)
    if isinstance(error, click.Abort):
        return _report("Interrupted.", "", ending.code)
    if isinstance(error, OSError) and _came_of_printing(error):
        _drop_output()
        what = f"The output cannot be written: {error.strerror or error}."
        return _report(what, "Check the disk or the file that it goes to.", FAULT)
    what = f"This is a bug: {type(error).__name__}: {' '.join(str(error).split())}"
    remedy = "Run it again with FEEDLINE_DEBUG=1 and report the traceback to the project."
    return _report(what, remedy, BUG)


def _report(what: str, remedy: str, code: int) -> int:
    """Print an error, in red where there is colour; return the exit code."""
    with contextlib.suppress(OSError):  # the terminal may be gone
        if _is_debugging():
            traceback.print_exc()
        colour = "red" if code < INTERRUPTED - 2 else "yellow"
        click.echo(click.style("feedline:", fg=colour) + f" {what}", err=True)
        if remedy:
            click.echo(f"  -> {remedy}", err=True)
    return code


def _came_of_printing(error: OSError) -> bool:
    """Whether click raised it: the output took no more."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") == "click.utils"


def _drop_output() -> None:
    """Let the rest of the output go nowhere: the interpreter would complain of it at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Notes(logging.Handler):
    """Prints what is logged as a line each; tracebacks only when debugging."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line."""
        click.secho(f"note: {' '.join(record.getMessage().split())}", err=True, dim=True)
        if record.exc_info and _is_debugging():
            traceback.print_exception(record.exc_info[1])


def _log_as_notes() -> None:
    log = logging.getLogger("feedline")
    if not any(isinstance(handler, _Notes) for handler in log.handlers):
        log.addHandler(_Notes(logging.INFO if _is_debugging() else logging.WARNING))
        log.propagate = False
        if _is_debugging():
            log.setLevel(logging.INFO)
    if not _is_debugging():  # a command reports its job's end itself
        logging.getLogger("feedline.runtime").setLevel(logging.ERROR)


def _is_debugging() -> bool:
    return os.environ.get("FEEDLINE_DEBUG", "") not in ("", "0")


def _speak_utf8() -> None:
    """Replace what a terminal cannot show instead of failing in the middle of a table."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
