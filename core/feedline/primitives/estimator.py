# SPDX-License-Identifier: Apache-2.0
"""Estimator: expectation values of observables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.primitives import BaseEstimatorV2, EstimatorPubLike
from qiskit.primitives.containers.estimator_pub import EstimatorPub

from feedline.errors import CapabilityError, InputError
from feedline.estimation.fold import EstimatorFold, EstimatorPlace, PubOutline
from feedline.estimation.template import Block, shots_per_basis
from feedline.execution import Execution
from feedline.forecast import Forecast
from feedline.kit import kit_of
from feedline.options.primitive import EstimatorOptions, settings
from feedline.pipeline import Pipeline
from feedline.plan import Plan
from feedline.program_text import placed
from feedline.runtime.job import Job
from feedline.runtime.submit import submit
from feedline.work import Inputs, Later, Partial, Work

from .ask import check_shots, coerced, parameter_values, spread_seeds, stored_values
from .coerce import estimator_pub
from .primitive import Primitive

_FORM = "(circuit, observables[, parameter_values[, precision]])"


class Estimator(Primitive, BaseEstimatorV2):
    """Estimates expectation values on any backend: Qiskit's ``BaseEstimatorV2``.

    Args:
        mode: A backend (any Qiskit ``BackendV2``), its name, a session or a batch; inside
            ``with Session(...)`` it may be left out.
        options: `EstimatorOptions`, or a dict of them.
    """

    options_type = EstimatorOptions
    _options: EstimatorOptions

    @property
    def options(self) -> EstimatorOptions:
        """Options of the next run."""
        return self._options

    @options.setter
    def options(self, value: EstimatorOptions | Mapping[str, Any]) -> None:
        self._options = EstimatorOptions.of(value)

    def run(
        self,
        pubs: Iterable[EstimatorPubLike],
        *,
        precision: float | None = None,
        callback: Callable[[str, Partial], None] | None = None,
    ) -> Job:
        """Estimate pubs.

        Args:
            pubs: Circuits, observables and parameter values that broadcast as in Qiskit's primitives.
                Observables are Paulis, projectors or sums of them, on the qubits of the circuit as given.
                In place of a circuit an OpenQASM 3 text may stand, with or without OpenPulse.
            precision: Standard error asked for by pubs that do not say; no state gives a larger one.
                0 asks for exact values. Else ``options.default_shots`` or ``default_precision``.
            callback: Called with the job's id and a `Partial` whenever data come in.

        Returns:
            A job; ``result()[i].data`` holds ``evs`` and ``stds``.

        Raises:
            InputError: If a pub cannot be used.
            CapabilityError: If the backend cannot do what a pub or an option asks.
        """
        _check_precision(precision)
        here = placed(pubs, self._mode.backend)
        if here.backend is not self._mode.backend:
            return self._on(here.backend).run(here.pubs, precision=precision, callback=callback)
        made = coerced(here.pubs, lambda pub: estimator_pub(pub, precision), _FORM)
        options, backend = self._options, self._mode.backend
        pipeline = Pipeline.of("estimator", backend, options)
        plan = pipeline.widen(self.plan_of(made))
        work = Work(
            primitive="estimator",
            backend=backend,
            plan=plan,
            inputs=_inputs(made),
            options=Later(options.copy().to_dict),
            tags=tuple(options.environment.job_tags),
            max_execution_time_s=options.max_execution_time_s,
            callback=callback,
            metadata=pipeline.metadata,
        )
        return submit(work, self._mode)

    def plan(self, pubs: Iterable[EstimatorPubLike], *, precision: float | None = None) -> Forecast:
        """What `run` would do with these pubs and what it would cost; nothing runs.

        Args:
            pubs: As for `run`.
            precision: As for `run`.

        Returns:
            Passes and what each multiplies, circuits, shots, expected standard errors, device time; prints as a table.

        Raises:
            InputError: If a pub cannot be used.
            CapabilityError: If the backend cannot do what a pub or an option asks.
        """
        _check_precision(precision)
        here = placed(pubs, self._mode.backend)
        if here.backend is not self._mode.backend:
            return self._on(here.backend).plan(here.pubs, precision=precision)
        made = coerced(here.pubs, lambda pub: estimator_pub(pub, precision), _FORM)
        pipeline = Pipeline.of("estimator", self._mode.backend, self._options)
        return pipeline.forecast(self.plan_of(made), [_wanted(pub.precision, self._options)[0] for pub in made])

    def plan_of(self, pubs: list[EstimatorPub]) -> Plan:
        """The plan before any pass: one execution per measured basis."""
        self._options.check(self._mode.backend.capabilities, self._mode.backend.name)
        outlines: list[PubOutline] = []
        executions: list[Execution] = []
        for index, pub in enumerate(pubs):
            outline, mine = self._pub(index, pub)
            outlines.append(outline)
            executions += mine
        seed = self._options.simulator.seed_simulator
        if seed is not None:
            seeds = spread_seeds(seed, len(executions))
            executions = [attrs.evolve(e, seed=own) for e, own in zip(executions, seeds, strict=True)]
        return Plan(executions=tuple(executions), fold=EstimatorFold(outlines=tuple(outlines)), num_pubs=len(pubs))

    def _pub(self, index: int, pub: EstimatorPub) -> tuple[PubOutline, list[Execution]]:
        options, backend = self._options, self._mode.backend
        kit = kit_of(backend)
        precision, shots = _wanted(pub.precision, options)
        exact = precision == 0
        if exact and not backend.capabilities.exact_expectation:
            raise CapabilityError(
                f"Pub {index} asks for precision 0, but backend '{backend.name}' has no exact expectation values.",
                remedy="Ask for a precision above 0; a device has shots only.",
            )
        isa = kit.isa.get(pub.circuit, options.transpilation.how())
        layout = _layout(pub.circuit, isa)
        observables = pub.observables.sparse_observables_array()
        blocks = kit.templates.get(isa, layout, observables, exact, pub.parameter_values.shape)
        values = parameter_values(index, pub.parameter_values, isa)
        executions = []
        total = 0
        for number, block in enumerate(blocks):
            for made in self._block(index, number, block, values, precision, shots):
                check_shots(index, made.shots, backend.capabilities, backend.name, "in one basis")
                total += made.shots * made.size
                executions.append(made)
        metadata = {
            "target_precision": precision,
            "circuit_metadata": pub.circuit.metadata,
            "shots": total,
            **backend.describe(),
        }
        return PubOutline(shape=pub.shape, blocks=blocks, exact=exact, metadata=metadata), executions

    def _block(
        self,
        index: int,
        number: int,
        block: Block,
        values: NDArray[np.float64],
        precision: float | None,
        shots: int | None,
    ) -> Iterable[Execution]:
        everything = len(block.family.points) == len(values)
        mine = values if everything else values[block.family.points]
        device_settings = settings(self._options.execution)
        if precision == 0:
            yield Execution(
                circuit=block.circuit,
                values=mine,
                shots=0,
                memory=False,
                observables=block.operators,
                settings=device_settings,
                axes=("param",),
                pub=index,
                tag=EstimatorPlace(block=number, basis=0),
            )
            return
        split = [shots] * len(block.bases) if shots is not None else shots_per_basis(block, precision)  # type: ignore[arg-type]  # one of both is set
        for place, (basis, count) in enumerate(zip(block.bases, split, strict=True)):
            yield Execution(
                circuit=basis.circuit,
                values=mine,
                shots=count,
                memory=False,
                settings=device_settings,
                axes=("param",),
                pub=index,
                reading=basis.reading,
                tag=EstimatorPlace(block=number, basis=place),
            )


def _wanted(precision: float | None, options: EstimatorOptions) -> tuple[float | None, int | None]:
    """Precision, or shots per basis: the pub's precision first, then ``default_shots``, then the default."""
    if precision is not None:
        _check_precision(precision)
        return float(precision), None
    if options.default_shots is not None:
        return None, options.default_shots
    return options.default_precision, None


def _layout(circuit: QuantumCircuit, isa: QuantumCircuit) -> list[int] | None:
    """Where our transpilation put the circuit's qubits; a circuit that was ISA stayed as it was."""
    if isa.layout is None or isa.layout is circuit.layout:
        return None
    placed: list[int] = isa.layout.final_index_layout(filter_ancillas=True)
    return placed


def _inputs(pubs: list[EstimatorPub]) -> Inputs:
    return Inputs(
        circuits=[pub.circuit for pub in pubs],
        arrays=stored_values(pub.parameter_values for pub in pubs),
        data=Later(
            lambda: {
                "precision": [pub.precision for pub in pubs],
                "observables": [pub.observables.tolist() for pub in pubs],
            }
        ),
    )


def _check_precision(precision: Any) -> None:
    good = precision is None or (
        not isinstance(precision, bool) and hasattr(precision, "__float__") and 0 <= float(precision) < float("inf")
    )
    if not good:
        raise InputError(
            f"precision is {precision!r}.",
            remedy="Precision is a standard error: a number above 0, or 0 for exact values.",
        )
