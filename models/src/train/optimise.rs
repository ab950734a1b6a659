//! Gradient clipping over all parameters together, and the running average of the weights.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::wavelet::Params;

/// Scales all gradients so that their common norm is at most `limit`; returns the norm before, or `None` if it is
/// not finite.
pub(crate) fn clip_gradients<M: Module>(module: &M, grads: &mut GradientsParams, limit: f32) -> Option<f32> {
    let mut norm = Norm { grads, squares: 0.0 };
    module.visit(&mut norm);
    let total = norm.squares.sqrt();
    if !total.is_finite() {
        return None;
    }
    if total > f64::from(limit) {
        let factor = f64::from(limit) / total;
        module.visit(&mut Scale { grads, factor });
    }
    Some(total as f32)
}

struct Norm<'a> {
    grads: &'a GradientsParams,
    squares: f64,
}

impl ModuleVisitor for Norm<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(grad) = self.grads.get::<D>(param.id) {
            let square: f32 = grad.powi_scalar(2).sum().into_scalar();
            self.squares += f64::from(square);
        }
    }
}

struct Scale<'a> {
    grads: &'a mut GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(grad) = self.grads.remove::<D>(param.id) {
            self.grads.register(param.id, grad * self.factor);
        }
    }
}

/// Moves `average` towards `current`, keeping the share `keep`.
pub(crate) fn update_average(average: &mut Params, current: &Params, keep: f32) {
    for (name, tensor) in average {
        if let Some(current) = current.get(name) {
            for (value, new) in tensor.data.iter_mut().zip(&current.data) {
                *value += (1.0 - keep) * (new - *value);
            }
        }
    }
}
