//! Hyper-latents that cost less, themselves and the latents that they tell of together.
//!
//! The network that makes them was trained for the bits of all pictures. Here the gradient of the expected costs of the latents of one
//! says which hyper-latents should move by a step; their own bits and a mean curvature count too. Each round looks at every fourth
//! position, so that changes do not meddle with each other, and takes back what did not bring what it promised; a run is four rounds.

use lmc_entropy::cost::FRACTION;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::rates::{Seen, View};
use crate::Result;

/// Changes of a position in a round.
const CHANGES: usize = 2;
/// Bits that a change must promise.
const LEAST: f32 = 0.5;
/// How far hyper-latents are moved to see how the gradient changes.
const PROBE: f32 = 0.5;

/// A search that goes on while latents are refined.
pub(super) struct HyperSearch {
    /// By how much the gradient of a hyper-latent rises with it, for each channel the mean.
    curvatures: Vec<f32>,
    /// Hyper-latents that were changed for nothing; they are left alone.
    settled: Vec<bool>,
}

impl HyperSearch {
    pub(super) fn new(view: &View<'_>, z: &[i16]) -> Result<Self> {
        Ok(Self {
            curvatures: curvatures(view, z)?,
            settled: vec![false; z.len()],
        })
    }

    /// Better hyper-latents than `z`, and the result with them.
    pub(super) fn run(&mut self, view: &View<'_>, mut z: Vec<i16>) -> Result<(Vec<i16>, Seen)> {
        let mut now = view.see(&float(&z))?;
        for quarter in 0..4 {
            let own = own(view, &z)?;
            let changes = self.changes(view, &z, (&now, &own), quarter);
            let before = with_own(view, &now, &own);
            let old = z.clone();
            for &(at, value) in &changes {
                z[at] = value;
            }
            let mut next = view.see(&float(&z))?;
            let after = with_own(view, &next, &self::own(view, &z)?);
            for (at, _) in changes {
                if around(view, at).map(|cell| after[cell] - before[cell]).sum::<f32>() >= 0.0 {
                    z[at] = old[at];
                    self.settled[at] = true;
                    // About right, and a look at all of them takes long.
                    around(view, at).for_each(|cell| next.costs[cell] = now.costs[cell]);
                }
            }
            now = next;
        }
        Ok((z, now))
    }

    /// The changes of every fourth position that promise the most.
    fn changes(
        &self,
        view: &View<'_>,
        z: &[i16],
        (now, own_bits): (&Seen, &[[f32; 3]]),
        quarter: usize,
    ) -> Vec<(usize, i16)> {
        let [height, width, channels] = view.hyper_shape();
        let mut all = Vec::new();
        for (i, j) in (0..height).flat_map(|i| (0..width).map(move |j| (i, j))) {
            if 2 * (i % 2) + j % 2 != quarter {
                continue;
            }
            let from = (i * width + j) * channels;
            let mut own = Vec::new();
            for at in (from..from + channels).filter(|at| !self.settled[*at]) {
                let [less, same, more] = own_bits[at];
                for (step, bits) in [(-1i16, less), (1, more)] {
                    let by_latents = now.by_hyper[at] * f32::from(step) + self.curvatures[at % channels] / 2.0;
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
}

/// Bits of each hyper-latent itself, if it were less by one, as it is and more by one.
fn own(view: &View<'_>, z: &[i16]) -> Result<Vec<[f32; 3]>> {
    let costs = view.rates.prior.hyper_costs(z, view.tile.height, view.tile.width)?;
    let bits = |cost: u64| cost as f32 / (1u64 << FRACTION) as f32;
    Ok(costs.into_iter().map(|costs| costs.map(bits)).collect())
}

/// Costs by position with those of the hyper-latents themselves.
fn with_own(view: &View<'_>, seen: &Seen, own: &[[f32; 3]]) -> Vec<f32> {
    let [_, _, channels] = view.hyper_shape();
    let positions = own.chunks_exact(channels);
    let own = positions.map(|position| position.iter().map(|[_, same, _]| same).sum::<f32>());
    seen.costs.iter().zip(own).map(|(cost, own)| cost + own).collect()
}

/// The position of a hyper-latent and those around it.
fn around(view: &View<'_>, at: usize) -> impl Iterator<Item = usize> + use<> {
    let [height, width, channels] = view.hyper_shape();
    let (i, j) = (at / channels / width, at / channels % width);
    let rows = i.saturating_sub(1)..(i + 2).min(height);
    rows.flat_map(move |i| (j.saturating_sub(1)..(j + 2).min(width)).map(move |j| i * width + j))
}

fn curvatures(view: &View<'_>, z: &[i16]) -> Result<Vec<f32>> {
    let mut random = SmallRng::seed_from_u64(1);
    let signs: Vec<f32> = z.iter().map(|_| if random.random() { PROBE } else { -PROBE }).collect();
    let moved = |factor: f32| {
        z.iter()
            .zip(&signs)
            .map(|(z, sign)| f32::from(*z) + factor * sign)
            .collect::<Vec<f32>>()
    };
    let (ahead, behind) = (view.see(&moved(1.0))?.by_hyper, view.see(&moved(-1.0))?.by_hyper);
    let [height, width, channels] = view.hyper_shape();
    let mut curvatures = vec![0.0; channels];
    for (at, sign) in signs.iter().enumerate() {
        curvatures[at % channels] += (ahead[at] - behind[at]) / (2.0 * sign) / (height * width) as f32;
    }
    Ok(curvatures.into_iter().map(|curvature| curvature.max(0.0)).collect())
}

fn float(z: &[i16]) -> Vec<f32> {
    z.iter().map(|value| f32::from(*value)).collect()
}
