# SPDX-License-Identifier: Apache-2.0
"""What names a calibration set: a hash of its content."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from .coherence import QUBITS
from .tree import calibration_tree, frames_tree

if TYPE_CHECKING:
    from .calibration_set import CalibrationSet

READOUT = "readout"
"""Key of the metadata: angles and thresholds by qubit."""
_COUNTED = (QUBITS, READOUT)


def content_id(calibrations: CalibrationSet) -> str:
    """Hash the names of ports, the frames and the calibrations: ``cal-`` and 16 hexadecimal digits.

    Order, names of formal parameters, names of schedules, limits of ports and metadata do not count; but for
    ``readout`` in the metadata, which makes bits of points, and ``qubits``, what was measured of them.
    """
    arrays: dict[str, Any] = {}
    content: dict[str, Any] = {
        "ports": sorted(calibrations.ports),
        "frames": frames_tree(calibrations.frames),
        "calibrations": sorted(
            canonical_json(calibration_tree(calibration, arrays)) for calibration in calibrations.calibrations
        ),
    }
    content |= {key: calibrations.metadata[key] for key in _COUNTED if key in calibrations.metadata}
    return f"cal-{hashlib.sha256(canonical_json(content).encode()).hexdigest()[:16]}"


def canonical_json(tree: Any) -> str:
    """JSON that depends on the content alone: keys sorted, no spaces, floats in their shortest form."""
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False)
