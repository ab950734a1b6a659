//! Measures of whole pictures.

use burn::tensor::{Device, Tensor, TensorData};

use super::{Looks, LooksNetwork, st_lpips};
use crate::Result;
use crate::wavelet::{Params, host_values};

/// Keeps quotients of small features near one, as DISTS does.
const SMALL: f64 = 1e-6;

/// The features of a picture.
#[derive(Debug)]
pub struct Picture {
    features: Vec<Tensor<4>>,
}

impl LooksNetwork {
    /// [`LooksNetwork::new`] on the CPU.
    ///
    /// # Errors
    /// As there.
    pub fn on_cpu(looks: Looks, params: &Params) -> Result<Self> {
        Self::new(looks, params, &Device::flex())
    }
}

impl Picture {
    /// Of interleaved RGB of `[height, width]`.
    pub fn of_rgb8(network: &LooksNetwork, rgb: &[u8], [height, width]: [usize; 2]) -> Self {
        let planes = (0..3).flat_map(|plane| rgb.iter().skip(plane).step_by(3));
        let values: Vec<f32> = planes.map(|value| f32::from(*value) / 255.0).collect();
        let pixels = Tensor::from_data(TensorData::new(values, [1, 3, height, width]), &network.device());
        Self {
            features: network.run(pixels).features(),
        }
    }
}

/// Two pictures of one size by their features.
#[derive(Debug)]
pub struct Comparison<'a> {
    network: &'a LooksNetwork,
    original: &'a Picture,
    decoded: &'a Picture,
}

impl<'a> Comparison<'a> {
    /// Pictures have sides of at least this many pixels.
    pub const LEAST_SIDE: u32 = 32;

    /// The features of both must be those of the network.
    pub fn new(network: &'a LooksNetwork, original: &'a Picture, decoded: &'a Picture) -> Self {
        Self {
            network,
            original,
            decoded,
        }
    }

    /// See [`st_lpips`].
    pub fn st_lpips(&self) -> f64 {
        let distance: f32 = st_lpips(self.network, &self.original.features, &self.decoded.features).into_scalar();
        f64::from(distance)
    }

    /// 1 minus how much means and structures of the channels agree, all layers alike: equations 3 and 4 of DISTS (Ding et
    /// al. 2020) without its weights, and on other features.
    pub fn dists_like(&self) -> f64 {
        let pairs = self.original.features.iter().zip(&self.decoded.features);
        let layers: Vec<f64> = pairs.map(|(a, b)| disagreement(a, b)).collect();
        layers.iter().sum::<f64>() / layers.len().max(1) as f64
    }
}

fn disagreement(a: &Tensor<4>, b: &Tensor<4>) -> f64 {
    let [_, channels, height, width] = a.dims();
    let (a, b) = (host_values(a.clone()), host_values(b.clone()));
    let channel = a.chunks_exact(height * width).zip(b.chunks_exact(height * width));
    let agree = channel.map(|(a, b)| {
        let mean = |of: &dyn Fn(f64, f64) -> f64| {
            let sum: f64 = a.iter().zip(b).map(|(a, b)| of(f64::from(*a), f64::from(*b))).sum();
            sum / (height * width) as f64
        };
        let (ma, mb) = (mean(&|a, _| a), mean(&|_, b| b));
        let (va, vb) = (mean(&|a, _| (a - ma).powi(2)), mean(&|_, b| (b - mb).powi(2)));
        let both = mean(&|a, b| (a - ma) * (b - mb));
        let texture = (2.0 * ma * mb + SMALL) / (ma * ma + mb * mb + SMALL);
        let structure = (2.0 * both + SMALL) / (va + vb + SMALL);
        0.5 * (texture + structure)
    });
    1.0 - agree.sum::<f64>() / channels as f64
}
