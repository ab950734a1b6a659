"""Learned codecs for images and sound: arrays to streams and back, with the weights inside.

    import lmc
    stream = lmc.encode(array, quality=60)   # uint8 or uint16, rows x columns x channels
    array = lmc.decode(stream)

``import lmc.pillow`` teaches Pillow the format. Errors are :class:`lmc.Error`, whose ``code`` is a :class:`lmc.Code`.
"""

from ._images import decode, encode
from ._info import fast_paths, info
from ._latents import Latents, latents
from ._native import Error, __version__
from ._shared import Code, DamageWarning
from ._sounds import encode_sound, read_sound, write_sound

__all__ = [
    "Code",
    "DamageWarning",
    "Error",
    "Latents",
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
