"""Built things of long straight edges: stairs, fences, trusses, boxes."""

import math

import skia

from facade import railing
from kit import perspective, shaded
from street import sky


def stairs(kit, canvas, width, height):
    """A flight of steps seen from the front, between walls, with rails and perhaps shadows of people."""
    stone = kit.wall()
    canvas.drawPaint(kit.gradient(shaded(kit.wall(), 0.8), kit.wall(), (0, 0), (width, height)))
    kit.texture(canvas, skia.Rect.MakeWH(width, height), 60)
    steps, y = kit.whole(8, 45), height * kit.between(0.0, 0.35)
    left, right = width * kit.between(0.1, 0.45), width * kit.between(0.55, 0.9)
    spread, rise = kit.between(0.0, 0.035), (height - y) / steps
    dark, edge = shaded(stone, kit.between(0.45, 0.85)), kit.chance(0.6)
    for step in range(steps):
        tall = rise * (0.55 + 0.9 * step / steps)
        tread, quad = tall * kit.between(0.25, 0.5), skia.Rect.MakeLTRB(left, y, right, y + tall + 1)
        canvas.drawRect(quad, kit.fill(dark))
        canvas.drawRect(skia.Rect.MakeLTRB(left, y, right, y + tread), kit.fill(stone))
        if edge:
            canvas.drawLine(
                left, y + tread, right, y + tread, kit.stroke(skia.Color(15, 15, 18, 200), max(0.7, tall * 0.07))
            )
        y, left, right = y + tall, left - width * spread / 2, right + width * spread / 2
    kit.texture(canvas, skia.Rect.MakeWH(width, height), kit.whole(30, 90), 0.02)
    canvas.skew(kit.between(-0.3, 0.3), 0)
    for _ in range(kit.pick([0, 1, 2])):
        railing(
            kit,
            canvas,
            -width,
            kit.between(0.3, 0.9) * height,
            3 * width,
            height * 0.14,
            kit.wall(),
            kit.between(6, 20),
        )


def side_stairs(kit, canvas, width, height):
    """Steps in profile and the diagonal of a banister."""
    canvas.drawPaint(kit.gradient(kit.wall(), kit.wall(), (0, 0), (0, height)))
    kit.texture(canvas, skia.Rect.MakeWH(width, height), 50)
    steps = kit.whole(5, 22)
    run, rise = width * 1.1 / steps, height * kit.between(0.5, 0.9) / steps
    path = skia.Path()
    path.moveTo(-10, height + 10)
    for step in range(steps):
        path.lineTo(step * run, height - step * rise)
        path.lineTo(step * run, height - (step + 1) * rise)
    path.lineTo(width * 1.2, height - steps * rise)
    path.lineTo(width * 1.2, height + 10)
    canvas.drawPath(path, kit.fill(kit.wall()))
    canvas.drawPath(path, kit.stroke(skia.Color(20, 20, 24, 220), kit.between(0.8, 3)))
    bar, hand = kit.stroke(kit.wall(), kit.between(1, 4)), height * kit.between(0.12, 0.3)
    for step in range(steps):
        x, y = (step + 0.5) * run, height - (step + 1) * rise
        canvas.drawLine(x, y, x, y - hand, bar)
    bar.setStrokeWidth(kit.between(3, 8))
    canvas.drawLine(0.5 * run, height - rise - hand, (steps + 0.5) * run, height - (steps + 1) * rise - hand, bar)


def fence(kit, canvas, width, height):
    """Pickets, bars, wire mesh or a lattice before something out of focus."""
    kit.paste(canvas, skia.Rect.MakeWH(width, height), blur=kit.pick([0, 0, 2, 6]))
    canvas.concat(
        perspective(
            width,
            height,
            [(-9, kit.between(-50, 90)), (width + 9, kit.between(-50, 90)), (width + 9, height + 9), (-9, height + 9)],
        )
    )
    kind, colour, gap = kit.whole(0, 3), kit.wall(), kit.between(7, 40)
    paint = kit.stroke(colour, max(0.8, gap * kit.between(0.06, 0.22)))
    if kind == 0:
        paint.setStrokeWidth(gap * kit.between(0.4, 0.8))
    rows = range(-1, int(height / gap) + 2)
    for index in range(-int(height / gap) - 1, int(width / gap) + int(height / gap) + 2):
        x = index * gap
        if kind in (0, 1):
            canvas.drawLine(x, height * 0.15, x, height, paint)
        elif kind == 2:
            canvas.drawLine(x, 0, x + height, height, paint)
            canvas.drawLine(x, 0, x - height, height, paint)
        else:
            canvas.drawLine(x, 0, x, height, paint)
    if kind == 3:
        for row in rows:
            canvas.drawLine(0, row * gap, width, row * gap, paint)
    if kind in (0, 1):
        paint.setStrokeWidth(kit.between(2, 9))
        for y in (0.25, 0.85):
            canvas.drawLine(-width, height * y, 2 * width, height * y, paint)


def truss(kit, canvas, width, height):
    """Lattice girders, pylons, cranes and cables against a sky."""
    sky(kit, canvas, width, height)
    for _ in range(kit.whole(1, 4)):
        canvas.save()
        canvas.translate(kit.between(0, width), kit.between(0, height))
        canvas.rotate(kit.pick([0, 90, kit.between(-40, 40), kit.between(50, 130)]))
        dark = skia.Color(*([kit.whole(10, 90)] * 3))
        depth, paint = kit.between(12, 70), kit.stroke(dark, kit.between(0.9, 5))
        reach, taper = int(1.5 * max(width, height) / depth), kit.between(-0.01, 0.01)
        for index in range(-reach, reach):
            near, far = depth * math.exp(taper * index) / 2, depth * math.exp(taper * (index + 1)) / 2
            x, next_x = index * depth, (index + 1) * depth
            for line in (
                (x, -near, next_x, -far),
                (x, near, next_x, far),
                (x, -near, next_x, far),
                (x, near, next_x, -far),
                (x, -near, x, near),
            ):
                canvas.drawLine(*line, paint)
        canvas.restore()


def boxes(kit, canvas, width, height):
    """Products: boxes with print, cylinders, cables on a table, with soft shadows."""
    canvas.drawPaint(
        kit.gradient(kit.colour((0, 0.4)), kit.colour((0, 0.4), (0.5, 1.0)), (0, 0), (kit.between(-50, 50), height))
    )
    for _ in range(kit.whole(1, 5)):
        w, h = width * kit.between(0.12, 0.4), height * kit.between(0.15, 0.55)
        x, y = kit.between(0, width - w), kit.between(0.1, 0.95) * height - h * 0.5
        shadow = skia.Paint(
            Color=skia.Color(0, 0, 0, 110),
            MaskFilter=skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, kit.between(4, 25)),
        )
        canvas.drawRect(skia.Rect.MakeXYWH(x, y + h * 0.1, w * 1.4, h * 0.95), shadow)
        box(kit, canvas, x, y, w, h)


def box(kit, canvas, x, y, w, h):
    colour, lean, depth = kit.colour((0.1, 0.9), (0.3, 1.0)), kit.between(-0.1, 0.1) * h, kit.between(0.15, 0.4) * w
    side = [(x + w, y + lean), (x + w + depth, y - lean), (x + w + depth, y + h * 0.9), (x + w, y + h)]
    path = skia.Path()
    path.addPoly([skia.Point(*corner) for corner in side], True)
    canvas.drawPath(path, kit.fill(shaded(colour, 0.6)))
    canvas.save()
    canvas.concat(perspective(200, 300, [(x, y), (x + w, y + lean), (x + w, y + h), (x, y + h * 0.96)]))
    canvas.clipRect(skia.Rect.MakeWH(200, 300))
    canvas.drawPaint(kit.gradient(colour, shaded(colour, 0.8), (0, 0), (200, 300)))
    if kit.chance(0.6):
        kit.clip_art(canvas, skia.Rect.MakeXYWH(30, 80, 140, 140))
    for line in range(kit.whole(2, 9)):
        canvas.drawString(
            kit.words(3),
            12,
            30 + line * kit.between(16, 30),
            kit.font(kit.between(8, 34)),
            kit.fill(kit.ink_and_paper()[line % 2]),
        )
    canvas.restore()
