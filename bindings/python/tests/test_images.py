"""Images: arrays to streams and back."""

import pickle
import threading
import warnings

import numpy as np
import pytest

import lmc


def wave(rows, columns, channels, kind=np.uint8):
    """A smooth image."""
    y, x, c = np.mgrid[0:rows, 0:columns, 0:channels]
    value = 0.5 + 0.4 * np.sin(x / 37 + 2 * c) * np.cos(y / 29 + c)
    return (value * np.iinfo(kind).max).astype(kind)


def psnr(a, b):
    peak = float(np.iinfo(a.dtype).max)
    return 10 * np.log10(peak**2 / np.mean((a.astype(float) - b.astype(float)) ** 2))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_every_shape_comes_back(channels, kind):
    image = wave(70, 90, channels, kind)
    back = lmc.decode(lmc.encode(image, quality=80))
    assert back.shape == image.shape and back.dtype == kind
    assert psnr(back, image) > 35
    assert back.flags.writeable
    if channels in (2, 4):
        assert np.array_equal(back[:, :, -1], image[:, :, -1]), "alpha is exact"
    exact = lmc.decode(lmc.encode(image, lossless=True))
    assert np.array_equal(exact, image)


def test_gray_without_a_channel_axis():
    assert lmc.decode(lmc.encode(wave(40, 50, 1)[:, :, 0])).shape == (40, 50, 1)


def test_views_and_other_orders_of_memory():
    image = wave(60, 80, 3)
    for view in (image[::2, ::-1], np.asfortranarray(image), image.transpose(1, 0, 2)):
        assert np.array_equal(lmc.decode(lmc.encode(view, lossless=True)), view)


def test_a_bound_on_errors():
    image = wave(50, 50, 3)
    back = lmc.decode(lmc.encode(image, max_error=2))
    assert np.abs(back.astype(int) - image).max() in (1, 2)


def test_quality_and_tune_change_the_stream():
    image = wave(128, 128, 3)
    sizes = [len(lmc.encode(image, quality=quality)) for quality in (20, 60, 95)]
    assert sizes == sorted(sizes) and sizes[0] < sizes[2]
    streams = [lmc.encode(image, tune=tune) for tune in ("psnr", "perceptual")]
    assert lmc.info(streams[0])["model"] != lmc.info(streams[1])["model"]


def test_regions_and_scales():
    image = wave(200, 300, 3)
    stream = lmc.encode(image)
    whole = lmc.decode(stream)
    assert np.array_equal(lmc.decode(stream, region=(40, 30, 100, 50)), whole[30:80, 40:140])
    for scale in (2, 4, 8):
        small = lmc.decode(stream, scale=scale)
        assert small.shape == (-(-200 // scale), -(-300 // scale), 3)
    assert lmc.decode(stream, scale=8, region=(0, 0, 64, 64)).shape == (8, 8, 3)


def test_threads_give_the_same_pixels():
    image = wave(300, 300, 3)
    stream = lmc.encode(image)
    assert lmc.encode(image, threads=1) == stream
    whole = lmc.decode(stream)
    found = []
    workers = [threading.Thread(target=lambda: found.append(lmc.decode(stream, threads=2))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 3 and all(np.array_equal(pixels, whole) for pixels in found)


def test_the_lock_of_the_interpreter_is_released():
    stream = lmc.encode(np.random.default_rng(1).integers(0, 255, (700, 700, 3), dtype=np.uint8))
    counted, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            counted[0] += 1

    counter = threading.Thread(target=count)
    counter.start()
    before = counted[0]
    lmc.decode(stream, threads=1)
    during = counted[0] - before
    stop.set()
    counter.join()
    assert during > 0


def test_buffers_of_any_kind():
    stream = lmc.encode(wave(30, 30, 3))
    pixels = lmc.decode(stream)
    for other in (bytearray(stream), memoryview(stream)):
        assert np.array_equal(lmc.decode(other), pixels)
    with pytest.raises(TypeError):
        lmc.decode("photo.lmc")


def test_metadata_and_info():
    stream = lmc.encode(wave(33, 44, 4, np.uint16), quality=42, icc=b"profile", exif=b"II*\0")
    about = lmc.info(stream)
    assert (about["media"], about["width"], about["height"]) == ("image", 44, 33)
    assert (about["bits"], about["alpha"], about["color"]) == (16, True, "rgb")
    assert (about["codec"], about["quality"]) == ("wavelet", 42)
    assert (about["icc"], about["exif"], about["xmp"]) == (b"profile", b"II*\0", None)
    assert about["bytes"] == len(stream) and about["damage"] == []


@pytest.mark.parametrize(
    "call, code",
    [
        (lambda: lmc.decode(b"no stream"), lmc.Code.MALFORMED),
        (lambda: lmc.decode(lmc.encode(wave(9, 9, 3)), scale=3), lmc.Code.PARAMETER),
        (lambda: lmc.decode(lmc.encode(wave(9, 9, 3)), region=(5, 5, 5, 5)), lmc.Code.PARAMETER),
        (lambda: lmc.decode(lmc.encode(wave(9, 9, 3)), max_pixels=80), lmc.Code.LIMIT),
        (lambda: lmc.encode(wave(9, 9, 5)), lmc.Code.PARAMETER),
        (lambda: lmc.encode(wave(9, 9, 3), quality=101), lmc.Code.PARAMETER),
        (lambda: lmc.encode(wave(9, 9, 3), tune="other"), lmc.Code.PARAMETER),
        (lambda: lmc.encode(wave(9, 9, 3)[:0]), lmc.Code.PARAMETER),
    ],
)
def test_errors_have_codes(call, code):
    with pytest.raises(lmc.Error) as caught:
        call()
    assert caught.value.code == code and str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.code, str(again)) == (code, str(caught.value))


def test_arrays_of_other_kinds_are_refused():
    with pytest.raises(TypeError):
        lmc.encode(np.zeros((8, 8, 3)))
    with pytest.raises(ValueError):
        lmc.encode(np.zeros(8, np.uint8))


def test_damage_is_an_error_or_a_warning():
    stream = bytearray(lmc.encode(wave(200, 200, 3), tile_size=64))
    stream[len(stream) // 2] ^= 1
    with pytest.raises(lmc.Error) as caught:
        lmc.decode(stream)
    assert caught.value.code == lmc.Code.MALFORMED
    with pytest.warns(lmc.DamageWarning):
        assert lmc.decode(stream, conceal=True).shape == (200, 200, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lmc.decode(lmc.encode(wave(20, 20, 3)), conceal=True)


def test_latents():
    image = wave(130, 200, 3)
    found = lmc.latents(lmc.encode(image, quality=90))
    assert found.latents.shape[:2] == (9, 13) and found.hyper.shape[:2] == (3, 4)
    assert found.latents.dtype == np.int16 and found.codec == "wavelet" and found.orientation == 0
    assert found.gains.shape == (found.latents.shape[2],)
    values = found.values()
    assert values.dtype == np.float32 and np.allclose(values[2, 3], found.latents[2, 3] / 16 * found.gains)
    # Gains undo the scaling of the quality: latents of two qualities lie near each other.
    coarse = lmc.latents(lmc.encode(image, quality=50)).values()
    apart = np.linalg.norm(coarse - values) / np.linalg.norm(values)
    assert 0 < apart < 0.5
    with pytest.raises(lmc.Error) as caught:
        lmc.latents(lmc.encode(image, lossless=True))
    assert caught.value.code == lmc.Code.UNSUPPORTED


def test_fast_paths_have_names():
    assert lmc.fast_paths() and lmc.__version__
