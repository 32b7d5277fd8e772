# SPDX-License-Identifier: Apache-2.0
"""A QCoDeS instrument as a `Settable`; QCoDeS itself is not imported.

Source: QCoDeS documentation, ``Instrument.get_idn``, ``Parameter.set``, ``Parameter.get``, ``Instrument.close``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

from .adapted_settable import AdaptedSettable
from .object_transport import ObjectTransport


class QcodesTransport(ObjectTransport):
    """Sets and gets parameters."""

    def set_value(self, parameter: str, value: object) -> None:
        """``instrument.parameter.set(value)``."""
        self._found(parameter).set(value)

    def get_value(self, parameter: str) -> object:
        """``instrument.parameter.get()``."""
        value: object = self._found(parameter).get()
        return value

    def identity(self) -> str:
        """From ``get_idn``."""
        found = self.instrument.get_idn()
        return ",".join(str(found.get(key) or "") for key in ("vendor", "model", "serial", "firmware"))

    def release(self) -> None:
        """``instrument.close()``."""
        self.instrument.close()

    def _found(self, parameter: str) -> Any:
        return reduce(getattr, parameter.split("."), self.instrument)


class QcodesSettable(AdaptedSettable):
    """Sets parameters of a QCoDeS instrument.

    .. code-block:: python

        QcodesSettable(
            RohdeSchwarzSGS100A("lo1", address),
            {"frequency_hz": "frequency", "power_dbm": "power", "is_on": "status"},
            limits={"frequency_hz": (1e6, 12.75e9), "power_dbm": (-120, 10)},
        )
    """

    @classmethod
    def transport_to(cls, instrument: Any, name: str, words: Mapping[str, Mapping[float, object]]) -> ObjectTransport:
        """What sets and reads the instrument's parameters."""
        return QcodesTransport(instrument, name, words)
