"""Computes one metric of pairs of sounds for `lmc eval`.

Called as `python3 -c THIS METRIC`. Says its version, or what is missing, on the first line of its output, as JSON. Then
reads lines {"rate": HZ, "original": PATH, "decoded": PATH} with files of little-endian 64-bit floats, and answers each
with a line {"value": NUMBER} or {"error": TEXT}.
"""
import importlib.metadata
import json
import logging
import sys


def answer(**fields):
    out.write(json.dumps(fields) + "\n")
    out.flush()


def visqol(mode):
    from visqol import VisqolApi

    api = VisqolApi()
    api.create(mode=mode)
    version = "visqol-python " + importlib.metadata.version("visqol-python")
    if mode == "speech":
        lattice = getattr(getattr(api, "_manager", None), "use_lattice_model", None)
        version += {True: ", lattice mapping", False: ", polynomial mapping"}.get(lattice, ", mapping unknown")
    return version, lambda x, y, rate: api.measure_from_arrays(x, y, rate).moslqo


def pesq():
    from pesq import pesq as score

    version = "pesq " + importlib.metadata.version("pesq")
    return version, lambda x, y, rate: score(rate, x.astype("float32"), y.astype("float32"), "wb")


METRICS = {
    "visqol": lambda: visqol("audio"),
    "visqol-speech": lambda: visqol("speech"),
    "pesq": pesq,
}

# What libraries print must not come between the answers.
out, sys.stdout = sys.stdout, sys.stderr
logging.disable(logging.CRITICAL)
try:
    import numpy

    version, measure = METRICS[sys.argv[1]]()
except Exception as error:
    answer(missing=f"{type(error).__name__}: {error}")
    sys.exit(0)
answer(version=version)
for line in sys.stdin:
    try:
        task = json.loads(line)
        x, y = (numpy.fromfile(task[name], dtype="<f8") for name in ("original", "decoded"))
        answer(value=float(measure(x, y, task["rate"])))
    except Exception as error:
        answer(error=f"{type(error).__name__}: {error}")
