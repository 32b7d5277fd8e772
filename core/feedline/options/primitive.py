# SPDX-License-Identifier: Apache-2.0
"""Options of Sampler, Estimator and Executor: today's client-side names, nesting and defaults.

Source: qiskit-ibm-runtime 0.51, the client-side option models (names and defaults only). Options that
name what does not exist here yet are not listed; setting one is refused, never ignored.
"""

from __future__ import annotations

from typing import Any

import attrs

from feedline.capabilities import Capabilities, MeasLevel
from feedline.errors import CapabilityError
from feedline.isa import Transpilation

from .duration import seconds
from .group import OptionGroup, flag, number, one_of, option_group, texts
from .resilience import ResilienceOptions


@option_group
class ExecutionOptions(OptionGroup):
    """How the device runs each shot.

    Attributes:
        init_qubits: Reset the qubits before each shot.
        rep_delay: Seconds between shots; ``None`` leaves it to the backend.
        scheduler_timing: Return the timing of the compiled schedule.
        stretch_values: Return the values that stretches got.
    """

    init_qubits: bool = attrs.field(default=True, validator=flag())
    rep_delay: float | None = attrs.field(default=None, validator=number(float, least=0, optional=True))
    scheduler_timing: bool = attrs.field(default=False, validator=flag())
    stretch_values: bool = attrs.field(default=False, validator=flag())


@option_group
class SamplerExecutionOptions(ExecutionOptions):
    """How the device runs each shot, and how far measurements are processed.

    Attributes:
        meas_type: ``classified`` (bits), ``kerneled`` (an IQ point a shot), ``avg_kerneled``, or ``raw``
            (the recorded samples of every shot; ours, today's client-side options end before it).
    """

    meas_type: str = attrs.field(default="classified", validator=one_of(*(level.value for level in MeasLevel)))


@option_group
class EnvironmentOptions(OptionGroup):
    """What the job record says.

    Attributes:
        job_tags: Labels to find the job by.
    """

    job_tags: list[str] = attrs.field(factory=list, validator=texts)


@option_group
class SimulatorOptions(OptionGroup):
    """What only simulators take.

    Attributes:
        seed_simulator: Seed of the shots; refused by backends that cannot be seeded.
    """

    seed_simulator: int | None = attrs.field(default=None, validator=number(int, least=0, optional=True))


@option_group
class TranspilationOptions(OptionGroup):
    """How abstract circuits become ISA circuits; ISA circuits are never touched.

    Attributes:
        enable: ``False`` refuses abstract circuits.
        optimization_level: Qiskit's, 0 to 3.
        seed_transpiler: Seed of Qiskit's transpiler.
    """

    enable: bool = attrs.field(default=True, validator=flag())
    optimization_level: int = attrs.field(default=2, validator=one_of(0, 1, 2, 3))
    seed_transpiler: int | None = attrs.field(default=None, validator=number(int, least=0, optional=True))

    def how(self) -> Transpilation:
        """The same as a key for the cache of ISA circuits."""
        return Transpilation(self.enable, self.optimization_level, self.seed_transpiler)


def _execution_time(group: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if value is not None:
        seconds(value, f"{type(group).__name__}.{field.name}")


@option_group
class CommonOptions(OptionGroup):
    """What all primitives share.

    Attributes:
        max_execution_time: Device time after which the job is stopped, in seconds or text ("10m").
        environment: See `EnvironmentOptions`.
        simulator: See `SimulatorOptions`.
    """

    max_execution_time: float | str | None = attrs.field(default=None, validator=_execution_time)
    environment: EnvironmentOptions = attrs.field(factory=EnvironmentOptions)
    simulator: SimulatorOptions = attrs.field(factory=SimulatorOptions)

    @property
    def max_execution_time_s(self) -> float | None:
        """`max_execution_time` in seconds."""
        value = self.max_execution_time
        return None if value is None else seconds(value, "max_execution_time")

    def check(self, capabilities: Capabilities, backend_name: str) -> None:
        """Refuse what the backend does not do.

        Raises:
            CapabilityError: Names the option and what the backend has.
        """
        self.environment.job_tags = self.environment.job_tags  # checks what was appended in place
        if self.simulator.seed_simulator is not None and not capabilities.seeded:
            raise CapabilityError(
                f"options.simulator.seed_simulator is {self.simulator.seed_simulator}, "
                f"but backend '{backend_name}' cannot be seeded.",
                remedy="Leave the seed out; shots of a device are random.",
            )
        execution = getattr(self, "execution", None)
        if execution is None:
            return
        for name in sorted(settings(execution).keys() - capabilities.settings):
            raise CapabilityError(
                f"options.execution.{name} is {getattr(execution, name)!r}, but backend '{backend_name}' "
                "does not take that option.",
                remedy=f"It takes {', '.join(sorted(capabilities.settings)) or 'none of options.execution'}.",
            )


@option_group
class SamplerOptions(CommonOptions):
    """Options of `Sampler`.

    Attributes:
        default_shots: Shots of a pub that says none.
        resilience_level: Which named list of passes is applied; 0 is none.
        execution: See `SamplerExecutionOptions`.
        resilience: See `ResilienceOptions`.
        transpilation: See `TranspilationOptions`.
    """

    default_shots: int = attrs.field(default=4096, validator=number(int, least=1))
    resilience_level: int = attrs.field(default=0, validator=number(int, least=0))
    execution: SamplerExecutionOptions = attrs.field(factory=SamplerExecutionOptions)
    resilience: ResilienceOptions = attrs.field(factory=ResilienceOptions)
    transpilation: TranspilationOptions = attrs.field(factory=TranspilationOptions)


@option_group
class EstimatorOptions(CommonOptions):
    """Options of `Estimator`.

    Attributes:
        default_precision: Standard error asked for by a pub that says none; 0 for exact values.
        default_shots: Shots of every measured basis instead; overrides the default precision.
        resilience_level: Which named list of passes is applied; 0 is none.
        execution: See `ExecutionOptions`.
        resilience: See `ResilienceOptions`.
        transpilation: See `TranspilationOptions`.
    """

    default_precision: float = attrs.field(default=0.015625, validator=number(float, least=0))
    default_shots: int | None = attrs.field(default=None, validator=number(int, least=1, optional=True))
    resilience_level: int = attrs.field(default=0, validator=number(int, least=0))
    execution: ExecutionOptions = attrs.field(factory=ExecutionOptions)
    resilience: ResilienceOptions = attrs.field(factory=ResilienceOptions)
    transpilation: TranspilationOptions = attrs.field(factory=TranspilationOptions)


@option_group
class ExecutorOptions(CommonOptions):
    """Options of `Executor`; shots and measurement level are the program's own.

    Attributes:
        execution: See `ExecutionOptions`.
    """

    execution: ExecutionOptions = attrs.field(factory=ExecutionOptions)


def settings(execution: ExecutionOptions) -> dict[str, Any]:
    """What of ``options.execution`` differs from the defaults and concerns the device."""
    changed = execution.changed()
    changed.pop("meas_type", None)
    return changed
