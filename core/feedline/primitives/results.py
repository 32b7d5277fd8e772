# SPDX-License-Identifier: Apache-2.0
"""Results of Sampler: Qiskit's containers, with counts at hand."""

from __future__ import annotations

from typing import Any

from qiskit.primitives import BitArray
from qiskit.primitives import SamplerPubResult as QiskitSamplerPubResult

from feedline.errors import InputError, nearest


class SamplerPubResult(QiskitSamplerPubResult):
    """One pub's samples: Qiskit's ``SamplerPubResult`` with `counts`."""

    def counts(self, register: str | None = None, *, point: int | tuple[int, ...] | None = None) -> dict[str, int]:
        """Count bit strings.

        Args:
            register: A classical register; by default all of them together, the last one leftmost.
            point: A point of the sweep; by default all points together.

        Returns:
            Counts by bit string, the commonest first.

        Raises:
            InputError: If there is no such register, or the data are not classified bits.
        """
        data: Any = self.data
        if register is not None and register not in data:
            raise InputError(
                f"There is no register '{register}' in this result.", remedy=nearest(register, data.keys())
            )
        bits = data[register] if register is not None else self.join_data() if len(data) else None
        if not isinstance(bits, BitArray):
            raise InputError(
                "This result holds no classified bits to count.",
                remedy="Measure into a classical register, with options.execution.meas_type='classified'.",
            )
        counts: dict[str, int] = bits.get_counts(point)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
