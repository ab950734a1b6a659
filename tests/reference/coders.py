"""Entropy coding: slots, tables, rANS, the range coder and adaptive bits. All numbers are Python's own."""
from bisect import bisect_right

from container import Reader, check

MASK = (1 << 64) - 1

class Coder:
    """Decodes by `slot(find)`, where `find(quantile)` gives the value, the start and the size of a slot."""
    def bit(self, q):
        return self.slot(lambda x: (1, 65536 - q, q) if x >= 65536 - q else (0, 0, 65536 - q))

    def plain(self, count):
        value = 0
        for bits in (max(count - 16, 0), min(count, 16)):
            down = 16 - bits
            if bits:
                value = value << bits | self.slot(lambda x: (x >> down, x >> down << down, 1 << down))
        return value

    def symbol(self, table):
        """A symbol of a table: its lowest symbol and the starts of its slots, then 65536."""
        lowest, starts = table
        def find(x):
            i = bisect_right(starts, x) - 1
            return i, starts[i], starts[i + 1] - starts[i]

        i, escape, bits = self.slot(find), len(starts) - 2, 0
        if i < escape:
            return lowest + i
        below = self.plain(1)
        while not self.plain(1):
            bits += 1
            check(bits < 16, "an escape is too long")
        distance = (1 << bits) + self.plain(bits) - 1
        value = lowest - 1 - distance if below else lowest + escape + distance
        check(abs(value) < 32768, "a symbol is too large")
        return value

class Rans(Coder):
    def __init__(self, data):
        r = Reader(data)
        lengths = [r.leb128() for _ in range(r.number("u1") - 1)]
        lengths.append((len(data) - r.at) // 4 - sum(lengths))
        self.lanes, self.lane = [r.numbers("<u4", n).tolist() for n in lengths], 0
        check(r.at == len(data) and all(lane and lane[-1] for lane in self.lanes), "a lane has no state")
        self.states = [self.refill(lane.pop(), lane) for lane in self.lanes]

    def refill(self, state, lane):
        if state < 1 << 32 and lane:
            state = state << 32 | lane.pop()
        check(state >= 65536, "a state is too small")
        return state

    def slot(self, find):
        state, lane = self.states[self.lane], self.lanes[self.lane]
        value, start, size = find(state & 65535)
        self.states[self.lane] = self.refill((state >> 16) * size + (state & 65535) - start, lane)
        self.lane = (self.lane + 1) % len(self.lanes)
        return value

    def finish(self):
        check(all(s == 65536 for s in self.states) and not any(self.lanes), "words remain")

class Range(Coder):
    def __init__(self, data):
        self.words, self.at = Reader(data).numbers("<u4", len(data) // 4).tolist(), 0
        self.lower, self.range = 0, MASK
        self.point = self.word() << 32 | self.word()

    def word(self):
        self.at += 1
        return self.words[self.at - 1] if self.at <= len(self.words) else 0

    def slot(self, find):
        scale = self.range >> 16
        quantile = (self.point - self.lower & MASK) // scale
        check(quantile < 65536, "out of range")
        value, start, size = find(quantile)
        self.lower, self.range = self.lower + scale * start & MASK, scale * size
        if self.range < 1 << 32:
            self.lower, self.range = self.lower << 32 & MASK, self.range << 32
            self.point = self.point << 32 & MASK | self.word()
        return value

    def finish(self):
        check(self.at == len(self.words) + 1, "too many words or too few")
        check(self.point >> 32 == (self.lower + (1 << 32) - 1 & MASK) >> 32, "a wrong last word")

class Bit:
    def __init__(self):
        self.fast = self.slow = 32768

    def decode(self, coder):
        bit = coder.bit(max(64, min(self.fast + self.slow >> 1, 65472)))
        self.fast += 65535 - self.fast >> 4 if bit else -(self.fast >> 4)
        self.slow += 65535 - self.slow >> 7 if bit else -(self.slow >> 7)
        return bit

class Integer:
    def __init__(self):
        self.length, self.high = ([Bit() for _ in range(32)] for _ in range(2))

    def decode(self, coder):
        n = 0
        while n < 31 and self.length[n].decode(coder):
            n += 1
        top = 2 | self.high[n].decode(coder) if n else 0
        return (top << n - 1 | coder.plain(n - 1)) - 1 if n else 0
