# SPDX-License-Identifier: Apache-2.0
"""Writes a new plugin: a package that installs and passes its own tests before a line is changed."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from string import Template

import attrs

from feedline.errors import InputError, StoreError, nearest

KINDS = ("backend", "pass", "driver")
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LONGEST = 64
_MARK = ".template"


@attrs.frozen(slots=True)
class PluginName:
    """The forms of a plugin's name: ``acme-lab``, ``acme_lab``, ``AcmeLab``."""

    dashed: str

    @classmethod
    def parse(cls, text: str, kind: str) -> PluginName:
        """Read a name.

        Raises:
            InputError: If it cannot be the name of a package, or is taken by an installed one.
        """
        dashed = text.removeprefix("feedline-").removeprefix("feedline_").replace("_", "-")
        if not _NAME.fullmatch(dashed):
            raise InputError(
                f"Plugin name {text!r} cannot be the name of a package.",
                remedy="Use small letters, digits and dashes, a letter first: acme, acme-lab, zne2.",
            )
        if len(dashed) > _LONGEST:
            raise InputError(
                f"Plugin name '{dashed[:20]}...' has {len(dashed)} characters.",
                remedy=f"Use {_LONGEST} at most: folders, modules and classes are named after it.",
            )
        if kind == "driver" and "-" not in dashed:
            dashed = f"{dashed}-awg100"  # a driver is named after maker and model; the author knows the model
        name = cls(dashed)
        if find_spec(name.package) is not None:
            raise InputError(
                f"A package '{name.package}' is installed already.",
                remedy="Choose another name, or uninstall it.",
            )
        return name

    @property
    def snake(self) -> str:
        """``acme_lab``: modules and entry points."""
        return self.dashed.replace("-", "_")

    @property
    def package(self) -> str:
        """``feedline_acme_lab``: what is imported."""
        return f"feedline_{self.snake}"

    @property
    def camel(self) -> str:
        """``AcmeLab``: classes."""
        return "".join(part.capitalize() for part in self.dashed.split("-"))


def write_plugin(text: str, kind: str, into: Path) -> Path:
    """Write a new plugin package.

    Args:
        text: Its name.
        kind: ``backend``, ``pass`` or ``driver``.
        into: The folder in which its own folder is made.

    Returns:
        Its folder.

    Raises:
        InputError: If the name or kind cannot be used, or its folder exists.
        StoreError: If it cannot be written.
    """
    if kind not in KINDS:
        raise InputError(f"There is no kind of plugin '{kind}'.", remedy=nearest(kind, KINDS))
    name = PluginName.parse(text, kind)
    folder = into.expanduser().resolve() / f"feedline-{name.dashed}"
    if folder.exists():
        raise InputError(f"'{folder}' exists already.", remedy="Nothing was written. Choose another name or --into.")
    words = {
        "dashed": name.dashed,
        "snake": name.snake,
        "package": name.package,
        "Camel": name.camel,
        "kind": kind,
    }
    template = files("feedline.scaffold") / "template"
    made = {**_filled(template / "common", words), **_filled(template / kind, words)}
    try:
        for path, content in made.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"'{folder}' cannot be written: {error.strerror or error}.",
            remedy="Choose another folder with --into.",
        ) from error
    return folder


def _filled(root: Traversable, words: dict[str, str], prefix: str = "") -> dict[str, str]:
    """Template files by the path that they are written to."""
    made: dict[str, str] = {}
    for item in root.iterdir():
        name = Template(item.name.removesuffix(_MARK).replace("PACKAGE", "$package").replace("SNAKE", "$snake"))
        path = prefix + name.substitute(words)
        if item.is_dir():
            made |= _filled(item, words, f"{path}/")
        elif item.name.endswith(_MARK):
            made[path] = Template(item.read_text(encoding="utf-8")).substitute(words)
    return made
