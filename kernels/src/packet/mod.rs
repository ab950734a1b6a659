//! The wavelet packet: three levels of the CDF 9/7 transform with every band split again, by lifting.
//!
//! A picture of `[3, height, width]` becomes 192 bands at an eighth of the resolution. The transform is linear, nearly
//! orthonormal and inverted by running the lifting steps backwards. It runs on the CPU on every device: it is cheap
//! and keeps the layout of the data channel-last for the networks.
//!
//! Source: Daubechies and Sweldens, "Factoring wavelet transforms into lifting steps" (1998), section 7.

pub mod exact;
mod exact_forward;
mod layout;
mod lifting;
#[cfg(test)]
mod tests;

pub use exact_forward::{FORWARD_BITS, FORWARD_LIMIT, bands_of_samples};

use std::sync::OnceLock;

use rayon::prelude::*;

use self::layout::{deinterleave, interleave};
use self::lifting::{merge, split};

/// Levels of the packet.
pub const LEVELS: usize = 3;
/// Side of the square of pixels that one position of the bands stands for.
pub const BLOCK: usize = 1 << LEVELS;
/// Bands of an RGB picture.
pub const BANDS: usize = 3 * BLOCK * BLOCK;

/// Transforms planar RGB `[3, height, width]` into bands `[height / 8, width / 8, 192]`, channel-last.
///
/// The band of index `48 b3 + 12 b2 + 3 b1 + channel` went through the quarter `b1` at the finest level, where a quarter
/// is `2 * (vertically high) + (horizontally high)`.
///
/// # Panics
/// If a side is not a multiple of 8 or the length is wrong.
pub fn forward(pixels: &[f32], height: usize, width: usize) -> Vec<f32> {
    check(pixels.len(), height, width);
    let planes = pixels.chunks_exact(height * width).map(<[f32]>::to_vec);
    bands_of_planes(planes.collect(), height, width)
}

fn bands_of_planes(mut planes: Vec<Vec<f32>>, height: usize, width: usize) -> Vec<f32> {
    let (mut rows, mut columns) = (height, width);
    for _ in 0..LEVELS {
        let split: Vec<[Vec<f32>; 4]> = planes
            .into_par_iter()
            .map(|plane| split(plane, rows, columns))
            .collect();
        planes = regroup(split);
        (rows, columns) = (rows / 2, columns / 2);
    }
    interleave(&planes, rows * columns)
}

/// The inverse of [`forward`]: bands `[height / 8, width / 8, 192]` back to planar RGB `[3, height, width]`.
///
/// # Panics
/// If a side is not a multiple of 8 or the length is wrong.
pub fn inverse(bands: &[f32], height: usize, width: usize) -> Vec<f32> {
    inverse_reduced(bands, height, width, 0)
}

/// The picture in half, a quarter or an eighth of its size, for 1, 2 or 3 `levels` less: what the low-pass filters of the
/// finest levels make of it, without their high bands. Takes the same bands as [`inverse`], and returns
/// `[3, height >> levels, width >> levels]`.
///
/// # Panics
/// If a side is not a multiple of 8, the length is wrong, or there are more than 3 levels.
pub fn inverse_reduced(bands: &[f32], height: usize, width: usize, levels: usize) -> Vec<f32> {
    planes_of(bands, height, width, levels).concat()
}

/// Pictures of values centred on zero as [`inverse_reduced`] gives them, with values of 0..1.
pub fn picture_of(bands: &[f32], height: usize, width: usize, levels: usize) -> Vec<f32> {
    let mut pixels = Vec::with_capacity(bands.len() >> (2 * levels));
    for plane in planes_of(bands, height, width, levels) {
        pixels.extend(plane.iter().map(|value| value + 0.5));
    }
    pixels
}

fn planes_of(bands: &[f32], height: usize, width: usize, levels: usize) -> Vec<Vec<f32>> {
    check(bands.len(), height, width);
    assert!(levels <= LEVELS, "{levels} levels of {LEVELS}");
    let mut planes = deinterleave(bands, height * width / (BLOCK * BLOCK));
    // What went through a low-pass in both directions at the finest levels: the first of each group of 3 * 4^levels.
    let mut index = 0..;
    planes.retain(|_| index.next().is_some_and(|index| index % (3 << (2 * levels)) < 3));
    if levels > 0 {
        let gain = low_gain().powi(-(levels as i32));
        planes.iter_mut().flatten().for_each(|value| *value *= gain);
    }
    let (mut rows, mut columns) = (height / BLOCK, width / BLOCK);
    for _ in levels..LEVELS {
        let quarter = planes.len() / 4;
        let merged: Vec<Vec<f32>> = (0..quarter)
            .into_par_iter()
            .map(|index| {
                merge(
                    [0, 1, 2, 3].map(|band| &planes[band * quarter + index][..]),
                    rows,
                    columns,
                )
            })
            .collect();
        planes = merged;
        (rows, columns) = (rows * 2, columns * 2);
    }
    planes
}

/// What the low-pass of one level multiplies a flat area by, in both directions together.
fn low_gain() -> f32 {
    static GAIN: OnceLock<f32> = OnceLock::new();
    *GAIN.get_or_init(|| {
        let flat = split(vec![1.0; 256], 16, 16);
        flat[0][3 * 8 + 3]
    })
}

fn check(len: usize, height: usize, width: usize) {
    assert!(
        height.is_multiple_of(BLOCK) && width.is_multiple_of(BLOCK) && len == 3 * height * width,
        "a wavelet packet needs sides that are multiples of {BLOCK}, not {height}x{width}"
    );
}

/// All first quarters, then all second ones, and so on.
fn regroup<T>(split: Vec<[Vec<T>; 4]>) -> Vec<Vec<T>> {
    let mut groups: [Vec<Vec<T>>; 4] = Default::default();
    for quarters in split {
        for (group, quarter) in groups.iter_mut().zip(quarters) {
            group.push(quarter);
        }
    }
    groups.into_iter().flatten().collect()
}

/// Where a band lies in frequency: rows and columns in `0..8`, each step 1/16 cycles per pixel wide.
pub fn frequency(band: usize) -> [usize; 2] {
    // A high-pass turns the order of frequencies around: the splits of one direction are a Gray code.
    let levels = [band / 48, band / 12 % 4, band / 3 % 4];
    let along = |direction: usize| {
        let high = levels.map(|quarter| quarter >> direction & 1);
        4 * high[2] + 2 * (high[2] ^ high[1]) + (high[2] ^ high[1] ^ high[0])
    };
    [along(1), along(0)]
}

/// How much squared error in the pixels an error of one in a band makes, band by band.
///
/// The transform is not quite orthonormal; with these weights a squared error of bands is that of the picture, but for
/// what overlapping basis functions share.
pub fn energies() -> &'static [f32] {
    static ENERGIES: OnceLock<Vec<f32>> = OnceLock::new();
    ENERGIES.get_or_init(|| (0..BANDS).into_par_iter().map(energy).collect())
}

/// The squared norm of the basis function of a band, away from borders.
fn energy(band: usize) -> f32 {
    const SIDE: usize = 17;
    let mut bands = vec![0.0; SIDE * SIDE * BANDS];
    bands[SIDE * SIDE / 2 * BANDS + band] = 1.0;
    inverse(&bands, SIDE * BLOCK, SIDE * BLOCK)
        .iter()
        .map(|value| value * value)
        .sum()
}

/// Wavelet bands of planar RGB pictures, one after the other, centred on zero.
pub fn bands_of(planes: &[f32], height: usize, width: usize) -> Vec<f32> {
    let centred = |plane: &[f32]| plane.iter().map(|value| value - 0.5).collect();
    let pictures = planes.par_chunks_exact(3 * height * width).map(|picture| {
        let planes = picture.chunks_exact(height * width).map(centred);
        bands_of_planes(planes.collect(), height, width)
    });
    match <[Vec<f32>; 1]>::try_from(pictures.collect::<Vec<_>>()) {
        Ok([bands]) => bands,
        Err(all) => all.concat(),
    }
}
