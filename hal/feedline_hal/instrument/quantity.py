# SPDX-License-Identifier: Apache-2.0
"""Quantities: what an instrument puts out or sets, by name."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True, slots=True)
class Quantity:
    """One quantity of an instrument.

    Names carry the unit, and the output before it where there are several: ``frequency_hz``, ``ch2_power_dbm``,
    ``ch1_voltage_v``, ``ch1_slew_v_per_s``, ``level_v_per_s``, ``a_duty``.

    Attributes:
        name: Its name.
        low, high: What the instrument can do, by its manual.
        is_output: Whether it reaches the device, so that a rack file must say what is safe.
        is_setting: Whether a rack file may give it a value.
        choices: The values that there are; empty for any.
    """

    name: str
    low: float
    high: float
    is_output: bool = True
    is_setting: bool = True
    choices: tuple[float, ...] = ()
