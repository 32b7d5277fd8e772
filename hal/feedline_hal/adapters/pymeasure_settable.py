# SPDX-License-Identifier: Apache-2.0
"""A pymeasure instrument as a `Settable`; pymeasure itself is not imported.

Source: PyMeasure documentation, ``Instrument.id``, ``Instrument.control``, ``VISAAdapter.close``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

from .adapted_settable import AdaptedSettable
from .object_transport import ObjectTransport


class PymeasureTransport(ObjectTransport):
    """Sets and gets properties."""

    def set_value(self, parameter: str, value: object) -> None:
        """``instrument.parameter = value``."""
        *path, last = parameter.split(".")
        owner = reduce(getattr, path, self.instrument)
        getattr(type(owner), last)  # a misspelt name would become a new attribute, and nothing would be sent
        setattr(owner, last, value)

    def get_value(self, parameter: str) -> object:
        """``instrument.parameter``."""
        return reduce(getattr, parameter.split("."), self.instrument)

    def identity(self) -> str:
        """``instrument.id``."""
        return str(self.instrument.id)

    def release(self) -> None:
        """``instrument.adapter.close()``."""
        self.instrument.adapter.close()


class PymeasureSettable(AdaptedSettable):
    """Sets properties of a pymeasure instrument.

    .. code-block:: python

        PymeasureSettable(
            YokogawaGS200(address),
            {"is_on": "source_enabled", "level_v": Adapted(parameter="source_level", safe=0.0, step=5e-3)},
            limits={"level_v": (-0.5, 0.5)},
            name="flux1",
        )
    """

    @classmethod
    def transport_to(cls, instrument: Any, name: str, words: Mapping[str, Mapping[float, object]]) -> ObjectTransport:
        """What sets and reads the instrument's properties."""
        return PymeasureTransport(instrument, name, words)
