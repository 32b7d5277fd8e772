# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a quantum program, said before anything is sampled or runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from feedline.capabilities import MeasLevel
from feedline.errors import CapabilityError, InputError, nearest
from feedline.isa import check_control_flow, check_isa

if TYPE_CHECKING:
    from feedline.processor import Backend

    from .quantum_program import Asked


def check_program(program: Any, backend: Backend) -> MeasLevel:
    """Refuse what cannot run, before anything is sampled; return the measurement level."""
    from .quantum_program import is_item, is_program

    if not is_program(program):
        raise InputError(
            f"Executor.run was given a {type(program).__name__}.",
            remedy="Pass a samplomatic.quantum_program.QuantumProgram; Sampler and Estimator take pubs.",
        )
    if not program.items:
        raise InputError("The quantum program has no items.", remedy="Append a circuit item or a samplex item.")
    _check_shots(program.shots, backend)
    for index, item in enumerate(program.items):
        if not is_item(item):
            raise InputError(
                f"Program item {index} is a {type(item).__name__}.",
                remedy="Use CircuitItem or SamplexItem of samplomatic.quantum_program.",
            )
        circuit, chunk_size = item.circuit, item.chunk_size
        if not circuit.cregs:
            raise InputError(
                f"Program item {index}, circuit '{circuit.name}', has no classical register.",
                remedy="Measure into a register: results are named by registers.",
            )
        if chunk_size is not None and (isinstance(chunk_size, bool) or chunk_size < 1):
            raise InputError(
                f"Program item {index} has chunk_size {chunk_size!r}.",
                remedy="Use a whole number from 1, or None.",
            )
        check_control_flow(circuit, backend)
        check_isa(backend.admit(circuit), backend.target)
    _check_tree(program.passthrough_data, "passthrough_data")
    return _level(program.meas_level, backend)


def _check_shots(shots: Any, backend: Backend) -> None:
    if isinstance(shots, bool) or not isinstance(shots, int | np.integer) or shots < 1:
        raise InputError(f"The quantum program asks for {shots!r} shots.", remedy="Use a whole number from 1.")
    most = backend.capabilities.max_shots
    if most is not None and shots > most:
        raise CapabilityError(
            f"The quantum program asks for {shots} shots, backend '{backend.name}' takes {most} at most.",
            remedy="Ask for fewer shots and more randomizations.",
        )


def _level(name: str, backend: Backend) -> MeasLevel:
    """The measurement level, if the backend has it."""
    known = [level.value for level in MeasLevel if level is not MeasLevel.RAW]  # quantum programs have no such level
    has = ", ".join(f"'{level}'" for level in known if level in backend.capabilities.meas_levels)
    if name not in (*known, "both"):
        raise InputError(f"The quantum program's meas_level is {name!r}.", remedy=nearest(str(name), known))
    if name == "both":
        raise CapabilityError(
            f"The quantum program asks for meas_level 'both', bits and IQ points of the same shots, "
            f"which backend '{backend.name}' does not return.",
            remedy=f"Run one program per level; the backend has {has}.",
        )
    if name not in backend.capabilities.meas_levels:
        raise CapabilityError(
            f"The quantum program asks for meas_level '{name}', backend '{backend.name}' does not have it.",
            remedy=f"Use {has}.",
        )
    return MeasLevel(name)


def check_values(asked: Asked, index: int) -> None:
    """Refuse parameter values that do not fit."""
    circuit, values = asked.circuit, asked.values
    if values.ndim == 0 or values.shape[-1] != circuit.num_parameters:
        raise InputError(
            f"Program item {index}: parameter values have shape {values.shape}, circuit '{circuit.name}' "
            f"has {circuit.num_parameters} parameters.",
            remedy="The last axis holds one number per circuit parameter.",
        )
    if not np.isfinite(values).all():
        where = tuple(int(axis) for axis in np.argwhere(~np.isfinite(values))[0])
        raise InputError(
            f"Program item {index}, circuit '{circuit.name}': parameter value {where} is {values[where]}.",
            remedy="Check the sweep or the noise model that it came from.",
        )


def _check_tree(tree: Any, path: str) -> None:
    """Refuse passed-through data that would not come back from the job store as it was."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            _check_tree(value, f"{path}[{key!r}]")
    elif isinstance(tree, list | tuple):
        for index, value in enumerate(tree):
            _check_tree(value, f"{path}[{index}]")
    elif tree is not None and not isinstance(tree, str | bool | int | float | complex | np.ndarray | np.generic):
        raise InputError(
            f"{path} is a {type(tree).__name__}, which cannot be stored with the job.",
            remedy="Use dicts, lists, NumPy arrays, strings, numbers, booleans and None.",
        )
