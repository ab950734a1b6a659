"""Makes small sound files of random layouts, and the samples that they hold.

Use: generate.py FOLDER COUNT SEED. Writes files and `index.txt`, a line for each:

    NAME TOLERANCE RATE CHANNELS SAMPLES END

`NAME.ref` has the samples as 32-bit floats, those of all channels in turn; TOLERANCE is in 2^-24. END is `told` if the
file says where it ends, so that readers can tell a cut, and else `open`.

Needs numpy and soundfile; uses ffmpeg where it is there. `LMC_LAYOUTS_ONLY` names the kinds to make, such as
`wav,flac`; otherwise all are made.
"""

import io
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys

import numpy as np
import soundfile

FOLDER, COUNT, SEED = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
R = random.Random(SEED)
N = np.random.default_rng(SEED)
FFMPEG = shutil.which("ffmpeg")
LOSSY = 1 << 16
RATES = (8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000)
GUID = bytes.fromhex("000000001000800000aa00389b71")
MASKS = {1: (4, 1), 2: (3, 0x30), 3: (7, 0xB), 4: (0x33, 0x107, 0xF), 5: (0x37, 0x607), 6: (0x3F, 0x60F), 7: (0x70F,), 8: (0x63F, 0xFF)}
index = []


def scene(rate, channels, most=6000, least=0):
    """Notes and noise, within half of full scale."""
    count = R.choice((0, 1, 2, 7, R.randint(least, most), R.randint(least, most), R.randint(least, most)))
    t = np.arange(max(count, least)) / rate
    out = [0.3 * np.sin(2 * np.pi * N.uniform(80, rate / 5) * t) + N.normal(0, 0.02, t.size) for _ in range(channels)]
    return np.clip(np.stack(out, -1), -0.5, 0.5)


def add(name, data, samples, rate, tolerance=0, end="told"):
    samples = np.asarray(samples, np.float64)
    (FOLDER / name).write_bytes(data)
    (FOLDER / (name + ".ref")).write_bytes(samples.astype("<f4").tobytes())
    index.append(f"{name} {tolerance} {rate} {samples.shape[1]} {samples.shape[0]} {end}")


def integers(samples, bits):
    return np.round(samples * (2 ** (bits - 1) - 1)).astype(np.int64)


def packed(values, size, big, unsigned=False, bits=0):
    """Integers as bytes."""
    if unsigned:
        values = values + (1 << (8 * size - 1))
    raw = values.astype("<i8").reshape(-1, 1).view(np.uint8).reshape(-1, 8)[:, :size]
    return (raw[:, ::-1] if big else raw).tobytes()


def chunk(kind, data, order="<"):
    return kind + struct.pack(order + "I", len(data)) + data + bytes(len(data) % 2)


def extra_chunks(order):
    some = [chunk(b"JUNK", bytes(R.randrange(40)), order), chunk(b"LIST", b"INFOINAM" + struct.pack("<I", 5) + b"name\0\0"),
            chunk(b"odd ", bytes(R.choice((1, 3, 5))), order), b""]
    return b"".join(R.sample(some, R.randint(0, 2))) if order == "<" else b""


def wav(name):
    rate, channels = R.choice(RATES), R.choice((1, 1, 2, 2, 3, 4, 5, 6, 7, 8))
    form = R.choice(("RIFF", "RIFF", "RIFF", "RIFX", "RF64", "BW64"))
    order, big = (">", True) if form == "RIFX" else ("<", False)
    samples = scene(rate, channels)
    kind = R.choice(("int", "int", "int", "valid", "float", "double", "a", "mu"))
    if big and kind in ("a", "mu"):
        kind = "int"
    tag, valid = 1, None
    if kind in ("int", "valid"):
        size = R.choice((1, 2, 3, 4))
        bits = 8 * size
        if kind == "valid" and size > 1:
            valid = 8 * size - R.randint(0, 7)
            bits = valid
        values = integers(samples, bits)
        samples = values / 2.0 ** (bits - 1)
        values = values << (8 * size - bits)
        raw, depth = packed(values, size, big, unsigned=size == 1), 8 * size
    elif kind in ("float", "double"):
        tag, depth = 3, 32 if kind == "float" else 64
        samples = samples.astype(np.float32)
        raw = samples.astype((">" if big else "<") + ("f4" if kind == "float" else "f8")).tobytes()
    else:
        tag, depth = (6 if kind == "a" else 7), 8
        out = io.BytesIO()
        soundfile.write(out, samples, rate, format="RAW", subtype="ALAW" if kind == "a" else "ULAW")
        raw = out.getvalue()
        samples, _ = soundfile.read(io.BytesIO(raw), format="RAW", samplerate=rate, channels=channels, always_2d=True,
                                    subtype="ALAW" if kind == "a" else "ULAW")
    align = channels * depth // 8
    head = struct.pack(order + "HHIIHH", tag, channels, rate, rate * align, align, depth)
    if valid or R.random() < 0.4:
        mask = R.choice(MASKS[channels] + (0,))
        guid = struct.pack(order + "H", tag) + (GUID if order == "<" else bytes.fromhex("0000001000800000aa00389b71")[:0] + GUID)
        ext = struct.pack(order + "HHI", 22, valid or depth, mask)
        if order == "<":
            head = struct.pack("<H", 0xFFFE) + head[2:] + ext + guid
    elif R.random() < 0.3:
        head += struct.pack(order + "H", 0)
    if valid and order == ">":
        return
    size = len(raw)
    end = "told"
    if form == "RIFF" and R.random() < 0.2 and len(raw):
        size, end = R.choice((0, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000)), "open"
    before = extra_chunks(order)
    data = b"data" + struct.pack(order + "I", 0xFFFFFFFF if form in ("RF64", "BW64") else size) + raw
    if end == "told":
        data += bytes(len(raw) % 2) + extra_chunks(order)
    body = b"WAVE"
    if form in ("RF64", "BW64"):
        body += chunk(b"ds64", struct.pack("<QQQI", 0, len(raw), len(raw) // align, 0))
    body += chunk(b"fmt ", head, order) + before + data
    total = 0xFFFFFFFF if form in ("RF64", "BW64") or end == "open" else len(body)
    add(name + ".wav", form.encode() + struct.pack(order + "I", total) + body, samples, rate, end=end)


def by_library(name, format, ending, subtypes, rates=RATES, channels=(1, 2, 2, 3, 6), tolerance=0, least=0):
    rate = R.choice(rates)
    samples = scene(rate, R.choice(channels), least=least)
    out = io.BytesIO()
    subtype = R.choice(subtypes)
    endian = R.choice(("FILE", "LITTLE", "BIG")) if format in ("CAF", "AU", "AIFF") and subtype != "PCM_S8" else "FILE"
    try:
        soundfile.write(out, samples, rate, format=format, subtype=subtype, endian=endian)
    except (soundfile.LibsndfileError, ValueError):
        return
    found, rate = soundfile.read(io.BytesIO(out.getvalue()), always_2d=True)
    add(name + ending, out.getvalue(), found, rate, tolerance)


PLAIN = ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")


def aiff(name):
    by_library(name, "AIFF", ".aiff", ("PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"))


def caf(name):
    by_library(name, "CAF", ".caf", PLAIN + ("PCM_S8",))


def au(name):
    by_library(name, "AU", ".au", PLAIN + ("PCM_S8",))


def w64(name):
    by_library(name, "W64", ".w64", PLAIN)


def flac(name):
    by_library(name, "FLAC", ".flac", ("PCM_S8", "PCM_16", "PCM_24"), least=1)


def vorbis(name):
    # The library has more channels in the order of Vorbis, not of WAV.
    by_library(name, "OGG", ".ogg", ("VORBIS",), (8000, 22050, 44100, 48000), (1, 2), tolerance=LOSSY, least=3000)


def opus(name):
    by_library(name, "OGG", ".opus", ("OPUS",), (48000,), (1, 2), tolerance=LOSSY, least=3000)


def mp3(name):
    by_library(name, "MP3", ".mp3", ("MPEG_LAYER_III",), (16000, 22050, 44100, 48000), (1, 2), tolerance=LOSSY, least=3000)


def by_ffmpeg(name, ending, options, tolerance=LOSSY, end="told"):
    if not FFMPEG:
        return
    rate = R.choice((16000, 44100, 48000))
    samples = scene(rate, R.choice((1, 2)), least=3000)
    source, target = FOLDER / "source.wav", FOLDER / (name + ending)
    soundfile.write(source, samples, rate, subtype="PCM_16")
    quiet = [FFMPEG, "-v", "error", "-y", "-i"]
    if subprocess.run([*quiet, source, *options, target], capture_output=True).returncode:
        return
    info = subprocess.run([*quiet, target, "-c:a", "pcm_f32le", "-f", "wav", "-"], capture_output=True)
    found, rate = soundfile.read(io.BytesIO(info.stdout), always_2d=True)
    data = target.read_bytes()
    add(name + ending, data, found, rate, tolerance, end)


def m4a(name):
    by_ffmpeg(name, ".m4a", ["-c:a", "aac", *R.choice(([], ["-movflags", "+faststart"], ["-f", "mov"]))])


def alac(name):
    by_ffmpeg(name, ".m4a", ["-c:a", "alac"], 0)


def adts(name):
    by_ffmpeg(name, ".aac", ["-c:a", "aac"], end="open")


def matroska(name):
    by_ffmpeg(name, ".mka", R.choice((["-c:a", "flac"], ["-c:a", "pcm_s16le"], ["-c:a", "libvorbis"])))


MAKERS = [(wav, 6), (aiff, 2), (caf, 2), (au, 2), (w64, 2), (flac, 3), (vorbis, 2), (opus, 2), (mp3, 2), (m4a, 2),
          (alac, 1), (adts, 1), (matroska, 2)]
only = os.environ.get("LMC_LAYOUTS_ONLY", "").split(",")
makers = [maker for maker, weight in MAKERS for _ in range(weight) if only == [""] or maker.__name__ in only]
for number in range(COUNT):
    maker = makers[number % len(makers)]
    maker(f"{number:05}_{maker.__name__}")
(FOLDER / "index.txt").write_text("\n".join(index) + "\n")
