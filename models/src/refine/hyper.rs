//! Hyper-latents that cost less, themselves and the latents that they tell of together.
//!
//! The network that makes them was trained for the bits of all pictures. Here the gradient of the expected costs of the latents of one
//! says which hyper-latents should move by a step; their own bits and a mean curvature count too. Latents that were decoded before stand
//! in for those that decoders will know. Each round looks at every fourth position, so that changes do not meddle with each other, and
//! takes back what did not bring what it promised.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use lmc_entropy::cost::FRACTION;
use lmc_entropy::prior::{Context, LatentPrior};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::expected::Expected;
use crate::wavelet::{HYPER_BLOCK, LOG_SCALE_FRACTION_BITS, LatentField, PriorTwin, host_values};
use crate::{ModelError, Result};

/// Changes of a position in a round.
const CHANGES: usize = 2;
/// Bits that a change must promise.
const LEAST: f32 = 0.5;
/// How far hyper-latents are moved to see how the gradient changes.
const PROBE: f32 = 0.5;

/// The prior of a model as it is searched.
#[derive(Debug)]
pub(crate) struct HyperSearch {
    /// It tracks gradients, and its weights have none.
    twin: PriorTwin,
    device: Device,
    prior: Arc<LatentPrior>,
    expected: Expected,
}

/// Latents whose hyper-latents are searched.
pub(super) struct Task<'a> {
    pub(super) search: &'a HyperSearch,
    pub(super) context: Context,
    pub(super) tile: &'a LatentField,
    /// The latents as decoded.
    pub(super) points: &'a [f32],
}

/// Costs by position of the hyper-latents, and how all of them together change with each.
struct Seen {
    costs: Vec<f32>,
    gradient: Vec<f32>,
}

impl HyperSearch {
    /// For priors with tables of a trellis; `device` and `twin` track gradients.
    pub(crate) fn new(twin: PriorTwin, device: Device, prior: Arc<LatentPrior>) -> Self {
        Self {
            twin: twin.no_grad(),
            expected: Expected::new(prior.spec()),
            device,
            prior,
        }
    }
}

impl Task<'_> {
    /// Better hyper-latents than `z`, after so many rounds of changes; `progress` is told how many are done.
    pub(super) fn run(&self, mut z: Vec<i16>, rounds: usize, progress: &mut dyn FnMut(usize)) -> Result<Vec<i16>> {
        let curvatures = self.curvatures(&z)?;
        let mut now = self.see(&float(&z))?;
        let mut settled = vec![false; z.len()];
        for round in 0..rounds {
            let own = self.own(&z)?;
            let changes = self.changes(&z, (&now, &own), &curvatures, &settled, round % 4);
            let before = self.with_own(&now, &own);
            let old = z.clone();
            for &(at, value) in &changes {
                z[at] = value;
            }
            let mut next = self.see(&float(&z))?;
            let after = self.with_own(&next, &self.own(&z)?);
            for (at, _) in changes {
                if self.around(at).map(|cell| after[cell] - before[cell]).sum::<f32>() >= 0.0 {
                    z[at] = old[at];
                    settled[at] = true;
                    // About right, and a look at all of them takes long.
                    self.around(at).for_each(|cell| next.costs[cell] = now.costs[cell]);
                }
            }
            now = next;
            progress(round + 1);
        }
        Ok(z)
    }

    /// Rows, columns and channels of the hyper-latents.
    fn shape(&self) -> [usize; 3] {
        let [height, width] = [self.tile.height, self.tile.width].map(|side| side.div_ceil(HYPER_BLOCK));
        [height, width, self.search.prior.z_channels()]
    }

    /// The changes of every fourth position that promise the most.
    fn changes(
        &self,
        z: &[i16],
        (now, own_bits): (&Seen, &[[f32; 3]]),
        curvatures: &[f32],
        settled: &[bool],
        quarter: usize,
    ) -> Vec<(usize, i16)> {
        let [height, width, channels] = self.shape();
        let mut all = Vec::new();
        for (i, j) in (0..height).flat_map(|i| (0..width).map(move |j| (i, j))) {
            if 2 * (i % 2) + j % 2 != quarter {
                continue;
            }
            let from = (i * width + j) * channels;
            let mut own = Vec::new();
            for at in (from..from + channels).filter(|at| !settled[*at]) {
                let [less, same, more] = own_bits[at];
                for (step, bits) in [(-1i16, less), (1, more)] {
                    let by_latents = now.gradient[at] * f32::from(step) + curvatures[at % channels] / 2.0;
                    let change = by_latents + bits - same;
                    if change < -LEAST {
                        own.push((change, at, z[at].saturating_add(step)));
                    }
                }
            }
            own.sort_by(|a, b| a.0.total_cmp(&b.0));
            own.dedup_by_key(|change| change.1);
            all.extend(own.into_iter().take(CHANGES).map(|(_, at, value)| (at, value)));
        }
        all
    }

    /// Bits of each hyper-latent itself, if it were less by one, as it is and more by one.
    fn own(&self, z: &[i16]) -> Result<Vec<[f32; 3]>> {
        let costs = self.search.prior.hyper_costs(z, self.tile.height, self.tile.width)?;
        let bits = |cost: u64| cost as f32 / (1u64 << FRACTION) as f32;
        Ok(costs.into_iter().map(|costs| costs.map(bits)).collect())
    }

    /// Costs by position with those of the hyper-latents themselves.
    fn with_own(&self, seen: &Seen, own: &[[f32; 3]]) -> Vec<f32> {
        let positions = own.chunks_exact(self.search.prior.z_channels());
        let own = positions.map(|position| position.iter().map(|[_, same, _]| same).sum::<f32>());
        seen.costs.iter().zip(own).map(|(cost, own)| cost + own).collect()
    }

    /// The position of a hyper-latent and those around it.
    fn around(&self, at: usize) -> impl Iterator<Item = usize> + use<> {
        let [height, width, channels] = self.shape();
        let (i, j) = (at / channels / width, at / channels % width);
        let rows = i.saturating_sub(1)..(i + 2).min(height);
        rows.flat_map(move |i| (j.saturating_sub(1)..(j + 2).min(width)).map(move |j| i * width + j))
    }

    /// By how much the gradient of a hyper-latent rises with it, for each channel the mean.
    fn curvatures(&self, z: &[i16]) -> Result<Vec<f32>> {
        let mut random = SmallRng::seed_from_u64(1);
        let signs: Vec<f32> = z.iter().map(|_| if random.random() { PROBE } else { -PROBE }).collect();
        let moved = |factor: f32| {
            z.iter()
                .zip(&signs)
                .map(|(z, sign)| f32::from(*z) + factor * sign)
                .collect::<Vec<f32>>()
        };
        let (ahead, behind) = (self.see(&moved(1.0))?.gradient, self.see(&moved(-1.0))?.gradient);
        let [height, width, channels] = self.shape();
        let mut curvatures = vec![0.0; channels];
        for (at, sign) in signs.iter().enumerate() {
            curvatures[at % channels] += (ahead[at] - behind[at]) / (2.0 * sign) / (height * width) as f32;
        }
        Ok(curvatures.into_iter().map(|curvature| curvature.max(0.0)).collect())
    }

    /// The expected costs of the latents.
    fn see(&self, z: &[f32]) -> Result<Seen> {
        let [rows, columns, z_channels] = self.shape();
        let tile = self.tile;
        let (height, width, channels) = (rows * HYPER_BLOCK, columns * HYPER_BLOCK, tile.channels);
        let tensor = |data: Vec<f32>, shape: [usize; 4]| {
            Tensor::<4>::from_data(TensorData::new(data, shape), &self.search.device)
        };
        let z = tensor(z.to_vec(), [1, rows, columns, z_channels]).require_grad();
        let mut known = vec![0.0; height * width * channels];
        for (to, from) in known
            .chunks_exact_mut(width * channels)
            .zip(self.points.chunks_exact(tile.width * channels))
        {
            to[..from.len()].copy_from_slice(from);
        }
        let known = tensor(known, [1, height, width, channels]);
        let predicted = self
            .search
            .twin
            .forward(&known, z.clone(), self.context, &|_, y, _, _| y, &mut |_, _| {});
        let (means, log_scales) = (
            host_values(predicted.mean.clone().detach()),
            host_values(predicted.log_scale.clone().detach()),
        );
        let fixed = (1u32 << LOG_SCALE_FRACTION_BITS) as f32;
        let mut costs = vec![0.0; rows * columns];
        let (mut by_mean, mut by_log_scale) = (vec![0.0; means.len()], vec![0.0; means.len()]);
        for (position, latents) in tile.data.chunks_exact(channels).enumerate() {
            let (i, j) = (position / tile.width, position % tile.width);
            let from = (i * width + j) * channels;
            let cell = &mut costs[i / HYPER_BLOCK * columns + j / HYPER_BLOCK];
            for (at, latent) in (from..).zip(latents) {
                let cost = self.search.expected.at(latent - means[at], log_scales[at] * fixed);
                *cell += cost.bits;
                by_mean[at] = cost.by_mean;
                by_log_scale[at] = cost.by_log_scale * fixed;
            }
        }
        let shape = [1, height, width, channels];
        let all =
            (predicted.mean * tensor(by_mean, shape)).sum() + (predicted.log_scale * tensor(by_log_scale, shape)).sum();
        let gradient = z
            .grad(&all.backward())
            .ok_or_else(|| ModelError::Parameter("the hyper-latents have no gradient".into()))?;
        Ok(Seen {
            costs,
            gradient: host_values(gradient),
        })
    }
}

fn float(z: &[i16]) -> Vec<f32> {
    z.iter().map(|value| f32::from(*value)).collect()
}
