//! The wavelet packet: three levels of the CDF 9/7 transform with every band split again, by lifting.
//!
//! A picture of `[3, height, width]` becomes 192 bands at an eighth of the resolution. The transform is linear, nearly
//! orthonormal and inverted by running the lifting steps backwards. It runs on the CPU on every device: it is cheap
//! and keeps the layout of the data channel-last for the networks.
//!
//! Source: Daubechies and Sweldens, "Factoring wavelet transforms into lifting steps" (1998), section 7.

use std::sync::OnceLock;

use rayon::prelude::*;

/// Levels of the packet.
pub const LEVELS: usize = 3;
/// Side of the square of pixels that one position of the bands stands for.
pub const BLOCK: usize = 1 << LEVELS;
/// Bands of an RGB picture.
pub const BANDS: usize = 3 * BLOCK * BLOCK;

const STEPS: [f32; 4] = [-1.586_134_3, -0.052_980_12, 0.882_911_1, 0.443_506_85];
const SCALE: f32 = 1.149_604_4;

/// Transforms planar RGB `[3, height, width]` into bands `[height / 8, width / 8, 192]`, channel-last.
///
/// The band of index `48 b3 + 12 b2 + 3 b1 + channel` went through the quarter `b1` at the finest level, where a quarter
/// is `2 * (vertically high) + (horizontally high)`.
///
/// # Panics
/// If a side is not a multiple of 8 or the length is wrong.
pub fn forward(pixels: &[f32], height: usize, width: usize) -> Vec<f32> {
    check(pixels.len(), height, width);
    let mut planes: Vec<Vec<f32>> = pixels.chunks_exact(height * width).map(<[f32]>::to_vec).collect();
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
    check(bands.len(), height, width);
    assert!(levels <= LEVELS, "{levels} levels of {LEVELS}");
    let mut planes = deinterleave(bands, height * width / (BLOCK * BLOCK));
    // What went through a low-pass in both directions at the finest levels: the first of each group of 3 * 4^levels.
    let mut index = 0..;
    planes.retain(|_| index.next().is_some_and(|index| index % (3 << (2 * levels)) < 3));
    let gain = low_gain().powi(-(levels as i32));
    planes.par_iter_mut().flatten().for_each(|value| *value *= gain);
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
    planes.concat()
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
fn regroup(split: Vec<[Vec<f32>; 4]>) -> Vec<Vec<f32>> {
    let mut groups: [Vec<Vec<f32>>; 4] = Default::default();
    for quarters in split {
        for (group, quarter) in groups.iter_mut().zip(quarters) {
            group.push(quarter);
        }
    }
    groups.into_iter().flatten().collect()
}

fn interleave(planes: &[Vec<f32>], positions: usize) -> Vec<f32> {
    let mut out = vec![0.0; positions * BANDS];
    const RUN: usize = 64;
    out.par_chunks_mut(RUN * BANDS).enumerate().for_each(|(run, out)| {
        for (band, plane) in planes.iter().enumerate() {
            let values = &plane[run * RUN..];
            for (pixel, value) in out.chunks_exact_mut(BANDS).zip(values) {
                pixel[band] = *value;
            }
        }
    });
    out
}

fn deinterleave(bands: &[f32], positions: usize) -> Vec<Vec<f32>> {
    // Sixteen values are a cache line: each line is read once.
    const LINE: usize = 16;
    (0..BANDS / LINE)
        .into_par_iter()
        .flat_map_iter(|line| {
            let mut planes = vec![vec![0.0; positions]; LINE];
            for (position, row) in bands.chunks_exact(BANDS).enumerate() {
                for (plane, value) in planes.iter_mut().zip(&row[line * LINE..]) {
                    plane[position] = *value;
                }
            }
            planes
        })
        .collect()
}

/// One level on one plane: the quarters (vertical, horizontal) low-low, low-high, high-low, high-high.
fn split(mut plane: Vec<f32>, rows: usize, columns: usize) -> [Vec<f32>; 4] {
    lift_rows(&mut plane, rows, columns, Direction::Forward);
    let half = columns / 2;
    let mut quarters: [Vec<f32>; 4] = std::array::from_fn(|_| vec![0.0; rows / 2 * half]);
    let (mut low, mut high) = (vec![0.0; half], vec![0.0; half]);
    for (index, row) in plane.chunks_exact(columns).enumerate() {
        for ((low, high), pair) in low.iter_mut().zip(&mut high).zip(row.chunks_exact(2)) {
            (*low, *high) = (pair[0], pair[1]);
        }
        lift_pair(&mut low, &mut high, Direction::Forward);
        let (vertical, to) = (index % 2 * 2, index / 2 * half..(index / 2 + 1) * half);
        quarters[vertical][to.clone()].copy_from_slice(&low);
        quarters[vertical + 1][to].copy_from_slice(&high);
    }
    quarters
}

/// The inverse of [`split`]; `rows` and `columns` are those of the quarters.
fn merge(quarters: [&[f32]; 4], rows: usize, columns: usize) -> Vec<f32> {
    let width = 2 * columns;
    let mut plane = vec![0.0; 2 * rows * width];
    let (mut low, mut high) = (vec![0.0; columns], vec![0.0; columns]);
    for (index, row) in plane.chunks_exact_mut(width).enumerate() {
        let (vertical, from) = (index % 2 * 2, index / 2 * columns..(index / 2 + 1) * columns);
        low.copy_from_slice(&quarters[vertical][from.clone()]);
        high.copy_from_slice(&quarters[vertical + 1][from]);
        lift_pair(&mut low, &mut high, Direction::Inverse);
        for (pair, (low, high)) in row.chunks_exact_mut(2).zip(low.iter().zip(&high)) {
            (pair[0], pair[1]) = (*low, *high);
        }
    }
    lift_rows(&mut plane, 2 * rows, width, Direction::Inverse);
    plane
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Forward,
    Inverse,
}

/// Lifts the columns of a plane in place; afterwards even rows are low and odd rows high.
fn lift_rows(plane: &mut [f32], rows: usize, columns: usize, direction: Direction) {
    if direction == Direction::Inverse {
        scale_rows(plane, columns, 1.0 / SCALE, SCALE);
    }
    for step in 0..STEPS.len() {
        let step = if direction == Direction::Forward {
            step
        } else {
            STEPS.len() - 1 - step
        };
        let factor = if direction == Direction::Forward {
            STEPS[step]
        } else {
            -STEPS[step]
        };
        // Even steps update the odd rows from their even neighbours, odd steps the other way; the edge row repeats.
        let mut target = 1 - step % 2;
        while target < rows {
            let above = if target == 0 { 1 } else { target - 1 };
            let below = if target + 1 == rows { rows - 2 } else { target + 1 };
            let (target_row, above, below) = three_rows(plane, columns, target, above, below);
            for ((value, a), b) in target_row.iter_mut().zip(above).zip(below) {
                *value += factor * (a + b);
            }
            target += 2;
        }
    }
    if direction == Direction::Forward {
        scale_rows(plane, columns, SCALE, 1.0 / SCALE);
    }
}

fn scale_rows(plane: &mut [f32], columns: usize, even: f32, odd: f32) {
    for (index, row) in plane.chunks_exact_mut(columns).enumerate() {
        let factor = if index % 2 == 0 { even } else { odd };
        row.iter_mut().for_each(|value| *value *= factor);
    }
}

/// A row to change and its two neighbours (which may be the same row) to read.
fn three_rows(
    plane: &mut [f32],
    columns: usize,
    target: usize,
    above: usize,
    below: usize,
) -> (&mut [f32], &[f32], &[f32]) {
    let (before, rest) = plane.split_at_mut(target * columns);
    let (row, after) = rest.split_at_mut(columns);
    let pick = |index: usize| -> &[f32] {
        if index < target {
            &before[index * columns..(index + 1) * columns]
        } else {
            let index = index - target - 1;
            &after[index * columns..(index + 1) * columns]
        }
    };
    (row, pick(above), pick(below))
}

/// Lifts one row given as its even and odd samples.
fn lift_pair(even: &mut [f32], odd: &mut [f32], direction: Direction) {
    if direction == Direction::Inverse {
        scale_pair(even, odd, 1.0 / SCALE);
        for step in STEPS.chunks_exact(2).rev() {
            update_even(even, odd, -step[1]);
            update_odd(even, odd, -step[0]);
        }
    } else {
        for step in STEPS.chunks_exact(2) {
            update_odd(even, odd, step[0]);
            update_even(even, odd, step[1]);
        }
        scale_pair(even, odd, SCALE);
    }
}

fn scale_pair(even: &mut [f32], odd: &mut [f32], even_scale: f32) {
    even.iter_mut().for_each(|value| *value *= even_scale);
    odd.iter_mut().for_each(|value| *value *= 1.0 / even_scale);
}

fn update_odd(even: &[f32], odd: &mut [f32], factor: f32) {
    let last = even.len() - 1;
    for (value, pair) in odd.iter_mut().zip(even.windows(2)) {
        *value += factor * (pair[0] + pair[1]);
    }
    odd[last] += factor * (even[last] + even[last]);
}

fn update_even(even: &mut [f32], odd: &[f32], factor: f32) {
    even[0] += factor * (odd[0] + odd[0]);
    for (value, pair) in even[1..].iter_mut().zip(odd.windows(2)) {
        *value += factor * (pair[0] + pair[1]);
    }
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
pub(crate) fn bands_of(planes: &[f32], height: usize, width: usize) -> Vec<f32> {
    planes
        .par_chunks_exact(3 * height * width)
        .flat_map_iter(|picture| {
            let centred: Vec<f32> = picture.iter().map(|value| value - 0.5).collect();
            forward(&centred, height, width)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(height: usize, width: usize) -> Vec<f32> {
        let mut state = 1u32;
        (0..3 * height * width)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32
            })
            .collect()
    }

    #[test]
    fn energies_turn_errors_of_bands_into_errors_of_pixels() {
        assert!(energies().iter().all(|energy| (0.5..1.5).contains(energy)));
        // Noise away from the borders, where basis functions are folded.
        let (maps, mut state) = (24, 7u32);
        let side = maps * BLOCK;
        let mut bands = vec![0.0f32; 3 * side * side];
        for (index, row) in bands.chunks_exact_mut(BANDS).enumerate() {
            if (6..18).contains(&(index / maps)) && (6..18).contains(&(index % maps)) {
                for value in row {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *value = (state >> 8) as f32 / (1 << 24) as f32 - 0.5;
                }
            }
        }
        let pixels: f32 = inverse(&bands, side, side).iter().map(|v| v * v).sum();
        let rows = bands.chunks_exact(BANDS);
        let weighted: f32 = rows
            .flat_map(|row| row.iter().zip(energies()))
            .map(|(v, energy)| v * v * energy)
            .sum();
        assert!((pixels / weighted - 1.0).abs() < 0.03, "{pixels} against {weighted}");
    }

    #[test]
    fn waves_are_found_at_their_frequency() {
        let (height, width) = (128, 128);
        for index in 0..BLOCK {
            let cycles_per_pixel = (index as f32 + 0.5) / (2 * BLOCK) as f32;
            let wave = |at: usize| (std::f32::consts::TAU * cycles_per_pixel * (at % width) as f32).cos();
            let pixels: Vec<f32> = (0..3 * height * width).map(wave).collect();
            let bands = forward(&pixels, height, width);
            let mut energy = [[0.0f32; BLOCK]; 2];
            for (at, value) in bands.iter().enumerate() {
                let [row, column] = frequency(at % BANDS);
                energy[0][row] += value * value;
                energy[1][column] += value * value;
            }
            let strongest = |energy: &[f32]| (0..BLOCK).max_by(|a, b| energy[*a].total_cmp(&energy[*b]));
            assert_eq!(energy.map(|energy| strongest(&energy)), [Some(0), Some(index)]);
        }
    }

    #[test]
    fn inverse_restores_every_size() {
        for (height, width) in [(8, 8), (16, 8), (64, 72), (128, 64)] {
            let pixels = ramp(height, width);
            let back = inverse(&forward(&pixels, height, width), height, width);
            let error = pixels.iter().zip(&back).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(error < 2e-5, "{height}x{width}: {error}");
        }
    }

    #[test]
    fn reduced_pictures_are_small_versions() {
        let (height, width) = (64, 96);
        let smooth = |y: usize, x: usize, c: usize| 0.3 + 0.004 * (y as f32) + 0.002 * (x as f32) + 0.1 * c as f32;
        let plane = |c: usize| (0..height * width).map(move |at| smooth(at / width, at % width, c));
        let pixels: Vec<f32> = (0..3).flat_map(plane).collect();
        let bands = forward(&pixels, height, width);
        for levels in 0..=LEVELS {
            let (rows, columns) = (height >> levels, width >> levels);
            let small = inverse_reduced(&bands, height, width, levels);
            assert_eq!(small.len(), 3 * rows * columns);
            for (at, value) in small.iter().enumerate() {
                let (c, y, x) = (at / (rows * columns), at / columns % rows, at % columns);
                let error = (value - smooth(y << levels, x << levels, c)).abs();
                assert!(error < 0.03, "{levels} levels, {y}, {x}: {error}");
            }
        }
    }

    #[test]
    fn a_constant_picture_is_one_band_per_channel() {
        let bands = forward(&vec![0.5; 3 * 64 * 64], 64, 64);
        for position in bands.chunks_exact(BANDS) {
            for (band, value) in position.iter().enumerate() {
                // Each low-pass has a gain close to the square root of two, so a block of 8x8 gathers close to 8 times its mean.
                let expected = if band < 3 { 4.0 } else { 0.0 };
                assert!(
                    (value - expected).abs() < 0.02 * expected.max(0.1),
                    "band {band}: {value}"
                );
            }
        }
    }

    #[test]
    fn energy_is_nearly_kept() {
        let pixels = ramp(128, 128);
        let energy = |values: &[f32]| values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
        let ratio = energy(&forward(&pixels, 128, 128)) / energy(&pixels);
        assert!((0.9..1.15).contains(&ratio), "{ratio}");
    }
}
