# SPDX-License-Identifier: Apache-2.0
"""Annotations before statements: the few that are known, each where it means something."""

from __future__ import annotations

from typing import Any

import attrs

from feedline.errors import nearest
from feedline_hal.errors import OpenPulseError

from .context import Context
from .expression import evaluate
from .kind import Kind, Typed, converted, definite
from .syntax import error_at, parse_expression

KNOWN = {
    "feedline.bounds": "before a defcal",
    "feedline.error": "before a defcal",
    "feedline.rate": "before a list of samples",
}


@attrs.frozen(slots=True)
class Note:
    """An annotation: its name, the rest of its line, and where it stands."""

    keyword: str
    command: str
    span: Any


def annotations_of(node: Any, allowed: set[str]) -> dict[str, Note]:
    """The annotations of a statement by name, if each may be given once.

    Args:
        node: The statement.
        allowed: Names of those that mean something before it.

    Raises:
        OpenPulseError: If one is unknown, misplaced, or given twice.
    """
    found: dict[str, Note] = {}
    for note in all_annotations(node, allowed):
        if note.keyword in found:
            raise error_at(note, f"@{note.keyword} is given twice.", remedy="Give it once.")
        found[note.keyword] = note
    return found


def all_annotations(node: Any, allowed: set[str]) -> list[Note]:
    """The same, in order, where one may be given more than once."""
    notes = [_note(annotation) for annotation in getattr(node, "annotations", None) or ()]
    for note in notes:
        if note.keyword in allowed:
            continue
        if note.keyword in KNOWN:
            raise error_at(note, f"@{note.keyword} means nothing here.", remedy=f"It stands {KNOWN[note.keyword]}.")
        raise error_at(note, f"The annotation @{note.keyword} is not known.", remedy=nearest(note.keyword, KNOWN))
    return notes


def number_of(text: str, note: Note, context: Context) -> float:
    """A number in an annotation: ``1e-4``, ``-pi/2``.

    Raises:
        OpenPulseError: If it is none; with the annotation's place.
    """
    what = f"@{note.keyword}"
    try:
        typed = evaluate(parse_expression(text), context)
        value = converted(Typed(typed.kind, definite(typed, note, what)), Kind.FLOAT, note, what)
    except OpenPulseError:
        raise error_at(note, f"{what}: '{text}' is no number.", remedy="Write a finite number: 2e-4, -pi/2.") from None
    return float(value)


def _note(annotation: Any) -> Note:
    keyword, command = annotation.keyword, (annotation.command or "").strip()
    if command.startswith("."):  # the grammar of bodies splits names at the dot
        rest, _, command = command.partition(" ")
        keyword += rest
    return Note(keyword, command.strip(), annotation.span)
