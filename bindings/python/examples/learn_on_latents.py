"""A small classifier that never sees pixels: it learns on latents of compressed images.

    pip install lmc pillow
    python learn_on_latents.py FOLDER [--kinds]

Each image of FOLDER is a class. Crops of 64 x 64 pixels of its left half are for training, those of its right half for
testing: which image is a crop from? With `--kinds` images whose names end alike (`01-street.png`, `02-street.png`) are
a class; half of its images are for training, the others, which no learner has seen, for testing. All crops are encoded
at one quality. Learners of one kind, softmax regression with the same steps, get the same number of values of each crop:

- latents: the magnitudes of each channel, averaged over the crop (`lmc.latents`, no pixel is made), of those channels
  that are largest in the crops for training
- small pixels: the decoded crop, averaged over squares of 8 x 8
- spectra: the magnitudes of the cosine transform of blocks of 8 x 8 decoded pixels, averaged over the crop, which is the
  idea of the first by hand

The figures are shares of test crops that were put into the right class. A guess is right one time in the number of classes.
"""

import argparse
import pathlib
import time

import numpy as np
from PIL import Image

import lmc

SIDE = 64
BUDGET = 3 * 8 * 8
ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".ppm"}


def crops_of(image, count, rng):
    """`count` crops of an image."""
    rows, columns = image.shape[:2]
    tops = rng.integers(0, rows - SIDE + 1, count)
    lefts = rng.integers(0, columns - SIDE + 1, count)
    return [image[y : y + SIDE, x : x + SIDE] for y, x in zip(tops, lefts)]


def by_halves(images):
    """For each image its left half and its right half, which have no pixel in common."""
    for image in images.values():
        middle = image.shape[1] // 2
        yield [image[:, :middle]], [image[:, middle:]]


def by_kinds(images):
    """For each kind, the last word of names, one half of its images and the other; kinds of one image are left out."""
    kinds = {}
    for path, image in images.items():
        kinds.setdefault(path.stem.split("-")[-1], []).append(image)
    for group in kinds.values():
        if len(group) > 1:
            yield group[::2], group[1::2]


def encoded(groups, crops, quality, rng):
    """About `crops` encoded crops of each group of images, and the numbers of their groups."""
    streams, classes = [], []
    for index, images in enumerate(groups):
        each = max(crops // len(images), 1)
        new = [lmc.encode(crop, quality=quality) for image in images for crop in crops_of(image, each, rng)]
        streams += new
        classes += [index] * len(new)
    return streams, np.array(classes)


def of_latents(stream):
    """Mean magnitudes of the channels of latents."""
    values = lmc.latents(stream, threads=1).values()
    return np.log1p(np.abs(values).mean(axis=(0, 1)) * 16)


def of_small_pixels(pixels):
    """Decoded pixels, averaged over squares."""
    return pixels.reshape(8, SIDE // 8, 8, SIDE // 8, 3).mean(axis=(1, 3)).ravel() / 255


def of_spectra(pixels):
    """Mean magnitudes of the cosine transform of 8 x 8 blocks."""
    at = np.arange(8)
    basis = np.cos(np.pi / 8 * (at + 0.5) * at[:, np.newaxis]) / 2
    blocks = pixels.reshape(SIDE // 8, 8, SIDE // 8, 8, 3).astype(np.float32)
    spectra = np.einsum("uy,aybxc,vx->abuvc", basis, blocks, basis)
    return np.log1p(np.abs(spectra).mean(axis=(0, 1))).ravel()


def train(inputs, classes, count, steps=400, rate=0.02, decay=1e-4):
    """Softmax regression by Adam on all of the data."""
    weights = np.zeros((inputs.shape[1] + 1, count))
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    inputs = np.hstack([inputs, np.ones((len(inputs), 1))])
    wanted = np.eye(count)[classes]
    for step in range(1, steps + 1):
        scores = inputs @ weights
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        slope = inputs.T @ (chances - wanted) / len(inputs) + decay * weights
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        weights -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights


def accuracy(training, testing, classes, right, count):
    """Learns `classes` and tests on `right`; both sets are scaled by the training set alone."""
    mean, spread = training.mean(axis=0), training.std(axis=0) + 1e-6
    training, testing = (training - mean) / spread, (testing - mean) / spread
    weights = train(training, classes, count)
    scores = np.hstack([testing, np.ones((len(testing), 1))]) @ weights
    return float((scores.argmax(axis=1) == right).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--kinds", action="store_true", help="classes are the last words of names")
    parser.add_argument("--crops", type=int, default=40, help="of each class, for training and for testing")
    parser.add_argument("--quality", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    paths = sorted(path for path in args.folder.iterdir() if path.suffix.lower() in ENDINGS)
    images = {path: np.asarray(Image.open(path).convert("RGB")) for path in paths}
    images = {path: image for path, image in images.items() if image.shape[0] >= SIDE and image.shape[1] >= 2 * SIDE}
    groups = list((by_kinds if args.kinds else by_halves)(images))
    count = len(groups)
    halves, (classes, right) = zip(*(encoded(half, args.crops, args.quality, rng) for half in zip(*groups)))
    bits = np.mean([len(stream) * 8 / SIDE**2 for stream in halves[0]])
    print(f"{count} classes, {len(classes)} crops for training, {len(right)} for testing, {bits:.2f} bits per pixel")
    kinds = {
        "latents": of_latents,
        "small pixels": lambda stream: of_small_pixels(lmc.decode(stream, threads=1)),
        "spectra": lambda stream: of_spectra(lmc.decode(stream, threads=1)),
    }
    for name, features in kinds.items():
        start = time.perf_counter()
        training, testing = (np.array([features(stream) for stream in half], np.float64) for half in halves)
        seconds = time.perf_counter() - start
        kept = np.sort(np.argsort(-training.mean(axis=0))[:BUDGET])
        training, testing = training[:, kept], testing[:, kept]
        share = accuracy(training, testing, classes, right, count)
        print(f"{name:12} {training.shape[1]:4} values, {share:6.1%} right, {seconds:5.1f} s to make them")
    print(f"{'a guess':12}              {1 / count:6.1%} right")


if __name__ == "__main__":
    main()
