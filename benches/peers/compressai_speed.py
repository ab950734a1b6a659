"""How fast `lmc` is on the CPU beside mbt2018-mean of CompressAI, in one run on the same pictures.

    pip install compressai
    python benches/peers/compressai_speed.py kodak/ --lmc target/release/lmc --threads 2

Weights of CompressAI are random: its time does not depend on what they are, but for that of its entropy coder, which
codes more symbols of fewer bits than with trained ones. Its time begins and ends with tensors in memory; that of lmc is
the whole command, PNG files included.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import torch
from compressai.zoo import mbt2018_mean
from PIL import Image
from torchvision.transforms.functional import to_tensor


def seconds_of(work, items):
    """The best of three runs over all items, for each item, and what the last one returned."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        results = [work(item) for item in items]
        times.append(time.perf_counter() - start)
    return min(times) / len(items), results


def compressai(pictures):
    torch.manual_seed(0)
    net = mbt2018_mean(quality=5, pretrained=False).eval()
    net.update(force=True)
    with torch.no_grad():
        tensors = [to_tensor(Image.open(path).convert("RGB")).unsqueeze(0) for path in pictures]
        net.decompress(**coded(net.compress(tensors[0])))
        encode, streams = seconds_of(net.compress, tensors)
        decode, _ = seconds_of(lambda stream: net.decompress(**coded(stream)), streams)
    return encode, decode


def coded(stream):
    return {name: stream[name] for name in ("strings", "shape")}


def lmc(program, pictures, threads):
    with tempfile.TemporaryDirectory() as folder:
        streams, outputs = Path(folder) / "streams", Path(folder) / "pictures"

        def run(command, inputs, to):
            options = ["--device", "cpu", "--threads", str(threads), "--force", "--json"]
            line = [program, command, *map(str, inputs), "-o", f"{to}/", *options]
            return json.loads(subprocess.run(line, check=True, capture_output=True).stdout)

        encode, _ = seconds_of(lambda _: run("encode", pictures, streams), [0])
        decode, _ = seconds_of(lambda _: run("decode", sorted(streams.iterdir()), outputs), [0])
    return encode / len(pictures), decode / len(pictures)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path, help="a folder of PNG files")
    parser.add_argument("--lmc", default="lmc", help="the program")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    pictures = sorted(args.pictures.glob("*.png"))
    rows = {"lmc": lmc(args.lmc, pictures, args.threads), "mbt2018-mean": compressai(pictures)}
    print(f"{len(pictures)} pictures, {args.threads} threads, milliseconds for each: encode, decode")
    for name, (encode, decode) in rows.items():
        print(f"{name:14} {encode * 1000:8.0f} {decode * 1000:8.0f}")
    ratio = rows["mbt2018-mean"][1] / rows["lmc"][1]
    print(f"lmc decodes {ratio:.1f} times as fast")


if __name__ == "__main__":
    main()
