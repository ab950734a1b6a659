"""Interiors: floors of tiles or boards, walls that meet in corners, shelves, blinds, pictures."""

import skia

from kit import perspective, shaded


def floor(kit, canvas, width, height):
    """Tiles or boards over the rectangle, each a little unlike its neighbours."""
    a, b = kit.wall(), kit.wall()
    boards, side = kit.chance(0.5), kit.between(18, 70)
    joint = kit.stroke(skia.Color(0, 0, 0, kit.whole(40, 160)), kit.between(0.6, 2))
    rows, columns = int(height / side) + 1, 1 if boards else int(width / side) + 1
    for row in range(rows):
        for column in range(columns):
            length = width if boards else side
            tile = skia.Rect.MakeXYWH(column * length, row * side, length, side)
            colour = a if boards or (row + column) % 2 else b
            canvas.drawRect(tile, kit.fill(shaded(colour, kit.between(0.9, 1.08))))
            canvas.drawRect(tile, joint)
    kit.texture(canvas, skia.Rect.MakeWH(width, height), 70, 0.02, 8 if boards else 1)


def room(kit, canvas, width, height):
    """An interior: floor and walls that meet in corners, blinds, shelves, pictures on the wall."""
    left, right, top, foot = (
        width * kit.between(0.1, 0.4),
        width * kit.between(0.6, 0.95),
        height * kit.between(0.08, 0.3),
        height * kit.between(0.55, 0.85),
    )
    colour = kit.wall()
    faces = [
        ([(0, 0), (width, 0), (right, top), (left, top)], 1.1),
        ([(0, 0), (left, top), (left, foot), (0, height)], 0.8),
        ([(width, 0), (width, height), (right, foot), (right, top)], 0.9),
    ]
    for corners, factor in faces:
        path = skia.Path()
        path.addPoly([skia.Point(*corner) for corner in corners], True)
        canvas.drawPath(path, kit.fill(shaded(colour, factor)))
    back = skia.Rect.MakeLTRB(left, top, right, foot)
    canvas.drawRect(back, kit.gradient(colour, shaded(colour, 0.85), (left, top), (right, foot)))
    canvas.save()
    canvas.concat(perspective(700, 500, [(left, foot), (right, foot), (width, height), (0, height)]))
    floor(kit, canvas, 700, 500)
    canvas.restore()
    furnish(kit, canvas, back)
    for corners in (
        [(0, 0), (left, top), (left, foot), (0, height)],
        [(right, top), (width, 0), (width, height), (right, foot)],
    ):
        if kit.chance(0.7):
            canvas.save()
            canvas.concat(perspective(500, 400, corners))
            furnish(kit, canvas, skia.Rect.MakeXYWH(60, 40, 380, 300))
            canvas.restore()
    kit.texture(canvas, skia.Rect.MakeWH(width, height), 40, 0.01)


def furnish(kit, canvas, back):
    """A shelf of books or a window with blinds, and framed pictures, on the back wall."""
    x, w = back.left() + back.width() * 0.05, back.width() * kit.between(0.35, 0.62)
    rect = skia.Rect.MakeXYWH(x, back.top() + back.height() * 0.15, w, back.height() * kit.between(0.5, 0.8))
    if kit.chance(0.5):
        shelves(kit, canvas, rect)
    else:
        kit.paste(canvas, rect, blur=2)
        slat = kit.stroke(skia.Color(240, 238, 230, 235), kit.between(1.2, 4))
        y, gap = rect.top(), kit.between(4, 9)
        while y < rect.bottom():
            canvas.drawLine(rect.left(), y, rect.right(), y, slat)
            y += gap
        canvas.drawRect(rect, kit.stroke(kit.wall(), 4))
    picture = skia.Rect.MakeXYWH(
        rect.right() + back.width() * 0.06, rect.top(), back.width() * 0.22, back.height() * 0.3
    )
    kit.paste(canvas, picture)
    canvas.drawRect(picture, kit.stroke(kit.wall(), kit.between(2, 7)))


def shelves(kit, canvas, rect):
    canvas.drawRect(rect, kit.fill(skia.Color(40, 30, 25)))
    rows = kit.whole(2, 6)
    for row in range(rows):
        foot, x, tall = rect.top() + rect.height() * (row + 1) / rows, rect.left() + 2, rect.height() / rows
        while x < rect.right() - 4:
            w = kit.between(3, 14)
            book = skia.Rect.MakeLTRB(x, foot - tall * kit.between(0.6, 0.92), min(x + w, rect.right()), foot)
            canvas.drawRect(book, kit.fill(kit.colour((0.1, 0.8), (0.2, 0.9))))
            canvas.drawLine(
                book.left(), book.top() + 5, book.right(), book.top() + 5, kit.stroke(skia.Color(230, 220, 160), 1)
            )
            x += w + 0.5
        canvas.drawLine(rect.left(), foot, rect.right(), foot, kit.stroke(kit.wall(), 3))
