"""Street maps and topographic maps."""

import skia

from page import BODY
from strokes import outline


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
            canvas.drawPath(
                outline(kit, kit.between(0, width), kit.between(0, height), height * kit.between(0.1, 0.4)),
                kit.fill(colour),
            )
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
        colour, casing = kit.pick(
            [((255, 255, 255), (180, 175, 165)), ((252, 214, 164), (200, 140, 80)), ((232, 146, 162), (180, 70, 90))]
        )
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
        path = outline(
            kit, kit.between(0, width), kit.between(0, height), height * kit.between(0.3, 0.9), kit.whole(6, 14)
        )
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
