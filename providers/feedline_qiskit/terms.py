# SPDX-License-Identifier: Apache-2.0
"""Terms: what a vendor's backend says of itself: the options that it knows, and its limits.

Nothing here runs anything, and nothing is found out by catching an exception.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import attrs
from qiskit.circuit import BreakLoopOp, ContinueLoopOp
from qiskit.providers import BackendV2
from qiskit.transpiler import Target

from feedline.capabilities import CONTROL_FLOW, EXECUTION_SETTINGS, Capabilities, MeasLevel, target_tokens

_BRANCHES = {"break_loop": BreakLoopOp, "continue_loop": ContinueLoopOp}


@attrs.frozen(slots=True, eq=False)
class Terms:
    """What ``backend.run`` may be given.

    Attributes:
        known: Options that it knows: those in ``backend.options``, and named parameters of ``run``.
        defaults: Values of ``backend.options``.
        takes_any: Whether ``run`` takes keywords that it does not name.
    """

    known: frozenset[str]
    defaults: Mapping[str, Any]
    takes_any: bool

    def takes_shots(self) -> bool:
        """Whether a number of shots can be asked for at all."""
        return "shots" in self.known or self.takes_any


def terms_of(backend: BackendV2) -> Terms:
    """Read the options of a backend and the signature of its ``run``."""
    parameters = list(inspect.signature(backend.run).parameters.values())
    named = {p.name for p in parameters[1:] if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    defaults = dict(backend.options)
    return Terms(
        known=frozenset(named | set(defaults)),
        defaults=defaults,
        takes_any=any(p.kind is p.VAR_KEYWORD for p in parameters),
    )


def capabilities_of(backend: BackendV2, target: Target) -> Capabilities:
    """What a backend declares.

    Per-shot memory is declared by an option ``memory``, seeds by an option ``seed_simulator``. IQ data
    are declared by an option ``meas_level`` together with a validator of it, or a configuration, that
    lists level 1; averages need an option ``meas_return`` besides.
    """
    terms = terms_of(backend)
    levels = {MeasLevel.CLASSIFIED}
    if "meas_level" in terms.known and 1 in _choices(backend, "meas_level", "meas_levels"):
        levels.add(MeasLevel.KERNELED)
        if "meas_return" in terms.known:
            levels.add(MeasLevel.AVG_KERNELED)
    return Capabilities(
        meas_levels=levels,
        control_flow=CONTROL_FLOW & set(target.operation_names),
        ordered_shots="memory" in terms.known,
        seeded="seed_simulator" in terms.known,
        settings=EXECUTION_SETTINGS & terms.known,
        max_shots=_max_shots(backend),
        max_circuits=backend.max_circuits,
        tokens=_tokens(target, levels),
    )


def target_of(backend: BackendV2) -> Target:
    """The backend's target; loop exits get the names that circuits give them."""
    target: Target = backend.target
    held = {name: target.operation_from_name(name) for name in target.operation_names}
    missing = {name: kind for name, kind in _BRANCHES.items() if kind in held.values() and name not in held}
    if not missing:
        return target
    named = _copy(target)
    for name, kind in missing.items():
        named.add_instruction(kind, name=name)
    return named


def _copy(target: Target) -> Target:
    copied = Target(
        num_qubits=target.num_qubits,
        dt=target.dt,
        granularity=target.granularity,
        min_length=target.min_length,
        pulse_alignment=target.pulse_alignment,
        acquire_alignment=target.acquire_alignment,
        qubit_properties=target.qubit_properties,
        concurrent_measurements=target.concurrent_measurements,
    )
    for name in target.operation_names:
        operation = target.operation_from_name(name)
        properties = None if isinstance(operation, type) else dict(target[name])
        copied.add_instruction(operation, properties, name=name)
    return copied


def _configuration(backend: BackendV2) -> Any:
    """The configuration object that some backends still carry, else ``None``."""
    configuration = getattr(backend, "configuration", None)
    return configuration() if callable(configuration) else configuration


def _choices(backend: BackendV2, option: str, listed_as: str) -> list[Any]:
    """Values that an option takes, as far as the backend lists them."""
    allowed = backend.options.validator.get(option)
    if isinstance(allowed, list):
        return allowed
    if isinstance(allowed, tuple):
        return list(range(int(allowed[0]), int(allowed[1]) + 1))
    return list(getattr(_configuration(backend), listed_as, None) or [])


def _max_shots(backend: BackendV2) -> int | None:
    allowed = backend.options.validator.get("shots")
    if isinstance(allowed, tuple):
        return int(allowed[1])
    most = getattr(_configuration(backend), "max_shots", None)
    return None if most is None else int(most)


def _tokens(target: Target, levels: set[MeasLevel]) -> frozenset[str]:
    tokens = target_tokens(target)
    if MeasLevel.KERNELED in levels:
        tokens |= {"meas.kerneled"}
    return tokens | {"meas.mid"} if "reset.conditional" in tokens else tokens
