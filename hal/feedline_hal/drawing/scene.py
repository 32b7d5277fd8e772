# SPDX-License-Identifier: Apache-2.0
"""What a picture shows, before it is drawn: things on lanes in time; both painters read it."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from feedline_hal.errors import PulseError

PLAY, CAPTURE, PHASE, FREQUENCY, GATE, MOMENT, BARRIER = (
    "play", "capture", "phase", "frequency", "gate", "moment", "barrier",
)  # fmt: skip


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Item:
    """One thing in a picture.

    Attributes:
        kind: ``play``, ``capture``, ``phase``, ``frequency`` on ports; ``gate``, ``moment`` (a gate that takes no
            time), ``barrier`` on qubits.
        lanes: Indices of the ports or qubits that it is on.
        start_ns, duration_ns: When, in the time of the picture.
        label: What is written on it.
        hover: What is shown when it is pointed at; lines.
        family: Of a gate, what colours it has.
        envelope: Of a play, index into the scene's envelopes; -1 otherwise.
        factor: Of a play, what the envelope is multiplied with: amplitude and frame phase. Of a phase change, the
            angle as a number of magnitude 1.
    """

    kind: str
    lanes: tuple[int, ...]
    start_ns: float
    duration_ns: float = 0.0
    label: str = ""
    hover: tuple[str, ...] = ()
    family: str = ""
    envelope: int = -1
    factor: complex = 0.0

    def is_within(self, start_ns: float, end_ns: float) -> bool:
        """Whether some of it is in a window; touching it is enough for what takes no time."""
        stop_ns = self.start_ns + self.duration_ns
        if self.duration_ns:
            return self.start_ns < end_ns and stop_ns > start_ns
        return start_ns <= self.start_ns <= end_ns


@attrs.frozen(kw_only=True, slots=True, eq=False)
class Scene:
    """Everything that a picture shows.

    Attributes:
        title: Above the picture.
        ports: Names of the lanes, from the top.
        notes: A second, small line for each: its frequency.
        qubits: Names of the circuit's lines, from the top; none for a picture without a circuit.
        items: What is on them.
        envelopes: Waveforms of amplitude 1 as ``(places, values)``: places from 0 to 1, complex values.
        sections: Start, end and caption of blocks; one block without caption needs none.
        duration_ns: Where the time ends.
    """

    title: str
    ports: tuple[str, ...]
    notes: tuple[str, ...]
    qubits: tuple[str, ...]
    items: tuple[Item, ...]
    envelopes: tuple[tuple[NDArray[np.float64], NDArray[np.complex128]], ...]
    sections: tuple[tuple[float, float, str], ...] = ()
    duration_ns: float

    def of_kind(self, *kinds: str) -> list[Item]:
        """Items of these kinds."""
        return [item for item in self.items if item.kind in kinds]

    def peaks(self) -> NDArray[np.float64]:
        """Largest magnitude of a play on each lane, shape ``(n_ports,)``; 1 where there is none."""
        tops = [np.abs(values).max(initial=0.0) for _, values in self.envelopes]
        out = np.zeros(len(self.ports))
        for item in self.of_kind(PLAY):
            out[item.lanes[0]] = max(out[item.lanes[0]], abs(item.factor) * tops[item.envelope])
        return np.where(out > 0, out, 1.0)

    def zoomed(self, window_ns: tuple[float | None, float | None] | None) -> tuple[Scene, tuple[float, float]]:
        """The part of the scene in a window of time, and the window with both ends.

        Ports on which nothing happens then are left out.

        Args:
            window_ns: From and to, ``None`` for the beginning and the end.

        Raises:
            PulseError: If the window is empty or outside the program.
        """
        whole = (0.0, self.duration_ns or 1.0)
        if window_ns is None:
            return self, whole
        start = whole[0] if window_ns[0] is None else float(window_ns[0])
        end = whole[1] if window_ns[1] is None else float(window_ns[1])
        if not (start < end and start < whole[1] and end > 0):
            raise PulseError(
                f"From {start:g} ns to {end:g} ns there is nothing to draw.",
                remedy=f"'{self.title}' lasts from 0 ns to {self.duration_ns:g} ns.",
            )
        inside = [item for item in self.items if item.is_within(start, end)]
        return _without_empty_lanes(attrs.evolve(self, items=tuple(inside))), (start, end)


def _without_empty_lanes(scene: Scene) -> Scene:
    """The scene without ports on which nothing happens."""
    on_ports = (PLAY, CAPTURE, PHASE, FREQUENCY)
    used = sorted({item.lanes[0] for item in scene.of_kind(*on_ports)})
    place = {lane: new for new, lane in enumerate(used)}
    items = [
        attrs.evolve(item, lanes=(place[item.lanes[0]],)) if item.kind in on_ports else item for item in scene.items
    ]
    ports, notes = (tuple(names[lane] for lane in used) for names in (scene.ports, scene.notes))
    return attrs.evolve(scene, items=tuple(items), ports=ports, notes=notes)
