"""Learned codecs for images, sound and video: arrays to streams and back, with the weights inside.

    import lmc
    stream = lmc.encode(array, quality=60)   # uint8 or uint16, rows x columns x channels
    array = lmc.decode(stream)
    for frame in lmc.Video(film): show(frame.rgb)

``import lmc.pillow`` teaches Pillow the format. Errors are :class:`lmc.Error`, whose ``code`` is a :class:`lmc.Code`.
"""

from ._images import decode, encode
from ._info import fast_paths, info
from ._latents import Latents, latents
from ._native import Error, __version__
from ._shared import Code, DamageWarning
from ._sounds import encode_sound, read_sound, write_sound
from ._videos import Frame, Video

__all__ = [
    "Code",
    "DamageWarning",
    "Error",
    "Frame",
    "Latents",
    "Video",
    "__version__",
    "decode",
    "encode",
    "encode_sound",
    "fast_paths",
    "info",
    "latents",
    "read_sound",
    "write_sound",
]
