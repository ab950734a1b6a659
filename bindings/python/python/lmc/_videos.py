"""Videos as arrays, frame by frame."""

from __future__ import annotations

from fractions import Fraction
from typing import Iterator, List, Optional, Tuple

import numpy as np

from . import _native
from ._shared import Bytes, as_bytes, warn_of


class Frame:
    """A decoded frame: what is asked of it is made when it is asked for."""

    def __init__(self, frame: _native.Frame, bits: int) -> None:
        self._frame = frame
        self._bits = bits

    @property
    def kind(self) -> str:
        """``"key"``, ``"predicted"``, or ``"lost"`` where damage is concealed."""
        return self._frame.kind

    @property
    def index(self) -> int:
        """Its number, from 0."""
        return self._frame.index

    @property
    def seconds(self) -> float:
        """When it is shown."""
        return self._frame.seconds

    @property
    def planes(self) -> List[np.ndarray]:
        """Luma and both colour differences as the video stores them, or luma alone: rows x columns, uint8 or uint16."""
        kind = np.uint8 if self._bits == 8 else np.uint16
        planes = [self._frame.plane(index) for index in range(self._frame.planes)]
        return [np.frombuffer(samples, kind).reshape(rows, columns) for samples, rows, columns in planes]

    @property
    def rgb(self) -> np.ndarray:
        """Rows x columns x 3, or x 1 of gray: uint8, or uint16 where the video has more than 8 bits."""
        samples, rows, columns, channels, bits = self._frame.pixels()
        kind = np.uint8 if bits == 8 else np.uint16
        return np.frombuffer(samples, kind).reshape(rows, columns, channels)


class Video:
    """A video, whose frames are decoded as they are asked for.

        for frame in lmc.Video(stream):
            show(frame.rgb)

    ``threads`` bounds the threads of its calls; 0 takes those that the process shares. With ``conceal`` the last good
    frame goes on where others are lost, and a :class:`DamageWarning` tells of it; else damage is an :class:`Error`.
    """

    def __init__(self, data: Bytes, *, threads: int = 0, conceal: bool = False) -> None:
        self._video = _native.Video(as_bytes(data), threads, conceal)
        self.width, self.height = self._video.size
        self.frame_rate = Fraction(*self._video.frame_rate)
        self.chroma: str = self._video.chroma
        self.bits: int = self._video.bits
        self.has_sound: bool = self._video.has_sound

    @property
    def frames(self) -> Optional[int]:
        """Frames in all, where the stream tells."""
        return self._video.frames

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        frame = self._video.next_frame()
        if frame is None:
            warn_of(self._video.damage())
            raise StopIteration
        return Frame(frame, self.bits)

    def sound(self) -> Optional[Tuple[np.ndarray, int]]:
        """The whole sound, which begins with the first frame: ``(samples, rate)`` as of :func:`decode`; None without one."""
        if not self.has_sound:
            return None
        samples, channels, rate = self._video.sound()
        return np.frombuffer(samples, np.float32).reshape(-1, channels), rate
