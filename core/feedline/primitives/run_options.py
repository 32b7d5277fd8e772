# SPDX-License-Identifier: Apache-2.0
"""Options of plain ``backend.run``: Qiskit's names, checked before anything is submitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import attrs
import numpy as np

from feedline.capabilities import MeasLevel
from feedline.errors import CapabilityError, InputError, OptionError, nearest
from feedline.options.primitive import EnvironmentOptions, ExecutionOptions, settings

if TYPE_CHECKING:
    from feedline.processor import Backend

NAMES = ("shots", "memory", "meas_level", "meas_return", "seed_simulator", "rep_delay", "job_tags")


@attrs.frozen(kw_only=True, slots=True)
class RunOptions:
    """What was asked of one call.

    Attributes:
        shots: Of every circuit.
        memory: Whether single shots are asked for.
        level: How far measurements are processed.
        averages: Whether raw samples are averaged over the shots; IQ points come averaged from the device.
        seed: Of the shots, or ``None``.
        settings: What of ``options.execution`` concerns the device.
        tags: The user's labels.
    """

    shots: int
    memory: bool
    level: MeasLevel
    averages: bool
    seed: int | None
    settings: Mapping[str, Any]
    tags: tuple[str, ...]

    @classmethod
    def of(cls, options: Mapping[str, Any], backend: Backend) -> Self:
        """Check options as they were given.

        Raises:
            OptionError: If one is unknown, or has a value that it does not take.
            InputError: If shots are no whole number of at least 1.
            CapabilityError: If the backend does not have what is asked for.
        """
        for name in options:
            if name not in NAMES:
                raise OptionError(f"backend.run() has no option '{name}'.", remedy=nearest(name, NAMES))
        memory = options.get("memory", False)
        if not isinstance(memory, bool):
            raise OptionError(f"memory is {memory!r}.", remedy="It takes True or False.")
        return cls(
            shots=_shots(options.get("shots", 1024)),
            memory=memory,
            level=_level(options, backend),
            averages=options.get("meas_return") == "avg",
            seed=_seed(options.get("seed_simulator"), backend),
            settings=_settings(options.get("rep_delay"), backend),
            tags=tuple(EnvironmentOptions(job_tags=list(_listed(options.get("job_tags")))).job_tags),
        )


def _shots(shots: Any) -> int:
    if isinstance(shots, bool) or not hasattr(shots, "__index__") or shots < 1:
        raise InputError(f"shots is {shots!r}.", remedy="Shots are a whole number of at least 1.")
    return int(shots)


def _level(options: Mapping[str, Any], backend: Backend) -> MeasLevel:
    level, kind = options.get("meas_level", 2), options.get("meas_return", "single")
    if kind not in ("single", "avg"):
        raise OptionError(f"meas_return is {kind!r}.", remedy="It takes 'single' or 'avg'.")
    if isinstance(level, bool):
        level = None  # 1 == True
    if level in (2, "classified"):
        found = MeasLevel.CLASSIFIED
    elif level in (1, "kerneled"):
        found = MeasLevel.KERNELED if kind == "single" else MeasLevel.AVG_KERNELED
    elif level in (0, "raw"):
        found = MeasLevel.RAW
    else:
        raise OptionError(
            f"meas_level is {options['meas_level']!r}.",
            remedy="It takes 2 (classified bits), 1 (kerneled IQ points) or 0 (raw samples).",
        )
    if found not in backend.capabilities.meas_levels:
        raise CapabilityError(
            f"meas_level {options['meas_level']} ('{found}') is not returned by backend '{backend.name}'.",
            remedy=f"It returns {', '.join(sorted(backend.capabilities.meas_levels))}.",
        )
    return found


def _seed(seed: Any, backend: Backend) -> int | None:
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise OptionError(f"seed_simulator is {seed!r}.", remedy="It takes a whole number of at least 0, or None.")
    if not backend.capabilities.seeded:
        raise CapabilityError(
            f"seed_simulator is {seed}, but backend '{backend.name}' cannot be seeded.",
            remedy="Leave the seed out.",
        )
    return int(seed)


def _settings(rep_delay: Any, backend: Backend) -> dict[str, Any]:
    asked = settings(ExecutionOptions(rep_delay=rep_delay))
    if asked.keys() - backend.capabilities.settings:
        raise CapabilityError(
            f"rep_delay is {rep_delay!r}, but backend '{backend.name}' does not take that option.",
            remedy="Leave it out; shots follow each other as the backend has it.",
        )
    return asked


def _listed(tags: Any) -> Any:
    if tags is None:
        return ()
    if not isinstance(tags, list | tuple):
        raise OptionError(f"job_tags is {tags!r}.", remedy='It takes a list of texts: ["monday"].')
    return tags
