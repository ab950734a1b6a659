//! The network behind the code vectors, in Burn.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use lmc_codec::codecs::vq::{Seen, VqConfig, band_values, inputs_of_network, network_shape};

use crate::nn::{Linear, NO_ACTIVATION, Precision};
use crate::wavelet::packet::BANDS;
use crate::wavelet::{Synthesis, WaveletConfig};
use crate::{ModelError, Result};

/// What the last layers of a fresh network are scaled by: it begins with the bands as they are.
const FRESH: f32 = 0.05;

/// Residual blocks that repaint the bands of code vectors.
#[derive(Module, Debug)]
pub struct VqNetwork {
    /// From code vectors to bands, with blocks.
    pub g_s: Synthesis,
    /// What the blocks see of the bands.
    pub seen: SeenBands,
}

/// 1x1 from bands into the blocks.
#[derive(Module, Debug)]
pub struct SeenBands {
    /// 192 to C
    pub synthesis: Linear,
}

/// The network as a synthesis.
///
/// # Errors
/// [`ModelError::Parameter`] for a model without a network.
pub(super) fn shape(config: &VqConfig) -> Result<WaveletConfig> {
    network_shape(config).ok_or_else(|| ModelError::Parameter("the model has no network".into()))
}

impl VqNetwork {
    /// Nearly the identity.
    pub fn new(shape: &WaveletConfig, device: &Device) -> Self {
        let mut g_s = Synthesis::new(shape, device);
        g_s.output.weight = g_s.output.weight.map(|weight| weight * FRESH);
        let synthesis = Linear::new(BANDS, shape.width, device);
        Self {
            g_s,
            seen: SeenBands { synthesis },
        }
    }

    /// # Shapes
    /// - `inputs`: `[batch, height / 16, width / 16, M]`
    /// - `bands` and the output: `[batch, height / 8, width / 8, 192]`
    pub fn forward(&self, inputs: Tensor<4>, bands: Tensor<4>) -> Tensor<4> {
        let seen = self
            .seen
            .synthesis
            .forward(bands.clone(), NO_ACTIVATION, Precision::Rounded);
        bands + self.g_s.forward_seeing(inputs, seen)
    }
}

/// Inputs and bands of pictures of one size, as tensors.
pub(super) fn tensors(seen: &[Seen], device: &Device) -> [Tensor<4>; 2] {
    let count = seen.len();
    let [rows, columns] = seen.first().map_or([0, 0], |seen| seen.size);
    let tensor = |values: Vec<f32>, [rows, columns]: [usize; 2]| {
        let channels = values.len() / (count * rows * columns).max(1);
        Tensor::from_data(TensorData::new(values, [count, rows, columns, channels]), device)
    };
    let inputs = seen.iter().flat_map(|seen| inputs_of_network(&seen.inputs));
    let bands = seen.iter().flat_map(|seen| band_values(&seen.bands));
    [
        tensor(inputs.collect(), [rows, columns]),
        tensor(bands.collect(), [2 * rows, 2 * columns]),
    ]
}
