# SPDX-License-Identifier: Apache-2.0
"""A guard against options that are set in the wrong place."""

from __future__ import annotations

from typing import Any

import attrs

from feedline.errors import OptionError, nearest


class Guarded:
    """Refuses attributes that a primitive does not have: a misspelt option must not be lost."""

    options: Any

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and not hasattr(type(self), name):
            kind = type(self).__name__
            if name in attrs.fields_dict(type(self.options)):
                remedy = f"It is an option: set .options.{name}."
            else:
                remedy = nearest(name, ["options"])
            raise OptionError(f"{kind} has no attribute '{name}'.", remedy=remedy)
        super().__setattr__(name, value)
