//! Drawings as PNG: tiny-skia fills and strokes, and letters are outlines of a font that ships with the crate.

use ab_glyph::{Font, FontRef, OutlineCurve, Point};
use tiny_skia::{
    Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Stroke, StrokeDash, Transform,
};

use super::scene::{Anchor, Item, Mark, Scene};

/// Letters of ASCII and two dashes of DejaVu Sans; its licence lies beside it.
const FONT: &[u8] = include_bytes!("../../assets/DejaVuSans-subset.ttf");
/// Pixels for each point.
const SCALE: f32 = 2.0;
/// The largest side in pixels.
const LARGEST: f64 = 16_384.0;

pub(super) fn write(scene: &Scene) -> Option<Vec<u8>> {
    let side = |points: f64| (points * f64::from(SCALE)).ceil().clamp(0.0, LARGEST) as u32;
    let mut pixmap = Pixmap::new(side(scene.width), side(scene.height))?;
    pixmap.fill(Color::WHITE);
    let font = FontRef::try_from_slice(FONT).ok()?;
    for item in &scene.items {
        // What has no outline, such as a space, draws nothing.
        let _ = draw(item, &font, &mut pixmap);
    }
    png(&pixmap)
}

fn draw(item: &Item, font: &FontRef<'_>, pixmap: &mut Pixmap) -> Option<()> {
    let scale = Transform::from_scale(SCALE, SCALE);
    match item {
        Item::Line {
            points,
            colour,
            width,
            dashed,
        } => {
            let stroke = Stroke {
                width: *width as f32,
                line_join: LineJoin::Round,
                dash: if *dashed {
                    StrokeDash::new(vec![5.0, 4.0], 0.0)
                } else {
                    None
                },
                ..Stroke::default()
            };
            pixmap.stroke_path(&polygon(points, false)?, &paint(colour), &stroke, scale, None);
        }
        Item::Mark {
            at: (x, y),
            mark: Mark::Disc,
            colour,
            radius,
        } => {
            let path = PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32)?;
            pixmap.fill_path(&path, &paint(colour), FillRule::Winding, scale, None);
        }
        Item::Mark {
            at,
            mark,
            colour,
            radius,
        } => {
            let path = polygon(&mark.corners(*at, *radius), true)?;
            pixmap.fill_path(&path, &paint(colour), FillRule::Winding, scale, None);
        }
        Item::Text {
            text,
            at: (x, y),
            anchor,
            size,
            colour,
            upwards,
        } => {
            let (path, width) = letters(text, font, *size as f32)?;
            let shift = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => -width / 2.0,
                Anchor::End => -width,
            };
            let turn = if *upwards { -90.0 } else { 0.0 };
            let place = Transform::from_translate(*x as f32, *y as f32).pre_concat(Transform::from_rotate(turn));
            let place = scale.pre_concat(place).pre_translate(shift, 0.0);
            pixmap.fill_path(&path, &paint(colour), FillRule::Winding, place, None);
        }
    }
    Some(())
}

fn polygon(points: &[(f64, f64)], close: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    let (&(x, y), rest) = points.split_first()?;
    path.move_to(x as f32, y as f32);
    for &(x, y) in rest {
        path.line_to(x as f32, y as f32);
    }
    if close {
        path.close();
    }
    path.finish()
}

fn paint(colour: &str) -> Paint<'static> {
    let part = |from: usize| {
        colour
            .get(from..from + 2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
    };
    let mut paint = Paint::default();
    let [r, g, b] = [1, 3, 5].map(|from| part(from).unwrap_or_default());
    paint.set_color_rgba8(r, g, b, 255);
    paint.anti_alias = true;
    paint
}

/// The outlines of a text that begins at the origin, and its width.
fn letters(text: &str, font: &FontRef<'_>, size: f32) -> Option<(Path, f32)> {
    let unit = size / font.units_per_em()?;
    let (mut path, mut x) = (PathBuilder::new(), 0.0);
    for letter in text.chars() {
        let glyph = font.glyph_id(letter);
        let place = |point: Point| (x + point.x * unit, -point.y * unit);
        if let Some(outline) = font.outline(glyph) {
            outlines(&outline.curves, place, &mut path);
        }
        x += font.h_advance_unscaled(glyph) * unit;
    }
    Some((path.finish()?, x))
}

/// The curves come contour by contour; a new one begins where the last did not end.
fn outlines(curves: &[OutlineCurve], place: impl Fn(Point) -> (f32, f32), path: &mut PathBuilder) {
    let mut pen = None;
    for curve in curves {
        let (start, end) = match curve {
            OutlineCurve::Line(a, b) => (*a, *b),
            OutlineCurve::Quad(a, _, b) => (*a, *b),
            OutlineCurve::Cubic(a, _, _, b) => (*a, *b),
        };
        if pen != Some(start) {
            let (x, y) = place(start);
            path.move_to(x, y);
        }
        let (x, y) = place(end);
        match curve {
            OutlineCurve::Line(..) => path.line_to(x, y),
            OutlineCurve::Quad(_, c, _) => {
                let (cx, cy) = place(*c);
                path.quad_to(cx, cy, x, y);
            }
            OutlineCurve::Cubic(_, c, d, _) => {
                let ((cx, cy), (dx, dy)) = (place(*c), place(*d));
                path.cubic_to(cx, cy, dx, dy, x, y);
            }
        }
        pen = Some(end);
    }
}

fn png(pixmap: &Pixmap) -> Option<Vec<u8>> {
    let opaque = |pixel: &PremultipliedColorU8| [pixel.red(), pixel.green(), pixel.blue()];
    let samples: Vec<u8> = pixmap.pixels().iter().flat_map(opaque).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&samples).ok()?;
    writer.finish().ok()?;
    Some(out)
}

/// The width of a text in the font of [`FONT`].
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let Ok(font) = FontRef::try_from_slice(FONT) else {
        return text.len() as f64 * size * 0.6;
    };
    let units = f64::from(font.units_per_em().unwrap_or(2048.0));
    let advance = |letter| f64::from(font.h_advance_unscaled(font.glyph_id(letter)));
    text.chars().map(advance).sum::<f64>() / units * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_have_ink_where_it_belongs() {
        let mut scene = Scene {
            width: 60.0,
            height: 30.0,
            items: vec![],
        };
        scene.mark((10.0, 10.0), ("#ff0000", Mark::Disc), 4.0);
        scene.text("Wq", (30.0, 20.0), Anchor::Start, 12.0);
        let png = scene.to_png().unwrap();
        let picture = crate::pictures::png_file_for_tests(&png);
        assert_eq!((picture.width(), picture.height()), (120, 60));
        assert_eq!(picture.crop((20, 20), (1, 1)).samples(), [255, 0, 0]);
        let dark = |part: &crate::pictures::Rgb| part.samples().iter().filter(|&&sample| sample < 128).count();
        assert!(dark(&picture.crop((60, 20), (40, 30))) > 60);
        assert_eq!(dark(&picture.crop((105, 0), (15, 60))), 0);
        assert!(Scene::default().to_png().is_none());
    }
}
