//! Backward passes of the extension operations, for any backend that offers the gradients.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

use super::{Gradients3, KernelGradients, KernelOps, LinearState, Rounding};

#[derive(Debug)]
struct LinearBackward;

impl<B: KernelGradients> Backward<B, 3> for LinearBackward {
    type State = LinearState<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let found = B::fused_linear_backward(ops.state, grad, wants_parameters(&ops.parents));
        register::<B>(ops.parents.map(|parent| parent.map(|node| node.id)), found, grads);
    }
}

#[derive(Debug)]
struct DepthwiseBackward;

impl<B: KernelGradients> Backward<B, 3> for DepthwiseBackward {
    type State = (FloatTensor<B>, FloatTensor<B>, usize);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let (x, weight, rows) = ops.state;
        let found = B::depthwise_conv_backward(x, weight, grad, rows, wants_parameters(&ops.parents));
        register::<B>(ops.parents.map(|parent| parent.map(|node| node.id)), found, grads);
    }
}

impl<B: KernelOps + KernelGradients, C: CheckpointStrategy> KernelOps for Autodiff<B, C> {
    fn fused_linear(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        slope: f32,
        rounding: Rounding,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node(), bias.node()];
        let (x, weight) = (x.into_primitive(), weight.into_primitive());
        let output = B::fused_linear(x.clone(), weight.clone(), bias.into_primitive(), slope, rounding);
        match LinearBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(
                LinearState {
                    x,
                    weight,
                    output: output.clone(),
                    slope,
                    rounding,
                },
                output,
            ),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }

    fn depthwise_conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        kernel_rows: usize,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node(), bias.node()];
        let (x, weight) = (x.into_primitive(), weight.into_primitive());
        let output = B::depthwise_conv(x.clone(), weight.clone(), bias.into_primitive(), kernel_rows);
        match DepthwiseBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, weight, kernel_rows), output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }
}

/// Whether weight or bias are trained; frozen ones need no gradient.
fn wants_parameters<T>([_, weight, bias]: &[Option<T>; 3]) -> bool {
    weight.is_some() || bias.is_some()
}

fn register<B: KernelGradients>(
    [x, weight, bias]: [Option<burn::backend::autodiff::NodeId>; 3],
    found: Gradients3<B>,
    grads: &mut Gradients,
) {
    let mut put = |parent: Option<_>, grad| {
        if let Some(id) = parent {
            grads.register::<B>(id, grad);
        }
    };
    put(x, found.x);
    if let Some((into_weight, into_bias)) = found.parameters {
        put(weight, into_weight);
        put(bias, into_bias);
    }
}
