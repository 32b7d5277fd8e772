# SPDX-License-Identifier: Apache-2.0
"""What Sampler, Estimator and Executor share: where they run, and no option set in the wrong place."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import attrs

from feedline.errors import OptionError, nearest
from feedline.options.primitive import CommonOptions
from feedline.processor import Backend
from feedline.runtime.mode import resolve_mode


class Primitive:
    """Runs on a backend, or in a session or batch; refuses attributes that it does not have.

    Args:
        mode: A backend (any Qiskit ``BackendV2``), its name, a session or a batch; inside
            ``with Session(...)`` it may be left out.
        options: The primitive's options, or a dict of them.
    """

    options_type: ClassVar[type[CommonOptions]]
    """Class of its options."""

    _options: Any

    def __init__(self, mode: Any = None, options: CommonOptions | Mapping[str, Any] | None = None) -> None:
        self._mode = resolve_mode(mode)
        self._options = self.options_type.of(options)

    def backend(self) -> Backend:
        """The backend that it runs on."""
        return self._mode.backend

    @property
    def _backend(self) -> Backend:
        """The same where clients look for it, qiskit-experiments for one: Qiskit's own primitives keep it here."""
        return self._mode.backend

    @property
    def mode(self) -> Any:
        """The session or batch that it runs in, or ``None``."""
        return self._mode.session

    def _on(self, backend: Backend) -> Self:
        """The same, in the same session if there is one, on another description of the processor."""
        moved = copy.copy(self)
        moved._mode = attrs.evolve(self._mode, backend=backend)  # noqa: SLF001 - a copy of itself
        return moved

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and not hasattr(type(self), name):
            is_option = name in attrs.fields_dict(self.options_type)
            remedy = f"It is an option: set .options.{name}." if is_option else nearest(name, ["options"])
            raise OptionError(f"{type(self).__name__} has no attribute '{name}'.", remedy=remedy)
        super().__setattr__(name, value)
