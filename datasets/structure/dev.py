"""Renders the development set of structure, by other means than the training pictures: rasterised by Pillow, other
fonts, other layouts: python dev.py --out FOLDER --fonts FOLDER --icons FOLDER --photographs FOLDER"""

import argparse
import math
import random
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import dev_scenes

SCALE = 3
"""Pixels of the drawing for each pixel of the picture, along each side."""


class Desk:
    """Random choices and sources of one picture; lengths are in pixels of the picture."""

    def __init__(self, seed, args):
        self.random = random.Random(seed)
        self.args = args

    def font(self, size, *names):
        paths = [path for path in self.args.font_files if any(name in path.name.lower() for name in names)]
        return ImageFont.truetype(str(self.random.choice(paths or self.args.font_files)), max(6, round(size * SCALE)))

    def text(self, words):
        """Words cut from a sentence that holds all letters, some digits and marks."""
        stock = "The quick brown fox jumps over 13 lazy dogs; Übermut, façade"
        stock = (stock + " & naïve (1987) cost $42.50 a vow - why 60% of jazz?").split()
        start = self.random.randrange(len(stock))
        return " ".join((stock * (words // len(stock) + 2))[start : start + words])

    def gray(self, low, high, tint=12):
        level = self.random.uniform(low, high)
        return tuple(int(max(0, min(255, level + self.random.uniform(-tint, tint)))) for _ in range(3))

    def colour(self):
        return tuple(self.random.randrange(20, 240) for _ in range(3))

    def photograph(self, width, height):
        """A part of a photograph that fills so many pixels of the drawing."""
        path = self.random.choice(self.args.photograph_files)
        with Image.open(path) as image:
            image = image.convert("RGB")
        factor = max(width / image.width, height / image.height)
        image = image.resize((math.ceil(image.width * factor), math.ceil(image.height * factor)), Image.BICUBIC)
        left, top = (image.width - width) // 2, (image.height - height) // 2
        return image.crop((left, top, left + width, top + height))

    def icon(self, side):
        for _ in range(9):
            with Image.open(self.random.choice(self.args.icon_files)) as image:
                if image.width >= 16:
                    return image.convert("RGBA").resize((side, side), Image.LANCZOS)
        return Image.new("RGBA", (side, side), self.colour() + (255,))


def lean(image, desk):
    """The image as a plane that leans away from the camera."""
    width, height = image.size
    near, far = desk.random.uniform(0, 0.12), desk.random.uniform(0.05, 0.3)
    corners = [(-near, -far / 2), (-near, 1 + far / 3), (1 + near / 2, 1), (1 + near / 2, 0)]
    source = [(0, 0), (0, 1), (1, 1), (1, 0)]
    rows, right = [], []
    for (u, v), (x, y) in zip(corners, source):
        rows += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
        right += [x, y]
    a, b, c, d, e, f, g, h = np.linalg.solve(np.array(rows), np.array(right))
    matrix = (a, b * width / height, c * width, d * height / width, e, f * height, g / width, h / height)
    return image.transform(image.size, Image.PERSPECTIVE, matrix, Image.BICUBIC)


def camera(image, desk):
    """Soft light from one side, a little blur, sensor noise."""
    if desk.random.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(desk.random.uniform(0.3, 0.8)))
    values = np.asarray(image, np.float32)
    across = np.linspace(desk.random.uniform(0.75, 1), desk.random.uniform(0.75, 1), image.width, dtype=np.float32)
    values = values * across[None, :, None] * 0.95 + 8
    if desk.random.random() < 0.4:
        numbers = np.random.default_rng(desk.random.randrange(1 << 30))
        values = values + numbers.normal(size=values.shape).astype(np.float32) * desk.random.uniform(1, 6)
    return Image.fromarray(np.clip(values + 0.5, 0, 255).astype(np.uint8))


def render(number, args):
    """The picture of a number: scenes take turns, so that each is there as often as the others."""
    desk = Desk(args.seed * 7919 + number, args)
    scene, photographed, leans = dev_scenes.SCENES[number % len(dev_scenes.SCENES)]
    width, height = desk.random.choice([(768, 512), (512, 768), (640, 640)])
    large = Image.new("RGB", (width * SCALE, height * SCALE), "white")
    scene(desk, large, ImageDraw.Draw(large), SCALE)
    if leans and desk.random.random() < 0.8:
        large = lean(large, desk)
    image = large.resize((width, height), Image.LANCZOS)
    return (camera(image, desk) if photographed else image), scene.__name__


def listed(folders, *endings):
    files = [
        path
        for folder in folders
        for path in Path(folder).rglob("*")
        if path.suffix.lower() in endings and path.is_file()
    ]
    return sorted(files, key=lambda path: path.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    for name in ("fonts", "icons", "photographs"):
        parser.add_argument(f"--{name}", type=Path, action="append", required=True)
    args = parser.parse_args()
    args.font_files = listed(args.fonts, ".ttf", ".otf")
    args.icon_files = listed(args.icons, ".png")
    args.photograph_files = listed(args.photographs, ".png", ".jpg")
    args.out.mkdir(parents=True, exist_ok=True)
    for number in range(args.count):
        image, name = render(number, args)
        image.save(args.out / f"dev-{number:03}-{name}.png")


if __name__ == "__main__":
    main()
