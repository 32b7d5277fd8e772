# SPDX-License-Identifier: Apache-2.0
"""Sampler: bit strings (or IQ points, or recorded samples) of circuits."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from qiskit.primitives import BaseSamplerV2, SamplerPubLike
from qiskit.primitives.containers.sampler_pub import SamplerPub

from feedline.capabilities import MeasLevel
from feedline.errors import CapabilityError, InputError
from feedline.execution import Execution
from feedline.forecast import Forecast
from feedline.kit import kit_of
from feedline.options.primitive import SamplerOptions, settings
from feedline.pipeline import Pipeline
from feedline.plan import Plan
from feedline.program_text import placed
from feedline.runtime.job import Job
from feedline.runtime.submit import submit
from feedline.work import Inputs, Later, Partial, Work

from .ask import check_shots, coerced, parameter_values, spread_seeds, stored_values
from .coerce import sampler_pub
from .primitive import Primitive
from .registers import check_register_names
from .sampler_fold import SamplerFold, SamplerOutline

_FORM = "a circuit or (circuit[, parameter_values[, shots]])"


class Sampler(Primitive, BaseSamplerV2):
    """Samples circuits on any backend: Qiskit's ``BaseSamplerV2``.

    Args:
        mode: A backend (any Qiskit ``BackendV2``), its name, a session or a batch; inside
            ``with Session(...)`` it may be left out.
        options: `SamplerOptions`, or a dict of them.
    """

    options_type = SamplerOptions
    _options: SamplerOptions

    @property
    def options(self) -> SamplerOptions:
        """Options of the next run."""
        return self._options

    @options.setter
    def options(self, value: SamplerOptions | Mapping[str, Any]) -> None:
        self._options = SamplerOptions.of(value)

    def run(
        self,
        pubs: Iterable[SamplerPubLike],
        *,
        shots: int | None = None,
        callback: Callable[[str, Partial], None] | None = None,
    ) -> Job:
        """Sample pubs.

        Args:
            pubs: Circuits with parameter values that broadcast as in Qiskit's primitives. An abstract
                circuit is transpiled once; an ISA circuit is left as it is. In place of a circuit an
                OpenQASM 3 text may stand, with or without OpenPulse.
            shots: Shots of pubs that do not say; else ``options.default_shots``.
            callback: Called with the job's id and a `Partial` whenever data come in.

        Returns:
            A job; ``result()[i].data`` holds a ``BitArray`` per classical register.

        Raises:
            InputError: If a pub cannot be used.
            CapabilityError: If the backend cannot do what a pub or an option asks.
        """
        _check_given_shots(shots)
        here = placed(pubs, self._mode.backend)
        there = self if here.backend is self._mode.backend else self._on(here.backend)
        made = coerced(here.pubs, lambda pub: sampler_pub(pub, shots), _FORM)
        return submit(there._work(made, callback), there._mode)  # noqa: SLF001 - itself, or a copy of itself

    def plan(self, pubs: Iterable[SamplerPubLike], *, shots: int | None = None) -> Forecast:
        """What `run` would do with these pubs and what it would cost; nothing runs.

        Args:
            pubs: As for `run`.
            shots: As for `run`.

        Returns:
            Passes and what each multiplies, circuits, shots, device time; prints as a table.

        Raises:
            InputError: If a pub cannot be used.
            CapabilityError: If the backend cannot do what a pub or an option asks.
        """
        _check_given_shots(shots)
        here = placed(pubs, self._mode.backend)
        if here.backend is not self._mode.backend:
            return self._on(here.backend).plan(here.pubs, shots=shots)
        made = coerced(here.pubs, lambda pub: sampler_pub(pub, shots), _FORM)
        return Pipeline.of("sampler", self._mode.backend, self._options).forecast(self.plan_of(made))

    def _work(self, pubs: list[SamplerPub], callback: Callable[[str, Partial], None] | None) -> Work:
        options, backend = self._options, self._mode.backend
        pipeline = Pipeline.of("sampler", backend, options)
        plan = pipeline.widen(self.plan_of(pubs))
        return Work(
            primitive="sampler",
            backend=backend,
            plan=plan,
            inputs=Inputs(
                circuits=[pub.circuit for pub in pubs],
                arrays=stored_values(pub.parameter_values for pub in pubs),
                data={"shots": [pub.shots for pub in pubs]},
            ),
            options=Later(options.copy().to_dict),
            tags=tuple(options.environment.job_tags),
            max_execution_time_s=options.max_execution_time_s,
            callback=callback,
            metadata=pipeline.metadata,
        )

    def plan_of(self, pubs: list[SamplerPub]) -> Plan:
        """The plan before any pass: one execution a pub."""
        options, backend = self._options, self._mode.backend
        capabilities = backend.capabilities
        options.check(capabilities, backend.name)
        level = MeasLevel(options.execution.meas_type)
        if level not in capabilities.meas_levels:
            raise CapabilityError(
                f"options.execution.meas_type is '{level}', which backend '{backend.name}' does not return.",
                remedy=f"It returns {', '.join(sorted(capabilities.meas_levels))}.",
            )
        seeds = spread_seeds(options.simulator.seed_simulator, len(pubs))
        device_settings = settings(options.execution)
        outlines, executions = [], []
        for index, pub in enumerate(pubs):
            shots = options.default_shots if pub.shots is None else pub.shots
            check_shots(index, shots, capabilities, backend.name, "per point")
            circuit = kit_of(backend).isa.get(pub.circuit, options.transpilation.how())
            values = parameter_values(index, pub.parameter_values, circuit)
            metadata = {"shots": shots, "circuit_metadata": pub.circuit.metadata, **backend.describe()}
            outlines.append(
                SamplerOutline(circuit=circuit, shape=pub.shape, shots=shots, meas_level=level, metadata=metadata)
            )
            check_register_names(index, circuit)
            if not circuit.cregs:
                warnings.warn(
                    f"Pub {index} has no output classical registers, so its result is empty. "
                    "Did you mean to add measurements (circuit.measure_all())?",
                    stacklevel=4,
                )
            if not circuit.cregs or not pub.size:
                continue
            executions.append(
                Execution(
                    circuit=circuit,
                    values=values,
                    shots=shots,
                    meas_level=level,
                    seed=seeds[index],
                    settings=device_settings,
                    axes=("param",),
                    pub=index,
                )
            )
        return Plan(executions=tuple(executions), fold=SamplerFold(outlines=tuple(outlines)), num_pubs=len(pubs))


def _check_given_shots(shots: Any) -> None:
    if shots is not None and (isinstance(shots, bool) or not hasattr(shots, "__index__") or shots < 1):
        raise InputError(f"shots is {shots!r}.", remedy="Shots are a whole number of at least 1.")
