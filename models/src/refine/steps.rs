//! The steps.

use burn::module::Module;
use burn::tensor::Device;
use lmc_codec::{CodecError, Watch};
use lmc_entropy::cost::FRACTION;
use lmc_entropy::prior::Latents;

use super::RefineTask;
use super::errors::{Error, Errors};
use super::hyper::HyperSearch;
use super::rates::{Rates, View};
use crate::Result;
use crate::wavelet::{DECODED_BITS, Distortion, LatentField, Synthesis, WaveletModel};

/// Share of a Newton step that latents move: errors of quantisation are others after each.
const SHARE: f32 = 0.2;
/// What becomes of the share where a step brings nothing.
const LESS: f32 = 0.7;
/// By how much, as a share, a step may lose against the best one and still be gone on from: the next one may be better than both.
const TOLERANCE: f32 = 0.002;
/// The decoder of a model on a device that tracks gradients.
#[derive(Debug)]
pub(crate) struct Refiner {
    synthesis: Synthesis,
    /// For priors with tables of a trellis.
    rates: Option<Rates>,
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

/// The way from one try to the next.
struct Walk {
    best: Tried,
    /// The last one, if it is nearly as good as the best.
    tolerated: Option<Tried>,
    /// Of the next step.
    share: f32,
}

impl Refiner {
    /// `synthesis` and `device` track gradients.
    pub(crate) fn new(synthesis: Synthesis, rates: Option<Rates>, distortion: Distortion, device: Device) -> Self {
        Self {
            rates,
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
        watch: &mut dyn Watch,
    ) -> Result<Vec<Latents>> {
        // The squared error of a pixel is that of its three samples over three.
        let worth = worth * 255.0 * 255.0 / 3.0;
        let decoder = (&self.synthesis, &self.device);
        let errors = Errors::new(decoder, self.distortion, task, field, inverse_gain, worth);
        let tile = task.tile_of(field);
        let curvatures = errors.curvatures(&tile)?;
        let mut walk = Walk::from(code(model, task, &errors, tile, None)?);
        let (mut search, mut done) = (None, 0);
        let mut found = Vec::with_capacity(task.stops.len());
        for &stop in task.stops {
            while done < stop {
                let (z, slopes) = self.rates(task, walk.now(), &mut search)?;
                let moved = walk.now().moved(&curvatures, &slopes, walk.share);
                walk.take(code(model, task, &errors, moved, z.as_deref())?);
                done += 1;
                watch.progress(done as u64, task.steps() as u64);
                if watch.cancelled() {
                    return Err(CodecError::Cancelled.into());
                }
            }
            found.push(walk.best.latents.clone());
        }
        Ok(found)
    }

    /// Better hyper-latents than those of a try, and how the bits of all other latents change with each decoded one; none and nothing
    /// for a prior that cannot tell.
    fn rates(
        &self,
        task: &RefineTask<'_>,
        now: &Tried,
        search: &mut Option<HyperSearch>,
    ) -> Result<(Option<Vec<i16>>, Vec<f32>)> {
        let Some(rates) = &self.rates else {
            return Ok((None, vec![0.0; now.points.len()]));
        };
        let view = View {
            rates,
            context: task.coding.context,
            tile: &now.tile,
            points: &now.points,
        };
        let mut going_on = match search.take() {
            Some(search) => search,
            None => HyperSearch::new(&view, &now.latents.z)?,
        };
        let (z, seen) = going_on.run(&view, now.latents.z.clone())?;
        *search = Some(going_on);
        Ok((Some(z), seen.by_points))
    }
}

impl From<Tried> for Walk {
    fn from(best: Tried) -> Self {
        Self {
            best,
            tolerated: None,
            share: SHARE,
        }
    }
}

impl Walk {
    /// What to go on from.
    fn now(&self) -> &Tried {
        self.tolerated.as_ref().unwrap_or(&self.best)
    }

    /// Takes what a step from [`Self::now`] came to.
    fn take(&mut self, next: Tried) {
        if next.loss >= self.now().loss {
            self.share *= LESS;
        }
        self.tolerated = None;
        if next.loss < self.best.loss {
            self.best = next;
        } else if next.loss < self.best.loss * (1.0 + TOLERANCE) {
            self.tolerated = Some(next);
        }
    }
}

impl Tried {
    /// The latents after a share of the way to where the error, and what the bits of the others change by `slopes`, would be least if each
    /// decoded one moved alone.
    fn moved(&self, curvatures: &[f32], slopes: &[f32], share: f32) -> LatentField {
        let channels = self.tile.channels;
        let moved = |(at, value): (usize, &f32)| {
            let slope = self.error.gradient[at] + slopes[at];
            let target = self.points[at] - slope / (2.0 * curvatures[at % channels]);
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
