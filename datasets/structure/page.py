"""Text: typeset pages, letters on photographs, posters."""

import skia

from kit import perspective

SERIF = ("libertine", "garamond", "didot", "serif", "cmun", "baskervald", "slab")
BODY = SERIF + ("lato", "liberation", "dejavu", "opensans", "roboto", "cabin")


def paragraph(kit, canvas, rect, font, paint, leading=None, justify=False):
    """Fills a rectangle with words; returns the y below the last line."""
    leading = leading or font.getSize() * kit.between(1.15, 1.6)
    space, y, last = font.measureText(" "), rect.top() + font.getSize(), kit.whole(2, 25)
    for line in range(10_000):
        if y > rect.bottom() or line > last:
            break
        words, wide = [], 0.0
        while True:
            word = kit.word() + kit.pick(["", "", "", "", ",", "."])
            size = font.measureText(word)
            if wide + size + space * len(words) > rect.width():
                break
            words.append((word, size))
            wide += size
        gap = (rect.width() - wide) / max(len(words) - 1, 1) if justify and line < last and len(words) > 2 else space
        x = rect.left()
        for word, size in words:
            canvas.drawString(word, x, y, font, paint)
            x += size + gap
        y += leading
    return y


def column(kit, canvas, rect, ink, size):
    """Headings, paragraphs, rules, figures and tables, one below the other."""
    body, bold, y = kit.font(size, BODY), kit.font(size * kit.between(1.2, 2.2), ("bold", "black")), rect.top()
    justify = kit.chance(0.6)
    while y < rect.bottom() - 2 * size:
        rest = skia.Rect.MakeLTRB(rect.left(), y, rect.right(), rect.bottom())
        kind = kit.random.random()
        if kind < 0.15:
            canvas.save()
            canvas.clipRect(rest)
            canvas.drawString(kit.words(kit.whole(2, 6)), rect.left(), y + bold.getSize(), bold, kit.fill(ink))
            canvas.restore()
            y += bold.getSize() * 1.5
        elif kind < 0.25 and rest.height() > 60:
            y = figure(kit, canvas, rest, ink)
        elif kind < 0.33 and rest.height() > 60:
            y = table(kit, canvas, rest, ink, size)
        elif kind < 0.37:
            canvas.drawLine(rect.left(), y + 4, rect.right(), y + 4, kit.stroke(ink, kit.between(0.5, 2)))
            y += 9
        else:
            y = paragraph(kit, canvas, rest, body, kit.fill(ink), justify=justify) + size * 0.3


def figure(kit, canvas, rest, ink):
    tall = min(rest.height(), rest.width() * kit.between(0.3, 0.8))
    box = skia.Rect.MakeXYWH(rest.left(), rest.top() + 4, rest.width(), tall - 8)
    if kit.chance(0.6):
        kit.paste(canvas, box)
    elif not kit.clip_art(canvas, box):
        canvas.drawOval(box, kit.stroke(ink, 1))
    return rest.top() + tall + 4


def table(kit, canvas, rest, ink, size):
    rows, columns, y = kit.whole(3, 10), kit.whole(2, 6), rest.top() + 4
    font, thin, all_lines = kit.font(size * 0.9, BODY), kit.stroke(ink, kit.between(0.4, 1.2)), kit.chance(0.5)
    wide, first = rest.width() / columns, y
    for row in range(rows):
        if y + size * 1.5 > rest.bottom():
            break
        if row == 0 or all_lines:
            canvas.drawLine(rest.left(), y, rest.right(), y, thin)
        for cell in range(columns):
            text = kit.word() if cell == 0 or row == 0 else kit.number()
            canvas.drawString(
                text[: max(1, int(wide / size * 1.7))],
                rest.left() + cell * wide + 3,
                y + size * 1.1,
                font,
                kit.fill(ink),
            )
        y += size * 1.5
    for cell in range(columns + 1 if all_lines else 0):
        canvas.drawLine(rest.left() + cell * wide, first, rest.left() + cell * wide, y, thin)
    canvas.drawLine(rest.left(), y, rest.right(), y, thin)
    return y + size


def page(kit, canvas, width, height):
    """A page of one to three columns, flat or lying askew on something."""
    if kit.chance(0.3):
        kit.paste(canvas, skia.Rect.MakeWH(width, height), blur=3)
        spread = [(kit.between(-0.05, 0.2) * width, kit.between(-0.05, 0.2) * height) for _ in range(4)]
        (a, b), (c, d), (e, f), (g, h) = spread
        canvas.concat(perspective(width, height, [(a, b), (width - c, d), (width - e, height - f), (g, height - h)]))
    ink, paper = kit.ink_and_paper()
    if kit.chance(0.5):
        ink, paper = skia.Color(*([kit.whole(0, 40)] * 3)), skia.Color(255, 255, kit.whole(235, 255))
    canvas.drawRect(skia.Rect.MakeWH(width, height), kit.fill(paper))
    if kit.chance(0.3):
        kit.texture(canvas, skia.Rect.MakeWH(width, height), 25, 0.3)
    columns, margin = kit.pick([1, 1, 2, 2, 3]), width * kit.between(0.02, 0.1)
    size = max(7.0, kit.between(0.012, 0.045) * width / columns**0.6)
    wide = (width - margin) / columns
    for index in range(columns):
        left = margin + index * wide
        column(kit, canvas, skia.Rect.MakeLTRB(left, margin, left + wide - margin, height - margin), ink, size)


def letters(kit, canvas, width, height):
    """Words of many sizes on a photograph, a gradient or a coloured ground: captions, titles, posters."""
    rect = skia.Rect.MakeWH(width, height)
    if kit.chance(0.7):
        kit.paste(canvas, rect, blur=kit.pick([0, 0, 0, 4]), dim=kit.pick([None, skia.Color(0, 0, 0, 90)]))
    else:
        canvas.drawPaint(kit.gradient(kit.colour(), kit.colour(), (0, 0), (width, kit.between(0, height))))
    for _ in range(kit.whole(2, 7)):
        size = height * 10 ** kit.between(-1.75, -0.5)
        font, text = kit.font(size), kit.words(max(1, min(6, int(width / size / 3))))
        if kit.chance(0.3):
            text = text.upper()
        ink, paper = kit.ink_and_paper()
        x, y = kit.between(0.0, 0.5) * width, kit.between(0.1, 0.98) * height
        canvas.save()
        canvas.rotate(kit.pick([0, 0, 0, kit.between(-30, 30)]), x, y)
        if kit.chance(0.3):
            banner = skia.Rect.MakeXYWH(x - size * 0.2, y - size, font.measureText(text) + size * 0.4, size * 1.35)
            canvas.drawRoundRect(banner, 4, 4, kit.fill(paper))
        elif kit.chance(0.4):
            canvas.drawString(text, x + size * 0.05, y + size * 0.05, font, kit.fill(skia.Color(0, 0, 0, 140)))
        elif kit.chance(0.3):
            canvas.drawString(text, x, y, font, kit.stroke(paper, size * 0.12))
        canvas.drawString(text, x, y, font, kit.fill(ink))
        canvas.restore()
    if kit.chance(0.4):
        box = skia.Rect.MakeXYWH(width * kit.between(0, 0.4), height * kit.between(0, 0.6), width * 0.5, height * 0.35)
        ink, paper = kit.ink_and_paper()
        canvas.drawRect(box, kit.fill(skia.ColorSetA(paper, kit.whole(120, 255))))
        paragraph(kit, canvas, box.makeInset(6, 4), kit.font(kit.between(8, 24), BODY), kit.fill(ink))
