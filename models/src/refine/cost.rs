//! Rate and distortion of latents, differentiable.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData, activation};
use lmc_entropy::prior::PriorSpec;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use super::rates::{Prices, Rates};
use super::twin::twin_params;
use crate::Result;
use crate::wavelet::{PriorTwin, Synthesis, TrellisTwin, WaveletConfig, gaussian_bits, host_values, import_params};

/// Half the width of uniform noise that stands for the errors of a trellis, in quantiser steps: about as large as they are.
const TRELLIS_NOISE: f32 = 0.5;

/// How far a latent moves in a step at first, in quantiser steps; a fifth of it at the end.
const RATE: f32 = 0.03;
/// The same where a trellis quantises.
const TRELLIS_RATE: f32 = 0.008;
/// How much more errors weigh where a trellis quantises: it chooses by more than the bits that training counted with, so that
/// files would move to lower qualities otherwise.
const TRELLIS_EMPHASIS: f64 = 1.5;

/// The decoder of a model as a function of its latents.
#[derive(Debug)]
pub(crate) struct Costs {
    synthesis: Synthesis,
    prior: PriorTwin,
    rates: Rates,
    /// Of models whose latents a trellis quantises.
    trellis: Option<TrellisTwin>,
}

impl Costs {
    /// `synthesis` and `device` track gradients.
    pub(crate) fn new(config: &WaveletConfig, synthesis: Synthesis, spec: &PriorSpec, device: &Device) -> Result<Self> {
        let prior = import_params(PriorTwin::new(config, device), &twin_params(spec)?, device)?;
        Ok(Self {
            synthesis: synthesis.no_grad(),
            prior: prior.no_grad(),
            rates: Rates::new(spec),
            trellis: (!spec.trellis_tables.is_empty()).then(|| TrellisTwin::of_prior(spec)),
        })
    }

    /// How far a latent moves in a step at first.
    pub(super) fn rate(&self) -> f32 {
        match &self.trellis {
            Some(_) => TRELLIS_RATE,
            None => RATE,
        }
    }

    /// What the weight of errors is multiplied by.
    pub(super) fn emphasis(&self) -> f64 {
        match &self.trellis {
            Some(_) => TRELLIS_EMPHASIS,
            None => 1.0,
        }
    }

    /// Hyper-latents as a stream has them, and the bits of each. Both as `z`.
    ///
    /// # Shapes
    /// `z`: `[1, h / 4, w / 4, Z]`
    pub(super) fn code_hyper(&self, z: Tensor<4>, rounding: Rounding) -> Symbols {
        let channels = z.dims()[3];
        let picked = Picked::new(&self.rates.hyper, &z, rounding, |at| Some(at % channels));
        picked.symbols(z, rounding)
    }

    /// Decoded latents and the bits of each.
    ///
    /// # Shapes
    /// - `y` and both outputs: `[1, h, w, M]`, h and w multiples of 4
    /// - `z`: `[1, h / 4, w / 4, Z]`
    /// - `coded`: rows and columns that are coded, the first ones
    pub(super) fn code(&self, y: &Tensor<4>, z: Tensor<4>, coded: [usize; 2], rounding: Rounding) -> Symbols {
        let quantise = |y: Tensor<4>, mean: Tensor<4>, log_scale: Tensor<4>| {
            self.symbols(y - mean.clone(), log_scale, coded, rounding).value + mean
        };
        let (mean, log_scale) = self.prior.forward(y, z, &quantise, &mut |_, _| {});
        let Symbols { value, bits } = self.symbols(y.clone() - mean.clone(), log_scale, coded, rounding);
        Symbols {
            value: value + mean,
            bits,
        }
    }

    /// The bands of latents without their gain.
    pub(super) fn synthesise(&self, y_hat: Tensor<4>) -> Tensor<4> {
        self.synthesis.forward(y_hat)
    }

    /// What becomes of latents that a trellis quantises, and of what it costs by the Gaussians where it is not known yet.
    fn path(
        twin: &TrellisTwin,
        distance: Tensor<4>,
        log_scale: Tensor<4>,
        coded: [usize; 2],
        rounding: Rounding,
    ) -> Symbols {
        let Rounding::Soft { seed, .. } = rounding else {
            let (value, bits) = twin.code(distance, log_scale, coded);
            return Symbols { value, bits };
        };
        let mut random = SmallRng::seed_from_u64(seed);
        let noise = || random.random_range(-TRELLIS_NOISE..TRELLIS_NOISE);
        let (shape, device) = (distance.dims(), distance.device());
        let noise = std::iter::repeat_with(noise).take(shape.iter().product()).collect();
        let value = distance + Tensor::<4>::from_data(TensorData::new(noise, shape), &device);
        let none = value.zeros_like();
        let bits = gaussian_bits(value.clone(), none, activation::softplus(log_scale, 1.0));
        Symbols { value, bits }
    }

    fn symbols(&self, distance: Tensor<4>, log_scale: Tensor<4>, coded: [usize; 2], rounding: Rounding) -> Symbols {
        if let Some(twin) = &self.trellis {
            return Self::path(twin, distance, log_scale, coded, rounding);
        }
        let scales = host_values(log_scale.clone().detach());
        let picked = Picked::new(&self.rates.latents, &distance, rounding, |at| {
            self.rates.index(scales[at])
        });
        let coded = picked.coded.clone();
        let symbols = picked.symbols(distance, rounding);
        if matches!(rounding, Rounding::Hard) {
            return symbols;
        }
        let Symbols { value, bits } = symbols;
        // The tables know nothing of how their bits change with the scale; the Gaussian they began as does.
        let none = value.zeros_like();
        let around = gaussian_bits(value.clone().detach(), none, activation::softplus(log_scale, 1.0)) * coded;
        let bits = bits + around.clone() - around.detach();
        Symbols { value, bits }
    }
}

/// Symbols, or mixtures of two of them, and what they cost.
pub(super) struct Symbols {
    pub(super) value: Tensor<4>,
    pub(super) bits: Tensor<4>,
}

/// The symbol that each element has, or the lower of the two it may have.
struct Picked {
    /// One for elements that are coded, else zero.
    coded: Tensor<4>,
    lower: Tensor<4>,
    /// Bits of the lower symbol.
    bits: Tensor<4>,
    /// How many more the upper one takes.
    more: Tensor<4>,
}

impl Picked {
    /// `table` says which table an element has, nothing for those that are not coded.
    fn new(
        prices: &Prices,
        values: &Tensor<4>,
        rounding: Rounding,
        table: impl Fn(usize) -> Option<usize> + Sync,
    ) -> Self {
        let near = rounding.lower(&host_values(values.clone().detach()));
        let rows: Vec<[f32; 4]> = near
            .par_iter()
            .enumerate()
            .map(|(at, lower)| match table(at) {
                Some(index) => {
                    let bits = |symbol| prices.bits(index, symbol);
                    let symbol = *lower as i32;
                    [1.0, *lower, bits(symbol), bits(symbol + 1) - bits(symbol)]
                }
                None => [0.0; 4],
            })
            .collect();
        let plane = |part: usize| {
            let data = rows.iter().map(|row| row[part]).collect();
            Tensor::<4>::from_data(TensorData::new(data, values.dims()), &values.device())
        };
        Self {
            coded: plane(0),
            lower: plane(1),
            bits: plane(2),
            more: plane(3),
        }
    }

    fn symbols(self, values: Tensor<4>, rounding: Rounding) -> Symbols {
        let Some(share) = rounding.share(values, self.lower.clone()) else {
            return Symbols {
                value: self.lower,
                bits: self.bits,
            };
        };
        let share = share * self.coded;
        Symbols {
            value: self.lower + share.clone(),
            bits: self.bits + share * self.more,
        }
    }
}

/// How symbols come from distances to the mean.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rounding {
    /// As in a stream; has no gradient.
    Hard,
    /// A random mixture of the two nearest integers, the closer to one of them the lower the temperature.
    Soft {
        temperature: f64,
        /// Of the mixtures, so that the same picture always becomes the same stream.
        seed: u64,
    },
}

impl Rounding {
    /// The symbol, or the lower of the two.
    fn lower(self, distances: &[f32]) -> Vec<f32> {
        let round = |distance: &f32| match self {
            Self::Hard => distance.round(),
            Self::Soft { .. } => distance.floor(),
        };
        distances.iter().map(round).collect()
    }

    /// The share of the upper of two symbols; `None` where there is only one.
    fn share(self, distance: Tensor<4>, lower: Tensor<4>) -> Option<Tensor<4>> {
        let Self::Soft { temperature, seed } = self else {
            return None;
        };
        let up = (distance - lower).clamp(1e-3, 1.0 - 1e-3);
        let down = -up.clone() + 1.0;
        let odds = ((up.clone() + 1.0) * up / ((down.clone() + 1.0) * down)).log() * 0.5;
        let mut random = SmallRng::seed_from_u64(seed);
        let logistic = || {
            let uniform = random.random_range(1e-4..1.0 - 1e-4f32);
            (uniform / (1.0 - uniform)).ln()
        };
        let (shape, device) = (odds.dims(), odds.device());
        let logistic = std::iter::repeat_with(logistic).take(shape.iter().product()).collect();
        let logistic = Tensor::<4>::from_data(TensorData::new(logistic, shape), &device);
        Some(activation::sigmoid(odds / temperature + logistic))
    }
}
