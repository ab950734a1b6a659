"""Renders pictures of structure to train on: python render.py --out FOLDER --count 760 --seed 1 --fonts FOLDER ..."""

import argparse
import sys
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import skia
from PIL import Image

import built
import chart
import drawing
import finish
import maps
import page
import paper
import room
import screen
import street
from kit import Kit
from sources import files_under

SCENES = [
    # scene, weight, kind
    (street.street, 16, "photograph"),
    (street.front, 10, "photograph"),
    (built.stairs, 6, "photograph"),
    (built.side_stairs, 3, "photograph"),
    (built.fence, 6, "photograph"),
    (room.room, 6, "photograph"),
    (built.truss, 4, "photograph"),
    (built.boxes, 4, "photograph"),
    (page.page, 9, "paper"),
    (page.letters, 9, "mixed"),
    (paper.notebook, 2, "paper"),
    (paper.score, 1, "paper"),
    (drawing.comic, 7, "paper"),
    (drawing.illustration, 5, "screen"),
    (drawing.engraving, 4, "paper"),
    (drawing.plan, 2, "paper"),
    (screen.desktop, 9, "screen"),
    (chart.charts, 4, "screen"),
    (maps.city, 3, "screen"),
    (maps.relief, 1, "paper"),
]
SIZES = [(896, 640), (800, 600), (640, 832), (1024, 576), (704, 704)]


class Sources:
    """The files that scenes may use, all of which are optional but fonts."""

    def __init__(self, args):
        self.fonts = files_under(args.fonts, {".ttf", ".otf"})
        self.photographs = files_under(args.photographs, {".jpg", ".jpeg", ".png", ".webp"})
        self.clip_art = files_under(args.clip_art, {".svg"})
        self.icons = files_under(args.icons, {".svg"})
        if not self.fonts:
            raise SystemExit(f"no fonts under {', '.join(map(str, args.fonts))}")


def draw(kit, scene, width, height):
    """A scene as an opaque RGB image, at a multiple of its size for photographs so that edges fall between pixels."""
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorWHITE)
    scene(kit, canvas, width, height)
    pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    return Image.fromarray(np.ascontiguousarray(pixels[..., :3]))


def render(number, seed, sources):
    """The picture of a number, and the name of its scene."""
    kit = Kit(seed * 1_000_003 + number, sources)
    scene, _, kind = kit.random.choices(SCENES, weights=[weight for _, weight, _ in SCENES])[0]
    width, height = kit.pick(SIZES)
    factor = kit.pick([1.0, 1.0, 1.25, 1.5]) if kind == "photograph" else 1.0
    image = draw(kit, scene, round(width * factor), round(height * factor))
    if factor != 1:
        image = image.resize((width, height), Image.LANCZOS)
    if kind == "photograph" or kind == "mixed" and kit.chance(0.5) or kind == "paper" and kit.chance(0.15):
        image = finish.photographed(kit, image)
    elif kind == "paper":
        image = finish.scanned(kit, image)
    return image, scene.__name__


def work(job):
    number, args, sources = job
    image, name = render(number, args.seed, sources)
    image.save(args.out / f"{number:05}-{name}.png", compress_level=1)
    return name


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the PNG files")
    parser.add_argument("--count", type=int, default=800, help="number of pictures")
    parser.add_argument("--first", type=int, default=0, help="number of the first picture")
    parser.add_argument("--seed", type=int, default=1, help="what all choices follow from")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    for name, text in [
        ("fonts", "TrueType and OpenType fonts"),
        ("photographs", "pictures inside pictures"),
        ("clip-art", "SVG drawings"),
        ("icons", "SVG icons"),
    ]:
        parser.add_argument(
            f"--{name}", type=Path, action="append", default=[], help=f"folder of {text}; may be given again"
        )
    args = parser.parse_args()
    args.fonts = args.fonts or [Path("/usr/share/fonts")]
    return args


def main():
    args = arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    sources = Sources(args)
    jobs = ((number, args, sources) for number in range(args.first, args.first + args.count))
    with Pool(args.jobs) as pool:
        for done, _ in enumerate(pool.imap_unordered(work, jobs, chunksize=4), 1):
            if done % 50 == 0:
                print(f"{done}/{args.count}", file=sys.stderr)


if __name__ == "__main__":
    main()
