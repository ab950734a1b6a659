//! Key frames: the model of images on a whole frame.

use lmc_entropy::prior::{Coding, Compressed, Decompressed, Latents};
use lmc_kernels::packet::exact::PIXEL_BITS;

use super::model::cells_of;
use super::motion::{Frame, Plane, SAMPLE_MAX};
use crate::Result;
use crate::codecs::image::{Planes, Scale};
use crate::codecs::wavelet::{ImageModel, LATENT_BLOCK, WaveletCpu, restore_frame};
use crate::quality::Quality;

/// A coded key frame.
pub(super) fn compressed(model: &WaveletCpu, frame: &Frame, quality: Quality, coding: Coding) -> Result<Compressed> {
    let [rows, columns] = cells_of(frame);
    let [height, width] = [rows, columns].map(|cells| cells * LATENT_BLOCK);
    let scale = 1.0 / f32::from(SAMPLE_MAX);
    let mut data = Vec::with_capacity(3 * height * width);
    for plane in frame.planes() {
        for y in 0..height {
            let y = y.min(plane.height - 1);
            let row = &plane.data[y * plane.width..(y + 1) * plane.width];
            data.extend(row.iter().map(|sample| f32::from(*sample) * scale));
            let last = data.last().copied().unwrap_or(0.0);
            data.extend(std::iter::repeat_n(last, width - plane.width));
        }
    }
    let field = model.analyse(&Planes { height, width, data }, quality)?;
    let (z, y) = model.quantise(&field)?;
    let latents = Latents {
        height: rows,
        width: columns,
        z,
        y,
    };
    Ok(model.prior().compress(&latents, coding)?)
}

/// The latents of a key frame.
pub(super) fn decompressed(
    model: &WaveletCpu,
    bytes: &[u8],
    [rows, columns]: [usize; 2],
    coding: Coding,
) -> Result<Decompressed> {
    Ok(model.prior().decompress(bytes, rows, columns, coding)?)
}

/// The frame that latents of a key frame make: the synthesis of all of it at once, then the filter of the model.
pub(super) fn painted(model: &WaveletCpu, y_hat: &[i16], size: [usize; 2], quality: Quality) -> Result<Frame> {
    let [height, width] = size;
    let [rows, columns] = size.map(|side| side.div_ceil(LATENT_BLOCK));
    let planes = model.synthesise(y_hat, rows, columns, quality, Scale::Full)?;
    let area = (planes.height * planes.width).max(1);
    let samples = |plane: &[i32]| {
        let mut data = Vec::with_capacity(height * width);
        for row in plane.chunks_exact(planes.width).take(height) {
            data.extend(row[..width].iter().map(|value| sample(*value)));
        }
        Plane::new(width, height, data)
    };
    let mut colours = planes.data.chunks_exact(area).map(samples);
    let mut next = || colours.next().unwrap_or_else(|| Plane::new(0, 0, Vec::new()));
    let frame = Frame::new([next()?, next()?, next()?])?;
    match model.restoration(quality) {
        Some(filter) => restore_frame(&frame, &filter),
        None => Ok(frame),
    }
}

/// A value of 0 to 2^16 in steps of samples.
fn sample(value: i32) -> i16 {
    let one = 1 << PIXEL_BITS;
    let value = value.clamp(-one, 2 * one);
    let scaled = (value * 255 + (1 << 11)) >> 12;
    scaled.clamp(0, i32::from(SAMPLE_MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_rounded() {
        let all = [0, 8, 9, 32_768, 65_536, -3, i32::MAX, i32::MIN];
        assert_eq!(all.map(sample), [0, 0, 1, 2040, 4080, 0, 4080, 0]);
    }
}
