# SPDX-License-Identifier: Apache-2.0
"""The models of Keysight's 33500B and 33600A series that play sequences, and which one a rack file speaks of.

Source: Keysight 33600A and 33500B data sheets, "Arbitrary waveforms".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from feedline.errors import OptionError, nearest


@attrs.frozen(slots=True)
class Model:
    """What tells the models apart: channels, highest rate, shortest waveform, memory of a channel in samples."""

    channels: int
    rate_hz: float
    min_samples: int
    memory_samples: int


MODELS = {
    "33611A": Model(1, 660e6, 32, 4_000_000),
    "33612A": Model(2, 660e6, 32, 4_000_000),
    "33621A": Model(1, 1e9, 32, 4_000_000),
    "33622A": Model(2, 1e9, 32, 4_000_000),
    "33511B": Model(1, 250e6, 8, 1_000_000),
    "33512B": Model(2, 250e6, 8, 1_000_000),
    "33521B": Model(1, 250e6, 8, 1_000_000),
    "33522B": Model(2, 250e6, 8, 1_000_000),
}
_USUAL = {1: "33621A", 2: "33622A"}


def read_model(options: Mapping[str, Any] | None) -> tuple[Model, str]:
    """The model that options speak of, and its name.

    Raises:
        OptionError: For an option that there is not, or a value that it cannot have.
    """
    given = dict(options or {})
    known = ("channels", "model", "memory_samples")
    for name in given:
        if name not in known:
            raise OptionError(f"Keysight33600a has no option '{name}'.", remedy=nearest(name, known))
    asked = given.get("model")
    if asked is not None and asked not in MODELS:
        raise OptionError(f"Keysight33600a: model is {asked!r}.", remedy=f"Use one of {', '.join(MODELS)}.")
    channels = given.get("channels", 2 if asked is None else MODELS[asked].channels)
    if isinstance(channels, bool) or channels not in _USUAL:
        raise OptionError(f"Keysight33600a: channels is {channels!r}.", remedy="Use 1 or 2.")
    name = asked or _USUAL[channels]
    model = MODELS[name]
    if model.channels != channels:
        raise OptionError(f"Keysight33600a: a {name} has not {channels} channels.", remedy="Leave out channels.")
    memory = given.get("memory_samples", model.memory_samples)
    if isinstance(memory, bool) or not isinstance(memory, int) or not 0 < memory <= 64_000_000:
        raise OptionError(f"Keysight33600a: memory_samples is {memory!r}.", remedy="Use a number up to 64000000.")
    return attrs.evolve(model, memory_samples=memory), name
