"""The files that pictures are made from: fonts, photographs, SVG drawings."""

from functools import lru_cache
from pathlib import Path

import skia

FULL = 4000
"""Side in pixels beyond which a photograph is not read."""


def files_under(folders, endings):
    """All files with one of the endings under the folders, sorted by name so that seeds mean the same anywhere."""
    found = [path for folder in folders for path in Path(folder).rglob("*") if path.suffix.lower() in endings]
    return sorted((path for path in found if path.is_file()), key=lambda path: path.name)


@lru_cache(maxsize=256)
def typeface(path):
    return skia.Typeface.MakeFromFile(str(path))


@lru_cache(maxsize=24)
def photograph(path):
    image = skia.Image.open(str(path))
    return image if max(image.width(), image.height()) <= FULL else None
