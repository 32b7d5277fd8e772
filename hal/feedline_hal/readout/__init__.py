# SPDX-License-Identifier: Apache-2.0
"""Readout: from records to points in the IQ plane to bits."""

from .discriminator import Discriminator
from .placing import by_clbit, pack_bits
from .receiver import Receiver
from .window import Window

__all__ = ["Discriminator", "Receiver", "Window", "by_clbit", "pack_bits"]
