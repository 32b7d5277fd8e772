# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from qiskit.circuit import Parameter

from feedline_hal.errors import PulseError
from feedline_hal.export.point import point_of

from .lab import turns


def test_point_takes_values_by_name_and_in_order(lowered) -> None:
    program = lowered(turns(Parameter("theta")))
    assert point_of(program, {"theta": 0.5}).tolist() == point_of(program, [0.5]).tolist() == [0.5]
    assert point_of(lowered(turns(0.5)), None).shape == (0,)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (None, r"(?s)Program 'turns' needs a value for theta\..*values=\{'theta': \.\.\.\}"),
        ({}, r"needs a value for theta"),
        ({"thet": 1.0, "theta": 1.0}, r"(?s)has no parameter 'thet'.*Did you mean 'theta'"),
        ([1.0, 2.0], r"(?s)shape \(2,\).*has 1 parameters.*for each of: theta"),
        ([np.nan], r"Parameter 'theta' is nan"),
    ],
)
def test_point_names_what_does_not_fit(lowered, values, words: str) -> None:
    with pytest.raises(PulseError, match=words):
        point_of(lowered(turns(Parameter("theta"))), values)
