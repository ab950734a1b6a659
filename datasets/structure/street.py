"""Buildings: façades in perspective, alone or meeting at a corner, under a sky."""

import skia

from facade import facade
from kit import perspective


def sky(kit, canvas, width, height):
    if kit.chance(0.5):
        return kit.paste(canvas, skia.Rect.MakeWH(width, height), blur=kit.pick([0, 0, 3, 12]))
    pale, deep = kit.pick(
        [((225, 232, 240), (90, 140, 205)), ((240, 225, 205), (150, 160, 190)), ((214, 214, 216), (165, 170, 178))]
    )
    canvas.drawPaint(kit.gradient(skia.Color(*deep), skia.Color(*pale), (0, 0), (kit.between(-99, 99), height)))


def street(kit, canvas, width, height):
    """One or two façades under a sky, with a pavement, wires and poles."""
    sky(kit, canvas, width, height)
    horizon = height * kit.between(0.5, 0.95)
    corner = width * (kit.between(0.2, 0.8) if kit.chance(0.5) else kit.pick([0, 1]))
    top = height * kit.between(-0.35, 0.2)
    for edge, sign in ((-0.05 * width, 1), (1.05 * width, -1)):
        if abs(edge - corner) < 0.1 * width:
            continue
        far_top = top + (horizon - top) * kit.between(0.0, 0.55)
        far_foot = height * 1.02 - (height * 1.02 - horizon) * kit.between(0.1, 0.9)
        near, far = [(corner, top), (corner, height * 1.02)], [(edge, far_top), (edge, far_foot)]
        corners = [far[0], near[0], near[1], far[1]] if sign > 0 else [near[0], far[0], far[1], near[1]]
        across, tall = abs(edge - corner) * kit.between(1.0, 1.7), (height * 1.02 - top) * 0.9
        canvas.save()
        canvas.concat(perspective(across, tall, corners))
        facade(kit, canvas, across, tall)
        if kit.chance(0.5):
            canvas.drawRect(skia.Rect.MakeWH(across, tall), kit.fill(skia.Color(0, 0, 20, kit.whole(5, 90))))
        canvas.restore()
    wires(kit, canvas, width, height)


def wires(kit, canvas, width, height):
    for _ in range(kit.pick([0, 0, 2, 5])):
        path, y = skia.Path(), kit.between(0, 0.6) * height
        path.moveTo(0, y)
        path.quadTo(width / 2, y + kit.between(5, 80), width, kit.between(0, 0.6) * height)
        canvas.drawPath(path, kit.stroke(skia.Color(20, 20, 22, 230), kit.between(0.6, 2.5)))


def front(kit, canvas, width, height):
    """A façade seen nearly from the front, filling the picture."""
    jitter = [(kit.between(-0.15, 0.02), kit.between(-0.15, 0.02)) for _ in range(4)]
    (a, b), (c, d), (e, f), (g, h) = jitter
    corners = [
        (a * width, b * height),
        ((1 - c) * width, d * height),
        ((1 - e) * width, (1 - f) * height),
        (g * width, (1 - h) * height),
    ]
    canvas.concat(perspective(width, height, corners))
    facade(kit, canvas, width, height)
