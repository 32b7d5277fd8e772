# SPDX-License-Identifier: Apache-2.0
"""A backend describes: target and capabilities, no I/O; `open` gives the device that acts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from qiskit.exceptions import QiskitError
from qiskit.providers import BackendV2, Options
from qiskit.transpiler import Target

from .capabilities import Capabilities
from .device import Device

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from .backend_configuration import BackendConfiguration
    from .primitives.estimator import Estimator
    from .primitives.run import RunJob
    from .primitives.sampler import Sampler


class Calibrations(Protocol):
    """Something that knows how gates are played; the pulse layer's ``CalibrationSet``."""

    def attach(self, backend: Backend, *, ideal: bool = False) -> Backend:
        """A backend derived from this one that has these calibrations."""


class Backend(BackendV2):
    """Describes one quantum processor; constructing one does no I/O.

    Subclasses give `target`, `capabilities` and `open`; everything else is derived.

    Args:
        name: Name in tables, results and errors.
        description: One line.
        version: Version of the provider.
    """

    def __init__(self, name: str, *, description: str = "", version: str = "") -> None:
        super().__init__(name=name, description=description, backend_version=version)

    @property
    @abstractmethod
    def target(self) -> Target:
        """What circuits must be made of: instructions, qubits, durations, errors."""

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What the device can do beyond the target."""

    @abstractmethod
    def open(self) -> Device:
        """Connect; the runtime calls it once per lane and keeps the device warm."""

    @property
    def device_id(self) -> str:
        """Which processor this describes: descriptions with equal ids share one lane.

        By default every backend object is a processor of its own.
        """
        return f"{self.name}#{id(self):x}"

    @property
    def max_circuits(self) -> int | None:
        """Largest number of circuits that `run` takes."""
        return self.capabilities.max_circuits

    @classmethod
    def _default_options(cls) -> Options:
        return Options(shots=1024, memory=False, meas_level=2, meas_return="single", seed_simulator=None)

    def run(self, run_input: Any, **options: Any) -> RunJob:
        """Run circuits as they are: no transpilation, no mitigation.

        Args:
            run_input: A circuit without free parameters, an OpenQASM 3 text (with or without OpenPulse),
                or a list of them.
            **options: ``shots``, ``memory``, ``meas_level`` (0, 1 or 2), ``meas_return`` (``single`` or
                ``avg``), ``seed_simulator``, ``rep_delay`` (seconds between shots, ``None`` leaves it to the
                backend), ``job_tags`` (labels to find the job by).

        Returns:
            A Qiskit job whose result holds counts, and memory if asked for; at level 1 IQ points, at level 0
            recorded samples in volts instead: ``result.get_memory()`` of shape ``(shots, memory slots,
            samples)``, averaged ``(memory slots, samples)``.

        Raises:
            InputError: If a circuit has free parameters or does not fit the device.
            OptionError: If an option is unknown, or has a value that it does not take.
            CapabilityError: If the backend does not have what an option asks for.
        """
        from .primitives.run import run_circuits
        from .program_text import placed

        is_list = isinstance(run_input, Sequence) and not isinstance(run_input, str)
        here = placed(list(run_input) if is_list else [run_input], self, "Circuit")
        return run_circuits(here.backend, here.pubs, {**dict(self.options), **options})

    def with_calibrations(self, calibrations: Calibrations, *, ideal: bool = False) -> Backend:
        """A backend for the same processor with these calibrations over its own.

        Args:
            calibrations: A calibration set: `feedline_hal.CalibrationSet`.
            ideal: Allows a backend that plays no pulses to run what pulse gates and pulse boxes mean instead.

        Raises:
            CalibrationError: If they do not fit the processor; names calibration and port.
            CapabilityError: If the backend plays no pulses and ``ideal`` is not set.
        """
        return calibrations.attach(self, ideal=ideal)

    def admit(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """The circuit as this backend takes it; called for every circuit before it is transpiled or run.

        By default the circuit itself, unless it holds pulse gates and the backend does not declare them.

        Raises:
            CapabilityError: Names the pulse gate or pulse box, its qubits and the backend.
        """
        from .pulse_mark import refuse_pulses

        if not self.capabilities.pulse_gates:
            refuse_pulses(circuit, self)
        return circuit

    def shot_s(self, circuit: QuantumCircuit, rep_delay_s: float | None = None) -> float | None:
        """Seconds from one shot of an ISA circuit to the next; ``None`` if the target has not all durations.

        Args:
            circuit: The circuit.
            rep_delay_s: Time between shots that is asked for, if one is.
        """
        if "durations" not in self.capabilities.tokens:
            return None
        try:
            duration_s: float = circuit.estimate_duration(self.target, unit="s")
        except QiskitError:  # an instruction without a duration, or control flow
            return None
        return duration_s + (rep_delay_s or 0.0)

    def configuration(self) -> BackendConfiguration:
        """What clients written for IBM's backends ask before they run: limits, gates, whether it is a simulator."""
        from .backend_configuration import BackendConfiguration

        return BackendConfiguration.of(self)

    def sampler(self, options: Any = None) -> Sampler:
        """A `Sampler` on this backend."""
        from .primitives.sampler import Sampler

        return Sampler(self, options)

    def estimator(self, options: Any = None) -> Estimator:
        """An `Estimator` on this backend."""
        from .primitives.estimator import Estimator

        return Estimator(self, options)

    def describe(self) -> Mapping[str, Any]:
        """What results record about where they were taken: name, versions, calibration."""
        return {"backend": self.name, "backend_version": self.backend_version or ""}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}', {self.num_qubits} qubits>"

    def _repr_html_(self) -> str:
        from .property_table import html_tables

        return html_tables(self)
