# SPDX-License-Identifier: Apache-2.0
"""Imitation: the target and the noise of a backend that Aer is to behave like."""

from __future__ import annotations

import warnings
from typing import Any

import attrs
from qiskit.providers import BackendV2
from qiskit.transpiler import Target
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

from feedline.errors import InputError, OptionError


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Imitation:
    """What is taken over from a backend.

    Attributes:
        name: Its name.
        target: Its target; what Aer lacks is left out later.
        noise_model: Its noise as far as its target tells, else ``None``.
        note: What could not be taken over, for the description.
    """

    name: str
    target: Target
    noise_model: NoiseModel | None = None
    note: str = ""


def imitation(like: Any) -> Imitation:
    """Read a backend: any Qiskit ``BackendV2``, or the name of a Feedline backend.

    Raises:
        OptionError: If it is something else.
        InputError: If its target does not say how many qubits it has.
    """
    if isinstance(like, str):
        import feedline

        like = feedline.backend(like)
    if not isinstance(like, BackendV2):
        raise OptionError(f"like is {like!r}.", remedy="It takes a Qiskit BackendV2 object, or the name of a backend.")
    target = like.target
    if target is None or not target.num_qubits:
        raise InputError(
            f"Backend '{like.name}' cannot be imitated: its target gives no number of qubits.",
            remedy="Give coupling_map=, basis_gates= and noise_model= instead.",
        )
    own = _noise_of_simulator(like)
    if own is not None or isinstance(like, AerSimulator):
        return Imitation(name=like.name, target=target, noise_model=own)
    noise_model, note = _noise_of_target(like, target)
    return Imitation(name=like.name, target=target, noise_model=noise_model, note=note)


def _noise_of_simulator(like: BackendV2) -> NoiseModel | None:
    """The model of a backend that has one already (Aer's, or ours around it)."""
    model = getattr(like, "noise_model", None) or getattr(like.options, "noise_model", None)
    return model if isinstance(model, NoiseModel) and not model.is_ideal() else None


def _noise_of_target(like: BackendV2, target: Target) -> tuple[NoiseModel | None, str]:
    """Noise from error rates, T1 and T2; what the target does not say is left out, and said."""
    properties = target.qubit_properties or []
    relaxes = len(properties) == target.num_qubits and all(
        qubit is not None and qubit.t1 is not None and qubit.t2 is not None for qubit in properties
    )
    measure = target["measure"] if "measure" in target.operation_names else {}
    reads = all(known is None or known.error is not None for known in (measure or {}).values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "no QubitProperties": said in the description
        model = NoiseModel.from_backend(like, thermal_relaxation=relaxes, readout_error=reads)
    lacking = [what for known, what in ((relaxes, "relaxation (T1, T2)"), (reads, "readout error")) if not known]
    note = f"without {' and '.join(lacking)}, which it does not give" if lacking else ""
    return (None if model.is_ideal() else model), note
