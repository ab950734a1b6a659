"""What screens show: windows, lists, editors, terminals, web pages, chats, small icons."""

import skia

from page import BODY, paragraph

MONO = ("mono", "code", "inconsolata", "terminus")


class Theme:
    """Colours of one user interface."""

    def __init__(self, kit):
        dark = kit.chance(0.4)
        low, high = (22, 60) if dark else (225, 255)
        self.ground = skia.Color(*([kit.whole(low, high)] * 3))
        self.panel = skia.Color(*([kit.whole(low, high)] * 3))
        self.text = skia.Color(*([kit.whole(200, 245) if dark else kit.whole(10, 70)] * 3))
        self.faint = skia.Color(*([kit.whole(90, 150)] * 3))
        self.accent = kit.colour((0.5, 1.0), (0.5, 0.95))
        self.size = kit.between(9, 17)
        self.font = kit.font(self.size, BODY + ("jura", "quicksand"))
        self.bold = kit.font(self.size * kit.between(1, 1.4), ("bold",))
        self.mono = kit.font(self.size, MONO)
        self.corner = kit.pick([0, 0, 3, 8])


def label(kit, canvas, theme, x, y, count=2, font=None, colour=None):
    canvas.drawString(kit.words(count), x, y, font or theme.font, kit.fill(colour or theme.text))


def toolbar(kit, canvas, theme, rect):
    canvas.drawRect(rect, kit.fill(theme.panel))
    canvas.drawLine(rect.left(), rect.bottom(), rect.right(), rect.bottom(), kit.stroke(theme.faint, 1))
    x, side = rect.left() + 6, rect.height() * kit.between(0.5, 0.8)
    while x < rect.right() - side:
        icon = skia.Rect.MakeXYWH(round(x), round(rect.centerY() - side / 2), side, side)
        if not (kit.chance(0.6) and kit.icon(canvas, icon)):
            label(kit, canvas, theme, x, rect.centerY() + theme.size * 0.35, 1)
        x += side * kit.between(1.3, 3)


def rows(kit, canvas, theme, rect):
    """A list or a table with icons, a selected row, perhaps striped."""
    canvas.drawRect(rect, kit.fill(theme.ground))
    tall, striped, columns = theme.size * kit.between(1.4, 2.6), kit.chance(0.4), kit.whole(1, 5)
    canvas.save()
    canvas.clipRect(rect)
    for index in range(int(rect.height() / tall) + 1):
        y = rect.top() + index * tall
        row = skia.Rect.MakeXYWH(rect.left(), y, rect.width(), tall)
        if kit.chance(0.06):
            canvas.drawRect(row, kit.fill(theme.accent))
        elif striped and index % 2:
            canvas.drawRect(row, kit.fill(theme.panel))
        if kit.chance(0.6):
            kit.icon(canvas, skia.Rect.MakeXYWH(rect.left() + 3, y + 2, tall - 4, tall - 4))
        for column in range(columns):
            x = rect.left() + tall * 1.2 + column * rect.width() / columns
            label(kit, canvas, theme, x, y + tall * 0.7, kit.whole(1, 3))
    canvas.restore()


def code(kit, canvas, theme, rect):
    """Source text with colours by word, line numbers and indentation."""
    canvas.drawRect(rect, kit.fill(theme.ground))
    colours = [theme.text] * 3 + [kit.colour((0.4, 0.9), (0.35, 0.9)) for _ in range(4)]
    leading, indent, step = theme.size * kit.between(1.15, 1.5), 0, theme.mono.measureText(" ")
    canvas.save()
    canvas.clipRect(rect)
    for line in range(int(rect.height() / leading) + 1):
        y = rect.top() + (line + 0.8) * leading
        canvas.drawString(f"{line + 1:4}", rect.left() + 2, y, theme.mono, kit.fill(theme.faint))
        indent = max(0, min(6, indent + kit.pick([-1, 0, 0, 0, 1])))
        x = rect.left() + (6 + 4 * indent) * step
        for _ in range(kit.pick([0, 1, 2, 3, 5, 8])):
            text = kit.word() + kit.pick(["(", ")", " = ", "; ", " ", " ", ".", ": ", "[0]", " + ", " {", "->"])
            canvas.drawString(text, x, y, theme.mono, kit.fill(kit.pick(colours)))
            x += theme.mono.measureText(text)
    canvas.restore()


def web(kit, canvas, theme, rect):
    """An article with pictures, links and buttons."""
    canvas.drawRect(rect, kit.fill(theme.ground))
    canvas.save()
    canvas.clipRect(rect)
    y, margin = rect.top() + 8, rect.width() * kit.between(0.03, 0.12)
    while y < rect.bottom():
        line = skia.Rect.MakeLTRB(rect.left() + margin, y, rect.right() - margin, rect.bottom() + 50)
        kind = kit.random.random()
        if kind < 0.25:
            photo = skia.Rect.MakeXYWH(line.left(), y, line.width() * kit.pick([0.33, 0.5, 1]), kit.between(60, 220))
            kit.paste(canvas, photo)
            label(kit, canvas, theme, photo.right() + 8, y + 20, 3, theme.bold)
            y = photo.bottom() + 10
        elif kind < 0.45:
            label(kit, canvas, theme, line.left(), y + theme.size * 1.4, kit.whole(2, 6), theme.bold, theme.accent)
            y += theme.size * 2.2
        elif kind < 0.6:
            y = buttons(kit, canvas, theme, line.left(), y)
        else:
            y = paragraph(kit, canvas, line, theme.font, kit.fill(theme.text)) + 6
    canvas.restore()


def buttons(kit, canvas, theme, x, y):
    tall = theme.size * 2
    for _ in range(kit.whole(1, 5)):
        text = kit.words(kit.whole(1, 2))
        box = skia.Rect.MakeXYWH(round(x), round(y), theme.font.measureText(text) + theme.size * 1.6, tall)
        filled = kit.chance(0.5)
        canvas.drawRoundRect(
            box, theme.corner, theme.corner, kit.fill(theme.accent) if filled else kit.stroke(theme.faint, 1)
        )
        canvas.drawString(
            text, x + theme.size * 0.8, y + tall * 0.68, theme.font, kit.fill(skia.ColorWHITE if filled else theme.text)
        )
        x = box.right() + 8
    return y + tall * 1.4


def icons(kit, canvas, theme, rect):
    """A grid of icons with names, as of a folder or a start screen."""
    canvas.save()
    canvas.clipRect(rect)
    if kit.chance(0.5):
        kit.paste(canvas, rect, blur=kit.pick([0, 8]))
    else:
        canvas.drawRect(rect, kit.fill(theme.ground))
    side = kit.pick([24, 32, 48, 64, 96])
    step, y = side * kit.between(1.4, 2.0), rect.top() + 8
    while y < rect.bottom():
        x = rect.left() + 8
        while x < rect.right():
            kit.icon(canvas, skia.Rect.MakeXYWH(round(x), round(y), side, side))
            label(kit, canvas, theme, x, y + side + theme.size, 1)
            x += step
        y += step + theme.size
    canvas.restore()


def window(kit, canvas, theme, rect):
    """A window with its title, a tool bar, a side bar and something inside."""
    shadow = skia.Paint(Color=skia.Color(0, 0, 0, 120), MaskFilter=skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, 9))
    canvas.drawRect(rect.makeOffset(2, 4), shadow)
    canvas.save()
    canvas.clipRRect(skia.RRect.MakeRectXY(rect, theme.corner, theme.corner), skia.ClipOp.kIntersect, True)
    bar = skia.Rect.MakeXYWH(rect.left(), rect.top(), rect.width(), round(theme.size * 2))
    canvas.drawRect(bar, kit.fill(kit.pick([theme.accent, theme.panel, theme.faint])))
    label(kit, canvas, theme, bar.centerX() - 30, bar.centerY() + theme.size * 0.35, 2, theme.font)
    for index in range(3):
        canvas.drawCircle(bar.right() - 14 - 18 * index, bar.centerY(), 5.5, kit.fill(kit.colour((0.3, 0.9), (0.5, 1))))
    tools = skia.Rect.MakeXYWH(rect.left(), bar.bottom(), rect.width(), round(theme.size * 2.4))
    toolbar(kit, canvas, theme, tools)
    split = rect.left() + round(rect.width() * kit.pick([0, 0.2, 0.3]))
    rows(kit, canvas, theme, skia.Rect.MakeLTRB(rect.left(), tools.bottom(), split, rect.bottom()))
    inner = skia.Rect.MakeLTRB(split, tools.bottom(), rect.right(), rect.bottom())
    kit.pick([rows, code, code, web, web, icons])(kit, canvas, theme, inner)
    canvas.drawLine(split, tools.bottom(), split, rect.bottom(), kit.stroke(theme.faint, 1))
    canvas.restore()
    canvas.drawRoundRect(rect, theme.corner, theme.corner, kit.stroke(theme.faint, 1))


def desktop(kit, canvas, width, height):
    """One whole window, or some over a wallpaper."""
    theme, whole = Theme(kit), skia.Rect.MakeWH(width, height)
    if kit.chance(0.5):
        return window(kit, canvas, theme, whole.makeOutset(kit.whole(0, 200), kit.whole(0, 60)))
    icons(kit, canvas, theme, whole)
    for _ in range(kit.whole(1, 3)):
        w, h = round(width * kit.between(0.4, 0.8)), round(height * kit.between(0.4, 0.8))
        window(kit, canvas, theme, skia.Rect.MakeXYWH(kit.whole(0, width - w), kit.whole(0, height - h), w, h))
