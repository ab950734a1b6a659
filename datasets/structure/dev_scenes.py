"""Scenes of the development set; each draws over a whole image of `s` pixels for one of the picture."""

import math

from PIL import Image, ImageFilter

from dev_flat import atlas, ink, plots, poster, report, sheet, terminal


def house(desk, image, draw, s):
    """A street front of several narrow houses, each with its own windows and a gable or a flat roof."""
    width, height = image.size
    image.paste(desk.photograph(width, height).filter(ImageFilter.GaussianBlur(6 * s)), (0, 0))
    x = -20 * s
    while x < width:
        wide, top = desk.random.uniform(90, 220) * s, desk.random.uniform(0.02, 0.3) * height
        wall, trim = desk.gray(90, 230, 22), desk.gray(60, 250)
        if desk.random.random() < 0.5:
            draw.polygon([(x, top), (x + wide / 2, top - 70 * s), (x + wide, top)], fill=desk.gray(50, 120, 30))
        draw.rectangle([x, top, x + wide, height], fill=wall)
        masonry(desk, draw, (x, top, x + wide, height), wall, s)
        windows(desk, draw, (x, top, x + wide, height), trim, s)
        draw.line([x, top, x, height], fill=(40, 40, 40), width=s)
        x += wide
    for _ in range(3):
        y = desk.random.uniform(0, 0.5) * height
        draw.line([0, y, width, y + desk.random.uniform(-60, 60) * s], fill=(25, 25, 30), width=s)


def masonry(desk, draw, box, wall, s):
    left, top, right, foot = box
    rise, shade = desk.random.choice([5, 8, 30]) * s, tuple(int(part * 0.86) for part in wall)
    y = top
    while y < foot:
        draw.line([left, y, right, y], fill=shade, width=max(1, s // 2))
        y += rise


def windows(desk, draw, box, trim, s):
    left, top, right, foot = box
    columns, floors = desk.random.randint(2, 4), desk.random.randint(3, 7)
    w, h = (right - left) / columns, (foot - top) / floors
    cross = desk.random.choice([(1, 0), (1, 1), (1, 3), (2, 2)])
    for floor in range(floors):
        for column in range(columns):
            x, y = left + (column + 0.22) * w, top + (floor + 0.2) * h
            r, b = x + 0.56 * w, y + 0.6 * h
            draw.rectangle([x - 3 * s, y - 3 * s, r + 3 * s, b + 3 * s], fill=trim)
            draw.rectangle([x, y, r, b], fill=desk.gray(25, 110, 20))
            draw.polygon([(x, y), (r, y), (x, b)], fill=desk.gray(70, 170, 25))
            for bar in range(1, cross[0] + 1):
                at = x + (r - x) * bar / (cross[0] + 1)
                draw.line([at, y, at, b], fill=trim, width=2 * s)
            for bar in range(1, cross[1] + 1):
                at = y + (b - y) * bar / (cross[1] + 1)
                draw.line([x, at, r, at], fill=trim, width=2 * s)


def tower(desk, image, draw, s):
    """Curtain walls: fine repeated glass against the sky, two towers side by side."""
    width, height = image.size
    image.paste(Image.linear_gradient("L").resize((width, height)).convert("RGB"))
    image.paste(Image.blend(image, Image.new("RGB", image.size, (150, 190, 230)), 0.75))
    for left, right in ((0.05, 0.5), (0.55, 1.1)):
        x, r, gap = left * width, right * width, desk.random.uniform(7, 16) * s
        deep = desk.gray(40, 110, 25)
        draw.rectangle([x, 0.08 * height * desk.random.random(), r, height], fill=deep)
        rise = gap * desk.random.uniform(0.7, 2.2)
        for row in range(int(height / rise)):
            for column in range(int((r - x) / gap)):
                light = desk.random.uniform(0.8, 1.9) + 0.5 * math.sin(row / 9 + column / 5)
                cell = tuple(int(min(255, part * light)) for part in deep)
                corner = (x + column * gap + s, row * rise + s)
                draw.rectangle([*corner, corner[0] + gap - 2 * s, corner[1] + rise - 2 * s], fill=cell)


def steps(desk, image, draw, s):
    """Stone steps: light treads, thin dark risers, a hand rail, someone standing there."""
    width, height = image.size
    draw.rectangle([0, 0, width, height], fill=desk.gray(120, 210))
    y, tall = 0.1 * height, desk.random.uniform(9, 18) * s
    while y < height:
        draw.rectangle([0, y, width, y + tall * 0.6], fill=desk.gray(170, 205, 6))
        draw.rectangle([0, y + tall * 0.6, width, y + tall], fill=desk.gray(110, 140, 6))
        draw.line([0, y + tall * 0.6, width, y + tall * 0.6], fill=(45, 45, 48), width=s)
        y, tall = y + tall, tall * 1.04
    for x in (0.2, 0.8):
        draw.line([x * width, 0.05 * height, (x * 1.4 - 0.2) * width, height], fill=(50, 52, 58), width=4 * s)
    x, foot = desk.random.uniform(0.3, 0.6) * width, 0.7 * height
    draw.ellipse([x, foot - 150 * s, x + 26 * s, foot - 120 * s], fill=(190, 150, 120))
    draw.rounded_rectangle([x - 12 * s, foot - 120 * s, x + 38 * s, foot - 50 * s], 12 * s, fill=desk.colour())
    for leg in (-4, 18):
        draw.rectangle([x + leg * s, foot - 52 * s, x + (leg + 14) * s, foot], fill=(40, 42, 60))


def lattice(desk, image, draw, s):
    """Railings and a grille before a photograph."""
    width, height = image.size
    image.paste(desk.photograph(width, height))
    gap, metal = desk.random.uniform(12, 34) * s, desk.gray(20, 80)
    slant = desk.random.choice([0, 0, 0.6, 1])
    for index in range(int(-height * slant / gap) - 1, int(width / gap) + 2):
        x = index * gap
        draw.line([x, 0.2 * height, x + slant * 0.8 * height, height], fill=metal, width=2 * s)
        if slant:
            draw.line([x + slant * 0.8 * height, 0.2 * height, x, height], fill=metal, width=2 * s)
    for y in (0.2, 0.3, 0.95):
        draw.line([0, y * height, width, y * height], fill=metal, width=5 * s)


SCENES = [
    # scene, seen by a camera, may lean
    (house, True, True),
    (tower, True, True),
    (steps, True, False),
    (report, False, False),
    (poster, False, False),
    (sheet, False, False),
    (house, True, True),
    (terminal, False, False),
    (plots, False, False),
    (ink, False, False),
    (lattice, True, False),
    (atlas, False, False),
]
