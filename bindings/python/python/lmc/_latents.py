"""Latents of images: what learning on compressed images starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from . import _native
from ._shared import Bytes, as_bytes


@dataclass(frozen=True)
class Latents:
    """The latents of an image, exact integers on every machine. Making them costs no network for pixels."""

    latents: np.ndarray
    """int16, rows x columns x channels, a position for 16 x 16 pixels, in steps of ``step``."""
    hyper: np.ndarray
    """Hyper-latents: int16, rows x columns x channels, a position for 64 x 64 pixels."""
    step: float
    """The value of one step of ``latents``."""
    gains: np.ndarray
    """float32, one for each channel of the latents: what undoes the scaling of the quality."""
    orientation: int
    """How the coded image lies: 1 for mirrored, 2 for upside down, 4 for transposed, added up; 0 below effort 7."""
    model: str
    """The id of the model. Latents of two models have nothing to do with each other."""
    codec: Optional[str]
    """The name of the codec."""

    def values(self) -> np.ndarray:
        """The latents as the network gave them, comparable between qualities: float32."""
        return self.latents.astype(np.float32) * (np.float32(self.step) * self.gains)


def latents(data: Bytes, *, threads: int = 0) -> Latents:
    """The latents of an image that a codec with latents made. Near-lossless streams have none."""
    found = _native.latents(as_bytes(data), threads)
    return Latents(
        latents=np.frombuffer(found["latents"], np.int16).reshape(found["latents_shape"]),
        hyper=np.frombuffer(found["hyper"], np.int16).reshape(found["hyper_shape"]),
        step=found["step"],
        gains=np.array(found["gains"], np.float32),
        orientation=found["orientation"],
        model=found["model"],
        codec=found["codec"],
    )
