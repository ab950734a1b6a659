//! Rates in bits as training sees them: differentiable likelihoods of noisy latents.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData, activation};

/// The smallest scale of a Gaussian; below it nearly all mass is on one symbol.
pub const SCALE_MIN: f32 = 0.11;
/// The smallest likelihood that is told apart from zero.
const LIKELIHOOD_MIN: f32 = 1e-9;

/// Bits of `y` under Gaussians that are integrated over unit intervals, element by element.
///
/// Any one shape for all arguments. The gradient passes through the lower bound of the scale unchanged.
pub fn gaussian_bits(y: Tensor<4>, mean: Tensor<4>, scale: Tensor<4>) -> Tensor<4> {
    let plain = scale.clone().detach();
    let scale = scale + (plain.clone().clamp_min(SCALE_MIN) - plain);
    let distance = (y - mean).abs();
    // Both tails are taken on the side where the error function does not cancel.
    let root = std::f64::consts::FRAC_1_SQRT_2;
    let upper = ((-distance.clone() + 0.5) / scale.clone() * root).erf();
    let lower = ((-distance - 0.5) / scale * root).erf();
    bits((upper - lower) * 0.5)
}

fn bits<const D: usize>(likelihood: Tensor<D>) -> Tensor<D> {
    likelihood.clamp_min(LIKELIHOOD_MIN).log() * (-std::f64::consts::LOG2_E)
}

/// Logistics in the mixture of each channel.
pub(crate) const MIXTURE: usize = 3;

/// Factorised prior of the hyper-latents while training: three logistics per channel.
#[derive(Module, Debug)]
pub struct LogisticMixture {
    /// `[channels, 3]`
    pub mean: Param<Tensor<2>>,
    /// `[channels, 3]`, logarithms
    pub log_scale: Param<Tensor<2>>,
    /// `[channels, 3]`, before the softmax
    pub weight: Param<Tensor<2>>,
}

impl LogisticMixture {
    /// Three logistics around zero.
    pub fn new(channels: usize, device: &Device) -> Self {
        let means = [-1.0f32, 0.0, 1.0].repeat(channels);
        Self {
            mean: Param::from_tensor(Tensor::from_data(TensorData::new(means, [channels, MIXTURE]), device)),
            log_scale: Param::from_tensor(Tensor::ones([channels, MIXTURE], device)),
            weight: Param::from_tensor(Tensor::zeros([channels, MIXTURE], device)),
        }
    }

    /// Bits of each element.
    ///
    /// # Shapes
    /// `[batch, height, width, channels]` in and out
    pub fn bits(&self, z: Tensor<4>) -> Tensor<4> {
        let [batch, height, width, channels] = z.dims();
        let rows = z.reshape([batch * height * width, channels, 1]);
        let shape = |tensor: Tensor<2>| tensor.reshape([1, channels, MIXTURE]);
        let inverse = shape((-self.log_scale.val()).exp());
        let centred = rows - shape(self.mean.val());
        let upper = activation::sigmoid((centred.clone() + 0.5) * inverse.clone());
        let lower = activation::sigmoid((centred - 0.5) * inverse);
        let share = shape(activation::softmax(self.weight.val(), 1));
        let likelihood = ((upper - lower) * share).sum_dim(2);
        bits(likelihood).reshape([batch, height, width, channels])
    }
}
