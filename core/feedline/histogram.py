# SPDX-License-Identifier: Apache-2.0
"""Histograms that people can read in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_SHORTEST_BAR = 10


@attrs.frozen(kw_only=True, slots=True)
class Style:
    """How a histogram looks.

    Attributes:
        width: Columns that a line may take; bars get what the text leaves, at least 10.
        top: Rows that are shown; the others are summed in one line.
        blocks: Draw with block characters; ``False`` draws with ``#``.
    """

    width: int = 80
    top: int = 20
    blocks: bool = True


def histogram(
    counts: Mapping[str, int], registers: Sequence[tuple[str, int]] = (), *, style: Style | None = None
) -> str:
    """Draw counts as bars, most frequent first.

    Args:
        counts: Counts by bit string, Qiskit's order (classical bit 0 is the last character).
        registers: Name and size of each classical register, the lowest bits first. With several, the
            string is split at their borders and a line above names them.
        style: Width, number of rows, characters.

    Returns:
        Lines of text: bit string, bar, count, percentage.
    """
    style = style or Style()
    total = sum(counts.values())
    if not total:
        return "no shots"
    order = sorted(((bits, count) for bits, count in counts.items() if count), key=lambda item: (-item[1], item[0]))
    rows = [(_split(bits, registers), count) for bits, count in order[: style.top]]
    rest = order[style.top :]
    label = max(len(text) for text, _ in rows)
    number = max(len(f"{count}") for _, count in rows)
    room = max(_SHORTEST_BAR, style.width - label - number - len("   100.0 %") - 1)
    lines = [head] if (head := _header(registers)) else []
    for text, count in rows:
        bar = _bar(count / rows[0][1], room, style.blocks)
        lines.append(f"{text:<{label}} {bar:<{room}} {count:>{number}}  {100 * count / total:5.1f} %")
    if rest:
        left = sum(count for _, count in rest)
        lines.append(f"and {len(rest)} more outcomes, together {left} ({100 * left / total:.1f} %)")
    return "\n".join(lines)


def _split(bits: str, registers: Sequence[tuple[str, int]]) -> str:
    """Put a space between registers; the first register is on the right, as in Qiskit."""
    if len(registers) < 2:
        return bits
    parts, end = [], len(bits)
    for name, size in registers:
        parts.append(bits[end - size : end].rjust(max(size, len(name))))
        end -= size
    return " ".join(reversed(parts))


def _header(registers: Sequence[tuple[str, int]]) -> str:
    if len(registers) < 2:
        return ""
    return " ".join(name.rjust(max(size, len(name))) for name, size in reversed(registers))


def _bar(share: float, room: int, blocks: bool) -> str:
    """A bar of ``share * room`` columns; whatever is not zero is visible."""
    if not blocks:
        return "#" * max(1, round(share * room))
    eighths = max(1, round(share * room * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]
