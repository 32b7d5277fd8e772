# SPDX-License-Identifier: Apache-2.0
"""Command headers as manuals print them: ``[SOURce[1|2]:]FREQuency[:CW]?``.

Source: SCPI-1999 volume 1, 5 (notation) and 6 (header rules).
"""

from __future__ import annotations

import re

import attrs

from feedline_hal.emulator.error_queue import ScpiError

_TOKEN = re.compile(
    r"\[(?P<listed>\d+(?:\|\d+)*|n)\]|<(?P<named>[a-z]\w*)>|(?P<word>\*?[A-Za-z][A-Za-z_]*)|(?P<sign>[\[\]:?])"
)


@attrs.frozen
class Suffix:
    """A number at the end of a node: ``[1|2]`` (left out: the first), ``[n]`` (any; left out: 1), ``<n>`` (needed)."""

    allowed: tuple[int, ...]
    is_required: bool = False

    def number(self, digits: str | None) -> int:
        """Read what was sent; ``None`` and nothing for left out.

        Raises:
            ScpiError: -114 for a number that the header does not take.
        """
        number = int(digits) if digits else self.allowed[0] if self.allowed else 1
        if (self.allowed and number not in self.allowed) or (self.is_required and not digits):
            raise ScpiError(-114)
        return number


@attrs.frozen
class Header:
    """A header to match against, read from a manual's notation with `Header.parse`."""

    notation: str
    pattern: re.Pattern[str]
    suffixes: tuple[Suffix, ...]

    @classmethod
    def parse(cls, notation: str) -> Header:
        """Read the notation: capitals are the short form, brackets are optional, ``?`` makes it a query."""
        parts: list[str] = []
        suffixes: list[Suffix] = []
        at = 0
        while at < len(notation):
            token = _TOKEN.match(notation, at)
            if token is None:
                raise ValueError(f"the header {notation!r} cannot be read from {notation[at:]!r} on")
            at = token.end()
            if token["word"]:
                parts.append(_word(token["word"]))
            elif token["sign"]:
                parts.append({"[": "(?:", "]": ")?", ":": ":", "?": r"\?"}[token["sign"]])
            else:
                parts.append(r"(\d*)")
                listed = token["listed"] or "n"
                allowed = () if listed == "n" else tuple(int(number) for number in listed.split("|"))
                suffixes.append(Suffix(allowed, is_required=token["named"] is not None))
        return cls(notation, re.compile("".join(parts)), tuple(suffixes))

    def match(self, sent: str) -> tuple[str | None, ...] | None:
        """The suffixes as sent (upper case, without leading colon); ``None`` if it is another header."""
        found = self.pattern.fullmatch(sent)
        return None if found is None else found.groups()

    def numbers(self, digits: tuple[str | None, ...]) -> tuple[int, ...]:
        """The suffixes as numbers.

        Raises:
            ScpiError: -114 for a number that the header does not take.
        """
        return tuple(suffix.number(sent) for suffix, sent in zip(self.suffixes, digits, strict=True))


def short_form(word: str) -> str:
    """Its capitals: ``FREQ`` of ``FREQuency``."""
    return "".join(letter for letter in word if not letter.islower())


def _word(word: str) -> str:
    return f"(?:{re.escape(word.upper())}|{re.escape(short_form(word))})"
