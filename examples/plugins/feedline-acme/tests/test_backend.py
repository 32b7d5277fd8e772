# SPDX-License-Identifier: Apache-2.0
"""Everything Feedline asks of a backend, run against ours over a real socket; then what is our own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from feedline_acme import plugin
from feedline_acme.backend import AcmeBackend
from feedline_acme.server.listener import AcmeServer
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

import feedline
from feedline.errors import InputError, ProviderError, WaitTimeoutError
from feedline.plugin_host import PluginHost
from feedline.testing import BackendContract


@pytest.fixture(scope="module")
def server() -> Iterator[AcmeServer]:
    with AcmeServer(seed=1) as server:
        yield server


class TestAcme(BackendContract):
    """The contract, over the server's socket."""

    noiseless = True

    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, server: AcmeServer) -> AcmeBackend:
        """The backend under test."""
        return AcmeBackend(server.address)


def execution(circuit: QuantumCircuit, values: np.ndarray, shots: int = 10) -> feedline.Execution:
    return feedline.Execution(circuit=circuit, values=values, shots=shots)


def flip() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1, name="flip")
    circuit.x(0)
    circuit.measure(0, 0)
    return circuit


def test_backend_is_made_by_name(server: AcmeServer) -> None:
    host = PluginHost()
    host.register(plugin, "acme")
    make = host.backends["acme"].make
    assert make(server.address).device_id == make("", address=server.address).device_id


def test_parameters_are_sent_without_loading_the_program_again() -> None:
    angle = Parameter("angle")
    circuit = QuantumCircuit(1, 1)
    circuit.sx(0)
    circuit.rz(angle, 0)
    circuit.sx(0)
    circuit.measure(0, 0)
    with AcmeServer() as server, AcmeBackend(server.address).open() as device:
        made = device.compile(circuit)
        for values in np.linspace(0, 3, 6).reshape(2, 3, 1):
            asked = feedline.Execution(circuit=circuit, values=values, shots=10, executable=made)
            assert len(list(device.execute([asked]))) == 3
        assert server.controller.loads == 1
        assert server.controller.runs == 6


def test_abort_stops_a_run_that_would_take_minutes() -> None:
    with AcmeServer(shot_s=0.01) as server, AcmeBackend(server.address).open() as device:
        began_s = time.monotonic()
        threading.Timer(0.3, device.abort).start()
        assert list(device.execute([execution(flip(), np.zeros((1, 0)), 20_000)])) == []
        assert time.monotonic() - began_s < 5
        assert len(list(device.execute([execution(flip(), np.zeros((1, 0)))]))) == 1


def test_controller_that_is_taken_says_so(server: AcmeServer) -> None:
    backend = AcmeBackend(server.address)
    with (
        backend.open(),
        pytest.raises(ProviderError, match=r"with error 30 .the controller is in use"),
    ):
        backend.open()
    backend.open().close()


def test_absent_controller_is_named_with_what_to_check() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(ProviderError, match=rf"Acme 127\.0\.0\.1:{port} cannot be reached: .*refused") as caught:
        AcmeBackend(f"127.0.0.1:{port}").open()
    assert "python -m feedline_acme.server" in caught.value.remedy


def test_controller_that_goes_away_is_named() -> None:
    with AcmeServer() as server, AcmeBackend(server.address).open() as device:
        stream = device.execute([execution(flip(), np.zeros((2, 0)))])
        next(stream)
        server.stop()
        with pytest.raises(ProviderError, match=r"The connection to Acme .* was lost at 'RUN 10'"):
            next(stream)


def test_silent_controller_runs_into_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        backend = AcmeBackend(f"127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.2)
        with pytest.raises(WaitTimeoutError, match=r"did not answer 'TAKE' within 0\.2 s"):
            backend.open()


def test_something_else_on_the_port_is_noticed() -> None:
    def greet(listener: socket.socket) -> None:
        with listener.accept()[0] as connection:
            connection.recv(100)
            connection.sendall(b"220 mail.example.org ready\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet, args=(listener,))
        thread.start()
        with pytest.raises(ProviderError, match=r"with '220 mail\.example\.org ready', which is no answer"):
            AcmeBackend(f"127.0.0.1:{listener.getsockname()[1]}").open()
        thread.join()


@pytest.mark.parametrize("address", ["", "localhost", "localhost:", ":5025", "host:0", "host:70000", "host:x"])
def test_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="Acme address is") as caught:
        AcmeBackend(address)
    assert "HOST:PORT" in caught.value.remedy


@pytest.mark.parametrize("timeout_s", [0, -1, float("nan"), float("inf")])
def test_timeout_that_is_none_is_refused(timeout_s: float) -> None:
    with pytest.raises(InputError, match="Acme timeout_s is"):
        AcmeBackend("host:1", timeout_s=timeout_s)
