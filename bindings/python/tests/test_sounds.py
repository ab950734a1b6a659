"""Sounds: arrays to streams and back."""

import io

import numpy as np
import pytest

import lmc


def tone(frames, channels, rate):
    time = np.arange(frames)[:, np.newaxis] / rate
    return (0.3 * np.sin(2 * np.pi * (440 + 110 * np.arange(channels)) * time)).astype(np.float32)


@pytest.mark.parametrize("channels, rate", [(1, 16_000), (2, 44_100), (3, 48_000)])
def test_every_shape_comes_back(channels, rate):
    samples = tone(30_000, channels, rate)
    back, found = lmc.decode(lmc.encode_sound(samples, rate, quality=90))
    assert found == rate and back.shape == samples.shape and back.dtype == np.float32
    noise = np.mean((back - samples)[2000:-2000] ** 2)
    assert 10 * np.log10(np.mean(samples**2) / noise) > 20


def test_speech_integers_and_one_axis():
    samples = (tone(16_000, 1, 16_000)[:, 0] * 32_767).astype(np.int16)
    stream = lmc.encode_sound(samples, 16_000, codec="speech", tags={"title": "A tone", "MOOD": "calm"})
    about = lmc.info(stream)
    assert (about["media"], about["codec"], about["samples"]) == ("sound", "speech", 16_000)
    assert dict(about["tags"]) == {"title": "A tone", "MOOD": "calm"}
    assert lmc.decode(stream, threads=1)[0].shape == (16_000, 1)


def test_files(tmp_path):
    samples = tone(9_000, 2, 32_000)
    lmc.write_sound(tmp_path / "tone.lmc", samples, 32_000, quality=70)
    by_path = lmc.read_sound(str(tmp_path / "tone.lmc"))
    memory = io.BytesIO()
    lmc.write_sound(memory, samples, 32_000, quality=70)
    memory.seek(0)
    by_file = lmc.read_sound(memory, threads=2)
    assert by_path[1] == by_file[1] == 32_000
    assert np.array_equal(by_path[0], by_file[0])


def test_what_is_no_sound_is_refused():
    with pytest.raises(TypeError):
        lmc.encode_sound(np.zeros(9, np.int32), 16_000)
    with pytest.raises(ValueError):
        lmc.encode_sound(np.zeros((2, 2, 2), np.float32), 16_000)
    for rate, codec in ((100, "audio"), (16_000, "other")):
        with pytest.raises(lmc.Error):
            lmc.encode_sound(np.zeros(9, np.float32), rate, codec=codec)
    with pytest.raises(ValueError):
        lmc.decode(lmc.encode_sound(np.zeros(900, np.float32), 16_000), scale=2)
