"""Converts the networks of ST-LPIPS into the file that `lmc train vq` and `lmc eval` read.

    pip install stlpips-pytorch==0.0.2 torch numpy     # weights: BSD 2-Clause, Abhijay Ghildyal and Feng Liu
    python convert.py looks.safetensors

The package holds the convolutions of VGG16 and AlexNet, trained on ImageNet and tuned for shift tolerance, and the
weights of their channels. No code of the package runs here: its two files of weights are read, and written by name:
`NET.conv.INDEX.weight`, `NET.conv.INDEX.bias`, `NET.head.INDEX`.
"""

import importlib.util
import json
import pathlib
import sys

import torch

FILES = {"vgg": "vgg_shift_tolerant.pth", "alex": "alex_shift_tolerant.pth"}


def tensors(folder):
    """All tensors of both networks by their new names, in the order of the layers."""
    for net, file in FILES.items():
        stored = torch.load(folder / file, map_location="cpu", weights_only=True)
        index = -1
        for name, value in stored.items():
            if name.startswith("net.") and name.endswith((".weight", ".bias")):
                index += name.endswith(".weight")
                yield f"{net}.conv.{index}.{name.rsplit('.', 1)[1]}", value
            elif name.startswith("lin"):
                yield f"{net}.head.{name[3]}", value.flatten()


def write(path, named):
    """Writes a safetensors file: the length of the header, the header, and all values."""
    header, parts, at = {}, [], 0
    for name, value in named:
        part = value.contiguous().to(torch.float32).numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + len(part)]}
        parts.append(part)
        at += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.writelines(parts)


def main():
    package = importlib.util.find_spec("stlpips_pytorch")
    if package is None or len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(package.submodule_search_locations[0]) / "weights" / "vST0.0"
    write(sys.argv[1], tensors(folder))


if __name__ == "__main__":
    main()
