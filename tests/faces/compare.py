"""Compares the pixels of all faces of lmc: each stream, in full, in a region and in small versions, has one hash.

    python3 tests/faces/compare.py PICTURES --lmc target/release/lmc --work /tmp/faces

Needs Pillow. See README.md beside this file for what each face needs; a face that lacks it is skipped, and the table
says so. Exits with 1 if any hash differs from that of the first face.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
QUALITIES = "15,40,60,80,98"
TUNINGS = ("psnr", "perceptual")
ENDINGS = {".png", ".ppm", ".jpg", ".webp", ".tif"}
# The size of crops, and where they lie in a picture.
CROP = (96, 64)
CORNER = (200, 120)


class View(collections.namedtuple("View", "name region scale")):
    """What is decoded of a stream."""

    def arguments(self):
        region = ["--region", ",".join(map(str, self.region))] if self.region else []
        return region + (["--scale", f"1/{self.scale}"] if self.scale > 1 else [])


def views(region):
    small = [View(f"1/{scale}", None, scale) for scale in (2, 4, 8)]
    return [View("whole", None, 1), View("region", region, 1), *small]


class Skipped(Exception):
    """A face that cannot run here."""


def digest(size, pixels):
    """The hash of RGB pixels of 8 bits and of their size."""
    return hashlib.sha256(b"%dx%d " % size + pixels).hexdigest()


def run(command, **options):
    subprocess.run(list(map(str, command)), check=True, **options)


def encode(pictures, folder, lmc, qualities):
    """Streams of all pictures, qualities and tunings; those that are there already stay."""
    for tuning in TUNINGS:
        for quality in qualities:
            place = folder / f"{tuning}-{quality}"
            if not place.exists():
                made = place.with_suffix(".part")
                shutil.rmtree(made, ignore_errors=True)
                options = ["--quality", quality, "--tune", tuning, "--device", "cpu", "--quiet"]
                run([lmc, "encode", *pictures, "-o", f"{made}/", *options])
                made.rename(place)
    return sorted(folder.glob("*/*.lmc"))


def by_program(lmc, device="cpu", isa=None):
    """The program on a device, in a form of its inner loops."""

    def hashes(streams, view):
        found, root = {}, streams[0].parents[1]
        environment = {**os.environ, **({"LMC_ISA": isa} if isa else {})}
        with tempfile.TemporaryDirectory() as out:
            options = ["--keep-tree", "--device", device, "--quiet", *view.arguments()]
            run([lmc, "decode", root, "-o", f"{out}/", *options], env=environment)
            for stream in streams:
                with Image.open(pathlib.Path(out) / stream.relative_to(root).with_suffix(".png")) as image:
                    found[stream] = digest(image.size, image.convert("RGB").tobytes())
        return found

    return hashes


def by_library(path):
    """The C library, called through its interface."""
    from c import Library

    library = Library(path)

    def hashes(streams, view):
        return {stream: digest(*library.decode(stream.read_bytes(), view.region, view.scale)) for stream in streams}

    return hashes


def by_wheel():
    """The Python package that is installed."""
    try:
        import lmc
    except ImportError as error:
        raise Skipped("the package lmc is not installed") from error

    def hashes(streams, view):
        found = {}
        for stream in streams:
            array = lmc.decode(stream.read_bytes(), region=view.region, scale=view.scale)
            found[stream] = digest(array.shape[1::-1], array.tobytes())
        return found

    return hashes


def by_script(script, package):
    """The package for the web, by a script that reads jobs and writes a line with a hash for each."""
    if not shutil.which("node"):
        raise Skipped("there is no node")
    if not (package / "lmc.wasm").exists():
        raise Skipped("bindings/web/build.sh was not run")

    def hashes(streams, view):
        jobs = [{"stream": str(stream), "region": view.region, "scale": view.scale} for stream in streams]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(jobs, file)
            file.flush()
            command = ["node", str(HERE / script), file.name, str(package)]
            lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        return dict(zip(streams, lines, strict=True))

    return hashes


def by_reference(weights):
    """The decoder in plain Python, which was written from FORMAT.md."""
    import numpy

    decoder = HERE.parent / "reference" / "decode.py"

    def hashes(streams, view):
        found = {}
        for stream in streams:
            tuning = stream.parent.name.split("-")[0]
            with tempfile.TemporaryDirectory() as out:
                file = f"{out}/pixels.npy"
                command = [sys.executable, decoder, stream, weights / f"wavelet-{tuning}-v1.safetensors", file]
                command += ["--small", view.scale.bit_length() - 1] if view.scale > 1 else []
                command += ["--region", ",".join(map(str, view.region))] if view.region else []
                run(command)
                array = numpy.load(file)
                found[stream] = digest(array.shape[1::-1], array.tobytes())
        return found

    return hashes


def compare(streams, all_views, faces):
    """Runs the faces; returns rows of the table and whether all hashes are those of the first face."""
    wanted, rows, equal = {}, [], True
    for name, make, part in faces:
        chosen = streams[::part]
        start = time.perf_counter()
        try:
            face = make()
            found = {(stream, view): value for view in all_views for stream, value in face(chosen, view).items()}
        except Skipped as reason:
            rows.append((name, "", "", f"skipped: {reason}", ""))
            continue
        first = not wanted
        wanted = wanted or found
        wrong = [key for key, value in found.items() if wanted[key] != value]
        equal = equal and not wrong
        for stream, view in wrong:
            print(f"{name}: {stream} {view.name} has other pixels", file=sys.stderr)
        whole = hashlib.sha256("".join(found[key] for key in sorted(found)).encode()).hexdigest()[:16]
        verdict = f"{whole}" if first or part == 1 else "equal"
        seconds = time.perf_counter() - start
        rows.append((name, len(chosen), len(found), f"{len(wrong)} differ" if wrong else verdict, f"{seconds:.0f} s"))
        print(" | ".join(map(str, rows[-1])), file=sys.stderr)
    return rows, equal


def table(title, rows):
    print(f"\n{title}\n\n| face | streams | decoded | hash of all hashes | time |\n| --- | ---: | ---: | --- | ---: |")
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")


def crops_of(pictures, folder):
    """A crop of each picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        with Image.open(picture) as image:
            left, top = (min(at, max(side - size, 0)) for at, side, size in zip(CORNER, image.size, CROP))
            image.convert("RGB").crop((left, top, left + CROP[0], top + CROP[1])).save(folder / f"{picture.stem}.png")
    return sorted(folder.glob("*.png"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=pathlib.Path, nargs="+", help="pictures, or folders of them")
    parser.add_argument("--lmc", type=pathlib.Path, required=True, help="the program")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="where streams are kept")
    parser.add_argument("--library", type=pathlib.Path, help="liblmc.so, as bindings/c/install.sh installs it")
    parser.add_argument("--gpu", help="a device of the program, such as gpu:0, for the crops")
    parser.add_argument("--package", type=pathlib.Path, default=HERE.parents[1] / "bindings/web/package")
    parser.add_argument("--forms", default="avx512,avx2,portable", help="of inner loops, the first to compare with")
    parser.add_argument("--qualities", default=QUALITIES, help="of streams that are not there yet")
    parser.add_argument("--part", type=int, default=1, help="of the streams, one in so many for slow faces")
    parser.add_argument("--only", choices=("pictures", "crops"))
    args = parser.parse_args()
    found = [sorted(path.iterdir()) if path.is_dir() else [path] for path in args.pictures]
    pictures = [path for group in found for path in group if path.suffix.lower() in ENDINGS]
    weights = HERE.parents[1] / "weights" / "files"
    web = lambda script: lambda: by_script(script, args.package)
    library = lambda: by_library(args.library) if args.library else skip("no --library")
    gpu = lambda: by_program(args.lmc, args.gpu) if args.gpu else skip("no --gpu")
    forms = [(f"program, {isa}", lambda isa=isa: by_program(args.lmc, isa=isa), 1) for isa in args.forms.split(",")]
    programs = [("library for C", library, 1), ("package for Python", by_wheel, 1)]
    pages = [("web, Node", web("node.mjs"), args.part), ("web, Chromium", web("chromium.mjs"), args.part)]
    qualities = [int(quality) for quality in args.qualities.split(",")]
    fine = True
    if args.only != "crops":
        streams = encode(pictures, args.work / "pictures", args.lmc, qualities)
        rows, equal = compare(streams, views((97, 51, 301, 203)), forms + programs + pages)
        table(f"{len(pictures)} pictures, qualities {args.qualities}, both tunings", rows)
        fine = fine and equal
    if args.only != "pictures":
        crops = crops_of(pictures, args.work / "crop-pictures")
        streams = encode(crops, args.work / "crops", args.lmc, qualities)
        slow = [(f"program, {args.gpu}", gpu, 1), ("reference decoder", lambda: by_reference(weights), args.part)]
        rows, equal = compare(streams, views((17, 9, 50, 37)), forms[:1] + slow)
        table(f"{len(crops)} crops of {CROP[0]} x {CROP[1]} pixels of them", rows)
        fine = fine and equal
    return 0 if fine else 1


def skip(reason):
    raise Skipped(reason)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    sys.exit(main())
