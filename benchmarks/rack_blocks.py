# SPDX-License-Identifier: Apache-2.0
"""Blocks out and in, beside pyvisa with pyvisa-py used plainly, and a plain socket as the ceiling."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pyvisa
from numpy.typing import NDArray
from rack_keeper import keepers
from report import median, ms, table, verdict

from feedline_hal.transport import open_transport

REPEATS = 9
TARGETS = {"SOCKET": (150, 200), "HiSLIP": (300, 500)}
"""MiB a second out and in, of Feedline."""
SIZES = {"SOCKET": 2**24, "HiSLIP": 2**24, "VXI-11": 2**22, "pty": 2**18}
PLAIN_REPEATS = {"VXI-11": 2, "pty": 1}
Samples = NDArray[np.float32]


@attrs.frozen(kw_only=True)
class Way:
    """How blocks go out and come in.

    Attributes:
        out: Sends samples and waits until they have arrived.
        back: Reads them back.
        close: Lets go.
    """

    out: Callable[[Samples], Any]
    back: Callable[[int], Samples]
    close: Callable[[], Any]


def ours(address: str) -> Way:
    """Feedline's transport."""
    transport = open_transport(address, name="keeper", timeout_s=60.0)

    def out(samples: Samples) -> None:
        transport.write_block("KEEP:DATA ", samples)
        transport.query("*OPC?")

    def back(count: int) -> Samples:
        return transport.query_block("KEEP:DATA?", "<f4")  # type: ignore[return-value]

    return Way(out=out, back=back, close=transport.close)


def plain(address: str) -> Way:
    """pyvisa as its documentation shows it, with pyvisa-py."""
    manager = pyvisa.ResourceManager("@py")
    resource: Any = manager.open_resource(address, read_termination="\n", write_termination="\n", timeout=60_000)

    def out(samples: Samples) -> None:
        resource.write_binary_values("KEEP:DATA ", samples, datatype="f")
        resource.query("*OPC?")

    def back(count: int) -> Samples:
        found: Samples = resource.query_binary_values(
            "KEEP:DATA?", datatype="f", container=np.array, data_points=count, chunk_size=2**20
        )
        return found

    return Way(out=out, back=back, close=resource.close)


def bare(address: str) -> Way:
    """A socket of the standard library that knows what comes: the ceiling for SOCKET."""
    _, host, port, _ = address.split("::")
    connection = socket.create_connection((host, int(port)), timeout=60.0)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    room = bytearray(2**25)

    def receive(size: int) -> memoryview:
        view = memoryview(room)[:size]
        at = 0
        while at < size:
            at += connection.recv_into(view[at:])
        return view

    def out(samples: Samples) -> None:
        connection.sendall(b"KEEP:DATA #8%08d" % samples.nbytes)
        connection.sendall(samples)
        connection.sendall(b"\n*OPC?\n")
        receive(2)

    def back(count: int) -> Samples:
        connection.sendall(b"KEEP:DATA?\n")
        header_bytes = 2 + len(str(4 * count))
        whole = receive(header_bytes + 4 * count + 1)
        return np.frombuffer(whole[header_bytes:-1], np.float32)

    return Way(out=out, back=back, close=connection.close)


def timed(way: Way, samples: Samples, repeats: int) -> dict[str, list[float]]:
    """Seconds, wall and of our process, of sending samples and of reading them back."""
    found: dict[str, list[float]] = {name: [] for name in ("out", "back", "cpu_out", "cpu_back")}
    for _ in range(repeats):
        for name, call in (("out", lambda: way.out(samples)), ("back", lambda: way.back(len(samples)))):
            start_s, start_cpu_s = time.perf_counter(), time.process_time()
            came = call()
            found[name].append(time.perf_counter() - start_s)
            found[f"cpu_{name}"].append(time.process_time() - start_cpu_s)
        np.testing.assert_array_equal(came, samples)
    return found


def measured(address: str, kind: str, ways: dict[str, Callable[[str], Way]]) -> list[list[str]]:
    """A row for each way, turn by turn."""
    samples = np.random.default_rng(1).random(SIZES[kind] // 4, dtype=np.float32)
    times: dict[str, dict[str, list[float]]] = {}
    for name, make in ways.items():
        repeats = PLAIN_REPEATS.get(kind, 5) if make is plain else REPEATS
        way = make(address)
        try:
            timed(way, samples[:64], 1)
            times[name] = timed(way, samples, repeats)
        finally:
            way.close()
    size = SIZES[kind] / 2**20
    rows = []
    for name, found in times.items():
        rates = [size / median(found[what]) for what in ("out", "back")]
        aims = ["", "", "", ""]
        if name == "feedline" and kind in TARGETS:
            aims = [cell for at in (0, 1) for cell in (f"{TARGETS[kind][at]}", verdict(rates[at] >= TARGETS[kind][at]))]
        bests = [f"{size / min(found[what]):.3g}" for what in ("out", "back")]
        cpu = [ms(median(found[what])) for what in ("cpu_out", "cpu_back")]
        row = [kind, f"{size:g} MiB", name]
        for at in (0, 1):
            row += [f"{rates[at]:.3g}", bests[at], *aims[2 * at : 2 * at + 2], cpu[at]]
        rows.append(row)
    return rows


def show() -> None:
    """Print the table."""
    rows = []
    with keepers() as addresses:
        for kind, address in addresses.items():
            ways: dict[str, Callable[[str], Way]] = {"feedline": ours, "pyvisa + pyvisa-py": plain}
            if kind == "SOCKET":
                ways["a plain socket, the ceiling"] = bare
            rows += measured(address, kind, ways)
    columns = ["transport", "block", "what", "MiB/s out", "best", "target", "", "CPU"]
    table("Blocks", [*columns, "MiB/s in", "best", "target", "", "CPU"], rows)
    print(
        "Out is the command with its block and the answer to `*OPC?`, in is the query with its block; float32 samples. "
        "CPU is what this process spends on a block; the emulator is another process. pyvisa is used as its "
        "documentation shows it (`write_binary_values`, `query_binary_values` with an array as container, the number "
        "of points and chunks of 1 MiB given). On the pseudo-terminal pyvisa-py reads byte by byte, so it is timed "
        "once.\n"
    )


if __name__ == "__main__":
    show()
