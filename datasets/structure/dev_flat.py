"""Scenes of the development set that no camera sees: pages, posters, tables, terminals, plots, drawings, maps."""

import math


def report(desk, image, draw, s):
    """A typeset page: heading, two columns, a table, a photograph."""
    width, height = image.size
    size = desk.random.uniform(8.5, 15)
    body, head = desk.font(size, "oldstandard", "junicode", "quattrocento", "inter"), desk.font(size * 2, "bold")
    draw.text((24 * s, 14 * s), desk.text(5), font=head, fill=(15, 15, 20))
    for column in range(2):
        left, y = (24 * s + column * width // 2), 60 * s
        while y < height - 20 * s:
            if desk.random.random() < 0.04:
                photo = desk.photograph(width // 2 - 40 * s, 110 * s)
                image.paste(photo, (left, int(y)))
                y += 118 * s
            line = desk.text(14)
            while draw.textlength(line, font=body) > width / 2 - 40 * s:
                line = line.rsplit(" ", 1)[0]
            draw.text((left, y), line, font=body, fill=(25, 25, 28))
            y += size * 1.35 * s * (1.9 if desk.random.random() < 0.08 else 1)


def poster(desk, image, draw, s):
    """A photograph with a title, a caption and a band of small print."""
    width, height = image.size
    image.paste(desk.photograph(width, height))
    draw.text(
        (0.06 * width, 0.08 * height),
        desk.text(2).upper(),
        font=desk.font(64, "bebas", "play", "comfortaa"),
        fill="white",
        stroke_width=2 * s,
        stroke_fill=(20, 20, 20),
    )
    draw.text(
        (0.06 * width, 0.3 * height), desk.text(4), font=desk.font(30, "dancing", "cantarell"), fill=desk.gray(210, 250)
    )
    draw.rectangle([0, 0.82 * height, width, height], fill=desk.gray(10, 60))
    for line in range(4):
        draw.text(
            (0.05 * width, (0.835 + 0.038 * line) * height),
            desk.text(13),
            font=desk.font(13, "b612", "cantarell", "inter"),
            fill=(225, 225, 220),
        )


def sheet(desk, image, draw, s):
    """A spreadsheet or table of a program, with icons above it."""
    width, height = image.size
    dark = desk.random.random() < 0.4
    ground, ink, rule = (
        ((30, 32, 36), (215, 215, 215), (62, 64, 70)) if dark else ((255, 255, 255), (30, 30, 30), (205, 208, 212))
    )
    draw.rectangle([0, 0, width, height], fill=ground)
    draw.rectangle([0, 0, width, 46 * s], fill=desk.gray(60, 90) if dark else desk.gray(225, 240))
    for x in range(8 * s, width - 40 * s, 40 * s):
        icon = desk.icon(28 * s)
        image.paste(icon, (x, 9 * s), icon)
    font, tall, wide = desk.font(12, "inter-r", "cantarell", "b612", "d2coding"), 21 * s, 84 * s
    for row, y in enumerate(range(46 * s, height, tall)):
        draw.line([0, y, width, y], fill=rule, width=s)
        for x in range(0, width, wide):
            value = desk.text(1) if x == 0 or row == 0 else f"{desk.random.uniform(-999, 9999):.2f}"
            draw.text((x + 5 * s, y + 3 * s), value, font=font, fill=ink)
    for x in range(0, width, wide):
        draw.line([x, 46 * s, x, height], fill=rule, width=s)


def terminal(desk, image, draw, s):
    """Lines of a terminal in several colours."""
    width, height = image.size
    draw.rectangle([0, 0, width, height], fill=desk.gray(8, 40, 6))
    font = desk.font(desk.random.uniform(11, 15), "hack", "d2coding", "courier")
    shades = [(220, 220, 220)] * 3 + [(120, 220, 120), (240, 200, 90), (110, 170, 250), (240, 110, 110)]
    y = 4 * s
    while y < height:
        x = 6 * s
        for _ in range(desk.random.randint(1, 6)):
            word = desk.text(desk.random.randint(1, 3)) + " "
            draw.text((x, y), word, font=font, fill=desk.random.choice(shades))
            x += draw.textlength(word, font=font)
        y += font.size * 1.25


def plots(desk, image, draw, s):
    """A function plot with grid, legend and a bar chart under it."""
    width, height = image.size
    small, split = desk.font(11, "inter-r", "b612"), int(0.6 * height)
    for index in range(11):
        x, y = 50 * s + index * (width - 70 * s) / 10, 30 * s + index * (split - 60 * s) / 10
        draw.line([x, 30 * s, x, split - 30 * s], fill=(222, 222, 222), width=s)
        draw.line([50 * s, y, width - 20 * s, y], fill=(222, 222, 222), width=s)
        draw.text((8 * s, y - 6 * s), f"{10 - index}.0", font=small, fill=(60, 60, 60))
        draw.text((x - 6 * s, split - 26 * s), f"{index * 5}", font=small, fill=(60, 60, 60))
    for series in range(4):
        a, b, c = desk.random.uniform(1, 5), desk.random.uniform(4, 16), desk.random.uniform(0, 6)
        points = [
            (50 * s + t * (width - 70 * s) / 200, split / 2 + math.sin(t / b + c) * split / 9 * a / 2)
            for t in range(201)
        ]
        colour = desk.colour()
        draw.line(points, fill=colour, width=2 * s, joint="curve")
        draw.text((width - 130 * s, (36 + 15 * series) * s), desk.text(2), font=small, fill=colour)
    for index in range(24):
        x = 50 * s + index * (width - 70 * s) / 24
        draw.rectangle(
            [x, height - desk.random.uniform(0.03, 0.36) * height, x + (width - 70 * s) / 36, height - 8 * s],
            fill=desk.colour(),
        )


def ink(desk, image, draw, s):
    """A drawn page: frames, figures of strokes, parallel shading, hand-lettered text."""
    width, height = image.size
    gray = desk.random.random() < 0.5
    for row in range(3):
        for column in range(2):
            left, top = column * width // 2 + 8 * s, row * height // 3 + 8 * s
            right, foot = left + width // 2 - 16 * s, top + height // 3 - 16 * s
            if desk.random.random() < 0.4:
                draw.rectangle([left, top, right, foot], fill=desk.gray(170, 245) if gray else desk.colour())
            figure(desk, draw, (left, top, right, foot), s)
            draw.rectangle([left, top, right, foot], outline=(0, 0, 0), width=2 * s)
            draw.text(
                (left + 10 * s, top + 6 * s),
                desk.text(4).upper(),
                font=desk.font(13, "humor", "comfortaa"),
                fill=(0, 0, 0),
                stroke_width=3 * s,
                stroke_fill=(255, 255, 255),
            )


def figure(desk, draw, box, s):
    left, top, right, foot = box
    for _ in range(desk.random.randint(3, 8)):
        x, y, r = desk.random.uniform(left, right), desk.random.uniform(top, foot), desk.random.uniform(10, 60) * s
        x, y = min(max(x, left + r), max(right - r, left + r)), min(max(y, top + r), max(foot - r, top + r))
        draw.ellipse([x - r, y - r * 0.8, x + r, y + r * 0.8], fill=desk.gray(215, 255), outline=(0, 0, 0), width=2 * s)
        gap = desk.random.uniform(3, 7) * s
        for index in range(int(r / gap)):
            half = 0.8 * math.sqrt(max(r * r - (index * gap) ** 2, 0)) * 0.95
            draw.line([x + index * gap, y - half * 0.2, x + index * gap + 3 * s, y + half], fill=(0, 0, 0), width=s)


def atlas(desk, image, draw, s):
    """A map: coast, radial and ring roads, rail, place names."""
    width, height = image.size
    draw.rectangle([0, 0, width, height], fill=(240, 236, 222))
    coast = (
        [(0, height), (0, 0.7 * height)]
        + [(t * width / 20, height * (0.75 + 0.1 * math.sin(t * desk.random.uniform(0.3, 0.9)))) for t in range(21)]
        + [(width, height)]
    )
    draw.polygon(coast, fill=(172, 205, 224), outline=(90, 130, 160))
    cx, cy = desk.random.uniform(0.3, 0.7) * width, desk.random.uniform(0.2, 0.5) * height
    for ring in range(1, 9):
        r = ring * desk.random.uniform(28, 40) * s
        for ink_, wide in (((150, 140, 130), 5), ((255, 255, 255), 3)):
            draw.ellipse([cx - r, cy - r * 0.8, cx + r, cy + r * 0.8], outline=ink_, width=wide * s)
    for spoke in range(13):
        angle = spoke * 0.483 + desk.random.uniform(-0.1, 0.1)
        end = (cx + width * math.cos(angle), cy + width * math.sin(angle))
        for ink_, wide in (((190, 120, 60), 7), ((253, 205, 120), 5)):
            draw.line([(cx, cy), end], fill=ink_, width=wide * s)
    for _ in range(26):
        at = (desk.random.uniform(0, 0.9) * width, desk.random.uniform(0, 0.95) * height)
        draw.text(
            at,
            desk.text(desk.random.randint(1, 2)),
            font=desk.font(desk.random.uniform(9, 17), "cantarell", "junicode", "b612"),
            fill=(40, 40, 50),
            stroke_width=s,
            stroke_fill=(250, 248, 240),
        )
