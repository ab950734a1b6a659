"""Videos: frames come one by one. The streams are those that `LMC_TEST_VIDEOS` names, made by the program `lmc`."""

import os
import pathlib
from fractions import Fraction

import numpy as np
import pytest

import lmc

FOLDER = os.environ.get("LMC_TEST_VIDEOS")
pytestmark = pytest.mark.skipif(not FOLDER, reason="LMC_TEST_VIDEOS names no folder")


def read(name):
    return (pathlib.Path(FOLDER) / name).read_bytes()


def frames_of_y4m(data):
    """Planes of each frame of 4:2:0 with 8 bits."""
    head, rest = data.split(b"\n", 1)
    width, height = (int(field[1:]) for field in head.decode().split(" ")[1:3])
    sizes = [(height, width)] + 2 * [((height + 1) // 2, (width + 1) // 2)]
    while rest:
        assert rest.startswith(b"FRAME\n")
        rest, planes = rest[6:], []
        for rows, columns in sizes:
            planes.append(np.frombuffer(rest[: rows * columns], np.uint8).reshape(rows, columns))
            rest = rest[rows * columns :]
        yield planes


def test_frames_are_those_of_the_program():
    video = lmc.Video(read("clip.lmc"), threads=1)
    assert (video.width, video.height, video.frames, video.bits) == (70, 50, 5, 8)
    assert (video.frame_rate, video.chroma, video.has_sound) == (Fraction(25), "4:2:0", False)
    assert video.sound() is None
    wanted = list(frames_of_y4m(read("wanted.y4m")))
    kinds = []
    for frame, planes in zip(video, wanted):
        assert frame.seconds == pytest.approx(frame.index / 25)
        assert all(np.array_equal(a, b) for a, b in zip(frame.planes, planes))
        assert frame.rgb.shape == (50, 70, 3) and frame.rgb.dtype == np.uint8
        kinds.append(frame.kind)
    assert kinds == ["key"] + 4 * ["predicted"]
    assert list(video) == []
    about = lmc.info(read("clip.lmc"))
    assert (about["media"], about["frames"], about["bits"], about["chroma"]) == ("video", 5, 8, "4:2:0")


def test_damage_is_an_error_or_a_warning():
    stream = read("clip.lmc")
    with pytest.raises(lmc.Error):
        list(lmc.Video(stream[: len(stream) * 2 // 3]))
    with pytest.warns(lmc.DamageWarning):
        kinds = [frame.kind for frame in lmc.Video(stream[: len(stream) * 2 // 3], conceal=True)]
    assert kinds[0] == "key" and "lost" in kinds


def test_other_streams_are_refused():
    with pytest.raises(lmc.Error) as raised:
        lmc.Video(lmc.encode(np.zeros((9, 9), np.uint8)))
    assert raised.value.code == lmc.Code.PARAMETER
    with pytest.raises(lmc.Error) as raised:
        lmc.decode(read("clip.lmc"))
    assert raised.value.code == lmc.Code.UNSUPPORTED
