# SPDX-License-Identifier: Apache-2.0
"""The same circuits on the peers that are installed: qibolab's dummy platform, and qblox-scheduler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import lowering_backend
import numpy as np
from numpy.typing import NDArray

PACKAGES = ("qibo", "qibolab", "qblox-scheduler")
CZ_S = 32e-9


@attrs.frozen(kw_only=True, slots=True)
class Peer:
    """How another stack does it; made for one number of qubits.

    Attributes:
        build: Its circuit for angles in radians, shape ``(layers, 2, qubits)``; not timed.
        levels: What it makes of a circuit, by the name of the level.
        execute: Its circuits to the bits of 1,000 shots each, if it has a dummy device.
    """

    build: Callable[[NDArray[np.float64]], Any]
    levels: dict[str, Callable[[Any], Any]]
    execute: Callable[[Sequence[Any]], Any] | None = None


def qibolab(num_qubits: int) -> Peer | None:
    """qibolab: GPI2, RZ, CZ and M on its dummy platform of five qubits; ``None`` if it is not installed."""
    try:
        from qibo import Circuit, gates
        from qibolab._core.backends import QibolabBackend
        from qibolab._core.dummy import create_dummy
    except ImportError:
        return None
    logging.getLogger("qibolab").setLevel(logging.ERROR)
    platform = create_dummy()
    device = QibolabBackend(platform)
    wires = [0, 2] if num_qubits == 2 else list(range(num_qubits))  # the dummy's CZ all have qubit 2 in them
    coupled = lowering_backend.pairs(num_qubits)

    def build(angles: NDArray[np.float64]) -> Any:
        circuit = Circuit(num_qubits, wire_names=wires)
        for layer, (axes, turns) in enumerate(angles.tolist()):
            circuit.add(gates.GPI2(qubit, axis) for qubit, axis in enumerate(axes))
            circuit.add(gates.RZ(qubit, turn) for qubit, turn in enumerate(turns))
            circuit.add(gates.CZ(*coupled[layer % len(coupled)]))
        circuit.add(gates.M(*range(num_qubits)))
        return circuit

    return Peer(
        build=build,
        levels={"qibolab, to its pulse sequence": lambda circuit: device.compiler.compile(circuit, platform)},
        execute=lambda circuits: device.execute_circuits(circuits, nshots=1000),
    )


def qblox_scheduler(num_qubits: int) -> Peer | None:
    """qblox-scheduler: Rxy, Rz, CZ and Measure on transmons of ours, to pulses in time and on to Q1ASM."""
    try:
        from qblox_scheduler import CZ, Measure, Rxy, Rz
        from qblox_scheduler.backends.graph_compilation import SerialCompilationConfig, SerialCompiler
        from qblox_scheduler.backends.qblox_backend import QbloxHardwareCompilationConfig
        from qblox_scheduler.schedules.schedule import TimeableSchedule
    except ImportError:
        return None
    coupled = lowering_backend.pairs(num_qubits)
    device = _qblox_device(num_qubits)
    hardware = QbloxHardwareCompilationConfig.model_validate(_qblox_hardware(num_qubits))

    def build(angles: NDArray[np.float64]) -> Any:
        made = TimeableSchedule("bench")
        for layer, (axes, turns) in enumerate(np.degrees(angles).tolist()):
            for qubit, axis in enumerate(axes):
                made.add(Rxy(theta=90.0, phi=axis, qubit=f"q{qubit}"), ref_pt="start" if qubit else None)
            for qubit, turn in enumerate(turns):
                made.add(Rz(turn, f"q{qubit}"), ref_pt="start" if qubit else None)
            one, other = coupled[layer % len(coupled)]
            made.add(CZ(qC=f"q{one}", qT=f"q{other}"))
        for qubit in range(num_qubits):
            made.add(Measure(f"q{qubit}"), ref_pt="start" if qubit else None)
        return made

    def compiled(hardware: Any) -> Callable[[Any], Any]:
        config = SerialCompilationConfig(
            name="bench",
            device_compilation_config=device,
            hardware_compilation_config=hardware,
            keep_original_schedule=False,  # its default deep-copies the schedule first
        )
        return lambda schedule: SerialCompiler().compile(schedule, config)

    return Peer(
        build=build,
        levels={
            "qblox-scheduler, to pulses in time": compiled(None),
            "qblox-scheduler, on to Q1ASM": compiled(hardware),
        },
    )


def _qblox_device(num_qubits: int) -> Any:
    """Which pulses the gates are."""
    from qblox_scheduler import DeviceCompilationConfig

    factories = "qblox_scheduler.operations.pulse_factories."
    elements: dict[str, Any] = {}
    clocks: dict[str, float] = {}
    edges: dict[str, Any] = {}
    for qubit in range(num_qubits):
        drive, readout = f"q{qubit}.01", f"q{qubit}.ro"
        clocks |= {drive: 5.05e9 + 1e6 * qubit, readout: 7.1e9 + 10e6 * qubit}
        elements[f"q{qubit}"] = {
            "Rxy": {
                "factory_func": f"{factories}rxy_gauss_pulse",
                "factory_kwargs": {"amp180": 0.2, "port": f"q{qubit}:mw", "clock": drive, "duration": 20e-9},
                "gate_info_factory_kwargs": ["theta", "phi"],
            },
            "Rz": {
                "factory_func": f"{factories}phase_shift",
                "factory_kwargs": {"clock": drive},
                "gate_info_factory_kwargs": ["theta"],
            },
            "measure": {
                "factory_func": _qblox_measurement,
                "factory_kwargs": {"port": f"q{qubit}:res", "clock": readout, "acq_label": qubit},
            },
        }
    for one, other in lowering_backend.pairs(num_qubits):
        square = {"square_amp": 0.05, "square_duration": CZ_S, "square_port": f"q{one}_q{other}:fl"}
        parent = {"virt_z_parent_qubit_phase": 6.0, "virt_z_parent_qubit_clock": f"q{one}.01"}
        child = {"virt_z_child_qubit_phase": -6.0, "virt_z_child_qubit_clock": f"q{other}.01"}
        edges[f"q{one}_q{other}"] = {
            "CZ": {
                "factory_func": f"{factories}composite_square_pulse",
                "factory_kwargs": {**square, **parent, **child, "square_clock": "cl0.baseband"},
            }
        }
    return DeviceCompilationConfig.model_validate({"clocks": clocks, "elements": elements, "edges": edges})


def _qblox_measurement(port: str, clock: str, acq_label: int) -> Any:
    """A readout pulse and an integration at the same time."""
    from qblox_scheduler import IQIntegration, SquarePulse
    from qblox_scheduler.schedules.schedule import TimeableSchedule

    made = TimeableSchedule("measurement")
    made.add(SquarePulse(amplitude=0.1, duration=2e-6, port=port, clock=clock))
    made.add(IQIntegration(duration=2e-6, port=port, clock=clock, acq_label=acq_label), ref_pt="start")
    return made


def _qblox_hardware(num_qubits: int) -> dict[str, Any]:
    """A cluster: two drives to an RF module, four couplers to a baseband module, one line for all readouts."""
    modules: dict[str, Any] = {}
    graph: list[Any] = []
    frequencies: dict[str, Any] = {}
    for qubit in range(num_qubits):
        modules[f"{1 + qubit // 2}"] = {"instrument_type": "QCM_RF"}
        graph.append([f"cluster0.module{1 + qubit // 2}.complex_output_{qubit % 2}", f"q{qubit}:mw"])
        frequencies[f"q{qubit}:mw-q{qubit}.01"] = {"lo_freq": 5.0e9}
        frequencies[f"q{qubit}:res-q{qubit}.ro"] = {"lo_freq": 7.0e9}
    for index, (one, other) in enumerate(lowering_backend.pairs(num_qubits)):
        modules[f"{10 + index // 4}"] = {"instrument_type": "QCM"}
        graph.append([f"cluster0.module{10 + index // 4}.real_output_{index % 4}", f"q{one}_q{other}:fl"])
    modules["20"] = {"instrument_type": "QRM_RF"}
    graph.append(["cluster0.module20.complex_output_0", [f"q{qubit}:res" for qubit in range(num_qubits)]])
    return {
        "config_type": "QbloxHardwareCompilationConfig",
        "hardware_description": {
            "cluster0": {"instrument_type": "Cluster", "ref": "internal", "ip": None, "modules": modules}
        },
        "hardware_options": {"modulation_frequencies": frequencies},
        "connectivity": {"graph": graph},
    }


PEERS: dict[str, Callable[[int], Peer | None]] = {"qibolab": qibolab, "qblox-scheduler": qblox_scheduler}
