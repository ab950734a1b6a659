"""Teaches Pillow the format: after ``import lmc.pillow``, ``Image.open("x.lmc")`` and ``image.save("x.lmc")`` work.

Options of ``save`` are ``quality``, ``tune``, ``lossless``, ``max_error``, ``icc_profile`` and ``exif``. Gray and RGB with
and without alpha are kept; 16 bits are kept for gray (``I;16``) and become 8 for the rest, for which Pillow has no mode.
"""

from __future__ import annotations

from typing import IO, Any, List, Optional

import numpy as np
from PIL import Image, ImageFile

from ._images import decoded_image, encode
from ._native import Error, info, media

FORMAT = "LMC"
_EXIF_START = b"Exif\0\0"


def _accept(prefix: bytes) -> bool:
    return prefix.startswith(b"\x8dLMC")


class LmcImageFile(ImageFile.ImageFile):
    """An image of this format as Pillow opens it: the header at once, pixels when they are asked for."""

    format = FORMAT
    format_description = "Learned image codec"
    # As Pillow has them, for checks of types without it.
    fp: Optional[IO[bytes]]
    tile: List[Any]

    def _open(self) -> None:
        data = self.fp.read() if self.fp is not None else b""
        if media(data) != "image":
            raise SyntaxError("no image of this format")
        self._data: Optional[bytes] = data
        try:
            about = info(data)
        except Error as error:
            raise SyntaxError(str(error)) from error
        gray = about["color"] == "gray"
        self._deep = about["bits"] == 16
        if gray and self._deep and not about["alpha"]:
            self._mode = "I;16"
        else:
            self._mode = ("L" if gray else "RGB") + ("A" if about["alpha"] else "")
        self._size = (about["width"], about["height"])
        if about["icc"]:
            self.info["icc_profile"] = about["icc"]
        if about["exif"]:
            self.info["exif"] = _EXIF_START + about["exif"]
        self.tile = []

    def load(self) -> Any:
        """Decodes the pixels, once."""
        if self._data is not None:
            data, self._data = self._data, None
            try:
                pixels, _, _ = decoded_image(data)
            except Error as error:
                raise OSError(f"broken image: {error}") from error
            if self.mode == "I;16":
                pixels = pixels.astype("<u2")
            elif self._deep:
                pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
            self.im = Image.core.new(self.mode, self.size)
            self.frombytes(pixels.tobytes())
            if self.fp is not None and self._exclusive_fp:
                self.fp.close()
            self.fp = None
        return super().load()


def _save(image: Image.Image, out: IO[bytes], _: Any) -> None:
    options = image.encoderinfo
    if image.mode not in ("L", "LA", "RGB", "RGBA", "I;16"):
        has_alpha = "transparency" in image.info or image.mode in ("PA", "La", "RGBa")
        kept, image = image, image.convert("RGBA" if has_alpha else "L" if image.mode == "1" else "RGB")
        image.encoderinfo = kept.encoderinfo
    exif = options.get("exif", image.info.get("exif"))
    if isinstance(exif, Image.Exif):
        exif = exif.tobytes()
    if exif and exif.startswith(_EXIF_START):
        exif = exif[len(_EXIF_START) :]
    chosen = {name: options[name] for name in ("quality", "tune", "lossless", "max_error") if name in options}
    pixels = np.asarray(image)
    if pixels.dtype.kind == "u" and pixels.dtype.itemsize == 2:
        pixels = pixels.astype(np.uint16)
    icc = options.get("icc_profile", image.info.get("icc_profile"))
    try:
        out.write(encode(pixels, icc=icc, exif=exif or None, **chosen))
    except Error as error:
        raise OSError(str(error)) from error


Image.register_open(FORMAT, LmcImageFile, _accept)
Image.register_save(FORMAT, _save)
Image.register_extension(FORMAT, ".lmc")
Image.register_mime(FORMAT, "image/x-lmc")
