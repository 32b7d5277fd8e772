# SPDX-License-Identifier: Apache-2.0
"""A bench: emulators of a rack's instruments, cabled and served as the rack file says."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from feedline import front_door
from feedline.errors import InputError, OptionError, nearest
from feedline_hal.rack.schema import InstrumentSpec, RackSpec, TriggerSpec

from .bench_signal import measured_tones
from .cable import Signal
from .fault import FaultScript
from .stall import serve


class Bench:
    """Emulators of some or all of a rack's instruments; a context manager, which may be entered again.

    Triggers go from the emulated coordinator to what ``[triggers]`` says. Into an emulated digitizer goes, unless
    told otherwise, a tone for every measured qubit of the calibration set: shot k reads as k in binary, the
    lowest qubit its last digit.

    Args:
        spec: The rack file.
        names: Which instruments; all of them if not given.
        signals: What goes into digitizers, by name of the instrument.
        faults: What goes wrong, by name of the instrument.
        at_rack_addresses: Whether to be found where the rack file says, if that is on this machine; at free ports
            if not.

    Raises:
        OptionError: If there is no instrument of a name.
        InputError: If a driver has no emulator, or its emulator does not fit the rack file.
    """

    def __init__(
        self,
        spec: RackSpec,
        names: Iterable[str] | None = None,
        *,
        signals: Mapping[str, Signal] | None = None,
        faults: Mapping[str, FaultScript] | None = None,
        at_rack_addresses: bool = True,
    ) -> None:
        self.spec = spec
        chosen = set(spec.instruments if names is None else names)
        for name in (*chosen, *(signals or {}), *(faults or {})):
            _check_name(name, spec, chosen)
        order = [name for name in spec.instruments if name in chosen]
        self.emulators: dict[str, Any] = {name: _emulator(spec.instruments[name]) for name in order}
        self.faults = {name: (faults or {}).get(name) or FaultScript() for name in order}
        self.addresses: dict[str, str] = {}
        self._is_fixed = at_rack_addresses
        self._stack = ExitStack()
        self._plug_in(dict(signals or {}))
        for trigger in spec.triggers.values():
            self._cable(trigger)

    def __enter__(self) -> Self:
        """Serve the emulators: `addresses` says where.

        Raises:
            InputError: If an address is in use; names it.
        """
        with ExitStack() as stack:
            for name, emulator in self.emulators.items():
                address = self.spec.instruments[name].address
                stall = serve(emulator, name, address, self.faults[name], is_fixed=self._is_fixed)
                self.addresses[name] = stack.enter_context(stall)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cut all connections and end all threads."""
        self._stack.close()

    def _plug_in(self, signals: dict[str, Signal]) -> None:
        inputs = [name for name, emulator in self.emulators.items() if hasattr(emulator, "signal")]
        for name in signals:
            if name not in inputs:
                raise InputError(f"Nothing can be plugged into '{name}'.", remedy=nearest(name, inputs))
        silent = [name for name in inputs if name not in signals]
        if silent:
            signals |= measured_tones(self.spec, silent)
        for name, signal in signals.items():
            self.emulators[name].signal = signal

    def _cable(self, trigger: TriggerSpec) -> None:
        source, sink = self.emulators.get(trigger.source.instrument), self.emulators.get(trigger.instrument)
        if source is None or sink is None:
            return
        if not hasattr(source, "connect") or not hasattr(sink, "triggered"):
            verb, name = (
                ("gives", trigger.source.instrument) if hasattr(sink, "triggered") else ("takes", trigger.instrument)
            )
            raise InputError(
                f"[triggers.{trigger.instrument}]: the emulator of '{name}' {verb} no triggers.",
                remedy="Correct the rack file, or leave one of the two instruments out.",
            )
        source.connect(trigger.source.output, sink.triggered)


def _check_name(name: str, spec: RackSpec, chosen: set[str]) -> None:
    if name not in spec.instruments:
        raise OptionError(f"Rack '{spec.name}' has no instrument '{name}'.", remedy=nearest(name, spec.instruments))
    if name not in chosen:
        raise OptionError(f"'{name}' is not among the emulated instruments.", remedy=nearest(name, chosen))


def _emulator(spec: InstrumentSpec) -> Any:
    """The emulator of an instrument, with the serial number and the options of the rack file that concern it."""
    path = getattr(front_door.driver(spec.driver), "emulator", "")
    module, _, name = path.partition(":")
    if not name:
        raise InputError(
            f"'{spec.name}' cannot be emulated: its driver '{spec.driver}' has no emulator.",
            remedy="Name the instruments to emulate, without this one.",
        )
    kind = getattr(import_module(module), name)
    known = inspect.signature(kind).parameters
    given = {key: value for key, value in spec.options.items() if key in known}
    if spec.serial and "serial" in known:
        given["serial"] = spec.serial
    made = kind(**given)
    fields = str(getattr(made, "identity", "")).split(",")
    if len(fields) == 4:
        made.identity = ",".join([*fields[:2], spec.serial or fields[2], spec.firmware or fields[3]])
    return made
