"""From the plane of latents to samples: gains, networks, wavelet packet and restoration filters."""
import numpy as np

from container import Reader, check
from prior import clip, convolve, product, spread

ROOTS = [1518500250, 1276901417, 1170923762, 1121280436, 1097253708, 1085434106, 1079572136, 1076653033]
ROOTS += [1075196443, 1074468888, 1074105294, 1073923544, 1073832680, 1073787251, 1073764537, 1073753181]
SMALL = [1 << 16, 43308, 28620, 18913]

class Layer:
    def __init__(self, r, inputs, outputs, convolution=False):
        self.leaky, self.shift, self.limit = r.number("u1"), r.number("u1"), r.number("<i2")
        self.bias = r.numbers("<i4", outputs) + (1 << self.shift - 1)
        shape = (3, 3, outputs) if convolution else (inputs, outputs)
        self.sums, self.weights = convolve if convolution else product, r.numbers("<i2", np.prod(shape)).reshape(shape)

    def __call__(self, x):
        v = clip(self.sums(x, self.weights) + self.bias >> self.shift, self.limit)
        return np.where(v < 0, v * 3277 + 16384 >> 15, v) if self.leaky else v

    def add(self, x, v):
        return clip(x + v, self.limit)

def merge(low, high, axis):
    """Merge low and high values along an axis."""
    e, o = np.moveaxis(low, axis, -1).copy(), np.moveaxis(high, axis, -1).copy()
    for to_even, to_odd in ((-29066, -57862), (3472, 103949)):
        before = np.concatenate([o[..., :1], o[..., :-1]], -1)
        e += (before + o) * to_even + 32768 >> 16
        after = np.concatenate([e[..., 1:], e[..., -1:]], -1)
        o += (e + after) * to_odd + 32768 >> 16
    return np.moveaxis(np.stack([e, o], -1).reshape(*e.shape[:-1], -1), -1, axis)

def unpack(planes):
    """One level of the wavelet packet, on `[planes, rows, columns]`."""
    both_low, high_along_rows, high_down_columns, both_high = np.split(clip(planes, 1 << 23), 4)
    return merge(merge(both_low, high_along_rows, 2), merge(high_down_columns, both_high, 2), 1)

class Synthesis:
    def __init__(self, data, config):
        r, (c, m, self.anchors) = Reader(data), (config[k] for k in ("width", "latents", "anchors"))
        check(r.number("u1") == 1, "the version of the synthesis is unknown")
        self.fraction, self.limit = r.number("u1"), r.number("<i2")
        self.logarithms = r.numbers("<i4", self.anchors * m).reshape(self.anchors, m)
        self.up = Layer(r, m, 4 * c)
        shapes = [(c, c), (1, c, True), (c, c), (c, 2 * c), (2 * c, c)]
        self.blocks = [[Layer(r, *shape) for shape in shapes] for _ in range(config["decoder_blocks"])]
        self.output, self.skip = Layer(r, c, 192), Layer(r, m, 768)
        kinds = [("<i2", 1)] + [("<i2", 33), ("<i4", 1)] * 3
        anchors = range(self.anchors * bool(self.fraction))
        self.filters = [np.concatenate([r.numbers(*kind) for kind in kinds]) for _ in anchors]
        check(not r.rest(), "bytes follow the synthesis")

    def interpolate(self, anchors, quality):
        p = quality * (self.anchors - 1)
        k = min(p // 10000, self.anchors - 2)
        return anchors[k] + ((anchors[k + 1] - anchors[k]) * (p - 10000 * k) + 5000) // 10000

    def filter(self, quality, colours):
        """The filter, if any: fractional bits, threshold, and for each colour the weights and then the offset."""
        if not self.filters:
            return []
        threshold, *rows = self.interpolate(self.filters, quality).tolist()
        rows = np.array(rows).reshape(3, 34)
        if colours == 1:
            sums = np.concatenate([rows[:, :30].reshape(3, 3, 10).sum((0, 1)), rows[:, 32:].sum(0)])
            rows = (2 * sums[None] + 3) // 6
        return [(self.fraction, threshold, rows)]

    def gain(self, y, quality):
        logarithms = self.interpolate(self.logarithms, quality)
        v, shift = np.full(logarithms.shape, 1 << 30), 14 - (logarithms >> 16)
        for n, root in enumerate(ROOTS, 1):
            v = np.where(logarithms >> 16 - n & 1, v * root + (1 << 29) >> 30, v)
        return clip(y * (v + 32768 >> 16) + (1 << shift - 1) >> shift, self.limit)

    def paint(self, y, quality, colours, bits, small):
        """Samples, `[colours, rows, columns]`, of all positions of `y`, with `small` levels left out."""
        inputs = self.gain(y, quality)
        x = spread(self.up(inputs), True)
        for a, d, b, f1, f2 in self.blocks:
            x = b.add(x, b(d(a(x))))
            x = f2.add(x, f2(f1(x)))
        bands = self.output.add(spread(self.skip(inputs), True), self.output(x))
        planes = bands.transpose(2, 0, 1)[np.arange(192) % (3 * 4**small) < 3] * 8
        for _ in range(3 - small):
            planes = unpack(planes)
        planes = (planes * SMALL[small] + 32768 >> 16) + 32768
        if colours == 1:
            planes = (2 * planes.sum(0, keepdims=True) + 3) // 6
        return np.clip(planes, 0, 65536) * ((1 << bits) - 1) + 32768 >> 16

def segment_filter(payload, colours):
    """The filter of a CODEC segment, in the same form."""
    r = Reader(payload)
    threshold, orders = 4 * r.number("u1"), r.number("u1")
    bits, at = "".join(f"{byte:08b}" for byte in r.rest()), 0
    def coefficient(order):
        nonlocal at
        first = bits.index("1", at)
        at = 2 * first - at + 1 + order
        number = int(bits[first:at], 2) - (1 << order)
        return number + 1 >> 1 if number & 1 else -(number >> 1)
    rings = [[8 * coefficient(orders & 15) for _ in range(10 * colours)] for _ in range(colours)]
    others = [[4 * coefficient(orders >> 4) for _ in range(colours + 1)] for _ in range(colours)]
    check(len(bits) - at < 8 and "1" not in bits[at:], "bits follow the filter")
    return 10, threshold, np.array([a + b[:-1] + [1024 * b[-1]] for a, b in zip(rings, others)])

def restore(samples, bits, fraction, threshold, weights):
    """Filter samples, `[colours, rows, columns]`."""
    values = samples * 16 if bits == 8 else (samples * 4080 + 32767) // 65535
    colours, rows, columns = samples.shape
    padded, features = np.pad(values, ((0, 0), (2, 2), (2, 2)), "edge"), []
    for value, around in zip(values, padded):
        rings = []
        for a, b in ((0, 1), (1, 1), (0, 2), (2, 2), (1, 2)):
            places = {(p, q) for s in (a, -a) for t in (b, -b) for p, q in ((s, t), (t, s))}
            rings.append([around[2 + p : 2 + p + rows, 2 + q : 2 + q + columns] - value for p, q in places])
        features += [sum(ring) for ring in rings] + [sum(clip(x, threshold) for x in ring) for ring in rings]
    red, green, blue = values[0], values[colours // 2], values[-1]
    features += ([red - green, blue - green] if colours == 3 else []) + [green - 2048]
    u = np.tensordot(weights[:, :-1], np.array(features), 1) + weights[:, -1, None, None]
    change = u * (1 if bits == 8 else 257) + (8 << fraction) >> fraction + 4
    return np.clip(samples + change, 0, (1 << bits) - 1)
