"""Line art: comics, engravings, clip art, plans and flat illustrations."""

import math

import skia

from page import paragraph
from strokes import hatch, outline, screentone


def thing(kit, canvas, rect, ink, colourful):
    """One drawn thing: blobs with ink lines and fills, or clip art."""
    if kit.chance(0.35) and kit.clip_art(canvas, rect):
        return
    for _ in range(kit.whole(2, 7)):
        radius = rect.height() * kit.between(0.08, 0.45)
        path = outline(
            kit,
            kit.between(rect.left(), rect.right()),
            kit.between(rect.top(), rect.bottom()),
            radius,
            kit.whole(4, 14),
        )
        if kit.chance(0.7):
            canvas.drawPath(path, kit.fill(kit.colour((0.1, 0.9), (0.4, 1.0)) if colourful else skia.ColorWHITE))
        kind = kit.random.random()
        if kind < 0.25:
            hatch(kit, canvas, path, ink, kit.chance(0.3))
        elif kind < 0.45:
            screentone(kit, canvas, path, ink)
        elif kind < 0.55:
            canvas.drawPath(path, kit.fill(ink))
        canvas.drawPath(path, kit.stroke(ink, kit.between(0.8, 5)))


def balloon(kit, canvas, rect, ink):
    """A speech balloon with its tail and capitals inside."""
    font = kit.font(kit.between(8, 18), ("comic", "dkg", "cabin"))
    w, h = rect.width() * kit.between(0.3, 0.6), rect.height() * kit.between(0.15, 0.35)
    box = skia.Rect.MakeXYWH(rect.left() + kit.between(0, rect.width() - w), rect.top() + 5, w, h)
    tail = skia.Path()
    tail.addPoly(
        [
            skia.Point(box.centerX() - 8, box.bottom() - 4),
            skia.Point(box.centerX() + 8, box.bottom() - 4),
            skia.Point(box.centerX() + kit.between(-30, 30), box.bottom() + 25),
        ],
        True,
    )
    line = kit.stroke(ink, 1.6)
    for shape in (
        lambda paint: canvas.drawRoundRect(box, h * 0.45, h * 0.45, paint),
        lambda paint: canvas.drawPath(tail, paint),
    ):
        shape(line)
        shape(kit.fill(skia.ColorWHITE))
    paragraph(kit, canvas, box.makeInset(w * 0.12, h * 0.12), font, kit.fill(ink))


def comic(kit, canvas, width, height):
    """A page of panels."""
    ink, colourful = skia.Color(*([kit.whole(0, 30)] * 3)), kit.chance(0.5)
    canvas.drawPaint(kit.fill(skia.ColorWHITE))
    y, gutter = 8.0, kit.between(5, 16)
    while y < height - 40:
        tall, x = height * kit.between(0.22, 0.5), 8.0
        while x < width - 40:
            panel = skia.Rect.MakeXYWH(
                x, y, min(width * kit.between(0.25, 0.7), width - x - 8), min(tall, height - y - 8)
            )
            canvas.save()
            canvas.clipRect(panel)
            if colourful:
                canvas.drawRect(
                    panel,
                    kit.gradient(kit.colour((0, 0.7), (0.6, 1)), kit.colour((0, 0.7), (0.6, 1)), (x, y), (x, y + tall)),
                )
            for _ in range(kit.whole(1, 3)):
                thing(kit, canvas, panel, ink, colourful)
            if kit.chance(0.3):
                speed_lines(kit, canvas, panel, ink)
            if kit.chance(0.7):
                balloon(kit, canvas, panel, ink)
            canvas.restore()
            canvas.drawRect(panel, kit.stroke(ink, kit.between(1.2, 3)))
            x = panel.right() + gutter
        y += tall + gutter


def speed_lines(kit, canvas, panel, ink):
    cx, cy = kit.between(panel.left(), panel.right()), kit.between(panel.top(), panel.bottom())
    for _ in range(kit.whole(20, 90)):
        angle, near = kit.between(0, 2 * math.pi), kit.between(0.3, 0.6) * panel.width()
        dx, dy = math.cos(angle), math.sin(angle)
        canvas.drawLine(
            cx + near * dx,
            cy + near * dy,
            cx + 3 * panel.width() * dx,
            cy + 3 * panel.width() * dy,
            kit.stroke(ink, kit.between(0.5, 2.5)),
        )


def illustration(kit, canvas, width, height):
    """Clip art and drawn things on a flat or soft ground."""
    ground = (kit.colour((0, 0.5), (0.7, 1)), kit.colour((0, 0.5), (0.5, 1)))
    canvas.drawPaint(kit.gradient(*ground, (0, 0), (0, height)) if kit.chance(0.6) else kit.fill(skia.ColorWHITE))
    for _ in range(kit.whole(4, 16)):
        size = kit.between(0.2, 0.8) * height
        rect = skia.Rect.MakeXYWH(kit.between(-0.1, 0.8) * width, kit.between(-0.1, 0.7) * height, size, size)
        if not kit.clip_art(canvas, rect):
            thing(kit, canvas, rect, kit.colour(value=(0, 0.3)), True)


def engraving(kit, canvas, width, height):
    """Black lines alone: hatched shapes one over the other."""
    ink, paper = kit.ink_and_paper()
    canvas.drawPaint(kit.fill(paper))
    for _ in range(kit.whole(10, 30)):
        path = outline(
            kit, kit.between(0, width), kit.between(0, height), height * kit.between(0.1, 0.45), kit.whole(4, 16)
        )
        canvas.drawPath(path, kit.fill(paper))
        hatch(kit, canvas, path, ink, kit.chance(0.4))
        canvas.drawPath(path, kit.stroke(ink, kit.between(0.8, 3)))


def plan(kit, canvas, width, height):
    """A technical drawing: walls, measures, arcs, dashed axes, small letters."""
    ink, paper = kit.pick(
        [(skia.Color(20, 20, 25), skia.ColorWHITE), (skia.Color(230, 240, 255), skia.Color(25, 60, 130))]
    )
    canvas.drawPaint(kit.fill(paper))
    thin, thick, font = (
        kit.stroke(ink, kit.between(0.5, 1.0)),
        kit.stroke(ink, kit.between(1.5, 4)),
        kit.font(kit.between(8, 14)),
    )
    dashed = kit.stroke(ink, 0.8)
    dashed.setPathEffect(skia.DashPathEffect.Make([9, 3, 2, 3], 0))
    for _ in range(kit.whole(10, 40)):
        x, y = kit.between(0, width), kit.between(0, height)
        w, h = kit.between(0.05, 0.4) * width, kit.between(0.05, 0.4) * height
        kind = kit.whole(0, 5)
        if kind < 2:
            canvas.drawRect(skia.Rect.MakeXYWH(x, y, w, h), kit.pick([thin, thick]))
            canvas.drawLine(x, y - 10, x + w, y - 10, thin)
            canvas.drawString(kit.number(), x + w / 2, y - 13, font, kit.fill(ink))
        elif kind == 2:
            canvas.drawCircle(x, y, h / 2, thick)
            canvas.drawLine(x - h, y, x + h, y, dashed)
            canvas.drawLine(x, y - h, x, y + h, dashed)
        elif kind == 3:
            canvas.drawArc(skia.Rect.MakeXYWH(x, y, h, h), kit.pick([0, 90, 180]), 90, True, thin)
        elif kind == 4:
            path = skia.Path()
            path.addRect(skia.Rect.MakeXYWH(x, y, w * 0.4, h * 0.4))
            hatch(kit, canvas, path, ink)
        else:
            canvas.drawLine(x, y, x + w, y + kit.pick([0, h]), kit.pick([thin, thick, dashed]))
