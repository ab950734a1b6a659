"""What all calls share: bytes, errors, warnings."""

from __future__ import annotations

import enum
import warnings
from typing import Sequence, Union

Bytes = Union[bytes, bytearray, memoryview]


class Code(enum.IntEnum):
    """The kind of an error, as ``Error.code``. Numbers never change their meaning."""

    IO = 1
    MALFORMED = 2
    UNSUPPORTED = 3
    LIMIT = 4
    MODEL = 5
    DESYNC = 6
    PARAMETER = 7
    FILE = 8
    CANCELLED = 9
    INTERNAL = 10


class DamageWarning(UserWarning):
    """A damaged stream was decoded with ``conceal=True``, and what was lost is filled from its surroundings."""


def as_bytes(data: Bytes) -> bytes:
    """The bytes of a stream, copied unless they are ``bytes``."""
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        raise TypeError("a stream is bytes; to read a file, pass open(path, 'rb').read()")
    return bytes(memoryview(data))


def warn_of(damage: Sequence[str]) -> None:
    """Warns of what was concealed."""
    if damage:
        warnings.warn("; ".join(damage), DamageWarning, stacklevel=3)
