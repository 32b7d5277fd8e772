# SPDX-License-Identifier: Apache-2.0
"""The Aer backend: what it is made of, and what it can do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import qiskit_aer
from qiskit.transpiler import Target
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

from feedline.capabilities import CONTROL_FLOW, Capabilities, target_tokens
from feedline.processor import Backend

from .device import AerDevice
from .imitation import Imitation, imitation
from .settings import EXACT_METHODS, Settings
from .target import restricted

MAX_SHOTS = 10**9
"""Per point; more would not fit into memory shot by shot."""


class AerBackend(Backend):
    """A simulated processor on Qiskit Aer.

    Args:
        simulator: The configured ``AerSimulator``; its options are never changed.
        target: What circuits must be made of.
        seed: Seed of everything that runs without a seed of its own, or ``None``.
        description: One line.
    """

    def __init__(
        self, simulator: AerSimulator, target: Target, *, seed: int | None = None, description: str = ""
    ) -> None:
        super().__init__("aer", description=description, version=qiskit_aer.__version__)
        self.simulator = simulator
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self._target = target

    @property
    def target(self) -> Target:
        """Aer's instructions, or those of the imitated backend that Aer runs."""
        return self._target

    @property
    def method(self) -> str:
        """Aer's simulation method."""
        return str(self.simulator.options.method)

    @property
    def noise_model(self) -> NoiseModel | None:
        """The noise, or ``None`` if ideal."""
        model = getattr(self.simulator.options, "noise_model", None)
        return None if model is None or model.is_ideal() else model

    @cached_property
    def capabilities(self) -> Capabilities:
        """What Aer does with the chosen method."""
        return Capabilities(
            meas_levels={"classified"},
            control_flow=CONTROL_FLOW & set(self._target.operation_names),
            exact_expectation=self.method in EXACT_METHODS,
            seeded=True,
            max_shots=MAX_SHOTS,
            tokens={"meas.mid", *target_tokens(self._target)},
        )

    def open(self) -> AerDevice:
        """A device with random streams of its own."""
        return AerDevice(self)

    def describe(self) -> Mapping[str, Any]:
        """Name, version, method, and whether there is noise."""
        return {
            **super().describe(),
            "method": self.method,
            "noise": "ideal" if self.noise_model is None else "noise model",
            **({"exact_values": "without readout error"} if self._has_readout_error else {}),
        }

    @cached_property
    def _has_readout_error(self) -> bool:
        """Whether exact values, which are of the state, lack what measuring would add."""
        model = self.noise_model
        return model is not None and any(error["type"] == "roerror" for error in model.to_dict()["errors"])


def make_backend(settings: Settings) -> AerBackend:
    """An Aer backend from its settings."""
    model = None if settings.like is None else imitation(settings.like)
    noise_model = settings.noise_model
    if noise_model is None and model is not None:
        noise_model = model.noise_model
    options = {name: value for name, value in settings.engine.items() if value is not None}
    if noise_model is not None:
        options["noise_model"] = noise_model
    simulator = AerSimulator(method=settings.method, **options)
    if model is not None:
        whole = model.target
    elif settings.basis_gates is None:
        whole = simulator.target  # the gates that the noise model knows
    else:
        whole = AerSimulator(method=settings.method).target
    target = restricted(whole, settings)
    return AerBackend(
        simulator, target, seed=settings.seed, description=_description(settings.method, noise_model, model)
    )


def around(simulator: AerSimulator) -> AerBackend:
    """A backend around a user's own simulator, with the options that it has."""
    method = str(simulator.options.method)
    target = restricted(simulator.target, Settings(method=method))
    seed = getattr(simulator.options, "seed_simulator", None)
    return AerBackend(
        simulator, target, seed=None if seed is None else int(seed), description=f"{simulator.name}, as given"
    )


def _description(method: str, noise_model: NoiseModel | None, model: Imitation | None) -> str:
    noise = "ideal" if noise_model is None or noise_model.is_ideal() else "noisy"
    like = "" if model is None else f", like {model.name}"
    note = f" ({model.note})" if model is not None and model.note else ""
    return f"Qiskit Aer, {method}, {noise}{like}{note}"
