//! Fills holes in a picture from what surrounds them.
//!
//! Pull-push interpolation (Gortler, Grzeszczuk, Szeliski, Cohen: The Lumigraph, 1996, section
//! 3.4): averages of the known pixels are pulled up a pyramid until the holes close, and pushed
//! down into the holes again, smoothed on each level. Holes are tiles, whose edges are multiples of 64, and the fill is
//! smooth. So the pyramid starts from cells of 8 x 8 pixels, which a 100-megapixel picture can
//! afford.

use crate::media::image::{Image, Samples, to_u8, to_u16};
use crate::tiles::Rect;

/// Pixels along one side of a cell of the finest level.
const CELL: usize = 8;
/// Most channels of a picture, without alpha.
const CHANNELS: usize = 3;

/// Times that the unknown cells of a level are moved towards their neighbours.
const SWEEPS: usize = 16;

/// One level of the pyramid: colours times weight, and the weight, 0 for unknown and at most 1.
struct Level {
    width: usize,
    height: usize,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    color: [f32; CHANNELS],
    weight: f32,
}

/// Fills the colours of `holes` smoothly from the pixels around them. Where nothing is known all
/// becomes mid-gray. Alpha stays as it is.
pub(crate) fn fill(picture: &mut Image, holes: &[Rect]) {
    if holes.is_empty() {
        return;
    }
    let mut levels = vec![finest(picture, holes)];
    while let Some(next) = levels.last().filter(|level| level.cells.len() > 1).map(pull) {
        levels.push(next);
    }
    if let Some(top) = levels.last_mut() {
        let middle = f32::from(picture.depth().max()) / 2.0;
        top.cells.iter_mut().filter(|cell| cell.weight == 0.0).for_each(|cell| {
            *cell = Cell {
                color: [middle; CHANNELS],
                weight: 1.0,
            };
        });
    }
    while let Some(coarse) = levels.pop() {
        match levels.last_mut() {
            Some(fine) => push(&coarse, fine),
            None => holes.iter().for_each(|hole| paint(picture, hole, &coarse)),
        }
    }
}

/// The means of the known pixels of each cell.
fn finest(picture: &Image, holes: &[Rect]) -> Level {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (columns, rows) = (width.div_ceil(CELL), height.div_ceil(CELL));
    let mut cells = vec![Cell::default(); columns * rows];
    match picture.samples() {
        Samples::U8(samples) => sum(samples, picture, columns, &mut cells),
        Samples::U16(samples) => sum(samples, picture, columns, &mut cells),
    }
    for hole in holes {
        let right = (hole.right() as usize).div_ceil(CELL).min(columns);
        for row in hole.y as usize / CELL..(hole.bottom() as usize).div_ceil(CELL).min(rows) {
            cells[row * columns + hole.x as usize / CELL..row * columns + right].fill(Cell::default());
        }
    }
    for cell in cells.iter_mut().filter(|cell| cell.weight > 0.0) {
        cell.color = cell.color.map(|color| color / cell.weight);
        cell.weight = 1.0;
    }
    Level {
        width: columns,
        height: rows,
        cells,
    }
}

fn sum<T: Copy + Into<f32>>(samples: &[T], picture: &Image, columns: usize, cells: &mut [Cell]) {
    let channels = picture.color().channels();
    let stride = picture.width() as usize * channels;
    for (y, line) in samples.chunks_exact(stride).enumerate() {
        let row = &mut cells[y / CELL * columns..][..columns];
        for (cell, pixels) in row.iter_mut().zip(line.chunks(CELL * channels)) {
            for pixel in pixels.chunks_exact(channels) {
                cell.color
                    .iter_mut()
                    .zip(pixel)
                    .for_each(|(sum, &sample)| *sum += sample.into());
                cell.weight += 1.0;
            }
        }
    }
}

/// The next coarser level: weighted means of 2 x 2 cells.
fn pull(fine: &Level) -> Level {
    let (width, height) = (fine.width.div_ceil(2), fine.height.div_ceil(2));
    let mut cells = vec![Cell::default(); width * height];
    for (at, cell) in fine.cells.iter().enumerate() {
        let (x, y) = (at % fine.width, at / fine.width);
        let target = &mut cells[y / 2 * width + x / 2];
        target.weight += cell.weight;
        target
            .color
            .iter_mut()
            .zip(cell.color)
            .for_each(|(sum, color)| *sum += color * cell.weight);
    }
    for cell in cells.iter_mut().filter(|cell| cell.weight > 0.0) {
        cell.color = cell.color.map(|color| color / cell.weight);
        cell.weight = cell.weight.min(1.0);
    }
    Level { width, height, cells }
}

/// Completes the unknown part of each cell of `fine` from `coarse`, which is complete.
fn push(coarse: &Level, fine: &mut Level) {
    let width = fine.width;
    let mut unknown = Vec::new();
    for (at, cell) in fine.cells.iter_mut().enumerate().filter(|(_, cell)| cell.weight < 1.0) {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        let below = sample(coarse, (x - 0.5) / 2.0, (y - 0.5) / 2.0);
        let weight = cell.weight;
        if weight == 0.0 {
            unknown.push(at);
        }
        cell.color.iter_mut().zip(below).for_each(|(color, below)| {
            *color = *color * weight + below * (1.0 - weight);
        });
        cell.weight = 1.0;
    }
    relax(fine, &unknown);
}

/// Moves unknown cells towards the mean of their neighbours, there and back. Edges of tiles are edges of cells on
/// all levels that matter, so the coarser levels know nothing of what is just beyond: this brings it in.
fn relax(level: &mut Level, unknown: &[usize]) {
    for sweep in 0..SWEEPS {
        if sweep % 2 == 0 {
            unknown.iter().for_each(|&at| relax_cell(level, at));
        } else {
            unknown.iter().rev().for_each(|&at| relax_cell(level, at));
        }
    }
}

fn relax_cell(level: &mut Level, at: usize) {
    let (x, y) = (at % level.width, at / level.width);
    let neighbours = [
        (x > 0).then(|| at - 1),
        (x + 1 < level.width).then_some(at + 1),
        (y > 0).then(|| at - level.width),
        (y + 1 < level.height).then_some(at + level.width),
    ];
    let (mut sum, mut count) = ([0.0; CHANNELS], 0.0);
    for neighbour in neighbours.into_iter().flatten() {
        sum.iter_mut()
            .zip(level.cells[neighbour].color)
            .for_each(|(sum, color)| *sum += color);
        count += 1.0;
    }
    if count > 0.0 {
        level.cells[at].color = sum.map(|sum| sum / count);
    }
}

/// The bilinear value between cells; `x` and `y` count cells, from centre to centre.
fn sample(level: &Level, x: f32, y: f32) -> [f32; CHANNELS] {
    let (x, y) = (
        x.clamp(0.0, level.width as f32 - 1.0),
        y.clamp(0.0, level.height as f32 - 1.0),
    );
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(level.width - 1), (y0 + 1).min(level.height - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let cell = |x: usize, y: usize| level.cells[y * level.width + x].color;
    let (a, b, c, d) = (cell(x0, y0), cell(x1, y0), cell(x0, y1), cell(x1, y1));
    std::array::from_fn(|i| {
        let (top, bottom) = (a[i] + (b[i] - a[i]) * fx, c[i] + (d[i] - c[i]) * fx);
        top + (bottom - top) * fy
    })
}

fn paint(picture: &mut Image, hole: &Rect, level: &Level) {
    let (width, channels) = (picture.width() as usize, picture.color().channels());
    match picture.planes_mut().0 {
        Samples::U8(out) => paint_into(out, width, channels, hole, level, to_u8),
        Samples::U16(out) => paint_into(out, width, channels, hole, level, to_u16),
    }
}

fn paint_into<T>(out: &mut [T], width: usize, channels: usize, hole: &Rect, level: &Level, convert: impl Fn(f32) -> T) {
    let centre = |at: usize| (at as f32 + 0.5) / CELL as f32 - 0.5;
    for y in hole.y as usize..hole.bottom() as usize {
        for x in hole.x as usize..hole.right() as usize {
            let color = sample(level, centre(x), centre(y));
            let at = (y * width + x) * channels;
            out[at..at + channels]
                .iter_mut()
                .zip(color)
                .for_each(|(out, v)| *out = convert(v));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::image::Color;

    const HOLE: Rect = Rect {
        x: 64,
        y: 64,
        width: 64,
        height: 64,
    };

    fn values(picture: &Image) -> &[u8] {
        match picture.samples() {
            Samples::U8(samples) => samples,
            Samples::U16(_) => &[],
        }
    }

    #[test]
    fn a_hole_in_a_flat_picture_vanishes() {
        let mut samples = [10u8, 100, 200].repeat(150 * 170);
        let original = Image::new(150, 170, Color::Rgb, Samples::U8(samples.clone()), None).unwrap();
        for y in 64..128 {
            samples[(y * 150 + 64) * 3..(y * 150 + 128) * 3].fill(0);
        }
        let mut damaged = Image::new(150, 170, Color::Rgb, Samples::U8(samples), None).unwrap();
        fill(&mut damaged, &[HOLE]);
        assert_eq!(damaged, original);
    }

    #[test]
    fn a_slope_goes_on_through_the_hole() {
        let slope = |at: usize| (at % 192) as u8;
        let samples = (0..192 * 192).map(slope).collect();
        let mut picture = Image::new(192, 192, Color::Gray, Samples::U8(samples), None).unwrap();
        let original = picture.clone();
        fill(&mut picture, &[HOLE]);
        for (at, (&found, &wanted)) in values(&picture).iter().zip(values(&original)).enumerate() {
            let (x, y) = ((at % 192) as u32, (at / 192) as u32);
            let inside = (64..128).contains(&x) && (64..128).contains(&y);
            let error = found.abs_diff(wanted);
            assert!(error <= if inside { 4 } else { 0 }, "{found} for {wanted} at {x},{y}");
        }
    }

    #[test]
    fn a_picture_of_holes_becomes_gray() {
        let samples = Samples::U16(vec![1234; 100 * 70]);
        let mut picture = Image::new(100, 70, Color::Gray, samples, None).unwrap();
        let bounds = Rect {
            x: 0,
            y: 0,
            width: picture.width(),
            height: picture.height(),
        };
        fill(&mut picture, &bounds.pieces(64));
        assert_eq!(picture.samples(), &Samples::U16(vec![32_768; 100 * 70]));
    }

    #[test]
    fn the_pixels_outside_and_no_others_stay() {
        let samples = Samples::U8((0..130u32 * 3).map(|i| i as u8).collect());
        let mut picture = Image::new(130, 1, Color::Rgb, samples, None).unwrap();
        let original = picture.clone();
        fill(
            &mut picture,
            &[Rect {
                x: 128,
                y: 0,
                width: 2,
                height: 1,
            }],
        );
        assert_eq!(values(&picture)[..128 * 3], values(&original)[..128 * 3]);
        assert_ne!(values(&picture), values(&original));
    }
}
