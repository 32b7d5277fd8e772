# SPDX-License-Identifier: Apache-2.0
"""Instruments that a lab already drives with another framework, as settable instruments of a rack."""

from .adapted_settable import Adapted, AdaptedSettable
from .pymeasure_settable import PymeasureSettable
from .qcodes_settable import QcodesSettable

__all__ = ["Adapted", "AdaptedSettable", "PymeasureSettable", "QcodesSettable"]
