"""Alpha of tiles."""
import numpy as np

from coders import Bit, Integer, Range
from container import Reader, check

def decode_alpha(data, width, height, bits):
    """The samples of a tile, `[height, width]`."""
    r, largest = Reader(data), (1 << bits) - 1
    how = r.number("u1")
    check(how < 4, "the coding of alpha is unknown")
    if how < 2:
        return np.full((height, width), r.leb128() if how else largest)
    if how == 2:
        return r.numbers(f"<u{bits // 8}", width * height).reshape(height, width)
    coder, misses, under = Range(r.rest()), [Bit() for _ in range(64)], [Bit() for _ in range(8)]
    sizes, above, rows = [Integer() for _ in range(8)], None, []
    for _ in range(height):
        row, quiet = [], 1
        for j in range(width):
            w = row[-1] if row else above[0] if above else largest
            n = above[j] if above else w
            nw, ne = above[j - 1] if above and j else n, above[j + 1] if above and j + 1 < width else n
            p = max(min(w, n), min(w + n - nw, max(w, n)))
            activity = abs(w - nw) + abs(nw - n) + abs(n - ne)
            level = min(7, max(1, activity >> bits - 8).bit_length()) if activity else 0
            quiet = 1 - misses[8 * level + quiet + 2 * (w == n) + 4 * (n == ne)].decode(coder)
            if not quiet:
                sign = -1 if under[level].decode(coder) else 1
                p += sign * (sizes[level].decode(coder) + 1)
            row.append(p & largest)
        rows.append(row)
        above = row
    coder.finish()
    return np.array(rows)
