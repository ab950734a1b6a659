"""The plugin for Pillow."""

import io

import numpy as np
import pytest

import lmc

Image = pytest.importorskip("PIL.Image")
import lmc.pillow  # noqa: E402, F401


def gradient(mode, size=(90, 60)):
    values = np.arange(size[0] * size[1] * 4, dtype=np.uint32).reshape(size[1], size[0], 4) // 100 % 256
    image = Image.fromarray(values.astype(np.uint8), "RGBA") if mode != "I;16" else None
    if image is None:
        return Image.fromarray((values[:, :, 0] * 250).astype(np.uint16))
    return image.convert(mode)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16"])
def test_images_come_back(tmp_path, mode):
    image = gradient(mode)
    path = tmp_path / "image.lmc"
    image.save(path, lossless=True)
    with Image.open(path) as back:
        assert (back.format, back.mode, back.size) == ("LMC", mode, image.size)
        assert back.get_format_mimetype() == "image/x-lmc"
        assert back.tobytes() == image.tobytes()


@pytest.mark.parametrize("mode", ["1", "P", "CMYK", "YCbCr"])
def test_other_modes_are_converted(mode):
    out = io.BytesIO()
    gradient("RGB").convert(mode).save(out, "LMC", quality=80)
    assert Image.open(io.BytesIO(out.getvalue())).mode in ("L", "RGB")


def test_pixels_are_those_of_decode(tmp_path):
    stream = lmc.encode(np.asarray(gradient("RGB")), quality=50)
    opened = Image.open(io.BytesIO(stream))
    assert np.array_equal(np.asarray(opened), lmc.decode(stream))
    opened.resize((20, 20))


def test_profile_and_exif_are_kept():
    image, out = gradient("RGB"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a description"
    image.save(out, "LMC", exif=exif, icc_profile=b"profile")
    back = Image.open(io.BytesIO(out.getvalue()))
    assert back.info["icc_profile"] == b"profile"
    assert back.getexif()[0x010E] == "a description"


def test_what_is_broken_is_an_error():
    stream = lmc.encode(np.asarray(gradient("RGB")))
    with pytest.raises(OSError):
        Image.open(io.BytesIO(stream[:30]))
    with pytest.raises(OSError):
        Image.open(io.BytesIO(stream[:-9])).load()
    with pytest.raises(OSError):
        Image.open(io.BytesIO(lmc.encode_sound(np.zeros(900, np.float32), 16_000)))
    with pytest.raises(OSError):
        gradient("RGB").save(io.BytesIO(), "LMC", quality=1000)
