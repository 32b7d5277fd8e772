# SPDX-License-Identifier: Apache-2.0
"""What an error says of instruments that could not be made safe after it: in its own line, for nobody reads two."""

from __future__ import annotations

from collections.abc import Sequence

from feedline.errors import FeedlineError


def tell_unsafe(error: BaseException, names: Sequence[str], *, with_outputs: Sequence[str], are_all: bool) -> None:
    """Have an error name the instruments that are not known to be safe, or say that all are, if it is a fault.

    Args:
        error: Gets another wording, or a note if it has none of ours.
        names: Of those instruments.
        with_outputs: Those of them that somebody has to switch off.
        are_all: Whether there are no others.
    """
    if not names and not (isinstance(error, FeedlineError) and error.is_fault):
        return
    others = "" if are_all else "; everything else is"
    told = f"Not known to be safe: {', '.join(names)}{others}." if names else "Everything was made safe."
    advice = f"Switch the outputs of {', '.join(with_outputs)} off by hand." if with_outputs else ""
    if isinstance(error, FeedlineError):
        error.amend(f"{error.what} {told}", remedy=f"{advice} {error.remedy}".strip())
    else:
        error.add_note(f"{told} {advice}".strip())
