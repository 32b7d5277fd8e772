# SPDX-License-Identifier: Apache-2.0
"""What our drivers send to Tektronix' instruments stands in Tektronix' own tables of commands (tm_devices)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.hal.drivers.sequence_programs import noise

from feedline_hal.drivers.tektronix_awg5200 import TektronixAwg5200
from feedline_hal.drivers.tektronix_awg70000 import TektronixAwg70000
from feedline_hal.drivers.tektronix_mso import TektronixMso
from feedline_hal.emulator.cable import Burst
from feedline_hal.emulator.socket_server import SocketServer
from feedline_hal.emulator.tektronix_awg5200 import EmulatedAwg5200
from feedline_hal.emulator.tektronix_awg70000 import EmulatedAwg70000
from feedline_hal.emulator.tektronix_mso import EmulatedMso
from feedline_hal.instrument.acquisition import Acquisition
from feedline_hal.transport import open_transport

tm_devices = pytest.importorskip("tm_devices")
pytestmark = pytest.mark.filterwarnings("ignore")  # theirs to mend
_LINE = re.compile(r"^\s*- (?P<header>[*A-Z][\w:*\[\]<>{}]*\??)(?: (?P<arguments>.*))?$", re.MULTILINE)
_SUFFIX = re.compile(r"\[[a-z]\]|<[a-z]>|\{[a-z]\}|\d+")
MISSING = {
    "SOURce:CASSet:CLEar": "in the AWG5200's table, and in QCoDeS' driver of the AWG70000",
}
"""What the AWG70000's table does not have, and why it is sent all the same."""
_ANY_WORD = ("<format>", "<wfm>")
"""What the tables do not say the words of."""


def table(name: str) -> dict[str, set[str]]:
    """Headers of a model without numbers, and the arguments that each may have."""
    folder = Path(tm_devices.__file__).parent / "commands"
    modules = re.findall(r"^from \.(gen_\w+\.\w+) import", (folder / name).read_text(), re.MULTILINE)
    found: dict[str, set[str]] = {}
    for module in set(modules):
        for line in _LINE.finditer((folder / module.replace(".", "/")).with_suffix(".py").read_text()):
            found.setdefault(_SUFFIX.sub("", line["header"]), set()).add(line["arguments"] or "")
    return found


def is_form_of(sent: str, known: str) -> bool:
    """Whether a word is the long or the short form of another: ``VOLTage`` is ``VOLT`` or ``VOLTAGE``."""
    short = re.match(r"[^a-z]*", known)
    assert short is not None
    return sent.upper() in (known.upper(), short[0])


def is_header(sent: str, known: str) -> bool:
    """Whether a header is another one with or without the nodes that may be left out, the first being the same."""
    if sent.endswith("?") != known.endswith("?"):
        return False
    nodes, rest = known.rstrip("?").split(":"), _SUFFIX.sub("", sent).rstrip("?").split(":")
    if not is_form_of(rest[0], nodes[0]):
        return False
    left = iter(nodes)
    return all(any(is_form_of(node, other) for other in left) for node in rest)


def is_argument(sent: str, known: str) -> bool:
    """Whether what follows a header is one of what it takes: words are, numbers and names are taken on trust."""
    if any(item in known for item in _ANY_WORD):
        return True
    words = [word for word in re.split(r"[,\s]+", re.sub(r'"[^"]*"', "", sent)) if word[:1].isalpha()]
    offered = re.findall(r"[A-Za-z]+(?=[<|}\]])|(?<=[{|])[A-Za-z]+", known)
    return all(any(is_form_of(re.sub(r"\d", "", word), other) for other in offered) for word in words)


def strangers(log: list[bytes], known: dict[str, set[str]]) -> set[str]:
    """Commands of a log that a table does not have."""
    found = set()
    for message in log:
        header, _, arguments = message.partition(b",#")[0].decode("latin-1").partition(" ")
        takes = [item for name, items in known.items() if is_header(header, name) for item in items]
        if not takes or (arguments and not any(is_argument(arguments, item) for item in takes)):
            found.add(f"{_SUFFIX.sub('', header)} {arguments}".strip())
    return found


@pytest.mark.parametrize(
    ("kind", "emulated", "name", "missing"),
    [
        (TektronixAwg5200, EmulatedAwg5200, "awg5200_commands.py", set()),
        (TektronixAwg70000, EmulatedAwg70000, "awg70ka_commands.py", set(MISSING)),
        (TektronixAwg70000, EmulatedAwg70000, "awg70kb_commands.py", set(MISSING)),
    ],
)
def test_sequencers_send_what_is_in_the_table(
    kind: Any, emulated: Any, name: str, missing: set[str], rng: np.random.Generator
) -> None:
    """All of a run: load, arm, start, abort, and the room that a second program needs."""
    instrument = emulated(channels=2)
    with SocketServer(instrument) as server, open_transport(server.address, name="awg1") as wire:
        driver = kind(wire, options={"channels": 2})
        driver.identify()
        for channels in ((1, 2), (1,)):
            program = noise(rng, channels=channels)
            if kind is TektronixAwg70000:
                program = program.__class__(
                    rate_hz=program.rate_hz, channels=channels, waveforms=program.waveforms, steps=program.steps,
                    amplitude_v=program.amplitude_v, offset_v=0 * program.offset_v,
                )  # fmt: skip
            driver.load(driver.assemble(program))
            driver.arm()
            driver.start()
            driver.abort()
    unknown = {item.partition(" ")[0] for item in strangers(instrument.log, table(name))}
    assert {item for item in unknown if not item.startswith("*") and "ERRor" not in item} == missing


@pytest.mark.parametrize("name", ["mso5_commands.py", "mso5b_commands.py", "mso6_commands.py", "mso6b_commands.py"])
def test_digitizer_sends_what_is_in_the_table(name: str) -> None:
    """All of an acquisition."""
    scope = EmulatedMso()
    wanted = Acquisition(channels=(1, 3), rate_hz=1.25e9, samples=1250, records=4, range_v=(0.4, 1.0))
    with SocketServer(scope) as server, open_transport(server.address, name="mso1") as wire:
        driver = TektronixMso(wire)
        driver.identify()
        driver.load(driver.assemble(wanted))
        driver.arm()
        scope.triggered(Burst(4, 1e-3))
        assert sum(part.count for part in driver.results(wanted, timeout_s=5, stop=lambda: False)) == 4
        driver.abort()
    assert strangers(scope.log, table(name)) == set()


def test_a_word_that_is_not_in_the_table_is_noticed() -> None:
    known = table("mso5_commands.py")
    good = [b"TRIGGER:A:EDGE:SLOPE RISE", b"DATA:SOURCE CH3", b"CURVE?"]
    assert strangers(good, known) == set()
    bad = [b"TRIGGER:A:EDGE:SLOPE UPWARDS", b"TRIGGER:A:EDGE:SLANT RISE", b"HORIZONTAL:FRAMES 3", b"CURVE:ALL?"]
    assert len(strangers(bad, known)) == 4
