//! The encoder and the decoder: convolutions over time that see each channel alone, and layers at every frame.

use lmc_kernels::layers::{End, Linear, TimeTaps, normalise};

use super::config::{SpeechConfig, TAPS};
use super::features::FEATURES;
use super::parts::Parts;
use crate::Result;

/// The slope of activations for negative values.
const SLOPE: f32 = 0.1;
/// No activation.
const PLAIN: End = End::Leaky(1.0);

/// `x + f2(leaky(f1(norm(d(x)))))`, the block of ConvNeXt (Liu et al. 2022) over time.
#[derive(Debug)]
struct FrameBlock {
    d: TimeTaps,
    gain: Vec<f32>,
    f1: Linear,
    f2: Linear,
}

impl FrameBlock {
    fn take(parts: &mut Parts, path: &str, channels: usize, inner: usize) -> Result<Self> {
        Ok(Self {
            d: parts.taps(&format!("{path}.d"), [TAPS, channels])?,
            gain: parts.take(&format!("{path}.gain"), &[channels])?,
            f1: parts.linear(&format!("{path}.f1"), [channels, inner])?,
            f2: parts.linear(&format!("{path}.f2"), [inner, channels])?,
        })
    }

    /// `[frames, channels]` in and out.
    fn apply(&self, x: &mut [f32]) {
        let mut seen = vec![0.0; x.len()];
        self.d.apply(x, &mut seen);
        normalise(&mut seen, &self.gain);
        let inner = run(&self.f1, &seen, End::Leaky(SLOPE));
        self.f2.run(&inner, End::Add, x);
    }
}

/// The outputs of a layer.
fn run(layer: &Linear, x: &[f32], end: End) -> Vec<f32> {
    let mut out = vec![0.0; x.len() / layer.inputs() * layer.outputs()];
    layer.run(x, end, &mut out);
    out
}

fn blocks(
    parts: &mut Parts,
    path: &str,
    count: usize,
    channels: usize,
    config: &SpeechConfig,
) -> Result<Vec<FrameBlock>> {
    let inner = channels * config.half_expansion / 2;
    (0..count)
        .map(|index| FrameBlock::take(parts, &format!("{path}.{index}"), channels, inner))
        .collect()
}

/// Features to latents.
#[derive(Debug)]
pub(super) struct Encoder {
    first: Linear,
    blocks: Vec<FrameBlock>,
    gain: Vec<f32>,
    last: Linear,
}

impl Encoder {
    pub(super) fn take(parts: &mut Parts, config: &SpeechConfig) -> Result<Self> {
        let width = config.encoder_width;
        Ok(Self {
            first: parts.linear("encoder.first", [FEATURES, width])?,
            blocks: blocks(parts, "encoder.blocks", config.encoder_blocks, width, config)?,
            gain: parts.take("encoder.gain", &[width])?,
            last: parts.linear("encoder.last", [width, config.latent()])?,
        })
    }

    /// `[frames, FEATURES]` to `[frames, latent]`.
    pub(super) fn apply(&self, features: &[f32]) -> Vec<f32> {
        let mut x = run(&self.first, features, PLAIN);
        self.blocks.iter().for_each(|block| block.apply(&mut x));
        normalise(&mut x, &self.gain);
        run(&self.last, &x, PLAIN)
    }
}

/// Latents to the values of the head.
#[derive(Debug)]
pub(super) struct Decoder {
    first: Linear,
    blocks: Vec<FrameBlock>,
    gain: Vec<f32>,
    /// Channels of a frame to those of its parts.
    split: Linear,
    /// At the rate of the parts.
    late: Vec<FrameBlock>,
    late_gain: Vec<f32>,
    last: Linear,
}

impl Decoder {
    pub(super) fn take(parts: &mut Parts, config: &SpeechConfig) -> Result<Self> {
        let (width, late) = (config.decoder_width, config.late_width);
        Ok(Self {
            first: parts.linear("decoder.first", [config.latent(), width])?,
            blocks: blocks(parts, "decoder.blocks", config.decoder_blocks, width, config)?,
            gain: parts.take("decoder.gain", &[width])?,
            split: parts.linear("decoder.split", [width, config.parts * late])?,
            late: blocks(parts, "decoder.late", config.late_blocks, late, config)?,
            late_gain: parts.take("decoder.late_gain", &[late])?,
            last: parts.linear("decoder.last", [late, 2 * config.bins()])?,
        })
    }

    /// `[frames, latent]` to `[frames * parts, 2 bins]`.
    pub(super) fn apply(&self, latents: &[f32]) -> Vec<f32> {
        let mut x = run(&self.first, latents, PLAIN);
        self.blocks.iter().for_each(|block| block.apply(&mut x));
        normalise(&mut x, &self.gain);
        let mut x = run(&self.split, &x, PLAIN);
        self.late.iter().for_each(|block| block.apply(&mut x));
        normalise(&mut x, &self.late_gain);
        run(&self.last, &x, PLAIN)
    }
}
