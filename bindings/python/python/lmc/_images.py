"""Images as arrays."""

from __future__ import annotations

from typing import Optional, Tuple, Union

import numpy as np

from . import _native
from ._shared import Bytes, as_bytes, warn_of
from ._sounds import decoded_sound

Region = Tuple[int, int, int, int]


def decode(
    data: Bytes,
    *,
    region: Optional[Region] = None,
    scale: int = 1,
    threads: int = 0,
    conceal: bool = False,
    max_pixels: Optional[int] = None,
) -> Union[np.ndarray, Tuple[np.ndarray, int]]:
    """Decodes a stream.

    An image becomes an array of uint8 or uint16, rows x columns x channels; the channels are gray, gray and alpha, RGB,
    or RGB and alpha. A sound becomes ``(samples, rate)``: float32, frames x channels, full scale at -1 and 1.

    Frames of a video come one by one: :class:`Video`.

    ``region`` is ``(x, y, width, height)`` in pixels of the whole image. ``scale`` 2, 4 or 8 makes it smaller by that.
    ``threads`` bounds the threads of this call; 0 takes those that the process shares. With ``conceal`` damage leads to
    a :class:`DamageWarning`, else to an :class:`Error`.
    """
    data = as_bytes(data)
    if _native.media(data) == "sound":
        if region is not None or scale != 1:
            raise ValueError("region and scale are for images, and this is a sound")
        samples, rate, _ = decoded_sound(data, threads, conceal)
        return samples, rate
    pixels, _, _ = decoded_image(data, region, scale, threads, conceal, max_pixels)
    return pixels


def decoded_image(
    data: bytes,
    region: Optional[Region] = None,
    scale: int = 1,
    threads: int = 0,
    conceal: bool = False,
    max_pixels: Optional[int] = None,
) -> Tuple[np.ndarray, Optional[bytes], Optional[bytes]]:
    """An image with its ICC profile and its EXIF data."""
    samples, rows, columns, channels, bits, icc, exif, damage = _native.decode_image(
        data, region, scale, threads, conceal, max_pixels
    )
    warn_of(damage)
    kind = np.uint8 if bits == 8 else np.uint16
    return np.frombuffer(samples, kind).reshape(rows, columns, channels), icc, exif


def encode(
    array: np.ndarray,
    *,
    quality: float = 60.0,
    tune: str = "psnr",
    lossless: bool = False,
    max_error: Optional[int] = None,
    tile_size: int = 1024,
    icc: Optional[bytes] = None,
    exif: Optional[bytes] = None,
    threads: int = 0,
) -> bytes:
    """Encodes an image: uint8 or uint16, rows x columns, or rows x columns x 1 to 4 channels.

    ``tune`` is ``"psnr"`` or ``"perceptual"``. ``lossless`` keeps every sample; ``max_error`` of 1 to 4 bounds the
    error of every sample in steps of 1/255.
    """
    array = np.asarray(array)
    if array.dtype not in (np.uint8, np.uint16):
        raise TypeError(f"an image of {array.dtype}: convert it to uint8 or uint16")
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3:
        raise ValueError(f"an array of {array.ndim} axes is no image: rows, columns, channels")
    if lossless:
        max_error = 0 if max_error is None else max_error
    samples = np.ascontiguousarray(array).tobytes()
    bits = array.dtype.itemsize * 8
    return _native.encode_image(
        samples, array.shape, bits, quality, tune, None, max_error, tile_size, icc, exif, threads
    )
