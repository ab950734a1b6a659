"""Latents of wavelet tiles: the prior, its networks (whose layers are functions), and the symbols."""
import numpy as np

from coders import Rans
from container import Reader, check

TRELLIS = [(0, 0), (5, 2), (9, 2), (18, 4), (33, 10), (78, 43), (166, 121), (1502, 581), (15608, 6251)]

def clip(x, limit=32767):
    return np.clip(x, -limit, limit)

def product(x, weights):
    """Matrix product of integers. Their sums are below 2^53, which doubles hold exactly in any order."""
    return np.matmul(x.astype(np.float64), weights).astype(np.int64)

def convolve(x, kernels):
    """Each channel's own kernel, `[side, side, channels]`, over `[rows, columns, channels]` with zeros outside."""
    side, (rows, columns, _) = len(kernels), x.shape
    padded = np.pad(x, ((side // 2,) * 2, (side // 2,) * 2, (0, 0)))
    return sum(padded[i : i + rows, j : j + columns] * kernels[i, j] for i in range(side) for j in range(side))

def spread(x, places_first):
    """Outputs of a position become 2 x 2 positions; the places vary slower than the channels, or faster."""
    rows, columns, outputs = x.shape
    x = x.reshape(rows, columns, *((2, 2, outputs // 4) if places_first else (outputs // 4, 2, 2)))
    x = x.transpose((0, 2, 1, 3, 4) if places_first else (0, 3, 1, 4, 2))
    return x.reshape(2 * rows, 2 * columns, outputs // 4)

def rescale(r, channels):
    leaky, bias, factor = r.number("u1"), r.numbers("<i4", channels), r.numbers("<i4", channels)
    shift = r.numbers("u1", channels)
    def apply(sums):
        x = clip((sums + bias) * factor + (1 << shift - 1) >> shift)
        return np.where(x < 0, x * 13 >> 7, x) if leaky else x
    return apply

def pointwise(r):
    inputs, outputs = r.numbers("<u4", 2)
    weights, scaled = r.numbers("i1", inputs * outputs).reshape(outputs, inputs).T, rescale(r, outputs)
    return lambda x: scaled(product(x, weights))

def depthwise(r):
    channels, side = r.number("<u4"), r.number("u1")
    kernels = r.numbers("i1", channels * side * side).reshape(channels, side, side).transpose(1, 2, 0)
    scaled = rescale(r, channels)
    return lambda x: scaled(convolve(x, kernels))

def block(r):
    a, d, b, f1, f2 = pointwise(r), depthwise(r), pointwise(r), pointwise(r), pointwise(r)
    def apply(x):
        x = clip(x + b(d(a(x))))
        return clip(x + f2(f1(x)))
    return apply

def network(r):
    kinds = pointwise, depthwise, block, lambda _: lambda x: spread(x, False)
    layers = [kinds[r.number("u1")](r) for _ in range(r.number("<u4"))]
    def apply(x):
        for layer in layers:
            x = layer(x)
        return x
    return apply

def tables(r):
    heads = ((r.number("<i4"), r.number("<u4")) for _ in range(r.number("<u4")))
    return [(lowest, [0] + np.cumsum(r.numbers("<u2", entries)).tolist()) for lowest, entries in heads]

class Prior:
    def __init__(self, data):
        r = Reader(data)
        version = r.number("u1")
        check(1 <= version <= 4, "the version of the prior is unknown")
        self.m, self.z = r.numbers("<u4", 2).tolist()
        self.z_shift, self.known_shift, self.skip_below = r.numbers("u1", 3).tolist()
        self.known_factor, self.lut_min = r.numbers("<i4", 2).tolist()
        self.lut = r.numbers("u1", r.number("<u4"))
        self.z_tables, self.plain = tables(r), tables(r)
        self.trellis = tables(r) if version >= 2 else []
        self.hs, *self.two = network(r), network(r), network(r)
        self.four = [network(r) for _ in range(r.number("<u4") if version == 4 else 4 * (version == 3))]
        self.pz, self.pz_tables = (pointwise(r), tables(r)) if version == 4 else (None, [])
        check(not r.rest(), "bytes follow the prior")

    def scales(self, log_scales):
        return self.lut[np.clip(log_scales - self.lut_min, 0, len(self.lut) - 1)]

    def hyper_latents(self, coder, rows, columns):
        z = np.zeros((rows + 1, columns + 2, self.z), np.int64)  # a border above, left and right
        for i, j in np.ndindex(rows, columns):
            if self.pz is None:
                z[i + 1, j + 1] = [coder.symbol(table) for table in self.z_tables]
                continue
            around = np.concatenate([z[i + 1, j], z[i, j + 1], z[i, j], z[i, j + 2]])
            inputs = np.concatenate([around, abs(around), [4 * (j == 0), 4 * (i == 0)]])
            means, log_scales = np.split(self.pz(inputs), 2)
            scales = np.minimum(self.scales(log_scales), len(self.pz_tables) // 9 - 1)
            whole = means + 8 >> 4
            rest = means - 16 * whole
            symbols = [coder.symbol(self.pz_tables[t]) for t in 9 * scales + abs(rest)]
            z[i + 1, j + 1] = clip(np.where(rest < 0, whole - symbols, whole + symbols))
        return z[1:, 1:-1]

    def latents(self, data, width, height, trellis, deep):
        """Hyper-latents and latents (in sixteenths) of a tile, each by row, column and channel."""
        networks = self.four if deep else self.two
        check(networks and trellis < len(TRELLIS) and (self.trellis or not trellis), "the model lacks a part")
        coder, rows, columns = Rans(data), -(-height // 16), -(-width // 16)
        z = self.hyper_latents(coder, -(-rows // 4), -(-columns // 4))
        hyper = self.hs(clip(z << self.z_shift))
        y, known = np.zeros((rows, columns, self.m), np.int64), np.zeros(hyper.shape[:2] + (self.m,), np.int64)
        for step, net in enumerate(networks):
            out = net(np.concatenate([hyper, known], 2) if step else hyper)[:rows, :columns]
            self.step(coder, y, known, out, step, len(networks), trellis)
        coder.finish()
        return z, y

    def step(self, coder, y, known, out, step, steps, trellis):
        """Decode the latents of a step into `y`, and what later steps know of them into `known`."""
        scales, state = self.scales(out[..., self.m :]), 0
        on_one, on_bit = TRELLIS[trellis]
        for i, j in np.ndindex(y.shape[:2]):
            odd = (i + j) % 2
            group = (odd if steps == 2 else 2 * odd + i % 2) ^ step
            channels = slice(group * self.m // steps, (group + 1) * self.m // steps)
            points = np.zeros(channels.stop - channels.start, np.int64)
            for at in np.flatnonzero(scales[i, j, channels] >= self.skip_below).tolist():
                scale, other = int(scales[i, j, channels][at]), state & 1
                k = coder.symbol(self.trellis[2 * scale + other] if trellis else self.plain[scale])
                points[at] = 2 * k - other * ((k > 0) - (k < 0))
                state = state >> 1 ^ on_one * other ^ on_bit * (k & 1 ^ other)
            found = clip(8 * points + out[i, j, channels])
            y[i, j, channels] = found
            known[i, j, channels] = clip(found * self.known_factor + (1 << self.known_shift - 1) >> self.known_shift)
