//! The transforms: analysis `g_a`, synthesis `g_s` and hyper analysis `h_a`.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{WaveletConfig, packet::BANDS};
use crate::nn::{Block, Linear, NO_ACTIVATION, Precision, TRANSFORM_SLOPE, space_to_depth};

/// `g_a`: bands at an eighth of the resolution to latents at a sixteenth.
///
/// ```text
/// bands 192 -> 1x1 C -> blocks -> 2x2 stride 2 -> + -> y, M channels
///           -> 2x2 stride 2 -------------------->
/// ```
#[derive(Module, Debug)]
pub struct Analysis {
    /// 1x1, 192 to C
    pub input: Linear,
    /// residual blocks
    pub blocks: Vec<Block>,
    /// 2x2 with stride 2 as a 1x1 after `space_to_depth`, 4 C to M
    pub down: Linear,
    /// 2x2 with stride 2 from the bands past the blocks, 4 * 192 to M: what C channels cannot carry
    pub skip: Linear,
}

impl Analysis {
    /// Random weights; the residual branches start near zero.
    pub fn new(config: &WaveletConfig, device: &Device) -> Self {
        Self {
            input: Linear::new(BANDS, config.width, device),
            blocks: blocks(config.encoder_blocks, config.width, device),
            down: Linear::new(4 * config.width, config.latents, device),
            skip: Linear::zeros(4 * BANDS, config.latents, device),
        }
    }

    /// # Shapes
    /// `[batch, height / 8, width / 8, 192]` to `[batch, height / 16, width / 16, M]`
    pub fn forward(&self, bands: Tensor<4>) -> Tensor<4> {
        let x = self.input.forward(bands.clone(), NO_ACTIVATION, Precision::Rounded);
        self.rest(x, bands)
    }

    /// The analysis with something added to what the blocks see.
    ///
    /// # Shapes
    /// As [`Self::forward`]; `seen` is `[batch, height / 8, width / 8, C]`
    pub fn forward_seeing(&self, bands: Tensor<4>, seen: Tensor<4>) -> Tensor<4> {
        let x = self.input.forward_onto(bands.clone(), seen, Precision::Rounded);
        self.rest(x, bands)
    }

    fn rest(&self, x: Tensor<4>, bands: Tensor<4>) -> Tensor<4> {
        let x = run(&self.blocks, x, Precision::Rounded);
        self.down.forward_from_space(x, Precision::Rounded) + self.skip.forward_from_space(bands, Precision::Rounded)
    }
}

/// `g_s`: latents at a sixteenth of the resolution to bands at an eighth.
///
/// ```text
/// y_hat -> 1x1 4 C -> depth to space -> blocks -> 1x1 192 -> + -> bands
///       -> 1x1 4 * 192 -> depth to space ------------------->
/// ```
#[derive(Module, Debug)]
pub struct Synthesis {
    /// 1x1, M to 4 C, before `depth_to_space`
    pub up: Linear,
    /// residual blocks
    pub blocks: Vec<Block>,
    /// 1x1, C to 192
    pub output: Linear,
    /// 1x1 past the blocks, M to 4 * 192, before `depth_to_space`
    pub skip: Linear,
}

impl Synthesis {
    /// Random weights; the residual branches start near zero.
    pub fn new(config: &WaveletConfig, device: &Device) -> Self {
        Self {
            up: Linear::new(config.latents, 4 * config.width, device),
            blocks: blocks(config.decoder_blocks, config.width, device),
            output: Linear::new(config.width, BANDS, device),
            skip: Linear::zeros(config.latents, 4 * BANDS, device),
        }
    }

    /// # Shapes
    /// `[batch, height / 16, width / 16, M]` to `[batch, height / 8, width / 8, 192]`
    pub fn forward(&self, y_hat: Tensor<4>) -> Tensor<4> {
        let x = self.up.forward_to_space(y_hat.clone(), Precision::Rounded);
        self.rest(x, y_hat)
    }

    /// The synthesis with something added to what the blocks see.
    ///
    /// # Shapes
    /// As [`Self::forward`]; `seen` is `[batch, height / 8, width / 8, C]`
    pub fn forward_seeing(&self, y_hat: Tensor<4>, seen: Tensor<4>) -> Tensor<4> {
        let x = self.up.forward_to_space(y_hat.clone(), Precision::Rounded) + seen;
        self.rest(x, y_hat)
    }

    fn rest(&self, x: Tensor<4>, y_hat: Tensor<4>) -> Tensor<4> {
        let x = run(&self.blocks, x, Precision::Rounded);
        let past = self.skip.forward_to_space(y_hat, Precision::Rounded);
        self.output.forward_onto(x, past, Precision::Rounded)
    }
}

/// `h_a`: latents at a sixteenth of the resolution to hyper-latents at a sixty-fourth.
#[derive(Module, Debug)]
pub struct HyperAnalysis {
    /// 1x1, M to Z
    pub input: Linear,
    /// residual block
    pub block: Block,
    /// 2x2 with stride 2
    pub down1: Linear,
    /// 2x2 with stride 2
    pub down2: Linear,
}

/// Latents are scaled by this before the hyper analysis.
const HYPER_INPUT_SCALE: f32 = 0.2;

impl HyperAnalysis {
    /// Random weights.
    pub fn new(config: &WaveletConfig, device: &Device) -> Self {
        let hyper = config.hyper;
        Self {
            input: Linear::new(config.latents, hyper, device),
            block: Block::new(hyper, 3, device),
            down1: Linear::new(4 * hyper, hyper, device),
            down2: Linear::new(4 * hyper, hyper, device),
        }
    }

    /// # Shapes
    /// `[batch, h, w, M]` to `[batch, h / 4, w / 4, Z]`; h and w multiples of 4
    pub fn forward(&self, y: Tensor<4>) -> Tensor<4> {
        let x = self
            .input
            .forward(y * HYPER_INPUT_SCALE, NO_ACTIVATION, Precision::Float);
        let x = self.block.forward(x, TRANSFORM_SLOPE, Precision::Float);
        let x = self.down1.forward(space_to_depth(x), TRANSFORM_SLOPE, Precision::Float);
        self.down2.forward(space_to_depth(x), NO_ACTIVATION, Precision::Float)
    }
}

/// What residual branches of fresh transforms are scaled by.
const FRESH_RESIDUAL: f32 = 0.05;

fn blocks(count: usize, channels: usize, device: &Device) -> Vec<Block> {
    (0..count)
        .map(|_| Block::new(channels, 3, device).damped(FRESH_RESIDUAL))
        .collect()
}

fn run(blocks: &[Block], x: Tensor<4>, precision: Precision) -> Tensor<4> {
    blocks
        .iter()
        .fold(x, |x, block| block.forward(x, TRANSFORM_SLOPE, precision))
}
