"""Façades over a flat rectangle: walls and their joints, rows of windows, balconies, cornices, shops."""

import skia

WALLS = ("plain", "brick", "blocks", "siding", "panels", "glass")


class Style:
    """What all windows of a façade have in common."""

    def __init__(self, kit):
        self.kit = kit
        self.wall, self.trim = kit.wall(), kit.wall()
        self.frame = kit.pick([kit.wall(), skia.ColorWHITE, skia.Color(40, 40, 44)])
        self.material = kit.pick(WALLS)
        self.rows = kit.whole(2, 12)
        self.panes = kit.pick([(1, 1), (2, 1), (2, 2), (2, 3), (3, 4), (1, 2)])
        self.share = (kit.between(0.35, 0.75), kit.between(0.45, 0.8))
        self.arch = kit.chance(0.15)
        self.shutters, self.balconies = kit.chance(0.2), kit.chance(0.2)
        self.sill, self.hood = kit.chance(0.6), kit.chance(0.3)
        self.glass = [kit.glass(0.05, 0.45), kit.glass(0.3, 0.95)]
        self.lit = kit.pick([0.0, 0.0, 0.05, 0.4])


def wall(kit, canvas, width, height, style):
    """The bare wall: its colour, its joints, its grain."""
    rect = skia.Rect.MakeWH(width, height)
    canvas.drawRect(rect, kit.fill(style.wall))
    joint = kit.stroke(skia.Color(0, 0, 0, kit.whole(20, 110)), kit.between(0.6, 2.0))
    course = {"brick": (7, 22), "blocks": (26, 60), "siding": (9, 0), "panels": (90, 120)}.get(style.material)
    if course:
        courses(kit, canvas, width, height, course, joint, style.material != "panels")
    kit.texture(canvas, rect, kit.whole(20, 110))


def courses(kit, canvas, width, height, course, joint, bonded):
    """Horizontal joints and, where stones have ends, upright ones, every other course moved by half a stone."""
    scale = kit.between(0.7, 1.8)
    rise, run = course[0] * scale, course[1] * scale
    for row in range(int(height / rise) + 1):
        top = row * rise
        canvas.drawLine(0, top, width, top, joint)
        if not run:
            continue
        start = run / 2 if bonded and row % 2 else 0
        for column in range(int(width / run) + 1):
            left = start + column * run
            canvas.drawLine(left, top, left, top + rise, joint)
            if kit.chance(0.06):
                shade = skia.Color(*([kit.pick([0, 255])] * 3), kit.whole(8, 45))
                canvas.drawRect(skia.Rect.MakeXYWH(left, top, run, rise), kit.fill(shade))


def window(kit, canvas, x, y, w, h, style):
    """One window: reveal, glass, frame, bars, and what stands before it."""
    rect = skia.Rect.MakeXYWH(x, y, w, h)
    canvas.drawRect(skia.Rect.MakeXYWH(x - 2, y - 2, w + 4, h + 4), kit.fill(skia.Color(0, 0, 0, 70)))
    if style.arch:
        canvas.drawOval(skia.Rect.MakeXYWH(x, y - w / 3, w, w / 1.5), kit.fill(style.glass[0]))
    if kit.chance(style.lit):
        canvas.drawRect(rect, kit.fill(skia.Color(255, kit.whole(190, 235), kit.whole(90, 180))))
    else:
        slope = kit.between(-0.3, 0.3) * w
        canvas.drawRect(rect, kit.gradient(style.glass[1], style.glass[0], (x + slope, y), (x - slope, y + h)))
    if kit.chance(0.3):
        part = kit.between(0.15, 0.7)
        canvas.drawRect(skia.Rect.MakeXYWH(x, y, w, h * part), kit.fill(skia.Color(235, 230, 215, kit.whole(90, 220))))
    bars(kit, canvas, rect, style)
    if style.sill:
        canvas.drawRect(skia.Rect.MakeXYWH(x - w * 0.08, y + h, w * 1.16, max(2, h * 0.05)), kit.fill(style.trim))
        shadow = skia.Rect.MakeXYWH(x - w * 0.08, y + h * 1.05, w * 1.16, max(1, h * 0.03))
        canvas.drawRect(shadow, kit.fill(skia.Color(0, 0, 0, 60)))
    if style.hood:
        canvas.drawRect(skia.Rect.MakeXYWH(x - w * 0.1, y - h * 0.12, w * 1.2, h * 0.07), kit.fill(style.trim))


def bars(kit, canvas, rect, style):
    paint = kit.stroke(style.frame, max(1.0, rect.width() * 0.05))
    canvas.drawRect(rect, paint)
    across, down = style.panes
    thin = kit.stroke(style.frame, max(0.8, rect.width() * 0.03))
    for column in range(1, across):
        x = rect.left() + rect.width() * column / across
        canvas.drawLine(x, rect.top(), x, rect.bottom(), thin)
    for row in range(1, down):
        y = rect.top() + rect.height() * row / down
        canvas.drawLine(rect.left(), y, rect.right(), y, thin)
    if style.shutters:
        for left in (rect.left() - rect.width() * 0.5, rect.right() + rect.width() * 0.05):
            shutter(kit, canvas, skia.Rect.MakeXYWH(left, rect.top(), rect.width() * 0.45, rect.height()), style)


def shutter(kit, canvas, rect, style):
    canvas.drawRect(rect, kit.fill(style.trim))
    slat = kit.stroke(skia.Color(0, 0, 0, 90), 0.9)
    count = int(rect.height() / 4)
    for index in range(count):
        y = rect.top() + rect.height() * index / max(count, 1)
        canvas.drawLine(rect.left() + 1, y, rect.right() - 1, y, slat)


def railing(kit, canvas, x, y, w, h, colour, gap):
    """Rails and balusters, as on a balcony, a bridge or a stair."""
    canvas.drawLine(x, y, x + w, y, kit.stroke(colour, 2.4))
    canvas.drawLine(x, y + h, x + w, y + h, kit.stroke(colour, 1.8))
    paint = kit.stroke(colour, kit.between(0.7, 1.6))
    for index in range(int(w / gap) + 1):
        canvas.drawLine(x + index * gap, y, x + index * gap, y + h, paint)


def facade(kit, canvas, width, height):
    """A whole façade over the rectangle (0, 0, width, height)."""
    style = Style(kit)
    style.columns = max(2, round(style.rows * width / height * kit.between(0.6, 1.6)))
    wall(kit, canvas, width, height, style)
    top = height * kit.between(0.03, 0.1)
    ground = height * kit.pick([0.0, 0.1, 0.18])
    w, h = width / style.columns, (height - top - ground) / style.rows
    if style.material == "glass":
        style.share, style.balconies, style.shutters = (0.94, 0.92), False, False
    balcony_columns = {column for column in range(style.columns) if style.balconies and kit.chance(0.5)}
    for row in range(style.rows):
        for column in range(style.columns):
            x = (column + (1 - style.share[0]) / 2) * w
            y = top + (row + (1 - style.share[1]) / 2) * h
            window(kit, canvas, x, y, w * style.share[0], h * style.share[1], style)
            if column in balcony_columns:
                railing(kit, canvas, column * w, y + h * 0.4, w, h * 0.42, style.frame, kit.between(3, 7))
        if style.hood or kit.chance(0.05):
            canvas.drawRect(skia.Rect.MakeXYWH(0, top + row * h, width, max(1.5, h * 0.03)), kit.fill(style.trim))
    cornice(kit, canvas, width, top, style)
    if ground:
        shop(kit, canvas, width, height - ground, ground, style)


def cornice(kit, canvas, width, top, style):
    canvas.drawRect(skia.Rect.MakeWH(width, top * 0.5), kit.fill(style.trim))
    canvas.drawRect(skia.Rect.MakeXYWH(0, top * 0.5, width, top * 0.12), kit.fill(skia.Color(0, 0, 0, 120)))
    if kit.chance(0.5):
        step = kit.between(8, 20)
        for index in range(int(width / step)):
            block = skia.Rect.MakeXYWH(index * step, top * 0.62, step / 2, top * 0.3)
            canvas.drawRect(block, kit.fill(style.trim))


def shop(kit, canvas, width, y, height, style):
    """A ground floor: doors, shop windows, signs with letters."""
    canvas.drawRect(skia.Rect.MakeXYWH(0, y, width, height), kit.fill(kit.wall()))
    x = width * 0.02
    while x < width * 0.95:
        w = kit.between(0.08, 0.25) * width
        opening = skia.Rect.MakeXYWH(x, y + height * 0.3, min(w, width - x - 2) * 0.9, height * 0.65)
        kit.paste(canvas, opening, blur=kit.between(0, 5), dim=skia.Color(0, 0, 0, kit.whole(30, 150)))
        canvas.drawRect(opening, kit.stroke(style.frame, kit.between(1.5, 4)))
        board = skia.Rect.MakeXYWH(x, y + height * 0.06, w * 0.9, height * 0.18)
        ink, paper = kit.ink_and_paper()
        canvas.drawRect(board, kit.fill(paper))
        canvas.save()
        canvas.clipRect(board)
        font = kit.font(height * 0.15)
        canvas.drawString(kit.words(2), x + 4, y + height * 0.2, font, kit.fill(ink))
        canvas.restore()
        x += w
