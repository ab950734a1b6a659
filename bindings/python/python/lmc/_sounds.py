"""Sounds as arrays."""

from __future__ import annotations

import os
from typing import IO, List, Mapping, Optional, Tuple, Union

import numpy as np

from . import _native
from ._shared import Bytes, as_bytes, warn_of

File = Union[str, "os.PathLike[str]", IO[bytes]]
TagList = List[Tuple[str, str]]


def decoded_sound(data: bytes, threads: int = 0, conceal: bool = False) -> Tuple[np.ndarray, int, TagList]:
    """Samples, rate and tags."""
    samples, channels, rate, tags, damage = _native.decode_sound(data, threads, conceal, None)
    warn_of(damage)
    return np.frombuffer(samples, np.float32).reshape(-1, channels), rate, tags


def encode_sound(
    samples: np.ndarray,
    rate: int,
    *,
    codec: str = "audio",
    quality: float = 60.0,
    tags: Optional[Mapping[str, str]] = None,
    threads: int = 0,
) -> bytes:
    """Encodes a sound: frames, or frames x channels, floats with full scale at -1 and 1, or int16.

    ``codec`` is ``"audio"`` for music and everything else, or ``"speech"``.
    """
    samples = np.asarray(samples)
    if samples.dtype == np.int16:
        samples = samples.astype(np.float32) / 32768
    if not np.issubdtype(samples.dtype, np.floating):
        raise TypeError(f"a sound of {samples.dtype}: convert it to float32 or int16")
    if samples.ndim == 1:
        samples = samples[:, np.newaxis]
    if samples.ndim != 2:
        raise ValueError(f"an array of {samples.ndim} axes is no sound: frames, channels")
    frames = np.ascontiguousarray(samples, np.float32)
    pairs = list((tags or {}).items())
    return _native.encode_sound(frames.tobytes(), frames.shape[1], int(rate), codec, quality, pairs, threads)


def read_sound(file: File, *, threads: int = 0, conceal: bool = False) -> Tuple[np.ndarray, int]:
    """Reads a sound from a path or a binary file: ``(samples, rate)``, float32, frames x channels."""
    if hasattr(file, "read"):
        data: Bytes = file.read()
    else:
        with open(file, "rb") as opened:
            data = opened.read()
    samples, rate, _ = decoded_sound(as_bytes(data), threads, conceal)
    return samples, rate


def write_sound(file: File, samples: np.ndarray, rate: int, **options: object) -> None:
    """Writes a sound to a path or a binary file; options as of :func:`encode_sound`."""
    stream = encode_sound(samples, rate, **options)  # type: ignore[arg-type]
    if hasattr(file, "write"):
        file.write(stream)
    else:
        with open(file, "wb") as opened:
            opened.write(stream)
