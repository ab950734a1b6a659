//! The encoder and the decoder: convolutions over time that see each channel alone, and layers at every frame.

use burn::module::{Module, Param};
use burn::tensor::{Device, Distribution, Tensor};

use lmc_codec::codecs::speech::{FEATURES, SpeechConfig, TAPS};

use crate::nn::{Linear, NO_ACTIVATION, Precision, TRANSFORM_SLOPE};
use crate::ops;

/// How much fresh residual branches add.
const FRESH: f32 = 0.3;

/// `x + f2(leaky(f1(norm(d(x)))))`, the block of ConvNeXt (Liu et al. 2022) over time.
#[derive(Module, Debug)]
pub struct FrameBlock {
    /// Depthwise, `[TAPS, channels]`.
    pub d: Param<Tensor<2>>,
    /// `[channels]`
    pub d_bias: Param<Tensor<1>>,
    /// Factors after the norm, `[channels]`.
    pub gain: Param<Tensor<1>>,
    /// To the inner channels.
    pub f1: Linear,
    /// And back.
    pub f2: Linear,
}

impl FrameBlock {
    fn new(channels: usize, inner: usize, device: &Device) -> Self {
        let bound = 1.0 / (TAPS as f64).sqrt();
        let mut f2 = Linear::new(inner, channels, device);
        f2.weight = f2.weight.map(|weight| weight * FRESH);
        Self {
            d: Param::from_tensor(Tensor::random(
                [TAPS, channels],
                Distribution::Uniform(-bound, bound),
                device,
            )),
            d_bias: Param::from_tensor(Tensor::zeros([channels], device)),
            gain: Param::from_tensor(Tensor::ones([channels], device)),
            f1: Linear::new(channels, inner, device),
            f2,
        }
    }

    /// # Shapes
    /// `[batch, 1, time, channels]` in and out
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let inner = ops::depthwise_rows(x.clone(), self.d.val(), self.d_bias.val());
        let inner = norm(inner, self.gain.val());
        let inner = self.f1.forward(inner, TRANSFORM_SLOPE, Precision::Float);
        x + self.f2.forward(inner, NO_ACTIVATION, Precision::Float)
    }
}

/// Divides each position by the root of the mean square of its channels.
fn norm(x: Tensor<4>, gain: Tensor<1>) -> Tensor<4> {
    let channels = x.dims()[3];
    let scale = (x.clone().powi_scalar(2).mean_dim(3) + 1e-5).sqrt().recip();
    x * scale * gain.reshape([1, 1, 1, channels])
}

fn blocks(count: usize, channels: usize, config: &SpeechConfig, device: &Device) -> Vec<FrameBlock> {
    let inner = channels * config.half_expansion / 2;
    (0..count).map(|_| FrameBlock::new(channels, inner, device)).collect()
}

/// Features to latents.
#[derive(Module, Debug)]
pub struct Encoder {
    /// Features to channels.
    pub first: Linear,
    /// Residual blocks.
    pub blocks: Vec<FrameBlock>,
    /// Factors of the last norm.
    pub gain: Param<Tensor<1>>,
    /// Channels to the latent.
    pub last: Linear,
}

impl Encoder {
    /// A fresh encoder.
    pub fn new(config: &SpeechConfig, device: &Device) -> Self {
        let width = config.encoder_width;
        Self {
            first: Linear::new(FEATURES, width, device),
            blocks: blocks(config.encoder_blocks, width, config, device),
            gain: Param::from_tensor(Tensor::ones([width], device)),
            last: Linear::new(width, config.latent(), device),
        }
    }

    /// # Shapes
    /// `[batch, 1, frames, FEATURES]` to `[batch, 1, frames, latent]`
    pub fn forward(&self, features: Tensor<4>) -> Tensor<4> {
        let x = self.first.forward(features, NO_ACTIVATION, Precision::Float);
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x));
        self.last
            .forward(norm(x, self.gain.val()), NO_ACTIVATION, Precision::Float)
    }
}

/// Latents to the values of the head.
#[derive(Module, Debug)]
pub struct Decoder {
    /// Latent to channels.
    pub first: Linear,
    /// Residual blocks at the frame rate.
    pub blocks: Vec<FrameBlock>,
    /// Factors of the norm before the split.
    pub gain: Param<Tensor<1>>,
    /// Channels of a frame to those of its parts.
    pub split: Linear,
    /// Residual blocks at the rate of the parts.
    pub late: Vec<FrameBlock>,
    /// Factors of the last norm.
    pub late_gain: Param<Tensor<1>>,
    /// Channels to the values of the head.
    pub last: Linear,
}

impl Decoder {
    /// A fresh decoder.
    pub fn new(config: &SpeechConfig, device: &Device) -> Self {
        let (width, late) = (config.decoder_width, config.late_width);
        Self {
            first: Linear::new(config.latent(), width, device),
            blocks: blocks(config.decoder_blocks, width, config, device),
            gain: Param::from_tensor(Tensor::ones([width], device)),
            split: Linear::new(width, config.parts * late, device),
            late: blocks(config.late_blocks, late, config, device),
            late_gain: Param::from_tensor(Tensor::ones([late], device)),
            last: Linear::new(late, 2 * config.bins(), device),
        }
    }

    /// # Shapes
    /// `[batch, 1, frames, latent]` to `[batch, 1, frames * parts, 2 bins]`
    pub fn forward(&self, latents: Tensor<4>) -> Tensor<4> {
        let [batch, _, frames, _] = latents.dims();
        let x = self.first.forward(latents, NO_ACTIVATION, Precision::Float);
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x));
        let x = self
            .split
            .forward(norm(x, self.gain.val()), NO_ACTIVATION, Precision::Float);
        let late = self.late_gain.dims()[0];
        let parts = x.dims()[3] / late;
        let x = x.reshape([batch, 1, frames * parts, late]);
        let x = self.late.iter().fold(x, |x, block| block.forward(x));
        self.last
            .forward(norm(x, self.late_gain.val()), NO_ACTIVATION, Precision::Float)
    }
}

/// Both networks, as they are trained.
#[derive(Module, Debug)]
pub struct SpeechNetwork {
    /// Features to latents.
    pub encoder: Encoder,
    /// Latents to the values of the head.
    pub decoder: Decoder,
}

impl SpeechNetwork {
    /// Fresh networks.
    pub fn new(config: &SpeechConfig, device: &Device) -> Self {
        Self {
            encoder: Encoder::new(config, device),
            decoder: Decoder::new(config, device),
        }
    }
}
