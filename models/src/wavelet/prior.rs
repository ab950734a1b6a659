//! The training twin of the integer prior: the same networks in `f32` with weights rounded as the export rounds them.
//!
//! The twin and the integers need to agree closely, not bit for bit: encoder and decoder both run the integers, so a
//! difference costs rate and never correctness.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use lmc_entropy::prior::{Context, Step};

use super::WaveletConfig;
use crate::nn::{Block, Linear, NO_ACTIVATION, PRIOR_SLOPE, Precision, depth_to_space};

/// Fractional bits of the hyper features. Known latents share their scale, so it must hold the largest latents.
pub const HYPER_FRACTION_BITS: u32 = 5;
/// Fractional bits of means: symbols are distances to means in steps of 1/16.
pub const MEAN_FRACTION_BITS: u32 = 4;
/// Fractional bits of log-scales.
pub const LOG_SCALE_FRACTION_BITS: u32 = 5;

/// Hyper decoder and the context steps: two, and four others for streams that take more time.
///
/// ```text
/// z -> 1x1 4 Z -> depth to space -> block -> 1x1 4 M -> depth to space -> block -> hyper, M channels
/// hyper               -> first  -> mean and log-scale of step 1
/// hyper, known step 1 -> second -> mean and log-scale of step 2
/// ```
#[derive(Module, Debug)]
pub struct PriorTwin {
    /// 1x1, Z to 4 Z
    pub up1: Linear,
    /// block at Z channels
    pub block1: Block,
    /// 1x1, Z to 4 M
    pub up2: Linear,
    /// block at M channels
    pub block2: Block,
    /// step 1
    pub first: ContextStep,
    /// step 2
    pub second: ContextStep,
    /// the steps of [`Context::Four`], or none
    pub deep: Vec<ContextStep>,
}

/// What the twin says of latents, and what decoders know of them then.
pub(crate) struct Predicted {
    pub(crate) mean: Tensor<4>,
    pub(crate) log_scale: Tensor<4>,
    pub(crate) y_hat: Tensor<4>,
}

/// One step: features to means and log-scales.
#[derive(Module, Debug)]
pub struct ContextStep {
    /// 1x1 to the prior's width
    pub input: Linear,
    /// block at the prior's width
    pub block: Block,
    /// 1x1 to 2 M: means, then log-scales
    pub output: Linear,
}

/// Shows the name and the values of an inner feature map to the exporter.
pub(crate) type Observer<'a> = &'a mut dyn FnMut(&str, &Tensor<4>);

impl ContextStep {
    fn new(inputs: usize, kernel: usize, config: &WaveletConfig, device: &Device) -> Self {
        Self {
            input: Linear::new(inputs, config.prior_width, device),
            block: Block::new(config.prior_width, kernel, device),
            output: Linear::new(config.prior_width, 2 * config.latents, device),
        }
    }

    fn forward(&self, x: Tensor<4>, name: &str, observe: Observer<'_>) -> (Tensor<4>, Tensor<4>) {
        let x = self.input.forward(x, NO_ACTIVATION, Precision::Int8);
        observe(&format!("{name}.input"), &x);
        let mut inner = |part: &str, map: &Tensor<4>| observe(&format!("{name}.block.{part}"), map);
        let x = self.block.forward_observed(x, PRIOR_SLOPE, Precision::Int8, &mut inner);
        let x = self.output.forward(x, NO_ACTIVATION, Precision::Int8);
        let latents = x.dims()[3] / 2;
        (x.clone().narrow(3, 0, latents), x.narrow(3, latents, latents))
    }
}

impl PriorTwin {
    /// Random weights.
    pub fn new(config: &WaveletConfig, device: &Device) -> Self {
        let (latents, hyper) = (config.latents, config.hyper);
        let later = || ContextStep::new(2 * latents, 5, config, device);
        let deep = || vec![ContextStep::new(latents, 3, config, device), later(), later(), later()];
        Self {
            up1: Linear::new(hyper, 4 * hyper, device),
            block1: Block::new(hyper, 3, device),
            up2: Linear::new(hyper, 4 * latents, device),
            block2: Block::new(latents, 3, device),
            first: ContextStep::new(latents, 3, config, device),
            second: later(),
            deep: if config.deep_context { deep() } else { Vec::new() },
        }
    }

    /// The hyper features of integer `z`.
    ///
    /// # Shapes
    /// `[batch, h / 4, w / 4, Z]` to `[batch, h, w, M]`
    pub(crate) fn hyper(&self, z: Tensor<4>, observe: Observer<'_>) -> Tensor<4> {
        observe("z", &z);
        let x = depth_to_space(self.up1.forward(z, NO_ACTIVATION, Precision::Int8));
        observe("up1", &x);
        let mut inner = |part: &str, map: &Tensor<4>| observe(&format!("block1.{part}"), map);
        let x = self
            .block1
            .forward_observed(x, PRIOR_SLOPE, Precision::Int8, &mut inner);
        let x = depth_to_space(self.up2.forward(x, NO_ACTIVATION, Precision::Int8));
        observe("up2", &x);
        let mut inner = |part: &str, map: &Tensor<4>| observe(&format!("block2.{part}"), map);
        let x = self
            .block2
            .forward_observed(x, PRIOR_SLOPE, Precision::Int8, &mut inner);
        round_to(x, HYPER_FRACTION_BITS)
    }

    /// The networks of the steps with their names.
    fn steps(&self, context: Context) -> Vec<(String, &ContextStep)> {
        match context {
            Context::Two => vec![("first".to_owned(), &self.first), ("second".to_owned(), &self.second)],
            Context::Four => {
                let deep = self.deep.iter().enumerate();
                deep.map(|(index, step)| (format!("deep.{index}"), step)).collect()
            }
        }
    }

    /// Means and log-scales of all latents given the latents themselves; `quantise` gets from latents, means and log-scales to
    /// the decoded latents of a step.
    ///
    /// # Shapes
    /// - `y` and the result: `[batch, h, w, M]`
    /// - `z`: `[batch, h / 4, w / 4, Z]`, integers
    pub(crate) fn forward(
        &self,
        y: &Tensor<4>,
        z: Tensor<4>,
        context: Context,
        quantise: &dyn Fn(Step, Tensor<4>, Tensor<4>, Tensor<4>) -> Tensor<4>,
        observe: Observer<'_>,
    ) -> Predicted {
        let hyper = self.hyper(z, observe);
        self.steps_from(y, hyper, context, quantise, observe)
    }

    /// [`Self::forward`] from the features that all steps see, `[batch, h, w, M]`.
    pub(crate) fn steps_from(
        &self,
        y: &Tensor<4>,
        hyper: Tensor<4>,
        context: Context,
        quantise: &dyn Fn(Step, Tensor<4>, Tensor<4>, Tensor<4>) -> Tensor<4>,
        observe: Observer<'_>,
    ) -> Predicted {
        let zeros = || y.zeros_like().detach();
        let mut all = Predicted {
            mean: zeros(),
            log_scale: zeros(),
            y_hat: zeros(),
        };
        for (step, (name, network)) in context.steps().zip(self.steps(context)) {
            let features = if step.is_first() {
                hyper.clone()
            } else {
                Tensor::cat(vec![hyper.clone(), all.y_hat.clone()], 3)
            };
            let (mean, log_scale) = network.forward(features, &name, observe);
            let mean = round_to(mean, MEAN_FRACTION_BITS);
            let own = mask(step, y.dims(), &y.device());
            let y_hat = quantise(step, y.clone(), mean.clone(), log_scale.clone());
            all = Predicted {
                mean: all.mean + mean * own.clone(),
                log_scale: all.log_scale + log_scale * own.clone(),
                y_hat: all.y_hat + y_hat * own,
            };
        }
        all
    }
}

/// Rounds to `bits` fractional bits; gradients pass through.
pub(crate) fn round_to(x: Tensor<4>, bits: u32) -> Tensor<4> {
    let scale = f64::from(1u32 << bits);
    straight_through(x, |x| (x * scale).round() / scale)
}

/// A step function forward, the identity backward.
pub(crate) fn straight_through(x: Tensor<4>, step: impl FnOnce(Tensor<4>) -> Tensor<4>) -> Tensor<4> {
    let plain = x.clone().detach();
    x + (step(plain.clone()) - plain)
}

/// 1 for the elements of a step, 0 for all others.
///
/// # Shapes
/// `[1, h, w, M]`
fn mask(step: Step, [_, height, width, latents]: [usize; 4], device: &Device) -> Tensor<4> {
    let mut mask = vec![0.0; height * width * latents];
    for element in step.elements([height, width, latents]) {
        mask[element] = 1.0;
    }
    Tensor::from_data(TensorData::new(mask, [1, height, width, latents]), device)
}
