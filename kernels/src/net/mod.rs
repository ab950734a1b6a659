//! Integer networks: `i16` activations, `i8` weights, `i32` sums, rescaled by integers.
//!
//! Every sum is proved at construction to fit, so order and width of the arithmetic cannot matter:
//! all kernels, on any machine and with any number of threads, give the same bits.

mod block;
mod depthwise;
mod divided;
mod kernel;
mod pointwise;
mod rescale;
pub mod shifted;
mod single;
mod spec;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use block::Block;
use depthwise::{Depthwise, Rows};
pub use divided::Divided;
use pointwise::Pointwise;
pub use rescale::{Rescale, dyadic};
pub use single::Single;
pub use spec::{BlockSpec, DepthwiseSpec, LayerSpec, MAX_CHANNELS, MAX_LAYERS, PointwiseSpec};

use crate::error::{KernelError, Result};

/// The largest magnitude of an activation.
pub const ACTIVATION_MAX: i16 = 32767;

/// A grid of activations.
///
/// # Shapes
///
/// `data` holds `height * width * channels` values: rows, then columns, then channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activations {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values per position.
    pub channels: usize,
    /// The values, in -32767..=32767.
    pub data: Vec<i16>,
}

impl Activations {
    /// A grid of zeros.
    pub fn zeros(height: usize, width: usize, channels: usize) -> Self {
        Self {
            height,
            width,
            channels,
            data: vec![0; height * width * channels],
        }
    }

    fn rows(&self) -> Rows<'_> {
        Rows {
            height: self.height,
            width: self.width,
            data: &self.data,
        }
    }
}

/// A network ready to run.
#[derive(Debug, Clone)]
pub struct Network {
    layers: Vec<Layer>,
    inputs: usize,
    outputs: usize,
    scale: usize,
}

/// What comes out of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Channels of the output.
    pub outputs: usize,
    /// How many times higher and wider the output is than the input.
    pub scale: usize,
}

#[derive(Debug, Clone)]
enum Layer {
    Pointwise(Pointwise),
    Depthwise(Depthwise),
    Block(Box<Block>),
    PixelShuffle,
}

impl Network {
    /// Checks and prepares the layers for `inputs` channels.
    ///
    /// # Errors
    ///
    /// [`KernelError::Network`] when the sizes of a layer do not fit each other or the layer
    /// before, when a sum could leave `i32`, or when a parameter is out of its range.
    pub fn new(layers: &[LayerSpec], inputs: usize) -> Result<Self> {
        let shape = Self::check(layers, inputs)?;
        let layers = layers.iter().enumerate();
        Ok(Self {
            layers: layers
                .map(|(index, layer)| build(layer, index))
                .collect::<Result<_>>()?,
            inputs,
            outputs: shape.outputs,
            scale: shape.scale,
        })
    }

    /// The shape of a network of these layers, which [`Self::new`] accepts. Prepares nothing, which takes longer.
    ///
    /// # Errors
    ///
    /// Those of [`Self::new`].
    pub fn check(layers: &[LayerSpec], inputs: usize) -> Result<Shape> {
        if layers.len() > MAX_LAYERS || !(1..=MAX_CHANNELS).contains(&inputs) {
            return Err(KernelError::Network {
                reason: "too many layers or channels",
                layer: layers.len(),
                value: inputs as i64,
            });
        }
        let (mut outputs, mut scale) = (inputs, 1);
        for (index, layer) in layers.iter().enumerate() {
            outputs = outputs_of(layer, outputs, index)?;
            if matches!(layer, LayerSpec::PixelShuffle) {
                scale *= 2;
            }
            if scale > 256 {
                return Err(KernelError::Network {
                    reason: "too many pixel shuffles",
                    layer: index,
                    value: scale as i64,
                });
            }
        }
        Ok(Shape { outputs, scale })
    }

    /// Channels of the input.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Channels of the output.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// How many times higher and wider the output is than the input.
    pub fn scale(&self) -> usize {
        self.scale
    }

    /// Runs the network.
    ///
    /// # Errors
    ///
    /// [`KernelError::Parameter`] when the channels or the length of `input` are wrong.
    pub fn run(&self, mut input: Activations) -> Result<Activations> {
        let wanted = input
            .height
            .checked_mul(input.width)
            .and_then(|n| n.checked_mul(self.inputs));
        if input.channels != self.inputs || wanted != Some(input.data.len()) {
            return Err(KernelError::Parameter {
                what: "channels of a network's input",
                value: input.channels as i64,
            });
        }
        // The proofs hold for magnitudes of at most 32767.
        for value in &mut input.data {
            *value = (*value).max(-ACTIVATION_MAX);
        }
        Ok(self.layers.iter().fold(input, |x, layer| match layer {
            Layer::Pointwise(layer) => layer.run(&x),
            Layer::Depthwise(layer) => layer.run(&x),
            Layer::Block(layer) => layer.run(x),
            Layer::PixelShuffle => pixel_shuffle(&x),
        }))
    }
}

fn build(layer: &LayerSpec, index: usize) -> Result<Layer> {
    Ok(match layer {
        LayerSpec::Pointwise(spec) => Layer::Pointwise(Pointwise::new(spec, index)?),
        LayerSpec::Depthwise(spec) => Layer::Depthwise(Depthwise::new(spec, index)?),
        LayerSpec::Block(spec) => Layer::Block(Box::new(Block::new(spec, index)?)),
        LayerSpec::PixelShuffle => Layer::PixelShuffle,
    })
}

/// Checks a layer behind one of `channels` outputs, and tells how many it has.
fn outputs_of(layer: &LayerSpec, channels: usize, index: usize) -> Result<usize> {
    let wrong = |reason, value: usize| KernelError::Network {
        reason,
        layer: index,
        value: value as i64,
    };
    let (inputs, outputs) = match layer {
        LayerSpec::Pointwise(spec) => {
            Pointwise::check(spec, index)?;
            (spec.inputs, spec.outputs)
        }
        LayerSpec::Depthwise(spec) => {
            Depthwise::check(spec, index)?;
            (spec.channels, spec.channels)
        }
        LayerSpec::Block(spec) => {
            Block::check(spec, index)?;
            (spec.a.inputs, spec.a.inputs)
        }
        LayerSpec::PixelShuffle if channels.is_multiple_of(4) => (channels, channels / 4),
        LayerSpec::PixelShuffle => {
            return Err(wrong("pixel shuffle of channels not in fours", channels));
        }
    };
    if inputs != channels {
        return Err(wrong("input channels differ from the layer before", inputs));
    }
    Ok(outputs)
}

/// Channel `c * 4 + dy * 2 + dx` at `(i, j)` becomes channel `c` at `(2 i + dy, 2 j + dx)`.
fn pixel_shuffle(x: &Activations) -> Activations {
    let channels = x.channels / 4;
    let mut out = Activations::zeros(x.height * 2, x.width * 2, channels);
    let row = (out.width * channels).max(1);
    out.data.par_chunks_mut(row).enumerate().for_each(|(i, row)| {
        let start = (i / 2) * x.width * x.channels;
        for (j, to) in row.chunks_exact_mut(channels).enumerate() {
            let from = start + (j / 2) * x.channels;
            let offset = (i % 2) * 2 + j % 2;
            let from = &x.data[from..from + x.channels];
            for (to, from) in to.iter_mut().zip(from.as_chunks::<4>().0) {
                *to = from[offset];
            }
        }
    });
    out
}
