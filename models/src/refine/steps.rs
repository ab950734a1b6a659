//! The steps.

use burn::module::Module;
use burn::tensor::Device;
use lmc_entropy::cost::FRACTION;
use lmc_entropy::prior::Latents;

use super::RefineTask;
use super::errors::{Error, Errors};
use super::hyper::{self, HyperSearch};
use crate::Result;
use crate::wavelet::{DECODED_BITS, Distortion, LatentField, Synthesis, WaveletModel};

/// Share of a Newton step that latents move: errors of quantisation are others after each.
const SHARE: f32 = 0.15;
/// What becomes of the share where a step brings nothing.
const LESS: f32 = 0.7;
/// How much more errors count than in training, which counted the bits of noisy latents: the slope of rates of real streams over
/// their errors is 1.2 to 1.5 times as steep.
pub(crate) const EMPHASIS: f64 = 1.3;

/// The decoder of a model on a device that tracks gradients.
#[derive(Debug)]
pub(crate) struct Refiner {
    synthesis: Synthesis,
    /// For priors with tables of a trellis.
    search: Option<HyperSearch>,
    distortion: Distortion,
    device: Device,
}

/// Latents, and what a stream has of them.
struct Tried {
    tile: LatentField,
    /// As the prior codes them.
    latents: Latents,
    /// Decoded latents of the tile.
    points: Vec<f32>,
    /// Of the points.
    error: Error,
    /// Bits and errors.
    loss: f32,
}

impl Refiner {
    /// `synthesis` and `device` track gradients.
    pub(crate) fn new(
        synthesis: Synthesis,
        search: Option<HyperSearch>,
        distortion: Distortion,
        device: Device,
    ) -> Self {
        Self {
            search,
            synthesis: synthesis.no_grad(),
            distortion,
            device,
        }
    }

    /// The best latents of the tile that were seen up to each of the stops of the task.
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
    ) -> Result<Vec<Latents>> {
        // The squared error of a pixel is that of its three samples over three.
        let worth = worth * 255.0 * 255.0 / 3.0;
        let decoder = (&self.synthesis, &self.device);
        let errors = Errors::new(decoder, self.distortion, task, field, inverse_gain, worth);
        let tile = task.tile_of(field);
        let curvatures = errors.curvatures(&tile)?;
        let mut best = code(model, task, &errors, tile, None)?;
        let (mut share, mut done) = (SHARE, 0);
        let mut found = Vec::with_capacity(task.stops.len());
        let mut z = None;
        for &stop in task.stops {
            if done == 0 && stop > 0 {
                z = self.hyper(model, task, &errors, &mut best, progress)?;
            }
            while done < stop {
                let next = code(model, task, &errors, best.moved(&curvatures, share), z.as_deref())?;
                if next.loss < best.loss {
                    best = next;
                } else {
                    share *= LESS;
                }
                done += 1;
                progress(task.hyper_rounds + done, task.work());
            }
            found.push(best.latents.clone());
        }
        Ok(found)
    }

    /// Gives the best latents other hyper-latents if those make them better; returns these then.
    fn hyper(
        &self,
        model: &WaveletModel,
        task: &RefineTask<'_>,
        errors: &Errors<'_>,
        best: &mut Tried,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Option<Vec<i16>>> {
        let Some(search) = self.search.as_ref().filter(|_| task.hyper_rounds > 0) else {
            return Ok(None);
        };
        let search = hyper::Task {
            search,
            context: task.coding.context,
            tile: &best.tile,
            points: &best.points,
        };
        let mut progress = |done| progress(done, task.work());
        let z = search.run(best.latents.z.clone(), task.hyper_rounds, &mut progress)?;
        let next = code(model, task, errors, best.tile.clone(), Some(&z))?;
        if next.loss >= best.loss {
            return Ok(None);
        }
        *best = next;
        Ok(Some(z))
    }
}

impl Tried {
    /// The latents after a share of the way to where the error would be least if each decoded one moved alone.
    fn moved(&self, curvatures: &[f32], share: f32) -> LatentField {
        let channels = self.tile.channels;
        let moved = |(at, value): (usize, &f32)| {
            let target = self.points[at] - self.error.gradient[at] / (2.0 * curvatures[at % channels]);
            value + share * (target - value)
        };
        LatentField {
            data: self.tile.data.iter().enumerate().map(moved).collect(),
            ..self.tile
        }
    }
}

/// What the encoder makes of the latents of a tile, with hyper-latents of their own or those given.
fn code(
    model: &WaveletModel,
    task: &RefineTask<'_>,
    errors: &Errors<'_>,
    tile: LatentField,
    z: Option<&[i16]>,
) -> Result<Tried> {
    let (own, y) = model.quantise(&tile)?;
    let z = z.map_or(own, <[i16]>::to_vec);
    let (height, width) = (tile.height, tile.width);
    let latents = Latents { height, width, z, y };
    let coded = model.prior().compress(&latents, task.coding)?;
    let scale = 1.0 / (1u32 << DECODED_BITS) as f32;
    let points: Vec<f32> = coded.y_hat.iter().map(|value| f32::from(*value) * scale).collect();
    let error = errors.at(&points)?;
    let bits = coded.cost as f64 / (1u64 << FRACTION) as f64;
    Ok(Tried {
        loss: bits as f32 + error.value,
        tile,
        latents,
        points,
        error,
    })
}
