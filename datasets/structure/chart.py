"""Charts: curves, columns, points, pies, matrices."""

import math

import skia

from page import BODY

SHADES = [(31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189), (140, 86, 75), (23, 190, 207)]


class Frame:
    """The area of a chart between its axes."""

    def __init__(self, kit, rect):
        self.rect = skia.Rect.MakeLTRB(rect.left() + 46, rect.top() + 28, rect.right() - 12, rect.bottom() - 34)
        self.ink = skia.Color(*([kit.whole(0, 80)] * 3))
        self.font = kit.font(kit.between(8, 14), BODY)
        shades = (
            [skia.Color(*shade) for shade in SHADES]
            if kit.chance(0.5)
            else [kit.colour((0.3, 1), (0.3, 1)) for _ in range(6)]
        )
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
        corner, foot = (
            frame.at((index + gap / 2) / count, kit.between(0.05, 0.95)),
            frame.at((index + 1 - gap / 2) / count, 0),
        )
        canvas.drawRect(
            skia.Rect.MakeLTRB(corner.x(), corner.y(), foot.x(), foot.y()),
            kit.fill(frame.shades[index % kit.pick([1, 1, 5])]),
        )


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
