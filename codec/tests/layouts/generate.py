"""Makes small image files of random layouts, and says what other readers make of them.

Use: generate.py FOLDER COUNT SEED. Writes files and `index.txt`, a line for each:

    NAME pixels TOLERANCE WIDTH HEIGHT CHANNELS BITS   NAME.ref holds the samples, interleaved, 16-bit ones little-endian
    NAME warns                                         another reader warns of it or refuses it

Needs numpy, Pillow, tifffile and imagecodecs; uses cjpeg, djpeg, tiffcp and convert where they are there.
`LMC_LAYOUTS_ONLY` names the kinds to make, such as `gif,webp`; otherwise all are made, common ones more often.
"""

import io
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import zlib

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageFile

FOLDER, COUNT, SEED = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
R = random.Random(SEED)
N = np.random.default_rng(SEED)
HAS = {name: shutil.which(name) for name in ("cjpeg", "djpeg", "tiffcp", "convert")}
index = []


def scene(w, h, channels, bits=8):
    """Smooth colours with an edge and some noise."""
    y, x = np.mgrid[0:h, 0:w].astype(float)
    out = []
    for c in range(channels):
        a, b, p = N.uniform(-1, 1, 3)
        v = 0.5 + 0.3 * np.sin(a * x / 5 + b * y / 7 + 6 * p) + 0.2 * ((x * a + y * b) > 3) + N.normal(0, 0.03, (h, w))
        out.append(v)
    top = (1 << bits) - 1
    array = np.clip(np.round(np.stack(out, -1) * top), 0, top)
    return array.astype(np.uint8 if bits <= 8 else np.uint16)


def size(most=70):
    return R.choice((1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, R.randint(1, most))), R.choice((1, 2, 8, 9, 16, 17, R.randint(1, most)))


def run(*command, data=None):
    done = subprocess.run([str(part) for part in command], input=data, capture_output=True)
    return done.returncode, done.stdout, done.stderr


def add(name, data, array, tolerance=0):
    """A file, and the pixels that it should have."""
    array = np.asarray(array)
    if array.ndim == 2:
        array = array[..., None]
    h, w, channels = array.shape
    (FOLDER / name).write_bytes(data)
    wide = array.dtype.itemsize == 2
    (FOLDER / (name + ".ref")).write_bytes(np.ascontiguousarray(array).astype("<u2" if wide else "u1").tobytes())
    index.append(f"{name} pixels {tolerance} {w} {h} {channels} {16 if wide else 8}")


def read_ppm(data):
    kind, rest = data.split(b"\n", 1)
    dims, rest = rest.split(b"\n", 1)
    _, rest = rest.split(b"\n", 1)
    w, h = map(int, dims.split())
    channels = 3 if kind == b"P6" else 1
    return np.frombuffer(rest, np.uint8).reshape(h, w, channels)


def ppm(array):
    kind = b"P6" if array.shape[2] == 3 else b"P5"
    return kind + b"\n%d %d\n255\n" % (array.shape[1], array.shape[0]) + array.tobytes()


# ---------------------------------------------------------------- JPEG

SCANS = {
    "planes": "0;\n1;\n2;\n",
    "luma": "0;\n1 2;\n",
    "chroma_first": "1;\n2;\n0;\n",
    "pair": "0 1;\n2;\n",
    "spectral": "0 1 2: 0-0, 0, 0;\n0: 1-5, 0, 0;\n1: 1-63, 0, 0;\n2: 1-63, 0, 0;\n0: 6-63, 0, 0;\n",
    "refined": "0: 0-0, 0, 1;\n1 2: 0-0, 0, 0;\n0: 1-9, 0, 2;\n1: 1-63, 0, 1;\n2: 1-63, 0, 1;\n0: 10-63, 0, 2;\n"
    "0: 1-63, 2, 1;\n0: 1-63, 1, 0;\n1: 1-63, 1, 0;\n2: 1-63, 1, 0;\n0: 0-0, 1, 0;\n",
}


def jpeg_file():
    w, h = size()
    gray = R.random() < 0.15
    array = scene(w, h, 1 if gray else 3)
    if not HAS["cjpeg"]:
        out = io.BytesIO()
        kind = {} if gray else {"subsampling": R.choice((0, 1, 2))}
        Image.fromarray(array.squeeze(-1) if gray else array).save(
            out, "JPEG", quality=R.randint(5, 100), progressive=R.random() < 0.4, optimize=R.random() < 0.5, **kind)
        return out.getvalue()
    options = ["-quality", R.randint(1, 100)]
    if gray:
        options.append("-grayscale")
    else:
        luma = f"{R.choice((1, 2, 4, 1, 2))}x{R.choice((1, 2, 4, 1, 2))}"
        options += ["-sample", R.choice((luma, luma, "2x2,1x2,2x1", "2x1,1x1,2x1", "1x2,1x1,1x2", "2x2,2x1,2x1"))]
        if R.random() < 0.1:
            options += ["-rgb"]
    if R.random() < 0.3:
        options += ["-restart", R.choice(("1", "2", "3B", "1B", "7B"))]
    choice = R.random()
    if choice < 0.3:
        options.append("-progressive")
    elif choice < 0.6 and not gray:
        script = FOLDER / "scans.txt"
        script.write_text(SCANS[R.choice(list(SCANS))])
        options += ["-scans", script]
    elif choice < 0.8:
        options.append("-optimize")
    if R.random() < 0.2:
        options += ["-smooth", 30]
    code, data, _ = run("cjpeg", *options, data=ppm(array))
    return data if code == 0 else None


def jpeg(name):
    data = jpeg_file()
    if data is None:
        return
    if HAS["djpeg"]:
        code, out, error = run("djpeg", "-pnm", data=data)
        if code == 0 and not error:
            add(name + ".jpg", data, read_ppm(out))
    else:
        add(name + ".jpg", data, np.asarray(Image.open(io.BytesIO(data))))


def damaged(data, start=0):
    """One of the kinds of damage that files meet."""
    data = bytearray(data)
    if len(data) < start + 20:
        return bytes(data)
    at = R.randrange(start, len(data))
    kind = R.randrange(6)
    if kind == 0:
        return bytes(data[:at])
    if kind == 1:
        return bytes(data[:at]) + b"\xff\xd9"
    if kind == 2:
        data[at] ^= 1 << R.randrange(8)
    elif kind == 3:
        end = min(len(data), at + R.choice((4, 64, 512)))
        data[at:end] = bytes(end - at)
    elif kind == 4:
        del data[at : at + R.randint(1, 30)]
    else:
        data[at:at] = bytes(R.randrange(256) for _ in range(R.randint(1, 20)))
    return bytes(data)


def jpeg_damaged(name):
    data = jpeg_file()
    if data is None or not HAS["djpeg"]:
        return
    bad = damaged(data, data.rfind(b"\xff\xda") + 4 if R.random() < 0.7 else 4)
    code, out, error = run("djpeg", "-pnm", data=bad)
    name += ".jpg"
    if code == 0 and not error:
        # Damage that no reader can see gives the same pixels.
        add(name, bad, read_ppm(out))
        index[-1] = index[-1].replace(" pixels ", " if_read ")
    else:
        (FOLDER / name).write_bytes(bad)
        index.append(f"{name} warns")


# ---------------------------------------------------------------- PNG

ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind, payload):
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def packed(rows, bits):
    """Rows of values as bytes."""
    if bits == 16:
        return [row.astype(">u2").tobytes() for row in rows]
    if bits == 8:
        return [row.astype(np.uint8).tobytes() for row in rows]
    out = []
    for row in rows:
        all_bits = ((row.reshape(-1, 1) >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).ravel()
        out.append(np.packbits(all_bits).tobytes())
    return out


def filtered(rows, bpp):
    out, above = b"", None
    for row in rows:
        above = above if above is not None else bytes(len(row))
        kind = R.randrange(5)
        line = bytearray()
        for i, value in enumerate(row):
            a = row[i - bpp] if i >= bpp else 0
            b = above[i]
            c = above[i - bpp] if i >= bpp else 0
            p = a + b - c
            near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line.append((value - (0, a, b, (a + b) // 2, near)[kind]) & 255)
        out += bytes([kind]) + bytes(line)
        above = row
    return out


def png_file():
    w, h = size(40)
    kind, bits = R.choice([(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)])
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    array = scene(w, h, channels, bits)
    extra, want = b"", array
    top = (1 << bits) - 1
    if kind == 3:
        count = R.randint(max(1, top // 2), top + 1)
        array = (array.astype(int) % count).astype(np.uint8)
        palette = N.integers(0, 256, (count, 3)).astype(np.uint8)
        extra += chunk(b"PLTE", palette.tobytes())
        want = palette[array[..., 0]]
        if R.random() < 0.4:
            alphas = N.integers(0, 256, R.randint(1, count)).astype(np.uint8)
            extra += chunk(b"tRNS", alphas.tobytes())
            full = np.concatenate([alphas, np.full(count - len(alphas), 255, np.uint8)])
            want = np.dstack([want, full[array[..., 0]]])
    else:
        if kind in (0, 2) and R.random() < 0.3:
            key = array[R.randrange(h), R.randrange(w)]
            extra += chunk(b"tRNS", struct.pack(f">{channels}H", *map(int, key)))
            alpha = np.where((array == key).all(-1), 0, 65535 if bits == 16 else 255)
            want = np.dstack([array * (1 if bits >= 8 else 255 // top), alpha.astype(array.dtype)])
        elif bits < 8:
            want = array * (255 // top)
    want = want.astype(np.uint16 if bits == 16 else np.uint8)
    interlaced = R.random() < 0.4
    bpp = max(1, channels * bits // 8)
    if interlaced:
        raw = b""
        for x0, y0, dx, dy in ADAM7:
            part = array[y0::dy, x0::dx]
            if part.size:
                raw += filtered(packed(part, bits), bpp)
    else:
        raw = filtered(packed(array, bits), bpp)
    deflated = zlib.compress(raw, R.choice((0, 1, 6, 9)))
    cut = R.randint(1, 5)
    step = max(1, len(deflated) // cut)
    data = b"".join(chunk(b"IDAT", deflated[i : i + step]) for i in range(0, len(deflated), step))
    header = struct.pack(">IIBBBBB", w, h, bits, kind, 0, 0, int(interlaced))
    extra = (chunk(b"gAMA", struct.pack(">I", 45455)) if R.random() < 0.3 else b"") + extra
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + data + chunk(b"IEND", b""), want, deflated


def png(name):
    data, want, _ = png_file()
    # libpng agrees that the file is right.
    Image.open(io.BytesIO(data)).load()
    add(name + ".png", data, want)


def png_damaged(name):
    data, want, _ = png_file()
    bad = damaged(data, 8)
    name += ".png"
    (FOLDER / name).write_bytes(bad)
    try:
        imagecodecs.png_decode(bad)
        with_alpha = Image.open(io.BytesIO(bad))
        with_alpha.load()
    except Exception:
        index.append(f"{name} warns")


# ---------------------------------------------------------------- TIFF


def tiff(name):
    w, h = size(90)
    bits = R.choice((8, 8, 16))
    kind = R.choice(("gray", "rgb", "rgb", "rgba", "gray_alpha", "palette", "white"))
    channels = {"gray": 1, "rgb": 3, "rgba": 4, "gray_alpha": 2, "palette": 1, "white": 1}[kind]
    if kind == "palette":
        bits = 8
    array = scene(w, h, channels, bits)
    options = {"byteorder": R.choice("<>"), "bigtiff": R.random() < 0.15, "metadata": None}
    want = array
    if kind == "gray" or kind == "gray_alpha":
        options["photometric"] = "minisblack"
    elif kind == "white":
        options["photometric"] = "miniswhite"
        want = ((1 << bits) - 1) - array
    elif kind == "palette":
        table = N.integers(0, 65536, (3, 256)).astype(np.uint16)
        options.update(photometric="palette", colormap=table)
        want = np.moveaxis((table >> 8)[:, array[..., 0]], 0, -1).astype(np.uint8)
    else:
        options["photometric"] = "rgb"
    if channels in (2, 4):
        associated = R.random() < 0.4
        meaning = "assocalpha" if associated else R.choice(("unassalpha", "unassalpha", "unspecified"))
        options["extrasamples"] = [meaning]
        if meaning == "unspecified":
            want = array[..., :-1]
        if associated:
            top = float((1 << bits) - 1)
            alpha = array[..., -1:].astype(float)
            colors = np.minimum(array[..., :-1], array[..., -1:])
            array = np.concatenate([colors, array[..., -1:]], -1)
            divided = np.where(alpha > 0, np.floor((colors * top + np.floor(alpha / 2)) / np.maximum(alpha, 1)), colors)
            want = np.concatenate([np.minimum(divided, top), array[..., -1:]], -1).astype(array.dtype)
    compression = R.choice((None, None, "lzw", "deflate", "packbits", "jpeg", "adobe_deflate"))
    if compression == "jpeg" and (bits != 8 or kind in ("palette", "white", "gray_alpha", "rgba")):
        compression = "lzw"
    options["compression"] = compression
    if compression in ("lzw", "deflate", "adobe_deflate") and R.random() < 0.5:
        options["predictor"] = 2
    if R.random() < 0.5:
        options["tile"] = (R.choice((16, 32, 64, 128)), R.choice((16, 32, 48, 64)))
    elif R.random() < 0.6:
        options["rowsperstrip"] = R.randint(1, h)
    planar = channels > 1 and R.random() < 0.4
    data = array[..., 0] if channels == 1 else array
    if planar:
        data, options["planarconfig"] = np.moveaxis(array, -1, 0), "separate"
    elif channels > 1:
        options["planarconfig"] = "contig"
    if compression == "jpeg":
        options["compressionargs"] = {"level": R.randint(30, 100)}
        if kind == "rgb" and not planar and R.random() < 0.6:
            options["photometric"] = "ycbcr"
            options["subsampling"] = R.choice(((1, 1), (2, 1), (2, 2)))
    out = io.BytesIO()
    try:
        tifffile.imwrite(out, data, **options)
    except Exception:
        return
    if compression == "jpeg":
        try:
            want = tifffile.imread(io.BytesIO(out.getvalue()))
        except Exception:
            return
        if planar and want.ndim == 3:
            want = np.moveaxis(want, 0, -1)
    add(name + ".tif", out.getvalue(), want)


def tiff_of_libtiff(name):
    """Layouts that libtiff and ImageMagick write, fax codes among them."""
    if not HAS["tiffcp"]:
        return
    bilevel = R.random() < 0.5
    w, h = size(120)
    source, target = FOLDER / "source.tif", FOLDER / "target.tif"
    if bilevel:
        array = (scene(w, h, 1) > 128)[..., 0]
        Image.fromarray(array).save(source)
        want = array.astype(np.uint8) * 255
        codes = ("g3", "g3:1d:fill", "g3:2d", "g3:2d:fill", "g4", "lzw", "zip", "packbits", "none")
        options = ["-c", R.choice(codes), "-f", R.choice(("lsb2msb", "msb2lsb"))]
        if R.random() < 0.5:
            options += ["-r", R.randint(1, h)]
    else:
        want = scene(w, h, R.choice((1, 3)), R.choice((8, 16)))
        tifffile.imwrite(source, want[..., 0] if want.shape[2] == 1 else want, metadata=None,
                         photometric="minisblack" if want.shape[2] == 1 else "rgb")
        options = ["-c", R.choice(("lzw", "lzw:2", "zip", "zip:2", "packbits", "none")), R.choice(("-B", "-L"))]
        options += ["-f", R.choice(("lsb2msb", "msb2lsb"))]
        if R.random() < 0.6:
            options += ["-t", "-w", R.choice((16, 32, 64, 128)), "-l", R.choice((16, 32, 64))]
        else:
            options += ["-s", "-r", R.randint(1, h)]
        options += ["-p", R.choice(("contig", "separate"))]
        if R.random() < 0.2:
            options += ["-8"]
    if run("tiffcp", *options, source, target)[0] == 0:
        add(name + ".tif", target.read_bytes(), want)


def tiff_of_few_bits(name):
    """Samples of odd numbers of bits, in either order of colours."""
    w, h = size(60)
    bits = R.choice((1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15))
    channels = R.choice((1, 1, 3))
    array = scene(w, h, channels, bits)
    top = (1 << bits) - 1
    full = 255 if bits <= 8 else 65535
    white = channels == 1 and R.random() < 0.3
    values = top - array if white else array
    want = (values.astype(np.int64) * full + top // 2) // top
    if white and bits <= 8:
        want = 255 - (array.astype(np.int64) * 255 + top // 2) // top
    bytes_of_rows = [np.packbits(((row.reshape(-1, 1) >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).ravel()).tobytes() for row in array]
    pixels = b"".join(bytes_of_rows)
    entries = [(256, 4, 1, w), (257, 4, 1, h), (258, 3, 1, bits), (259, 3, 1, 1),
               (262, 3, 1, 2 if channels == 3 else (0 if white else 1)), (273, 4, 1, 8), (277, 3, 1, channels),
               (278, 4, 1, h), (279, 4, 1, len(pixels))]
    at = 8 + len(pixels)
    out = struct.pack("<2sHI", b"II", 42, at) + pixels + struct.pack("<H", len(entries))
    for tag, kind, count, value in entries:
        out += struct.pack("<HHII", tag, kind, count, value)
    add(name + ".tif", out + bytes(4), want.astype(np.uint8 if bits <= 8 else np.uint16))


def tiff_damaged(name):
    tiff(name + "_base")
    base = FOLDER / (name + "_base.tif")
    if not base.exists():
        return
    index.pop()
    data = base.read_bytes()
    base.unlink()
    (FOLDER / (name + "_base.tif.ref")).unlink()
    # Only cuts: tifffile and libtiff do not see other damage of pixels as a rule.
    bad = data[: R.randrange(8, len(data))]
    name += ".tif"
    try:
        with tifffile.TiffFile(io.BytesIO(bad)) as file:
            file.asarray()
    except Exception:
        (FOLDER / name).write_bytes(bad)
        index.append(f"{name} warns")


# ---------------------------------------------------------------- any-maps


def any_map(name):
    w, h = size(40)
    kind = R.choice(("P1", "P2", "P3", "P4", "P5", "P6", "P7"))
    top = 1 if kind in ("P1", "P4") else R.choice((1, 15, 100, 255, 255, 256, 1023, 4095, 65535, R.randint(1, 65535)))
    channels = {"P1": 1, "P2": 1, "P4": 1, "P5": 1}.get(kind, 3)
    if kind == "P7":
        channels = R.randint(1, 4)
    array = N.integers(0, top + 1, (h, w, channels)).astype(np.int64)
    space = R.choice((" ", "\n", "\t", "\r\n", " # a comment\n"))
    head = f"{kind}{R.choice((chr(10), ' ', chr(10) + '# a comment' + chr(10)))}{w}{space}{h}"
    if kind == "P7":
        names = {1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA"}
        head = f"P7\nWIDTH {w}\n# a comment\nHEIGHT {h}\nDEPTH {channels}\nMAXVAL {top}\nTUPLTYPE {names[channels]}\nENDHDR"
    elif kind not in ("P1", "P4"):
        head += f"{space}{top}"
    full = 255 if top < 256 else 65535
    want = (array * full + top // 2) // top
    if kind in ("P1", "P4"):
        want = 255 - want
    if kind in ("P2", "P3"):
        body = R.choice((" ", "\n", "  ")).join(str(v) for v in array.ravel()) + R.choice(("", "\n"))
        data = (head + "\n" + body).encode()
    elif kind == "P1":
        body = R.choice((" ", "", "\n")).join(str(v) for v in array.ravel())
        data = (head + "\n" + body).encode()
    elif kind == "P4":
        data = head.encode() + b"\n" + b"".join(np.packbits(row.astype(np.uint8).ravel()).tobytes() for row in array)
    else:
        data = head.encode() + b"\n" + array.astype("u1" if top < 256 else ">u2").tobytes()
    add(f"{name}.{'pam' if kind == 'P7' else 'pnm'}", data, want.astype(np.uint8 if full == 255 else np.uint16))


# ---------------------------------------------------------------- others


def bmp(name):
    w, h = size(60)
    kind = R.choice(("RGB", "L", "P", "1", "RLE", "v3"))
    image = Image.fromarray(scene(w, h, 3))
    if kind in ("RLE", "v3") and HAS["convert"]:
        options = ["-type", "palette", "-compress", "RLE"] if kind == "RLE" else ["BMP3:-"][:0]
        code, data, _ = run("convert", "-", *options, "BMP3:-", data=ppm(np.asarray(image)))
        if code:
            return
    else:
        out = io.BytesIO()
        image.convert(kind if kind in ("RGB", "L", "P", "1") else "RGB").save(out, "BMP")
        data = out.getvalue()
    try:
        want = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    except Exception:
        return
    add(name + ".bmp", data, want)


def webp(name):
    w, h = size(60)
    alpha = R.random() < 0.4
    image = Image.fromarray(scene(w, h, 4 if alpha else 3))
    out = io.BytesIO()
    lossless = R.random() < 0.5
    image.save(out, "WEBP", lossless=lossless, quality=R.randint(1, 100), method=R.randint(0, 6), exact=R.random() < 0.5)
    want = Image.open(io.BytesIO(out.getvalue()))
    add(name + ".webp", out.getvalue(), np.asarray(want), 0 if lossless else 2)


def gif(name):
    w, h = size(60)
    image = Image.fromarray(scene(w, h, 3)).quantize(R.randint(2, 256))
    out = io.BytesIO()
    image.save(out, "GIF", interlace=R.random() < 0.5)
    add(name + ".gif", out.getvalue(), np.asarray(Image.open(io.BytesIO(out.getvalue())).convert("RGB")))


def runs(values, size):
    """Pixels as packets of TGA: of equal ones, and of others."""
    pixels = [values[at : at + size] for at in range(0, len(values), size)]
    out, at = bytearray(), 0
    while at < len(pixels):
        count = R.randint(1, min(128, len(pixels) - at))
        equal = 1
        while equal < count and pixels[at + equal] == pixels[at]:
            equal += 1
        if equal > 1 or R.random() < 0.2:
            out += bytes([128 + equal - 1]) + pixels[at]
            at += equal
        else:
            out += bytes([count - 1]) + b"".join(pixels[at : at + count])
            at += count
    return bytes(out)


def tga(name):
    w, h = size(60)
    kind = R.choice(("gray", "gray_alpha", "rgb", "rgba", "rgb15", "palette", "palette15", "palette_alpha"))
    channels = {"gray": 1, "gray_alpha": 2, "rgba": 4, "palette_alpha": 4}.get(kind, 3)
    array = scene(w, h, channels)
    if R.random() < 0.5:
        array = array // 64 * 64
    order = {1: [0], 2: [0, 1], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]
    depth, alpha, colours, first, entry = 8 * channels, 8 * (channels % 2 == 0), b"", 0, 0
    want = array
    if "palette" in kind:
        depth, entry, first = 8, 8 * channels, R.choice((0, 0, 3))
        table = N.integers(0, 256, (R.randint(1, 200), channels)).astype(np.uint8)
        picked = N.integers(0, len(table), (h, w))
        data, want = (picked + first).astype(np.uint8)[..., None], table[picked]
        colours = table[:, order].tobytes()
    else:
        data = array[..., order]
    if "15" in kind:
        values = table if kind == "palette15" else array
        few = values.astype(np.int64) >> 3
        words = (few[..., 0] << 10 | few[..., 1] << 5 | few[..., 2]).astype("<u2")
        wide = ((few * 255 * 2 + 31) // 62).astype(np.uint8)
        if kind == "palette15":
            colours, entry, want = words.tobytes(), R.choice((15, 16)), wide[picked]
        else:
            data, depth, want = np.stack([words & 255, words >> 8], -1).astype(np.uint8), R.choice((15, 16)), wide
        alpha = 0
    from_top, from_right = R.random() < 0.5, R.random() < 0.2
    data = data if from_top else data[::-1]
    data = data[:, ::-1] if from_right else data
    raw = np.ascontiguousarray(data).tobytes()
    packed = R.random() < 0.5
    code = (1 if "palette" in kind else 3 if kind.startswith("gray") else 2) + 8 * packed
    head = struct.pack("<BBBHHBHHHHBB", 0, "palette" in kind, code, first, len(colours) // max(1, (entry + 7) // 8), entry, 0, 0,
                       w, h, depth, alpha | 32 * from_top | 16 * from_right)
    mark = bytes(8) + b"TRUEVISION-XFILE.\0" if R.random() < 0.7 else b""
    add(name + ".tga", head + colours + (runs(raw, data.shape[2]) if packed else raw) + mark, want)


def qoi(name):
    w, h = size(60)
    array = scene(w, h, R.choice((3, 4)))
    if R.random() < 0.5:
        array = array // 64 * 64
    add(name + ".qoi", imagecodecs.qoi_encode(array), array)


MAKERS = [(jpeg, 6), (png, 5), (tiff, 6), (tiff_of_libtiff, 3), (tiff_of_few_bits, 1), (any_map, 4), (bmp, 2), (webp, 2),
          (gif, 1), (tga, 1), (qoi, 1), (jpeg_damaged, 6), (png_damaged, 5), (tiff_damaged, 2)]
only = os.environ.get("LMC_LAYOUTS_ONLY", "").split(",")
makers = [maker for maker, weight in MAKERS for _ in range(weight) if only == [""] or maker.__name__ in only]
ImageFile.LOAD_TRUNCATED_IMAGES = False
for number in range(COUNT):
    maker = makers[number % len(makers)]
    maker(f"{number:05}_{maker.__name__}")
(FOLDER / "index.txt").write_text("\n".join(index) + "\n")
