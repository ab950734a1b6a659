"""What streams hold."""

from __future__ import annotations

from typing import Any, Dict, List

from . import _native
from ._shared import Bytes, as_bytes


def info(data: Bytes) -> Dict[str, Any]:
    """What a stream holds, without decoding it: media, size, codec, quality, model, tags, metadata, damage."""
    return _native.info(as_bytes(data))


def fast_paths() -> List[str]:
    """The fast paths of this build on this machine, for reports."""
    return _native.fast_paths()
