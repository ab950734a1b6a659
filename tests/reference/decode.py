"""Decode an image of the wavelet codec, slowly. See README.md."""
import argparse
import json
import struct
from pathlib import Path

import numpy as np

from alpha import decode_alpha
from container import ALPHA, CODEC, HASH, PART, check, checksum, parts, read_stream
from prior import Prior
from synthesis import Synthesis, restore, segment_filter

class Decoder:
    """Decodes the bytes of a stream with those of the weights file of its model."""
    def __init__(self, stream, weights):
        self.header, self.segments = read_stream(stream)
        check(self.header.codec == 1, f"codec {self.header.codec} is not the wavelet codec")
        self.quality, self.flags = struct.unpack("<HB", self.header.block)
        start = 8 + int.from_bytes(weights[:8], "little")
        head = json.loads(weights[8:start])
        prior, synthesis = (weights[start:][slice(*head[name]["data_offsets"])] for name in ("prior", "synthesis"))
        config = json.loads(head["__metadata__"]["manifest"])["config"]
        self.prior, self.synthesis = Prior(prior), Synthesis(synthesis, config)
        size = self.header.width, self.header.height
        self.width, self.height = size[::-1] if self.flags & 128 else size  # of the image that is coded

    def orient(self, image):
        """Rows and columns of the image that is coded as those of the image that is shown."""
        image = image.swapaxes(0, 1) if self.flags & 128 else image
        return image[:: -1 if self.flags & 64 else 1, :: -1 if self.flags & 32 else 1]

    def tiles(self, kind):
        return parts(self.segments[kind], self.width, self.height, self.header.tile)

    def latents(self):
        plane = np.zeros((-(-self.height // 16), -(-self.width // 16), self.prior.m), np.int64)
        for (x, y, width, height), expected, coded in self.tiles(PART):
            z, found = self.prior.latents(coded, width, height, self.flags & 15, self.flags & 16)
            check(checksum([z, found]) == expected, "a tile has another checksum; are these the weights of its model?")
            plane[y // 16 : y // 16 + found.shape[0], x // 16 : x // 16 + found.shape[1]] = found
        return plane

    def alpha(self):
        plane = np.zeros((self.height, self.width), np.int64)
        for (x, y, width, height), expected, coded in self.tiles(ALPHA):
            found = decode_alpha(coded, width, height, self.header.bits)
            check(checksum([found]) == expected, "alpha of a tile has another checksum")
            plane[y : y + height, x : x + width] = found
        return plane

    def colours(self, box, small):
        """Samples `[colours, rows, columns]` of a box of the image that is coded: left, top, right and bottom."""
        colours, bits = self.header.colours, self.header.bits
        filters = [segment_filter(payload, colours) for payload in self.segments[CODEC]]
        filters = [] if small else self.synthesis.filter(self.quality, colours) + filters
        reach = 2 * len(filters)  # a filter looks two pixels beyond what it makes, and the synthesis four positions
        left, top = (max(0, (side - reach) // 16 - 4) for side in box[:2])
        right, bottom = (-(-(side + reach) // 16) + 4 for side in box[2:])
        samples = self.synthesis.paint(self.latents()[top:bottom, left:right], self.quality, colours, bits, small)
        samples = samples[:, : -(-self.height >> small) - 16 * top, : -(-self.width >> small) - 16 * left]
        for numbers in filters:
            samples = restore(samples, bits, *numbers)
        return samples[:, box[1] - 16 * top : box[3] - 16 * top, box[0] - 16 * left : box[2] - 16 * left]

    def pixels(self, small=0, region=None):
        """Pixels `[rows, columns, channels]`; a region is left, top, width and height."""
        x, y, width, height = region or (0, 0, self.header.width, self.header.height)
        places = self.orient(np.arange(self.width * self.height).reshape(self.height, self.width))
        ys, xs = np.divmod(places[y : y + height, x : x + width], self.width)
        left, top, right, bottom = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
        samples = self.colours((left, top, right, bottom), small)
        if self.header.alpha:
            alpha = means(self.alpha()[top:bottom, left:right], 1 << small)
            samples = np.concatenate([samples, alpha[None]])
        return np.ascontiguousarray(self.orient(samples.transpose(1, 2, 0)), f"<u{self.header.bits // 8}")

def means(samples, side):
    """Rounded means of blocks, of fewer samples at the right and at the bottom."""
    rows, columns = (np.arange(0, count, side) for count in samples.shape)
    sums, counts = (np.add.reduceat(np.add.reduceat(x, rows, 0), columns, 1) for x in (samples, np.ones_like(samples)))
    return (sums + counts // 2) // counts

def pixel_hash(header, pixels):
    from blake3 import blake3  # nothing else needs this package
    head = struct.pack("<IIBBB", header.width, header.height, header.colours, header.alpha, header.bits)
    return blake3(head + pixels.tobytes()).digest()[:16]

def main():
    parser = argparse.ArgumentParser(description="Decodes an image of the wavelet codec, slowly.")
    parser.add_argument("stream", type=Path)
    parser.add_argument("weights", type=Path, help="the weights file of the stream's model")
    parser.add_argument("out", type=Path, nargs="?", help="a .npy file of pixels; without it their hash is printed")
    parser.add_argument("--small", type=int, choices=(1, 2, 3), default=0, help="halve the size so many times")
    parser.add_argument("--region", type=lambda text: tuple(map(int, text.split(","))), help="X,Y,WIDTH,HEIGHT")
    options = parser.parse_args()
    decoder = Decoder(options.stream.read_bytes(), options.weights.read_bytes())
    pixels = decoder.pixels(options.small, options.region)
    if options.out:
        return np.save(options.out, pixels)
    found = pixel_hash(decoder.header, pixels)
    print(found.hex())
    said = [payload[1:] for payload in decoder.segments[HASH] if payload[0] == 1 and len(payload) == 17]
    check(options.small or options.region or all(hash_ == found for hash_ in said), "the stream says another hash")

if __name__ == "__main__":
    main()
