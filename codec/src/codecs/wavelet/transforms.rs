//! The transforms of the encoder on the CPU: analysis `g_a` and hyper analysis `h_a`, with their layers packed once.

use lmc_kernels::layers::{Block, BlockParams, End, Linear, Map, Rounding, from_space};
use lmc_kernels::packet::BANDS;

use super::WaveletConfig;
use crate::weights::StoredTensors;
use crate::{CodecError, Result};

/// The slope of the leaky ReLU of the transforms for negative values.
pub(super) const SLOPE: f32 = 0.1;
/// Latents are scaled by this before the hyper analysis.
const HYPER_INPUT_SCALE: f32 = 0.2;
/// No activation.
const LINEAR: End = End::Leaky(1.0);

/// `g_a`: bands at an eighth of the resolution to latents at a sixteenth.
///
/// ```text
/// bands 192 -> 1x1 C -> blocks -> 2x2 stride 2 -> + -> y, M channels
///           -> 2x2 stride 2 -------------------->
/// ```
#[derive(Debug)]
pub(crate) struct Analysis {
    input: Linear,
    blocks: Vec<Block>,
    down: Linear,
    skip: Linear,
}

/// `h_a`: latents at a sixteenth of the resolution to hyper-latents at a sixty-fourth.
#[derive(Debug)]
pub(crate) struct HyperAnalysis {
    input: Linear,
    block: Block,
    down1: Linear,
    down2: Linear,
}

impl Analysis {
    /// Packs the layers; the shapes of the parameters were checked.
    pub(crate) fn new(tensors: &StoredTensors<'_>, config: &WaveletConfig) -> Result<Self> {
        let pack = Pack(tensors, Rounding::Int16);
        Ok(Self {
            input: pack.linear("g_a.input")?,
            blocks: pack.blocks("g_a.blocks", config.encoder_blocks)?,
            down: pack.linear("g_a.down")?,
            skip: pack.linear("g_a.skip")?,
        })
    }

    /// # Shapes
    /// `[2 height, 2 width, 192]` to `[height, width, M]`
    pub(crate) fn run(&self, bands: &[f32], height: usize, width: usize) -> Vec<f32> {
        self.run_onto(bands, None, [height, width])
    }

    /// The analysis of a difference to a prediction, whose bands go through a layer of their own into the blocks.
    ///
    /// # Shapes
    /// As [`Self::run`], `predicted` as `bands`
    pub(crate) fn run_seeing(&self, bands: &[f32], (seen, predicted): (&Linear, &[f32]), size: [usize; 2]) -> Vec<f32> {
        self.run_onto(bands, Some((seen, predicted)), size)
    }

    fn run_onto(&self, bands: &[f32], seen: Option<(&Linear, &[f32])>, [height, width]: [usize; 2]) -> Vec<f32> {
        let map = map(2 * height, 2 * width, BANDS);
        let inner = map.with_channels(self.input.outputs());
        let mut x = vec![0.0; inner.len()];
        self.input.run(bands, LINEAR, &mut x);
        if let Some((layer, predicted)) = seen {
            layer.run(predicted, End::Add, &mut x);
        }
        let x = run_blocks(&self.blocks, inner, x);
        let mut y = vec![0.0; height * width * self.down.outputs()];
        from_space(&self.down, inner, &x, LINEAR, &mut y);
        from_space(&self.skip, map, bands, End::Add, &mut y);
        y
    }
}

impl HyperAnalysis {
    /// Packs the layers; the shapes of the parameters were checked.
    pub(crate) fn new(tensors: &StoredTensors<'_>) -> Result<Self> {
        let pack = Pack(tensors, Rounding::Never);
        Ok(Self {
            input: pack.linear("h_a.input")?,
            block: pack.block("h_a.block")?,
            down1: pack.linear("h_a.down1")?,
            down2: pack.linear("h_a.down2")?,
        })
    }

    /// # Shapes
    /// `[4 height, 4 width, M]` to `[height, width, Z]`
    pub(crate) fn run(&self, mut y: Vec<f32>, height: usize, width: usize) -> Vec<f32> {
        y.iter_mut().for_each(|value| *value *= HYPER_INPUT_SCALE);
        let fine = map(4 * height, 4 * width, self.input.outputs());
        let mut x = vec![0.0; fine.len()];
        self.input.run(&y, LINEAR, &mut x);
        let x = self.block.run(fine, &x);
        let middle = map(2 * height, 2 * width, self.down1.outputs());
        let mut half = vec![0.0; middle.len()];
        from_space(&self.down1, fine, &x, End::Leaky(SLOPE), &mut half);
        let mut z = vec![0.0; height * width * self.down2.outputs()];
        from_space(&self.down2, middle, &half, LINEAR, &mut z);
        z
    }
}

fn map(height: usize, width: usize, channels: usize) -> Map {
    Map {
        batch: 1,
        height,
        width,
        channels,
    }
}

fn run_blocks(blocks: &[Block], map: Map, x: Vec<f32>) -> Vec<f32> {
    blocks.iter().fold(x, |x, block| block.run(map, &x))
}

/// Packs layers by name.
pub(crate) struct Pack<'a>(pub(crate) &'a StoredTensors<'a>, pub(crate) Rounding);

/// Weight and bias.
pub(crate) type Values = (Vec<f32>, Vec<f32>);

impl Pack<'_> {
    pub(super) fn values(&self, layer: &str) -> Result<Values> {
        let part = |part: &str| {
            let name = format!("{layer}.{part}");
            let tensor = self.0.get(&name).map(|tensor| tensor.values());
            tensor.ok_or_else(|| CodecError::Weights(format!("there is no {name}")))
        };
        Ok((part("weight")?, part("bias")?))
    }

    pub(crate) fn linear(&self, name: &str) -> Result<Linear> {
        let (weight, bias) = self.values(name)?;
        Linear::new(&weight, &bias, self.1).map_err(|error| CodecError::Weights(format!("{name}: {error}")))
    }

    fn block(&self, name: &str) -> Result<Block> {
        let layer = |part: &str| self.values(&format!("{name}.{part}"));
        let all = [layer("a")?, layer("d")?, layer("b")?, layer("f1")?, layer("f2")?];
        let [a, d, b, f1, f2] = all.each_ref().map(|(weight, bias)| (&weight[..], &bias[..]));
        let params = BlockParams { a, d, b, f1, f2 };
        Block::new(params, SLOPE, self.1).map_err(|error| CodecError::Weights(format!("{name}: {error}")))
    }

    fn blocks(&self, name: &str, count: usize) -> Result<Vec<Block>> {
        (0..count).map(|index| self.block(&format!("{name}.{index}"))).collect()
    }
}
