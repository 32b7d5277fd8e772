# SPDX-License-Identifier: Apache-2.0
"""``python -m feedline_acme.server``: a controller to try things on."""

from __future__ import annotations

import argparse
import threading

from .listener import AcmeServer


def main() -> None:
    """Listen until interrupted."""
    parser = argparse.ArgumentParser(prog="acme-server", description="An Acme Q3 that is only computed.")
    parser.add_argument("--port", type=int, default=5025, help="port to listen on; 0 for a free one")
    parser.add_argument("--shot-us", type=float, default=0.0, help="how long a shot takes, in microseconds")
    parser.add_argument("--seed", type=int, default=None, help="seed of the measurements")
    given = parser.parse_args()
    with AcmeServer(given.port, shot_s=given.shot_us * 1e-6, seed=given.seed) as server:
        print(f"Acme Q3 listens at {server.address}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("Stopped.")


if __name__ == "__main__":
    main()
