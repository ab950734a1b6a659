//! The networks of predicted frames on the CPU.

use std::sync::{Arc, OnceLock};

use lmc_entropy::prior::{LatentPrior, Latents};
use lmc_kernels::layers::{Linear, Rounding};
use lmc_kernels::net::Activations;
use lmc_kernels::packet::{self, BANDS, FORWARD_BITS, exact};

use super::motion::{Frame, Plane, SAMPLE_MAX};
use super::side::{SideSource, side_inputs};
use super::{VideoConfig, VideoFile};
use crate::codecs::wavelet::{
    Analysis, Filter, GAIN, HYPER_BLOCK, HyperAnalysis, LATENT_BLOCK, LatentField, LogGains, Pack, WaveletCpu,
    hyper_integers, latent_integers,
};
use crate::error::ModelHash;
use crate::quality::Quality;
use crate::{CodecError, Result};

/// The middle of the range of samples.
const MIDDLE: i16 = SAMPLE_MAX / 2;

/// A video model that encodes and decodes.
#[derive(Debug)]
pub struct VideoModel {
    file: VideoFile,
    /// Packed when an encoder first needs it.
    encoder: OnceLock<Result<Encoder, String>>,
}

/// What only encoders need.
#[derive(Debug)]
struct Encoder {
    analysis: Analysis,
    seen: Linear,
    hyper: HyperAnalysis,
    gains: LogGains,
}

/// A prediction as the networks see it.
#[derive(Debug, Clone)]
pub(super) struct Predicted {
    /// The frame.
    pub(super) frame: Frame,
    /// Its bands, `[2 rows, 2 columns, 192]`.
    pub(super) bands: Vec<i16>,
    /// Rows and columns of latents.
    pub(super) size: [usize; 2],
}

impl VideoModel {
    /// A model of a parsed weights file.
    pub fn new(file: VideoFile) -> Self {
        Self {
            file,
            encoder: OnceLock::new(),
        }
    }

    /// What streams name the model by.
    pub fn hash(&self) -> ModelHash {
        self.file.hash
    }

    /// The shape of its networks.
    pub fn config(&self) -> &VideoConfig {
        &self.file.manifest.config
    }

    /// The prior of predicted frames.
    pub fn prior(&self) -> &Arc<LatentPrior> {
        &self.file.prior
    }

    /// The model of key frames.
    pub(super) fn image(&self) -> &Arc<WaveletCpu> {
        &self.file.image
    }

    /// The restoration filter of predicted frames.
    pub(super) fn filter(&self, quality: Quality) -> Option<Filter> {
        self.file.synthesis.filter(quality)
    }

    /// The bits that a mean squared error of 1, on 0..=255, is worth for each pixel.
    pub(super) fn worth(&self, quality: Quality) -> f64 {
        self.config().image.worth_of_errors(quality)
    }

    fn encoder(&self) -> Result<&Encoder> {
        let made = self
            .encoder
            .get_or_init(|| self.packed().map_err(|error| error.to_string()));
        made.as_ref().map_err(|reason| CodecError::Weights(reason.clone()))
    }

    fn packed(&self) -> Result<Encoder> {
        let (tensors, config) = (&self.file.tensors, &self.config().image);
        let gains = tensors.get(GAIN).map(|tensor| tensor.values());
        let missing = || CodecError::Unsupported("this model is for decoders only".into());
        Ok(Encoder {
            gains: LogGains::new(gains.ok_or_else(missing)?, config.latents),
            analysis: Analysis::new(tensors, config)?,
            seen: Pack(tensors, Rounding::Int16).linear("seen.analysis")?,
            hyper: HyperAnalysis::new(tensors)?,
        })
    }

    /// A prediction with its bands.
    pub(super) fn predicted(&self, frame: Frame) -> Predicted {
        let size = cells_of(&frame);
        let [height, width] = size.map(|cells| cells * LATENT_BLOCK);
        let planes = frame.planes().each_ref().map(|plane| extended(plane, [height, width]));
        let bands = packet::bands_of_samples(planes.each_ref().map(|plane| &plane[..]), height, width);
        Predicted { frame, bands, size }
    }

    /// The integers of the latents of a frame.
    pub(super) fn analyse(&self, frame: &Frame, predicted: &Predicted, quality: Quality) -> Result<Latents> {
        let encoder = self.encoder()?;
        let [rows, columns] = predicted.size;
        let [height, width] = predicted.size.map(|cells| cells * LATENT_BLOCK);
        let difference = difference(frame, &predicted.frame, [height, width]);
        let bands = packet::forward(&difference, height, width);
        let scale = 1.0 / (1u32 << FORWARD_BITS) as f32;
        let seen: Vec<f32> = predicted.bands.iter().map(|value| f32::from(*value) * scale).collect();
        let mut data = encoder
            .analysis
            .run_seeing(&bands, (&encoder.seen, &seen), [rows, columns]);
        let gain = encoder.gains.at(quality.position(self.config().image.anchors));
        for position in data.chunks_exact_mut(gain.len()) {
            position.iter_mut().zip(&gain).for_each(|(value, gain)| *value *= gain);
        }
        let field = LatentField {
            height: rows,
            width: columns,
            channels: gain.len(),
            data,
        };
        let [z_rows, z_columns] = predicted.size.map(|side| side.div_ceil(HYPER_BLOCK));
        let whole = field.extended(z_rows * HYPER_BLOCK, z_columns * HYPER_BLOCK);
        Ok(Latents {
            height: rows,
            width: columns,
            z: hyper_integers(&encoder.hyper.run(whole, z_rows, z_columns)),
            y: latent_integers(&field.data),
        })
    }

    /// The side features that the prior gets.
    pub(super) fn side(&self, predicted: &Predicted, source: SideSource<'_>) -> Result<Option<Activations>> {
        let Some(network) = &self.file.side else {
            return Ok(None);
        };
        let image = &self.config().image;
        let inputs = side_inputs(source, &self.file.ratios, [image.latents, image.anchors]);
        let [rows, columns] = predicted.size;
        let bands = Activations {
            height: 2 * rows,
            width: 2 * columns,
            channels: BANDS,
            data: predicted.bands.clone(),
        };
        Ok(Some(network.run(bands, &inputs)?))
    }

    /// The frame that a prediction and decoded latents make, before the restoration.
    pub(super) fn painted(&self, predicted: &Predicted, y_hat: &[i16], quality: Quality) -> Result<Frame> {
        let size = predicted.size;
        let x = self.file.synthesis.inputs(y_hat, quality);
        let seen = Some((&self.file.seen, &predicted.bands[..]));
        let bands = self.file.synthesis.bands_seeing(&x, seen, size);
        let [height, width] = size.map(|cells| cells * LATENT_BLOCK);
        let difference = exact::picture_of(&bands, height, width, 0);
        let mut planes = predicted.frame.planes().clone();
        for (plane, difference) in planes.iter_mut().zip(difference.chunks_exact(height * width)) {
            let rows = plane.data.chunks_exact_mut(plane.width);
            for (row, difference) in rows.zip(difference.chunks_exact(width)) {
                add_row(row, difference);
            }
        }
        Frame::new(planes)
    }
}

/// Adds what the synthesis gives, which is centred on the middle of its range, to samples.
fn add_row(row: &mut [i16], difference: &[i32]) {
    const HALF: i32 = 1 << (exact::PIXEL_BITS - 1);
    let most = i32::from(SAMPLE_MAX);
    for (sample, difference) in row.iter_mut().zip(difference) {
        // 255 / 256 of what it is in 2^12ths: samples end at 4080.
        let difference = (difference - HALF).clamp(-2 * HALF, 2 * HALF);
        let added = (difference * 255 + (1 << 11)) >> 12;
        *sample = (i32::from(*sample) + added).clamp(0, most) as i16;
    }
}

/// Rows and columns of latents of a frame.
pub(super) fn cells_of(frame: &Frame) -> [usize; 2] {
    [frame.height(), frame.width()].map(|side| side.div_ceil(LATENT_BLOCK))
}

/// A plane around its middle, its last row and column repeated.
fn extended(plane: &Plane, [height, width]: [usize; 2]) -> Vec<i16> {
    let mut out = Vec::with_capacity(height * width);
    for y in 0..height {
        let y = y.min(plane.height - 1);
        let row = &plane.data[y * plane.width..(y + 1) * plane.width];
        out.extend(row.iter().map(|sample| sample - MIDDLE));
        let last = row.last().copied().unwrap_or(MIDDLE) - MIDDLE;
        out.extend(std::iter::repeat_n(last, width - plane.width));
    }
    out
}

/// The difference of two frames where white is 1, their last rows and columns repeated.
fn difference(frame: &Frame, predicted: &Frame, size: [usize; 2]) -> Vec<f32> {
    let scale = 1.0 / f32::from(SAMPLE_MAX);
    let planes = frame.planes().iter().zip(predicted.planes());
    let mut out = Vec::with_capacity(3 * size[0] * size[1]);
    for (own, predicted) in planes {
        let (own, predicted) = (extended(own, size), extended(predicted, size));
        let pairs = own.iter().zip(&predicted);
        out.extend(pairs.map(|(own, predicted)| f32::from(own - predicted) * scale));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_added_in_steps_of_samples() {
        let mut row = [0, 2040, 4080, 2040];
        add_row(&mut row, &[65_536, 32_768, 32_768 + 65_536 / 4080, i32::MIN / 4]);
        assert_eq!(row, [2040, 2040, 4080, 0]);
        let mut row = [2000];
        add_row(&mut row, &[32_768 - 65_536 / 4080 - 1]);
        assert_eq!(row, [1999]);
    }

    #[test]
    fn planes_repeat_their_borders() {
        let plane = Plane::new(2, 1, vec![2041, 2043]).unwrap();
        assert_eq!(extended(&plane, [2, 4]), [1, 3, 3, 3, 1, 3, 3, 3]);
    }
}
