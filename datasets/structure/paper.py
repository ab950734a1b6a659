"""Ruled paper: handwriting in notebooks, notes on staves."""

import skia

from page import paragraph


def notebook(kit, canvas, width, height):
    """Handwriting on ruled or squared paper, with figures and underlines."""
    canvas.drawPaint(kit.fill(skia.Color(kit.whole(235, 255), kit.whole(235, 255), kit.whole(215, 250))))
    gap, rule = kit.between(12, 34), kit.stroke(skia.Color(110, 140, 190, kit.whole(60, 190)), kit.between(0.5, 1.3))
    for row in range(int(height / gap) + 1):
        canvas.drawLine(0, row * gap, width, row * gap, rule)
    for index in range(int(width / gap) + 1 if kit.chance(0.4) else 0):
        canvas.drawLine(index * gap, 0, index * gap, height, rule)
    font = kit.font(gap * kit.between(0.7, 1.1), ("dkg", "comic", "lobster", "typewriter"))
    ink = kit.fill(kit.colour((0.2, 0.9), (0.05, 0.5)))
    box = skia.Rect.MakeLTRB(width * 0.08, gap * 2.85 - font.getSize(), width * 0.95, height)
    while box.top() < height:
        y = paragraph(kit, canvas, box, font, ink, leading=gap)
        box = skia.Rect.MakeLTRB(box.left(), y + gap - font.getSize(), box.right(), height)
        if y > height:
            break
    kit.texture(canvas, skia.Rect.MakeWH(width, height), 20, 0.2)


def score(kit, canvas, width, height):
    """Staves with notes, beams and bar lines."""
    canvas.drawPaint(kit.fill(skia.ColorWHITE))
    ink, gap, y = skia.Color(10, 10, 10), kit.between(4, 10), 20.0
    line, stem = kit.stroke(ink, max(0.6, gap * 0.12)), kit.stroke(ink, max(0.8, gap * 0.2))
    while y < height:
        for index in range(5):
            canvas.drawLine(15, y + index * gap, width - 15, y + index * gap, line)
        x = 40.0
        while x < width - 40:
            low = kit.whole(-3, 11) * gap / 2
            canvas.drawOval(
                skia.Rect.MakeXYWH(x, y + low - gap * 0.4, gap * 1.3, gap * 0.85),
                kit.fill(ink) if kit.chance(0.7) else stem,
            )
            canvas.drawLine(x + gap * 1.25, y + low, x + gap * 1.25, y + low - 3.4 * gap, stem)
            if kit.chance(0.3):
                path = skia.Path()
                path.addPoly(
                    [
                        skia.Point(x + gap * 1.25 + dx, y + low - 3.4 * gap + dy)
                        for dx, dy in ((0, 0), (gap * 3, -gap), (gap * 3, -gap / 2), (0, gap / 2))
                    ],
                    True,
                )
                canvas.drawPath(path, kit.fill(ink))
            if kit.chance(0.15):
                canvas.drawLine(x + gap * 2.4, y, x + gap * 2.4, y + 4 * gap, stem)
            x += gap * kit.between(2.5, 5)
        y += gap * kit.between(9, 14)
