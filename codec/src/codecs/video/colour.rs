//! Between the samples of a video and the RGB that the networks work on.
//!
//! Decoders convert in integers, so that frames are the same everywhere. Encoders do the opposite in floating point,
//! without operations that machines round differently.
//!
//! Samples of colour difference at half the resolution are made from RGB by the low-pass filter of the CDF 9/7 wavelet,
//! and spread to all pixels by its counterpart: what was spread comes back, and errors of coding are averaged over as
//! many pixels as can be.

use rayon::prelude::*;

use super::motion::{Frame, Plane, SAMPLE_MAX};
use crate::media::video::{Chroma, VideoFormat, VideoFrame};
use crate::{CodecError, Result};

/// The unit of taps.
const TAP_BITS: u32 = 12;
/// The low-pass of colour differences: the middle tap and those beside it, on both sides.
const DOWN: [i32; 5] = [2468, 1093, -320, -69, 110];
/// Its counterpart at samples that are there, and at those between them: taps from the middle out, on both sides.
const UP_EVEN: [f32; 2] = [4568.0 / 4096.0, -236.0 / 4096.0];
const UP_ODD: [f32; 2] = [2422.0 / 4096.0, -374.0 / 4096.0];
/// Fractional bits of the coefficients of the matrix.
const MATRIX_BITS: u32 = 16;
/// Colour differences have this many bits more than samples of RGB until they are rounded.
const FINE_BITS: u32 = 4;
/// Fractional bits of the last factor of colour differences.
const SCALE_BITS: u32 = 24;

/// How a video becomes RGB, and back.
#[derive(Debug, Clone)]
pub(super) struct Colours {
    format: VideoFormat,
    matrix: Matrix,
    full_range: bool,
}

/// What luma and colour differences are made of, in 2^16ths of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matrix {
    /// Planes are green, blue, red.
    Identity,
    /// The shares of red and blue in luma.
    Luma { red: i32, blue: i32 },
}

/// BT.709.
const BT709: Matrix = Matrix::Luma {
    red: 13_933,
    blue: 4732,
};
/// BT.601.
const BT601: Matrix = Matrix::Luma {
    red: 19_595,
    blue: 7471,
};
/// BT.2020.
const BT2020: Matrix = Matrix::Luma {
    red: 17_216,
    blue: 3886,
};
/// Rows from which on a video of unknown matrix has that of BT.709.
const HIGH_DEFINITION: u32 = 720;

impl Colours {
    /// For videos of a format.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`] for formats that are not converted.
    pub(super) fn new(format: &VideoFormat) -> Result<Self> {
        let matrix = match format.cicp.map(|cicp| cicp.matrix) {
            Some(0) if format.chroma == Chroma::Full => Matrix::Identity,
            Some(0) => {
                let reason = format!("RGB with {} samples", format.chroma.name());
                return Err(CodecError::Unsupported(reason));
            }
            Some(1) => BT709,
            Some(9 | 10) => BT2020,
            None | Some(2) if format.height >= HIGH_DEFINITION => BT709,
            _ => BT601,
        };
        Ok(Self {
            format: *format,
            matrix,
            full_range: format.cicp.is_some_and(|cicp| cicp.full_range),
        })
    }

    /// The samples of black, and from there to white, and twice that of the largest colour difference.
    fn levels(&self) -> [i32; 3] {
        let unit = 1 << (self.format.depth - 8);
        match self.full_range {
            true => [
                0,
                i32::from(self.format.max_sample()),
                i32::from(self.format.max_sample()),
            ],
            false => [16 * unit, 219 * unit, 224 * unit],
        }
    }

    /// Width and height of the frames.
    fn size(&self) -> [usize; 2] {
        self.format.plane_size(0)
    }

    // --- to RGB ---

    /// The RGB of a frame of the format.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] for a frame of another format.
    pub(super) fn to_rgb(&self, frame: &VideoFrame) -> Result<Frame> {
        frame.check(&self.format)?;
        let [width, height] = self.size();
        let [black, luma, _] = self.levels();
        let scale = f32::from(SAMPLE_MAX) / luma as f32;
        let plane = |samples: &[u16]| -> Vec<f32> {
            samples
                .iter()
                .map(|sample| (f32::from(*sample) - black as f32) * scale)
                .collect()
        };
        let first = plane(&frame.planes()[0]);
        let colours = match (self.matrix, &frame.planes()[1..]) {
            (_, []) => [first.clone(), first.clone(), first],
            (Matrix::Identity, rest) => [plane(&rest[1]), first, plane(&rest[0])],
            (Matrix::Luma { red, blue }, rest) => {
                let [blues, reds] = [0, 1].map(|index| self.spread(&rest[index], index + 1));
                let [r, b] = [red, blue].map(|share| share as f32 / (1u32 << MATRIX_BITS) as f32);
                let green = 1.0 - r - b;
                let [to_red, to_blue] = [2.0 * (1.0 - r), 2.0 * (1.0 - b)];
                let [red_in_green, blue_in_green] = [to_red * r / green, to_blue * b / green];
                let mut planes = [first.clone(), first.clone(), first];
                let rows = planes.each_mut().map(|plane| plane.par_chunks_mut(width));
                let [reds_out, greens_out, blues_out] = rows;
                let differences = reds.par_chunks(width).zip(blues.par_chunks(width));
                let rows = reds_out.zip(greens_out).zip(blues_out).zip(differences);
                rows.for_each(|(((red, green), blue), (reds, blues))| {
                    let pixels = red.iter_mut().zip(green).zip(blue).zip(reds.iter().zip(blues));
                    for (((red, green), blue), (to_r, to_b)) in pixels {
                        *red += to_red * to_r;
                        *blue += to_blue * to_b;
                        *green -= red_in_green * to_r + blue_in_green * to_b;
                    }
                });
                planes
            }
        };
        let rounded = |plane: Vec<f32>| {
            let most = f32::from(SAMPLE_MAX);
            let samples = plane.iter().map(|value| (value + 0.5).floor().clamp(0.0, most) as i16);
            Plane::new(width, height, samples.collect())
        };
        let [red, green, blue] = colours;
        Frame::new([rounded(red)?, rounded(green)?, rounded(blue)?])
    }

    /// Colour differences of all pixels, -2040 to 2040.
    fn spread(&self, samples: &[u16], plane: usize) -> Vec<f32> {
        let [width, height] = self.size();
        let [own_width, own_height] = self.format.plane_size(plane);
        let neutral = f32::from(self.format.neutral());
        let scale = f32::from(SAMPLE_MAX) / self.levels()[2] as f32;
        let values: Vec<f32> = samples
            .iter()
            .map(|sample| (f32::from(*sample) - neutral) * scale)
            .collect();
        let [across, down] = self.format.chroma.step();
        let tall = match down {
            1 => values,
            _ => upsampled_rows(&values, [own_width, own_height], height),
        };
        match across {
            1 => tall,
            _ => {
                let mut wide = vec![0.0; width * height];
                let rows = wide.par_chunks_mut(width).zip(tall.par_chunks(own_width));
                rows.for_each(|(out, row)| upsampled(row, out));
                wide
            }
        }
    }

    // --- from RGB ---

    /// The frame of the format that RGB shows.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] for RGB of another size.
    pub(super) fn frame_of(&self, rgb: &Frame) -> Result<VideoFrame> {
        let planes = match (self.matrix, self.format.chroma) {
            (Matrix::Identity, _) => [1, 2, 0].map(|plane| self.scaled(&rgb.planes()[plane].data)).to_vec(),
            (Matrix::Luma { red, blue }, chroma) => {
                let luma = self.luma(rgb, [red, blue]);
                match chroma {
                    Chroma::None => vec![luma],
                    _ => {
                        let [blues, reds] = [(blue, [red, blue], 2), (red, [red, blue], 0)]
                            .map(|(own, shares, plane)| self.difference(rgb, own, shares, plane));
                        vec![luma, blues, reds]
                    }
                }
            }
        };
        VideoFrame::new(&self.format, planes, 0)
    }

    /// Samples of RGB in the range of the format.
    fn scaled(&self, samples: &[i16]) -> Vec<u16> {
        let [black, white, _] = self.levels();
        let most = i64::from(SAMPLE_MAX);
        let sample = |value: &i16| (i64::from(black) + (i64::from(*value) * i64::from(white) + most / 2) / most) as u16;
        samples.iter().map(sample).collect()
    }

    fn luma(&self, rgb: &Frame, shares: [i32; 2]) -> Vec<u16> {
        let [black, range, _] = self.levels();
        // As fine as sums of 31 bits allow.
        let bits = 31 - u32::from(self.format.depth);
        let unit = i64::from(SAMPLE_MAX);
        let whole = ((i64::from(range) << bits) + unit / 2) / unit;
        let [red, blue] = shares.map(|share| ((whole * i64::from(share) + (1 << 15)) >> MATRIX_BITS) as i32);
        let green = whole as i32 - red - blue;
        let most = i32::from(self.format.max_sample());
        let start = (black << bits) + (1 << (bits - 1));
        let [reds, greens, blues] = rgb.planes().each_ref().map(|plane| &plane.data);
        let mut out = vec![0; reds.len()];
        let width = rgb.width();
        let rows = reds
            .par_chunks(width)
            .zip(greens.par_chunks(width))
            .zip(blues.par_chunks(width));
        out.par_chunks_mut(width)
            .zip(rows)
            .for_each(|(out, ((reds, greens), blues))| {
                for (to, ((r, g), b)) in out.iter_mut().zip(reds.iter().zip(greens).zip(blues)) {
                    let sum = start + i32::from(*r) * red + i32::from(*g) * green + i32::from(*b) * blue;
                    *to = (sum >> bits).clamp(0, most) as u16;
                }
            });
        out
    }

    /// The colour difference of a plane of RGB whose share in luma is `own`.
    fn difference(&self, rgb: &Frame, own: i32, [red, blue]: [i32; 2], plane: usize) -> Vec<u16> {
        let one = 1i64 << MATRIX_BITS;
        // Of the plane itself the half, of the others what makes the sum zero.
        let half = (one / 2) as i32;
        let share =
            |share: i32| ((i64::from(share) * one / 2 + (one - i64::from(own)) / 2) / (one - i64::from(own))) as i32;
        let other = if plane == 0 { share(blue) } else { share(red) };
        let mut factors = [0; 3];
        factors[plane] = half;
        factors[2 - plane] = -other;
        factors[1] = other - half;
        let planes = rgb.planes().each_ref().map(|plane| &plane.data);
        let [width, height] = self.size();
        let mut fine = vec![0i32; width * height];
        fine.par_chunks_mut(width).enumerate().for_each(|(row, out)| {
            let [reds, greens, blues] = planes.map(|plane| &plane[row * width..(row + 1) * width]);
            for (to, ((r, g), b)) in out.iter_mut().zip(reds.iter().zip(greens).zip(blues)) {
                let sum = i32::from(*r) * factors[0] + i32::from(*g) * factors[1] + i32::from(*b) * factors[2];
                let shift = MATRIX_BITS - FINE_BITS;
                *to = (sum + (1 << (shift - 1))) >> shift;
            }
        });
        self.rounded(self.reduced(fine))
    }

    /// Colour differences at the resolution of the format.
    fn reduced(&self, fine: Vec<i32>) -> Vec<i32> {
        let [width, height] = self.size();
        let [own_width, own_height] = self.format.plane_size(1);
        let [across, down] = self.format.chroma.step();
        let narrow = match across {
            1 => fine,
            _ => {
                let mut narrow = vec![0; own_width * height];
                let rows = narrow.par_chunks_mut(own_width).zip(fine.par_chunks(width));
                rows.for_each(|(out, row)| downsampled(row, out));
                narrow
            }
        };
        match down {
            1 => narrow,
            _ => downsampled_rows(&narrow, [own_width, height], own_height),
        }
    }

    fn rounded(&self, differences: Vec<i32>) -> Vec<u16> {
        let range = i64::from(self.levels()[2]) << SCALE_BITS;
        let factor = range / (i64::from(SAMPLE_MAX) << FINE_BITS);
        let (neutral, most) = (i64::from(self.format.neutral()), i64::from(self.format.max_sample()));
        let sample = |value: &i32| {
            let scaled = (i64::from(*value) * factor + (1 << (SCALE_BITS - 1))) >> SCALE_BITS;
            (neutral + scaled).clamp(0, most) as u16
        };
        differences.par_iter().map(sample).collect()
    }
}

/// A place of `0..length`, mirrored at the first and the last one.
fn mirrored(at: isize, length: usize) -> usize {
    let last = length as isize - 1;
    if last == 0 {
        return 0;
    }
    let at = at.rem_euclid(2 * last);
    at.min(2 * last - at) as usize
}

/// Taps of a place of the full resolution: the samples of half of it, and their weights.
fn up_taps(at: usize, length: usize) -> [(usize, f32); 4] {
    let from = |offset: isize| mirrored(at as isize + offset, length) / 2;
    match at % 2 {
        0 => [
            (from(0), UP_EVEN[0]),
            (from(-2), UP_EVEN[1]),
            (from(2), UP_EVEN[1]),
            (from(0), 0.0),
        ],
        _ => [
            (from(-1), UP_ODD[0]),
            (from(1), UP_ODD[0]),
            (from(-3), UP_ODD[1]),
            (from(3), UP_ODD[1]),
        ],
    }
}

fn upsampled(row: &[f32], out: &mut [f32]) {
    let length = out.len();
    for (at, to) in out.iter_mut().enumerate() {
        let taps = up_taps(at, length);
        *to = taps[0].1 * row[taps[0].0]
            + taps[1].1 * row[taps[1].0]
            + taps[2].1 * row[taps[2].0]
            + taps[3].1 * row[taps[3].0];
    }
}

fn upsampled_rows(values: &[f32], [width, _]: [usize; 2], height: usize) -> Vec<f32> {
    let mut out = vec![0.0; width * height];
    out.par_chunks_mut(width).enumerate().for_each(|(at, out)| {
        for (row, tap) in up_taps(at, height) {
            let row = &values[row * width..(row + 1) * width];
            out.iter_mut().zip(row).for_each(|(to, value)| *to += tap * value);
        }
    });
    out
}

fn downsampled(row: &[i32], out: &mut [i32]) {
    let length = row.len();
    for (at, to) in out.iter_mut().enumerate() {
        let middle = 2 * at as isize;
        let mut sum = DOWN[0] * row[2 * at] + (1 << (TAP_BITS - 1));
        for (tap, k) in DOWN[1..].iter().zip(1isize..) {
            sum += tap * (row[mirrored(middle - k, length)] + row[mirrored(middle + k, length)]);
        }
        *to = sum >> TAP_BITS;
    }
}

fn downsampled_rows(values: &[i32], [width, height]: [usize; 2], own_height: usize) -> Vec<i32> {
    let mut out = vec![0; width * own_height];
    out.par_chunks_mut(width).enumerate().for_each(|(at, out)| {
        out.fill(1 << (TAP_BITS - 1));
        for k in -4isize..=4 {
            let row = mirrored(2 * at as isize + k, height);
            let tap = DOWN[k.unsigned_abs()];
            let row = &values[row * width..(row + 1) * width];
            out.iter_mut().zip(row).for_each(|(to, value)| *to += tap * value);
        }
        out.iter_mut().for_each(|value| *value >>= TAP_BITS);
    });
    out
}

#[cfg(test)]
mod tests;
