from typing import Any, Dict, List, Optional, Sequence, Tuple

__version__: str

class Error(Exception):
    code: int

class Frame:
    kind: str
    index: int
    seconds: float
    planes: int
    def plane(self, index: int) -> Tuple[bytearray, int, int]: ...
    def pixels(self) -> Tuple[bytearray, int, int, int, int]: ...

class Video:
    size: Tuple[int, int]
    frames: Optional[int]
    frame_rate: Tuple[int, int]
    chroma: str
    bits: int
    has_sound: bool
    def __init__(self, data: bytes, threads: int, conceal: bool) -> None: ...
    def next_frame(self) -> Optional[Frame]: ...
    def damage(self) -> List[str]: ...
    def sound(self) -> Tuple[bytearray, int, int]: ...

def media(data: bytes) -> Optional[str]: ...
def fast_paths() -> List[str]: ...
def info(data: bytes) -> Dict[str, Any]: ...
def latents(data: bytes, threads: int) -> Dict[str, Any]: ...
def decode_image(
    data: bytes,
    region: Optional[Tuple[int, int, int, int]],
    scale: int,
    threads: int,
    conceal: bool,
    max_pixels: Optional[int],
) -> Tuple[bytearray, int, int, int, int, Optional[bytes], Optional[bytes], List[str]]: ...
def encode_image(
    samples: bytes,
    shape: Sequence[int],
    bits: int,
    quality: float,
    tune: str,
    codec: Optional[str],
    max_error: Optional[int],
    tile_size: int,
    icc: Optional[bytes],
    exif: Optional[bytes],
    threads: int,
) -> bytes: ...
def decode_sound(
    data: bytes, threads: int, conceal: bool, max_samples: Optional[int]
) -> Tuple[bytearray, int, int, List[Tuple[str, str]], List[str]]: ...
def encode_sound(
    samples: bytes,
    channels: int,
    rate: int,
    codec: str,
    quality: float,
    tags: Sequence[Tuple[str, str]],
    threads: int,
) -> bytes: ...
