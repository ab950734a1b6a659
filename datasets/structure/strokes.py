"""What line art is made of: closed curves, hatching, screentones."""

import math

import skia


def outline(kit, cx, cy, radius, points=9):
    """A closed smooth curve about a centre."""
    path, corners = skia.Path(), []
    for index in range(points):
        angle, far = 2 * math.pi * index / points, radius * kit.between(0.5, 1.2)
        corners.append((cx + far * math.cos(angle), cy + far * math.sin(angle)))
    middle = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(corners, corners[1:] + corners[:1])]
    path.moveTo(*middle[-1])
    for corner, end in zip(corners, middle):
        path.quadTo(*corner, *end)
    path.close()
    return path


def hatch(kit, canvas, path, ink, crossed=False):
    """Fills a path with parallel, slightly wavering lines."""
    bounds, gap, angle = path.getBounds(), kit.between(2.5, 9), kit.between(0, 180)
    paint, reach = kit.stroke(ink, kit.between(0.6, 1.8)), max(bounds.width(), bounds.height())
    canvas.save()
    canvas.clipPath(path, skia.ClipOp.kIntersect, True)
    for turn in (angle, angle + kit.between(50, 100))[: 2 if crossed else 1]:
        canvas.save()
        canvas.rotate(turn, bounds.centerX(), bounds.centerY())
        for index in range(int(2 * reach / gap)):
            y = bounds.centerY() - reach + index * gap
            line = skia.Path()
            line.moveTo(bounds.centerX() - reach, y)
            line.quadTo(bounds.centerX(), y + kit.between(-2, 2), bounds.centerX() + reach, y + kit.between(-1, 1))
            canvas.drawPath(line, paint)
        canvas.restore()
    canvas.restore()


def screentone(kit, canvas, path, ink):
    """Fills a path with dots on a turned grid, as print does."""
    bounds, gap = path.getBounds(), kit.between(3, 8)
    reach, radius = max(bounds.width(), bounds.height()) * 0.75, gap * kit.between(0.2, 0.45)
    canvas.save()
    canvas.clipPath(path, skia.ClipOp.kIntersect, True)
    canvas.rotate(kit.pick([0, 15, 45, 75]), bounds.centerX(), bounds.centerY())
    count = min(int(2 * reach / gap), 220)
    dots = [
        skia.Point(bounds.centerX() - reach + i * gap, bounds.centerY() - reach + j * gap)
        for i in range(count)
        for j in range(count)
    ]
    paint = kit.stroke(ink, 2 * radius)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    canvas.drawPoints(skia.Canvas.kPoints_PointMode, dots, paint)
    canvas.restore()
