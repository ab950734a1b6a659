"""What a camera, a lens or a screen does to a drawn scene."""

import numpy as np
from PIL import Image, ImageFilter


def gaussian_field(kit, height, width, cells):
    """Smooth random values around 0 over a picture, from a coarse grid."""
    grid = kit.numbers.normal(size=(cells, cells)).astype(np.float32)
    return np.asarray(Image.fromarray(grid).resize((width, height), Image.BICUBIC))


def lens(kit, image):
    """Barrel or pincushion distortion about the centre, cropped to what has pixels."""
    width, height = image.size
    strength = kit.between(-0.06, 0.06)
    step = 32
    across, down = -(-width // step), -(-height // step)

    def source(x, y):
        dx, dy = x / width - 0.5, y / height - 0.5
        factor = (1 + strength * (dx * dx + dy * dy)) / (1 + max(strength, 0) * 0.5)
        return (0.5 + dx * factor) * width, (0.5 + dy * factor) * height

    mesh = []
    for row in range(down):
        for column in range(across):
            left, top = column * step, row * step
            right, bottom = min(left + step, width), min(top + step, height)
            corners = [source(left, top), source(left, bottom), source(right, bottom), source(right, top)]
            mesh.append(((left, top, right, bottom), [value for corner in corners for value in corner]))
    return image.transform(image.size, Image.MESH, mesh, Image.BICUBIC)


def light(kit, values):
    """Uneven light: a soft field, a slope and a vignette, as factors."""
    height, width = values.shape[:2]
    field = gaussian_field(kit, height, width, kit.whole(2, 5)) * kit.between(0.0, 0.12)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    slope = (x * kit.between(-1, 1) + y * kit.between(-1, 1)) * kit.between(0, 0.2)
    vignette = -(x * x + y * y) * kit.between(0, 0.15)
    return values * (1 + field + slope + vignette)[..., None]


def night(kit, values):
    """Little light and a colour cast; what was bright stays so."""
    cast = np.array([kit.between(0.6, 1.1), kit.between(0.6, 0.9), kit.between(0.6, 1.2)], np.float32)
    return values ** kit.between(1.1, 1.7) * kit.between(0.5, 1.0) * cast


def grain(kit, values, strength):
    """Noise that grows in the dark parts less than in the bright ones, a part of it over neighbouring pixels."""
    noise = kit.numbers.normal(size=values.shape).astype(np.float32)
    if kit.chance(0.5):
        noise = noise.mean(axis=2, keepdims=True) * 1.4 + 0.4 * noise
    if kit.chance(0.5):
        noise = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1) + np.roll(noise, (1, 1), (0, 1))) / 2
    return values + noise * strength * (0.4 + np.sqrt(np.clip(values, 0, 1)))


def photographed(kit, image):
    """A scene as a camera sees it."""
    if kit.chance(0.4):
        image = lens(kit, image)
    if kit.chance(0.45):
        image = image.filter(ImageFilter.GaussianBlur(kit.between(0.3, 1.1)))
    values = light(kit, np.asarray(image, np.float32) / 255)
    # No camera delivers pure black and white everywhere.
    values = kit.between(0.0, 0.06) + values * kit.between(0.8, 0.98)
    if kit.chance(0.1):
        values = night(kit, np.clip(values, 0, None))
    if kit.chance(0.55):
        values = grain(kit, values, 10 ** kit.between(-2.6, -1.3))
    return to_image(values)


def scanned(kit, image):
    """Paper under a scanner or as a file: mostly as it is, at times gray, soft or with the grain of paper."""
    if kit.chance(0.3):
        image = image.convert("L").convert("RGB")
    if kit.chance(0.3):
        image = image.filter(ImageFilter.GaussianBlur(kit.between(0.2, 0.7)))
    if kit.chance(0.3):
        image = to_image(grain(kit, np.asarray(image, np.float32) / 255, 10 ** kit.between(-2.8, -1.8)))
    return image


def to_image(values):
    return Image.fromarray((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))
