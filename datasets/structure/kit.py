"""What every scene draws with: seeded choices, colours, words, fonts, photographs, clip art, perspective."""

import colorsys
import random

import numpy as np
import skia

from sources import photograph, typeface

SYLLABLES = (
    "ba de li mor ten va sil qu or an est ri ka po lum ne ger tha in co wex pla jo fy zu hen ald mi ster bro".split()
)


class Kit:
    """Random choices of one picture, and the sources it may use."""

    def __init__(self, seed, sources):
        self.random = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.sources = sources
        self.base_hue = self.random.random()

    # -- choices

    def chance(self, share):
        return self.random.random() < share

    def between(self, low, high):
        return self.random.uniform(low, high)

    def whole(self, low, high):
        return self.random.randint(low, high)

    def pick(self, items):
        return self.random.choice(items)

    # -- colours

    def colour(self, saturation=(0.0, 0.9), value=(0.1, 1.0), alpha=255, near=None):
        """A colour near the hue of the picture, or, one time in three, of any hue."""
        hue = self.random.random() if self.chance(0.33) else self.base_hue + self.random.gauss(0, 0.07)
        rgb = colorsys.hsv_to_rgb(hue % 1, self.between(*saturation), self.between(*value))
        return skia.Color(*(int(255 * part) for part in rgb), alpha)

    def wall(self):
        """A colour as plaster, brick, stone and concrete have."""
        hue = self.pick([self.between(0.02, 0.13), self.between(0.02, 0.13), self.random.random()])
        rgb = colorsys.hsv_to_rgb(hue, self.between(0.02, 0.6) ** 1.8, self.between(0.35, 0.97))
        return skia.Color(*(int(255 * part) for part in rgb))

    def glass(self, low, high):
        """A colour as panes reflect it, mostly of sky."""
        hue = self.pick([self.between(0.5, 0.65), self.between(0.5, 0.65), self.random.random()])
        rgb = colorsys.hsv_to_rgb(hue, self.between(0.0, 0.5), self.between(low, high))
        return skia.Color(*(int(255 * part) for part in rgb))

    def ink_and_paper(self):
        """Two colours with contrast, dark on light two times in three."""
        dark, light = self.colour(value=(0.0, 0.35)), self.colour((0.0, 0.25), (0.85, 1.0))
        return (dark, light) if self.chance(0.67) else (light, dark)

    # -- paints

    def fill(self, colour):
        return skia.Paint(AntiAlias=True, Color=colour)

    def stroke(self, colour, width):
        return skia.Paint(AntiAlias=True, Color=colour, Style=skia.Paint.kStroke_Style, StrokeWidth=width)

    def gradient(self, a, b, start, end):
        shader = skia.GradientShader.MakeLinear([skia.Point(*start), skia.Point(*end)], [a, b])
        return skia.Paint(AntiAlias=True, Shader=shader)

    def texture(self, canvas, rect, strength=40, scale=None, stretch=1.0):
        """Grain of a surface over a rectangle, no darker on average; `stretch` makes it run like wood."""
        scale = scale or 10 ** self.between(-2.0, -0.3)
        shader = skia.PerlinNoiseShader.MakeFractalNoise(scale, scale * stretch, self.whole(2, 5), self.whole(0, 9999))
        gray = [0.5, 0.5, 0.5, 0, -0.25] * 3 + [0, 0, 0, 0, strength / 255]
        paint = skia.Paint(Shader=shader, ColorFilter=skia.ColorFilters.Matrix(gray), BlendMode=skia.BlendMode.kOverlay)
        canvas.drawRect(rect, paint)

    # -- words and fonts

    def word(self):
        word = "".join(self.random.choices(SYLLABLES, k=self.pick([1, 1, 2, 2, 2, 3, 3, 4])))
        return word.capitalize() if self.chance(0.15) else word

    def number(self):
        return self.pick(["{:.0f}", "{:.1f}", "{:.2f}", "{:,.0f}", "{:.0f}%"]).format(10 ** self.between(0, 4))

    def words(self, count):
        return " ".join(self.number() if self.chance(0.05) else self.word() for _ in range(count))

    def font(self, size, like=None):
        """A font of any file, or of one whose name has one of the words of `like`."""
        paths = self.sources.fonts
        if like:
            paths = [path for path in paths if any(part in path.name.lower() for part in like)] or paths
        for _ in range(20):
            face = typeface(self.pick(paths))
            if face and face.unicharToGlyph(ord("a")) and face.unicharToGlyph(ord("0")):
                break
        font = skia.Font(face, size)
        font.setSubpixel(self.chance(0.7))
        font.setEdging(skia.Font.Edging.kAntiAlias)
        if self.chance(0.5):
            font.setHinting(skia.FontHinting.kNone)
        return font

    # -- pictures of others

    def photograph(self):
        for _ in range(10):
            image = photograph(self.pick(self.sources.photographs)) if self.sources.photographs else None
            if image:
                return image
        return None

    def paste(self, canvas, rect, blur=0.0, dim=None):
        """Covers a rectangle with a part of some photograph, or with a soft gradient where there are none."""
        image = self.photograph()
        if image is None:
            paint = self.gradient(
                self.colour(), self.colour(), (rect.left(), rect.top()), (rect.right(), rect.bottom())
            )
            return canvas.drawRect(rect, paint)
        share = self.between(0.4, 1.0)
        fit = min(image.width() / rect.width(), image.height() / rect.height()) * share
        width, height = rect.width() * fit, rect.height() * fit
        left, top = self.between(0, image.width() - width), self.between(0, image.height() - height)
        paint = skia.Paint(AntiAlias=True)
        if blur:
            paint.setImageFilter(skia.ImageFilters.Blur(blur, blur, skia.TileMode.kClamp))
        canvas.save()
        canvas.clipRect(rect)
        part = skia.Rect.MakeXYWH(left, top, width, height)
        canvas.drawImageRect(
            image, part, rect, skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear), paint
        )
        canvas.restore()
        if dim is not None:
            canvas.drawRect(rect, skia.Paint(Color=dim))

    def clip_art(self, canvas, rect):
        """Draws one file of clip art into a rectangle; whether there was one that could be read."""
        return self.drawing(canvas, rect, self.sources.clip_art)

    def icon(self, canvas, rect):
        """Draws one icon into a square; whether there was one that could be read."""
        return self.drawing(canvas, rect, self.sources.icons)

    def drawing(self, canvas, rect, paths):
        for _ in range(8 if paths else 0):
            data = self.pick(paths).read_bytes()
            drawing = skia.SVGDOM.MakeFromStream(skia.MemoryStream(data)) if len(data) < 300_000 else None
            size = drawing.containerSize() if drawing else None
            if not size or size.width() < 1 or size.height() < 1:
                continue
            scale = min(rect.width() / size.width(), rect.height() / size.height())
            canvas.save()
            canvas.translate(rect.left(), rect.top())
            canvas.scale(scale, scale)
            drawing.render(canvas)
            canvas.restore()
            return True
        return False


def perspective(width, height, corners):
    """The matrix that takes the rectangle (0, 0, width, height) to four corners, clockwise from top left."""
    rows, right = [], []
    for (x, y), (u, v) in zip([(0, 0), (width, 0), (width, height), (0, height)], corners):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return skia.Matrix.MakeAll(*(float(v) for v in np.linalg.solve(np.array(rows, float), np.array(right, float))), 1.0)


def shaded(colour, factor):
    """The colour times a factor, as in light or shade."""
    return skia.Color(
        *(
            min(255, int(part * factor))
            for part in (skia.ColorGetR(colour), skia.ColorGetG(colour), skia.ColorGetB(colour))
        )
    )
