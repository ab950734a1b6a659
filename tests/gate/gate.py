"""The regression gate: have streams grown, decoded media become worse, or codecs slower than in baseline.json?

    gate.py LMC             measures with the program LMC, and compares
    gate.py LMC --update    measures, prints what changed, and writes baseline.json

Sizes and qualities are those of `lmc eval` on the files beside this one. Work is the instructions that valgrind counts
while LMC encodes and decodes them with one thread; those depend on the compiler, so they count only where its version
is that of the baseline. `lmc eval --check` compares; that it can fail is tried on regressions of 1% each time.
"""

import argparse
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BASELINE = HERE / "baseline.json"
# Less than the 1% that must be found, and far more than counts differ from run to run (0.002%).
TOLERANCE = "rate=0.9%,psnr=0.04,si-sdr=0.04,mel=0.04"
# What is planted: 1% of a rate or of work, 0.05 of a quality.
PLANTED_FACTOR, PLANTED_LOSS = 1.01, 0.05
WORK = "work of "
MILLION = 1e6

# Files, series with their qualities, metric.
CURVES = [
    (["photo.png", "drawn.png"], {"lmc-wavelet": "20,50,80", "lmc-wavelet@tune=perceptual": "50"}, "psnr"),
    (["photo.png", "drawn.png"], {"lmc-lossless": "100", "lmc-vq": "50", "lmc-overfit": "50"}, "psnr"),
    (["chord.wav"], {"lmc-audio": "30,60,90"}, "si-sdr"),
    (["voice.wav"], {"lmc-speech": "30,90"}, "mel"),
    (["moving.y4m"], {"lmc-video": "30,60"}, "psnr"),
]
# Codec, files to encode and to decode. Training networks is slow under valgrind: a picture of 24 x 24 pixels.
WORKS = [
    ("wavelet", "photo.png", "photo.png"),
    ("lossless", "drawn.png", "drawn.png"),
    ("vq", "photo.png", "photo.png"),
    ("overfit", "eye.png", "photo.png"),
    ("audio", "chord.wav", "chord.wav"),
    ("speech", "voice.wav", "voice.wav"),
    ("video", "moving.y4m", "moving.y4m"),
]


def run(command, cwd):
    """Runs a command that must succeed, and gives what it wrote."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def curves(lmc, folder):
    """A record for each file, series and quality."""
    for number, (files, series, metric) in enumerate(CURVES):
        out = folder / f"report-{number}"
        qualities = [flag for name, at in series.items() for flag in ("--qualities", f"{name}={at}")]
        command = [lmc, "eval", *files, "--out", out, "--codecs", ",".join(series), "--metrics", metric]
        run([*command, "--jobs", "1", *qualities], HERE)
        for record in json.loads((out / "results.json").read_text())["records"]:
            if "error" in record:
                sys.exit(f"{record['series']} of {record['file']}: {record['error']}")
            yield {key: record[key] for key in ("series", "file", "setting", "rate", "values")}


def counted(command, folder):
    """Millions of instructions that a command takes."""
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]
    return int(re.search(r"Collected : (\d+)", run([*tool, *command], folder)).group(1)) / MILLION


def works(lmc, folder):
    """Two records for each codec: to encode and to decode."""
    flags = ["--device", "cpu", "--threads", "1", "--force", "-o"]
    for codec, small, large in WORKS:
        stream, decoded = folder / f"{codec}.lmc", folder / f"{codec}-{large}"
        encode = lambda file: [lmc, "encode", HERE / file, "--codec", codec, *flags, stream]
        yield work(f"encode {codec}", small, counted(encode(small), folder))
        if large != small:
            run(encode(large), folder)
        yield work(f"decode {codec}", large, counted([lmc, "decode", stream, *flags, decoded], folder))


def work(name, file, instructions):
    """Instructions as a record."""
    return {"series": f"{WORK}{name}", "file": file, "setting": 0.0, "rate": instructions, "values": {}}


def measured(lmc, folder):
    """All that this program is compared by."""
    rustc = run(["rustc", "--version"], HERE).strip()
    records = list(curves(lmc, folder))
    if shutil.which("valgrind"):
        records += works(lmc, folder)
    else:
        print("=== SKIPPED: work: there is no valgrind ===")
    return {"format": 1, "run": {"rustc": rustc, "isa": os.environ["LMC_ISA"]}, "records": records}


def without_work(results):
    return {**results, "records": [record for record in results["records"] if not is_work(record)]}


def is_work(record):
    return record["series"].startswith(WORK)


def check(lmc, folder, now, baseline):
    """Whether nothing is worse, and what `lmc eval --check` says of it."""
    paths = folder / "now.json", folder / "baseline.json"
    for path, results in zip(paths, (now, baseline)):
        path.write_text(json.dumps(results))
    command = [lmc, "eval", "--check", paths[0], "--against", paths[1], "--tolerance", TOLERANCE]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode == 0, done.stderr


def planted(baseline):
    """The baseline with a regression in each kind of number, one at a time."""
    is_quality = {"psnr": True, "si-sdr": True, "mel": False}
    for at, record in enumerate(baseline["records"]):
        better = copy.deepcopy(baseline)
        better["records"][at]["rate"] /= PLANTED_FACTOR
        yield f"rate of {record['series']}", better
        for metric, value in record["values"].items():
            better = copy.deepcopy(baseline)
            sign = 1 if is_quality[metric] else -1
            better["records"][at]["values"][metric] = value + sign * PLANTED_LOSS
            yield f"{metric} of {record['series']}", better


def compare(lmc, folder, now, baseline):
    """Compares with the baseline; the exit code."""
    if now["run"]["rustc"] != baseline["run"]["rustc"]:
        print(f"=== SKIPPED: work: this is {now['run']['rustc']}, the baseline {baseline['run']['rustc']} ===")
    has_work = now["run"]["rustc"] == baseline["run"]["rustc"] and any(map(is_work, now["records"]))
    if not has_work:
        now, baseline = without_work(now), without_work(baseline)
    good, said = check(lmc, folder, now, baseline)
    print(said, end="")
    for name, better in planted(now):
        if check(lmc, folder, now, better)[0]:
            sys.exit(f"the gate does not find a regression of the {name}")
    if not good:
        print("If this is meant, write the baseline anew with .ci/gate.sh --update, and say why in the commit.")
    return 0 if good else 1


def changes(now, old):
    """A line for each number that is not that of the baseline."""
    key = lambda record: (record["series"], record["file"], record["setting"])
    known = {key(record): record for record in old["records"]}
    for record in now["records"]:
        name = "{} {} at {:g}".format(*key(record))
        was = known.pop(key(record), None)
        if was is None:
            yield f"{name}: new"
            continue
        pairs = {"rate": (record["rate"], was["rate"])}
        pairs |= {metric: (value, was["values"].get(metric)) for metric, value in record["values"].items()}
        for what, (new, before) in pairs.items():
            if before and abs(new / before - 1) > 1e-4:
                yield f"{name}: {what} {before:.4f} -> {new:.4f} ({100 * (new / before - 1):+.2f}%)"
    yield from ("{} {} at {:g}: gone".format(*gone) for gone in known)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lmc", type=Path)
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    if args.update and not shutil.which("valgrind"):
        sys.exit("a baseline has work, and there is no valgrind")
    # valgrind knows no AVX-512, and sizes depend on the form of the inner loops in their last bytes.
    os.environ["LMC_ISA"] = "avx2"
    with tempfile.TemporaryDirectory() as folder:
        lmc, folder = args.lmc.resolve(), Path(folder)
        now = measured(lmc, folder)
        old = json.loads(BASELINE.read_text()) if BASELINE.exists() else {"records": []}
        if not args.update:
            sys.exit(compare(lmc, folder, now, old))
        print("\n".join(changes(now, old)) or "nothing changed")
        BASELINE.write_text(json.dumps(now, indent=1) + "\n")


if __name__ == "__main__":
    main()
