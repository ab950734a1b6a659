//! The steps.

use burn::module::Module;
use burn::tensor::Device;
use lmc_entropy::cost::FRACTION;
use lmc_entropy::prior::Latents;

use super::RefineTask;
use super::errors::{Error, Errors};
use crate::Result;
use crate::wavelet::{DECODED_BITS, Distortion, LatentField, Synthesis, WaveletModel};

/// Share of a Newton step that latents move: errors of quantisation are others after each.
const SHARE: f32 = 0.15;
/// How much more errors count than in training, which counted the bits of noisy latents: the slope of rates of real streams over
/// their errors is 1.2 to 1.5 times as steep.
pub(crate) const EMPHASIS: f64 = 1.3;

/// The decoder of a model on a device that tracks gradients.
#[derive(Debug)]
pub(crate) struct Refiner {
    synthesis: Synthesis,
    distortion: Distortion,
    device: Device,
}

/// Latents as a stream has them.
struct Coded {
    /// Decoded latents of the tile.
    points: Vec<f32>,
    /// Of the points.
    error: Error,
    /// Bits and errors.
    loss: f32,
}

impl Refiner {
    /// `synthesis` and `device` track gradients.
    pub(crate) fn new(synthesis: Synthesis, distortion: Distortion, device: Device) -> Self {
        Self {
            synthesis: synthesis.no_grad(),
            distortion,
            device,
        }
    }

    /// The tile's latents after the steps of the task, the best that were seen on the way.
    ///
    /// `field` are the latents of the whole window, `inverse_gain` is by channel, `worth` the bits that a mean error of 1 on 0..255 is
    /// worth per pixel.
    pub(crate) fn run(
        &self,
        model: &WaveletModel,
        task: &RefineTask<'_>,
        field: &LatentField,
        (inverse_gain, worth): (Vec<f32>, f64),
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<LatentField> {
        // The squared error of a pixel is that of its three samples over three.
        let worth = worth * 255.0 * 255.0 / 3.0;
        let decoder = (&self.synthesis, &self.device);
        let errors = Errors::new(decoder, self.distortion, task, field, inverse_gain, worth);
        let mut now = task.tile_of(field);
        let curvatures = errors.curvatures(&now)?;
        let mut coded = code(model, task, &errors, &now)?;
        let (mut best, mut least) = (now.clone(), coded.loss);
        for step in 0..task.steps {
            approach(&mut now, &coded, &curvatures);
            coded = code(model, task, &errors, &now)?;
            if coded.loss < least {
                least = coded.loss;
                best.clone_from(&now);
            }
            progress(step + 1, task.steps);
        }
        Ok(best)
    }
}

/// Moves latents a share of the way to where the error would be least if each decoded one moved alone.
fn approach(tile: &mut LatentField, coded: &Coded, curvatures: &[f32]) {
    for at in 0..tile.data.len() {
        let target = coded.points[at] - coded.error.gradient[at] / (2.0 * curvatures[at % tile.channels]);
        tile.data[at] += SHARE * (target - tile.data[at]);
    }
}

/// What the encoder makes of the latents of a tile.
fn code(model: &WaveletModel, task: &RefineTask<'_>, errors: &Errors<'_>, tile: &LatentField) -> Result<Coded> {
    let (z, y) = model.quantise(tile)?;
    let (height, width) = (tile.height, tile.width);
    let coded = model.prior().compress(&Latents { height, width, z, y }, task.coding)?;
    let scale = 1.0 / (1u32 << DECODED_BITS) as f32;
    let points: Vec<f32> = coded.y_hat.iter().map(|value| f32::from(*value) * scale).collect();
    let error = errors.at(&points)?;
    let bits = coded.cost as f64 / (1u64 << FRACTION) as f64;
    Ok(Coded {
        loss: bits as f32 + error.value,
        points,
        error,
    })
}
