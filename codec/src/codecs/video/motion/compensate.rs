//! Overlapped compensation.

use lmc_kernels::isa::Isa;
use rayon::prelude::*;

use super::field::{CELL, Vector, VectorField};
use super::filter::{TILE, Tile, tile};
use super::plane::{Frame, Plane};
use super::window::corners;
use crate::{CodecError, Result};

/// Bits of the weights of a sample.
const WEIGHT_SHIFT: u32 = 12;
/// Squares between cells begin half a cell before them.
const HALF: usize = CELL / 2;

/// The prediction of a frame from a reference.
///
/// # Errors
/// [`CodecError::Parameter`] if the vectors are those of another size.
pub fn compensate(reference: &Frame, field: &VectorField) -> Result<Frame> {
    let [red, green, blue] = reference.planes();
    Frame::new([
        compensate_plane(red, field)?,
        compensate_plane(green, field)?,
        compensate_plane(blue, field)?,
    ])
}

/// The prediction of a plane from that of a reference. Rows are made in parallel; the threads do not change a bit.
///
/// # Errors
/// [`CodecError::Parameter`] if the vectors are those of another size.
pub fn compensate_plane(reference: &Plane, field: &VectorField) -> Result<Plane> {
    let (width, height) = (reference.width, reference.height);
    let cells = [width.div_ceil(CELL), height.div_ceil(CELL)];
    if cells != [field.columns, field.rows] || field.vectors.len() != cells[0] * cells[1] {
        let reason = format!("{}x{} vectors for {width}x{height}", field.columns, field.rows);
        return Err(CodecError::Parameter(reason));
    }
    let weights = corners();
    let mut data = vec![0; width * height];
    // The first row of squares is cut in half by the border.
    let (first, rest) = data.split_at_mut(HALF.min(height) * width);
    let strips = rest.par_chunks_mut(CELL * width).enumerate();
    strips.for_each(|(index, strip)| squares(reference, field, &weights, index as isize + 1, strip));
    squares(reference, field, &weights, 0, first);
    Plane::new(width, height, data)
}

/// A row of squares between cells; `out` are its rows that are in the frame.
fn squares(reference: &Plane, field: &VectorField, weights: &[[i16; 64]; 4], row: isize, out: &mut [i16]) {
    let width = reference.width;
    let skipped = if row == 0 { HALF } else { 0 };
    Isa::best().run(
        #[inline(always)]
        || {
            for column in 0..=field.columns as isize {
                let square = square(reference, field, weights, [column, row]);
                let left = column * CELL as isize - HALF as isize;
                let from = left.max(0) as usize;
                let to = ((left + TILE as isize) as usize).min(width);
                if from >= to {
                    continue;
                }
                let cut = (from as isize - left) as usize;
                let lines = square.chunks_exact(TILE).skip(skipped);
                for (line, out) in lines.zip(out.chunks_exact_mut(width)) {
                    out[from..to].copy_from_slice(&line[cut..cut + to - from]);
                }
            }
        },
    );
}

/// The square between the cells above and below, left and right.
#[inline(always)]
fn square(reference: &Plane, field: &VectorField, weights: &[[i16; 64]; 4], [column, row]: [isize; 2]) -> Tile {
    let vectors = [(-1, -1), (0, -1), (-1, 0), (0, 0)].map(|(dx, dy)| field.nearest(column + dx, row + dy));
    let place = |vector: Vector| {
        let quarters = |at: isize, by: i16| ((at * CELL as isize - HALF as isize) * 4) as i32 + i32::from(by);
        tile(reference, quarters(column, vector.x), quarters(row, vector.y))
    };
    if vectors[1..].iter().all(|vector| *vector == vectors[0]) {
        return place(vectors[0]);
    }
    let mut sums = [1i32 << (WEIGHT_SHIFT - 1); TILE * TILE];
    for (index, &vector) in vectors.iter().enumerate() {
        if vectors[..index].contains(&vector) {
            continue;
        }
        let mut weight = weights[index];
        for (other, more) in vectors.iter().zip(weights).skip(index + 1) {
            if *other == vector {
                weight.iter_mut().zip(more).for_each(|(weight, more)| *weight += more);
            }
        }
        let part = place(vector);
        for ((sum, part), weight) in sums.iter_mut().zip(part).zip(weight) {
            *sum += i32::from(part) * i32::from(weight);
        }
    }
    sums.map(|sum| (sum >> WEIGHT_SHIFT) as i16)
}
