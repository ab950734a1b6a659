"""Decodes a folder of streams on as many machines as a Ray cluster has, and compares with this process.

    pip install 'ray[data]' lmc
    python ray_decode.py FOLDER [--workers 2]

Without a cluster Ray starts workers on this machine. Each worker decodes whole images on one thread; what travels is the
hash of the pixels, so that the comparison is cheap. Put your own work in place of the hash.
"""

import argparse
import hashlib
import pathlib
import time

import lmc
import ray


def hashed(row):
    """Decodes one stream."""
    pixels = lmc.decode(row["bytes"], threads=1)
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    return {"name": pathlib.Path(row["path"]).name, "shape": list(pixels.shape), "sha256": digest}


def here(folder):
    """The same in this process."""
    paths = sorted(folder.glob("*.lmc"))
    rows = [hashed({"path": str(path), "bytes": path.read_bytes()}) for path in paths]
    return {row["name"]: row["sha256"] for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    ray.init(num_cpus=args.workers, include_dashboard=False)
    start = time.perf_counter()
    streams = ray.data.read_binary_files(str(args.folder), include_paths=True, override_num_blocks=2 * args.workers)
    rows = streams.map(hashed, concurrency=args.workers).take_all()
    far_seconds = time.perf_counter() - start
    far = {row["name"]: row["sha256"] for row in rows}
    start = time.perf_counter()
    near = here(args.folder)
    near_seconds = time.perf_counter() - start
    assert near, f"no stream in {args.folder}"
    assert far == near, "workers decoded other pixels"
    print(f"{len(far)} images: the same bytes from {args.workers} workers ({far_seconds:.1f} s with the start of Ray's")
    print(f"pipeline) and from one process ({near_seconds:.1f} s)")


if __name__ == "__main__":
    main()
