# SPDX-License-Identifier: Apache-2.0
"""CPU seconds, which count every thread of the process: so BLAS is kept to one.

Import this before whatever imports NumPy; BLAS reads its environment once.
"""

from __future__ import annotations

import gc
import os
import time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

cpu_s = time.process_time


def settle() -> None:
    """Take what is alive out of the garbage collector's rounds, so that no side pays for another's modules."""
    gc.collect()
    gc.freeze()


def drain() -> None:
    """Wait until threads that finish up have nothing left to do, so that what they take is counted with its cause."""
    for _ in range(50):
        before = cpu_s()
        time.sleep(0.1)
        if cpu_s() - before < 1e-3:
            return
