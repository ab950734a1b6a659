"""Charts and maps."""

import math

import skia

from drawing import outline
from page import BODY

SHADES = [(31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189), (140, 86, 75), (23, 190, 207)]


class Frame:
    """The area of a chart between its axes."""

    def __init__(self, kit, rect):
        self.rect = skia.Rect.MakeLTRB(rect.left() + 46, rect.top() + 28, rect.right() - 12, rect.bottom() - 34)
        self.ink = skia.Color(*([kit.whole(0, 80)] * 3))
        self.font = kit.font(kit.between(8, 14), BODY)
        shades = [skia.Color(*shade) for shade in SHADES] if kit.chance(0.5) else [kit.colour((0.3, 1), (0.3, 1)) for _ in range(6)]
        self.shades = kit.random.sample(shades, 5)

    def at(self, x, y):
        """The point of shares from the left and from below."""
        return skia.Point(self.rect.left() + x * self.rect.width(), self.rect.bottom() - y * self.rect.height())


def axes(kit, canvas, frame):
    rect, line = frame.rect, kit.stroke(frame.ink, kit.between(0.7, 1.6))
    faint = kit.stroke(skia.Color(0, 0, 0, kit.whole(20, 70)), 0.7)
    ticks, grid = kit.whole(4, 10), kit.chance(0.6)
    for index in range(ticks + 1):
        x, y = rect.left() + rect.width() * index / ticks, rect.bottom() - rect.height() * index / ticks
        if grid:
            canvas.drawLine(rect.left(), y, rect.right(), y, faint)
            canvas.drawLine(x, rect.top(), x, rect.bottom(), faint)
        canvas.drawLine(rect.left() - 4, y, rect.left(), y, line)
        canvas.drawLine(x, rect.bottom(), x, rect.bottom() + 4, line)
        canvas.drawString(kit.number()[:6], rect.left() - 44, y + 4, frame.font, kit.fill(frame.ink))
        canvas.drawString(kit.number()[:5], x - 10, rect.bottom() + 18, frame.font, kit.fill(frame.ink))
    if kit.chance(0.5):
        canvas.drawRect(rect, line)
    else:
        canvas.drawLine(rect.left(), rect.top(), rect.left(), rect.bottom(), line)
        canvas.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom(), line)
    title = kit.font(frame.font.getSize() * 1.4, ("bold",) + BODY)
    canvas.drawString(kit.words(4), rect.left() + 20, rect.top() - 10, title, kit.fill(frame.ink))


def curves(kit, canvas, frame):
    for shade in frame.shades[: kit.whole(1, 5)]:
        count, value, path = kit.whole(8, 200), kit.between(0.2, 0.8), skia.Path()
        for index in range(count + 1):
            value = min(0.98, max(0.02, value + kit.random.gauss(0, 0.6 / math.sqrt(count))))
            point = frame.at(index / count, value)
            path.lineTo(point) if index else path.moveTo(point)
            if count < 30:
                canvas.drawCircle(point, 3, kit.fill(shade))
        paint = kit.stroke(shade, kit.between(0.8, 2.5))
        if kit.chance(0.2):
            paint.setPathEffect(skia.DashPathEffect.Make([6, 4], 0))
        canvas.drawPath(path, paint)


def columns(kit, canvas, frame):
    count, gap = kit.whole(4, 40), kit.between(0.1, 0.4)
    for index in range(count):
        corner, foot = frame.at((index + gap / 2) / count, kit.between(0.05, 0.95)), frame.at((index + 1 - gap / 2) / count, 0)
        canvas.drawRect(skia.Rect.MakeLTRB(corner.x(), corner.y(), foot.x(), foot.y()), kit.fill(frame.shades[index % kit.pick([1, 1, 5])]))


def points(kit, canvas, frame):
    for shade in frame.shades[: kit.whole(1, 4)]:
        x, y, spread = kit.between(0.2, 0.8), kit.between(0.2, 0.8), kit.between(0.03, 0.2)
        for _ in range(kit.whole(20, 300)):
            point = frame.at(min(1, max(0, kit.random.gauss(x, spread))), min(1, max(0, kit.random.gauss(y, spread))))
            canvas.drawCircle(point, 2.2, kit.fill(skia.ColorSetA(shade, 190)))


def pie(kit, canvas, frame):
    rect, angle = frame.rect, 0.0
    side = min(rect.width(), rect.height())
    round_box = skia.Rect.MakeXYWH(rect.centerX() - side / 2, rect.centerY() - side / 2, side, side)
    while angle < 360:
        sweep = min(kit.between(10, 120), 360 - angle)
        canvas.drawArc(round_box, angle, sweep, True, kit.fill(kit.pick(frame.shades)))
        canvas.drawArc(round_box, angle, sweep, True, kit.stroke(skia.ColorWHITE, 1.5))
        angle += sweep


def matrix(kit, canvas, frame):
    across, down = kit.whole(4, 30), kit.whole(4, 20)
    for row in range(down):
        for column in range(across):
            a, b = frame.at(column / across, row / down), frame.at((column + 1) / across, (row + 1) / down)
            level = kit.random.random()
            colour = skia.Color(int(255 * level), int(200 * (1 - abs(level - 0.5))), int(255 * (1 - level)))
            canvas.drawRect(skia.Rect.MakeLTRB(a.x(), b.y(), b.x(), a.y()), kit.fill(colour))


def charts(kit, canvas, width, height):
    """One to four charts on a ground."""
    canvas.drawPaint(kit.fill(kit.pick([skia.ColorWHITE, skia.Color(248, 248, 244), skia.Color(234, 234, 242)])))
    across, down = kit.pick([(1, 1), (2, 1), (1, 2), (2, 2)])
    for index in range(across * down):
        x, y = index % across * width / across, index // across * height / down
        frame = Frame(kit, skia.Rect.MakeXYWH(x, y, width / across, height / down))
        inside = kit.pick([curves, curves, columns, points, pie, matrix])
        if inside is not pie:
            axes(kit, canvas, frame)
        inside(kit, canvas, frame)


def road(kit, canvas, points_, width, colour, casing):
    path = skia.Path()
    path.moveTo(*points_[0])
    for a, b in zip(points_[1:], points_[2:] + points_[-1:]):
        path.quadTo(*a, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    for paint in (kit.stroke(casing, width + 2), kit.stroke(colour, width)):
        paint.setStrokeJoin(skia.Paint.kRound_Join)
        canvas.drawPath(path, paint)
    return path


def city(kit, canvas, width, height):
    """A street map: blocks of buildings on a bent grid, parks, water, roads, names."""
    canvas.drawPaint(kit.fill(skia.Color(kit.whole(235, 248), kit.whole(232, 245), kit.whole(220, 240))))
    for colour in (skia.Color(170, 211, 223), skia.Color(200, 228, 180), skia.Color(185, 215, 165)):
        for _ in range(kit.whole(0, 3)):
            canvas.drawPath(outline(kit, kit.between(0, width), kit.between(0, height), height * kit.between(0.1, 0.4)), kit.fill(colour))
    canvas.save()
    canvas.rotate(kit.between(-45, 45), width / 2, height / 2)
    step = kit.between(40, 120)
    for row in range(-10, int(height / step) + 10):
        for column in range(-10, int(width / step) + 10):
            block(kit, canvas, column * step, row * step, step)
    canvas.restore()
    font, ink = kit.font(kit.between(8, 13), BODY), kit.fill(skia.Color(50, 50, 60))
    for _ in range(kit.whole(3, 9)):
        ends = [(kit.between(-0.2, 1.2) * width, kit.between(-0.2, 1.2) * height) for _ in range(4)]
        colour, casing = kit.pick([((255, 255, 255), (180, 175, 165)), ((252, 214, 164), (200, 140, 80)), ((232, 146, 162), (180, 70, 90))])
        road(kit, canvas, ends, kit.between(3, 16), skia.Color(*colour), skia.Color(*casing))
    for _ in range(kit.whole(6, 40)):
        canvas.save()
        canvas.translate(kit.between(0, width), kit.between(0, height))
        canvas.rotate(kit.pick([0, 0, kit.between(-60, 60)]))
        text = kit.words(kit.whole(1, 2))
        canvas.drawString(text, 0, 0, font, kit.stroke(skia.Color(255, 255, 255, 220), 2.5))
        canvas.drawString(text, 0, 0, font, ink)
        canvas.restore()


def block(kit, canvas, x, y, step):
    if kit.chance(0.25):
        return
    canvas.drawRect(skia.Rect.MakeXYWH(x + 2, y + 2, step - 4, step - 4), kit.fill(skia.Color(242, 239, 233)))
    count = kit.whole(1, 4)
    for index in range(count):
        w = (step - 14) / count
        house = skia.Rect.MakeXYWH(x + 7 + index * w, y + 7, w - 3, (step - 14) * kit.between(0.3, 0.95))
        canvas.drawRect(house, kit.fill(skia.Color(217, 208, 201)))
        canvas.drawRect(house, kit.stroke(skia.Color(180, 165, 150), 0.9))


def relief(kit, canvas, width, height):
    """A topographic map: contours around hills, a grid, spot heights."""
    canvas.drawPaint(kit.fill(skia.Color(kit.whole(240, 255), kit.whole(240, 255), kit.whole(220, 245))))
    brown, font = skia.Color(kit.whole(120, 190), kit.whole(80, 130), kit.whole(30, 80)), kit.font(9, BODY)
    for _ in range(kit.whole(2, 6)):
        path = outline(kit, kit.between(0, width), kit.between(0, height), height * kit.between(0.3, 0.9), kit.whole(6, 14))
        bounds = path.getBounds()
        for ring in range(kit.whole(6, 30)):
            scale = 1 - ring / 32
            canvas.save()
            canvas.translate(bounds.centerX() * (1 - scale), bounds.centerY() * (1 - scale))
            canvas.scale(scale, scale)
            canvas.drawPath(path, kit.stroke(brown, (1.8 if ring % 5 == 0 else 0.8) / scale))
            canvas.restore()
        canvas.drawString(kit.number(), bounds.centerX(), bounds.centerY(), font, kit.fill(skia.ColorBLACK))
    for index in range(12):
        grid = kit.stroke(skia.Color(60, 90, 160, 120), 0.8)
        canvas.drawLine(index * width / 11, 0, index * width / 11, height, grid)
        canvas.drawLine(0, index * width / 11, width, index * width / 11, grid)
