"""Numbers, header, segments and tiles of a whole stream, and checksums of symbols: damage raises an error."""
import zlib
from types import SimpleNamespace

import numpy as np

END, PART, ALPHA, CODEC, HASH = 0, 1, 2, 3, 133

def check(condition, complaint):
    if not condition:
        raise ValueError(complaint)

class Reader:
    """Takes bytes and numbers from a buffer, in order."""
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        check(self.at + count <= len(self.data), "too few bytes")
        self.at += count
        return self.data[self.at - count : self.at]

    def numbers(self, kind, count):
        """`count` numbers of a numpy kind such as `<i4`, widened to 64 bits."""
        return np.frombuffer(self.take(np.dtype(kind).itemsize * count), kind).astype(np.int64)

    def number(self, kind):
        return int(self.numbers(kind, 1)[0])

    def leb128(self):
        value = shift = 0
        while (byte := self.number("u1")) > 127:
            value |= byte - 128 << shift
            shift += 7
        check(byte or not shift, "a number is not in its shortest form")
        return value | byte << shift

    def rest(self):
        return self.take(len(self.data) - self.at)

def read_header(r):
    """What the header says of an image; width and height are those of the image that is shown."""
    check(r.take(4) == b"\x8dLMC" and r.number("u1") == 1, "not a stream of version 1")
    codec, _model, media, block = r.number("u1"), r.take(16), Reader(r.take(r.leb128())), r.take(r.leb128())
    check(zlib.crc32(r.data[: r.at]) == r.number("<u4"), "the header is damaged")
    check(media.number("u1") == 1, "not an image")
    width, height, flags = media.leb128(), media.leb128(), media.number("u1")
    colours, alpha, bits = 3 if flags & 1 else 1, flags >> 1 & 1, 16 if flags & 4 else 8
    tile = 32 << (flags >> 4) if flags >> 4 else 64 * media.leb128()
    names = "codec", "block", "width", "height", "colours", "alpha", "bits", "tile"
    return SimpleNamespace(**dict(zip(names, (codec, block, width, height, colours, alpha, bits, tile))))

def read_stream(data):
    """The header, and the payloads of all segments by their id."""
    r, segments = Reader(data), {PART: [], ALPHA: [], CODEC: [], HASH: []}
    header = read_header(r)
    while True:
        start = r.at
        kind, length = r.number("u1"), r.leb128()
        head = data[start : r.at]
        check(zlib.crc32(head) & 255 == r.number("u1"), "the header of a segment is damaged")
        crc, payload = r.number("<u4"), r.take(length)
        check(zlib.crc32(head + payload) == crc, "a segment is damaged")
        if kind == END:
            check(r.at == len(data), "bytes follow the end")
            return header, segments
        check(kind in segments or kind > 127, f"segment {kind} is unknown")
        segments.setdefault(kind, []).append(payload)

def parts(payloads, width, height, side):
    """The place (`x`, `y`, width and height), the checksum and the coded symbols of each tile of an image."""
    places = [(x, y) for y in range(0, height, side) for x in range(0, width, side)]
    check(len(payloads) == len(places), "tiles are missing")
    for index, ((x, y), payload) in enumerate(zip(places, payloads)):
        r = Reader(payload)
        check(r.leb128() == index, "tiles are out of order")
        yield (x, y, min(side, width - x), min(side, height - y)), r.number("<u4"), r.rest()

def checksum(arrays):
    """The checksum of the symbols of a part, given as arrays."""
    h, k, mask = 0x9E3779B97F4A7C15, 0x9E3779B97F4A7C15, (1 << 64) - 1
    for values in arrays:
        padded = np.zeros(-(-values.size // 4) * 4, np.uint16)
        padded[: values.size] = values.reshape(-1) & 0xFFFF
        for word in padded.view("<u8").tolist() + [values.size]:
            h = (h ^ word) * k & mask
            h = (h << 29 | h >> 35) & mask
    h = (h ^ h >> 32) * k & mask
    h ^= h >> 29
    return h >> 32 ^ h & 0xFFFFFFFF
