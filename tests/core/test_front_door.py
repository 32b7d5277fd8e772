# SPDX-License-Identifier: Apache-2.0
"""The front door: backends by name, with every mistake named."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from qiskit.providers import BackendV2

import feedline
from feedline import front_door
from feedline.errors import InputError, MissingExtraError, NotFoundError, OptionError, PluginError
from feedline.hookspecs import hookimpl
from feedline.passes import Cost, Stage
from feedline.plugin_host import PluginHost
from feedline.registry import BackendEntry, DriverEntry, PassEntry
from feedline.testing import NullBackend


class Foreign:
    """An object that no import of Feedline knows."""


class Echo:
    """A pass that does nothing."""

    name = "echo"
    options = dict
    stage = Stage.AMPLIFY
    needs = frozenset[str]()
    conflicts = frozenset[str]()

    def cost(self, plan: Any, context: Any) -> Cost:
        return Cost()

    def widen(self, plan: Any, context: Any) -> Any:
        return plan

    def fold(self, estimate: Any, calibration: Any, context: Any) -> Any:
        return estimate


def make_lab(argument: str, *, qubits: int = 2, broken: bool = False) -> feedline.Backend:
    if broken:
        raise ZeroDivisionError("nothing to divide")
    return NullBackend(qubits, name=f"lab {argument}".strip())


def make_addressed(argument: str, *, address: str) -> feedline.Backend:
    return NullBackend(1, name=address)


class Plugin:
    @hookimpl
    def feedline_register_backends(self, register: Any) -> None:
        register(BackendEntry(name="lab", make=make_lab))
        register(BackendEntry(name="rack", make=make_lab, argument="FILE"))
        register(BackendEntry(name="addressed", make=make_addressed))
        register(BackendEntry(name="loose", make=lambda argument, **options: NullBackend(options["n"])))
        register(BackendEntry(name="nothing", make=lambda argument: None))
        register(
            BackendEntry(
                name="sdk",
                make=make_lab,
                modules=("os", "no_such_sdk"),
                extra="sdk",
                distribution="feedline-lab",
            )
        )

    @hookimpl
    def feedline_register_passes(self, register: Any) -> None:
        register(PassEntry(name="echo", make=Echo))
        register(PassEntry(name="loud", make=Echo))
        register(PassEntry(name="class", make=lambda: Echo))
        register(PassEntry(name="half", make=object))

    @hookimpl
    def feedline_register_drivers(self, register: Any) -> None:
        register(DriverEntry(name="acme_dac", make=lambda: Echo))
        register(DriverEntry(name="acme_adc", make=Echo))

    @hookimpl
    def feedline_wrap_backend(self, backend: Any) -> Any:
        return NullBackend(3, name="wrapped") if isinstance(backend, Foreign) else None


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[PluginHost]:
    host = PluginHost()
    host.register(Plugin(), "lab-plugin")
    monkeypatch.setattr(front_door, "host", lambda: host)
    return host


def test_backends_lists_names_sorted() -> None:
    assert feedline.backends() == ["addressed", "lab", "loose", "nothing", "rack", "sdk"]


def test_backend_is_made_by_name_with_argument_and_options() -> None:
    assert feedline.backend("lab").name == "lab"
    assert feedline.backend("lab:TCP::1:2", qubits=5).name == "lab TCP::1:2"
    assert feedline.backend("lab", qubits=5).num_qubits == 5
    assert feedline.backend("loose", n=4).num_qubits == 4


def test_unknown_backend_names_the_nearest_and_what_failed_to_load(host: PluginHost) -> None:
    with pytest.raises(NotFoundError, match="There is no backend 'labb'") as caught:
        feedline.backend("labb")
    assert "Did you mean 'lab'? Available: addressed, lab, loose" in caught.value.remedy
    host.failures["aer"] = PluginError("broken", remedy="mend it")
    with pytest.raises(NotFoundError, match="Plugins that failed to load: 'aer'; `feedline plugins` says why"):
        feedline.backend("air")


def test_missing_extra_names_the_install_line() -> None:
    with pytest.raises(MissingExtraError, match="Backend 'sdk' needs no_such_sdk, not installed here") as caught:
        feedline.backend("sdk")
    assert caught.value.remedy == "Run: pip install 'feedline-lab[sdk]'"


def test_unknown_option_names_the_nearest() -> None:
    with pytest.raises(OptionError, match="Backend 'lab' has no option 'qubit'") as caught:
        feedline.backend("lab", qubit=3)
    assert "Did you mean 'qubits'? Available: broken, qubits." in caught.value.remedy


def test_missing_argument_and_option_are_named() -> None:
    with pytest.raises(InputError, match="Backend 'rack' needs FILE after a colon") as caught:
        feedline.backend("rack")
    assert caught.value.remedy == "Write 'rack:FILE'."
    with pytest.raises(InputError, match="Backend 'addressed' needs the option 'address'"):
        feedline.backend("addressed")


def test_failure_in_a_plugin_names_backend_and_plugin() -> None:
    with pytest.raises(
        PluginError, match="Backend 'lab' of plugin 'lab-plugin' raised ZeroDivisionError: nothing to divide"
    ):
        feedline.backend("lab", broken=True)
    with pytest.raises(PluginError, match="Backend 'nothing' of plugin 'lab-plugin' made None"):
        feedline.backend("nothing")


def test_backend_object_instead_of_a_name_is_refused() -> None:
    with pytest.raises(InputError, match="A backend is made by name") as caught:
        feedline.backend(NullBackend(1))  # type: ignore[arg-type]
    assert "mode=" in caught.value.remedy


def test_own_backend_passes_through_unwrapped() -> None:
    backend = NullBackend(1)
    assert front_door.wrap_backend(backend) is backend


def test_foreign_object_is_wrapped_once_while_in_use() -> None:
    foreign, other = Foreign(), Foreign()
    wrapped = front_door.wrap_backend(foreign)
    assert wrapped.name == "wrapped"
    assert front_door.wrap_backend(foreign) is wrapped
    assert front_door.wrap_backend(other) is not wrapped


def test_wrapping_keeps_nothing_alive() -> None:
    foreign = Foreign()
    wrapped = front_door.wrap_backend(foreign)
    gone, number = (weakref.ref(foreign), weakref.ref(wrapped)), id(foreign)
    assert number in front_door._WRAPPED
    del wrapped, foreign
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
    assert number not in front_door._WRAPPED


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("lab", r"Write feedline\.backend\('lab'\)"),
        (BackendV2, r"Make one first: BackendV2\(\.\.\.\)"),
        (3, "any Qiskit BackendV2"),
        (None, "None \\(NoneType\\) cannot be run on"),
    ],
)
def test_what_nobody_takes_is_refused_with_what_is_accepted(given: Any, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        front_door.wrap_backend(given)
    assert "a Feedline backend, session or batch" in caught.value.what


def test_pass_is_made_by_name() -> None:
    assert front_door.make_pass("echo").name == "echo"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ecko", "Did you mean 'echo'"),
        ("loud", "a pass whose name is 'loud', not 'echo'"),
        ("class", "Pass 'class' of plugin 'lab-plugin' made <class"),
        ("half", "an object with all that feedline.passes.Pass lists"),
    ],
)
def test_pass_that_is_absent_or_none_is_refused(name: str, words: str) -> None:
    with pytest.raises((NotFoundError, PluginError), match=words):
        front_door.make_pass(name)


def test_driver_class_is_found_by_name() -> None:
    assert front_door.driver("acme_dac") is Echo


@pytest.mark.parametrize(
    ("name", "words"), [("acme_dack", "Did you mean 'acme_dac'"), ("acme_adc", "Driver 'acme_adc' .*made .*Echo")]
)
def test_driver_that_is_absent_or_no_class_is_refused(name: str, words: str) -> None:
    with pytest.raises((NotFoundError, PluginError), match=words):
        front_door.driver(name)


def test_process_host_is_one_and_finds_the_installed_plugins() -> None:
    # the fixture replaced it for this module; the real one is tested in a process of its own
    code = "import feedline.front_door as f; print(f.host() is f.host(), len(f.host().plugins()) >= 2)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
