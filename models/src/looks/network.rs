//! Frozen convolutional networks whose features tell how pictures look: forwards, and back to the pixels.
//!
//! Weights never change, so this is no module of a training graph: a pass keeps the activations, and [`Pass::backward`]
//! walks the layers in reverse, where the transpose of a convolution is a convolution with turned weights.

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};

use serde::{Deserialize, Serialize};

use super::pool::{blur, blur_transposed, largest, largest_transposed};
use crate::wavelet::Params;
use crate::{ModelError, Result};

/// Which network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Looks {
    /// VGG16 with blurred pooling.
    Vgg,
    /// AlexNet with blurred pooling: a quarter of the work.
    Alex,
}

/// A layer in the plan of a network.
#[derive(Debug, Clone, Copy)]
enum Plan {
    /// The next convolution, with this padding.
    Conv(usize),
    Relu,
    /// The largest value of each square of this side.
    Max(usize),
    /// Blur, and every second row and column.
    Blur,
    /// The features here are compared.
    Tap,
}

use Plan::{Blur, Conv, Max, Relu, Tap};

const PAIR: [Plan; 5] = [Conv(1), Relu, Conv(1), Relu, Tap];
const TRIPLE: [Plan; 7] = [Conv(1), Relu, Conv(1), Relu, Conv(1), Relu, Tap];
const POOL: [Plan; 2] = [Max(2), Blur];
const VGG: [&[Plan]; 9] = [&PAIR, &POOL, &PAIR, &POOL, &TRIPLE, &POOL, &TRIPLE, &POOL, &TRIPLE];
const ALEX: [&[Plan]; 3] = [
    &[Conv(2), Blur, Relu, Tap, Max(3), Blur, Conv(2), Relu, Tap],
    &[Max(3), Blur, Conv(1), Relu, Tap],
    &[Conv(1), Relu, Tap, Conv(1), Relu, Tap],
];

impl Looks {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vgg => "vgg",
            Self::Alex => "alex",
        }
    }

    fn plan(self) -> Vec<Plan> {
        match self {
            Self::Vgg => VGG.concat(),
            Self::Alex => ALEX.concat(),
        }
    }
}

/// A network and the weights of its channels.
#[derive(Debug)]
pub struct LooksNetwork {
    layers: Vec<Layer>,
    /// For each tap `[1, channels, 1, 1]`: what a squared difference of unit features counts.
    heads: Vec<Tensor<4>>,
}

#[derive(Debug)]
enum Layer {
    Conv(Box<Convolution>),
    Relu,
    Max(usize),
    Blur,
    Tap,
}

#[derive(Debug)]
struct Convolution {
    weight: Tensor<4>,
    bias: Tensor<1>,
    /// `weight` with inputs and outputs exchanged, and its taps turned round.
    turned: Tensor<4>,
    padding: usize,
}

/// The activations of a batch of pictures.
#[derive(Debug)]
pub struct Pass<'a> {
    network: &'a LooksNetwork,
    /// Inputs of all layers, and the last output.
    activations: Vec<Tensor<4>>,
}

impl LooksNetwork {
    /// Takes a network out of the parameters of a file that `datasets/looks/convert.py` wrote.
    ///
    /// # Errors
    /// [`ModelError::Weights`] if something is missing or has another shape.
    pub fn new(looks: Looks, params: &Params, device: &Device) -> Result<Self> {
        let name = looks.name();
        let (mut convolutions, mut heads, mut channels) = (0, Vec::new(), 3);
        let mut layers = Vec::new();
        for plan in looks.plan() {
            layers.push(match plan {
                Plan::Conv(padding) => {
                    let convolution =
                        Convolution::new(params, &format!("{name}.conv.{convolutions}"), padding, device)?;
                    let [outputs, inputs, _, _] = convolution.weight.dims();
                    if inputs != channels {
                        return Err(ModelError::Weights(format!("{name}: layers do not fit each other")));
                    }
                    (convolutions, channels) = (convolutions + 1, outputs);
                    Layer::Conv(Box::new(convolution))
                }
                Plan::Relu => Layer::Relu,
                Plan::Max(side) => Layer::Max(side),
                Plan::Blur => Layer::Blur,
                Plan::Tap => {
                    let head = format!("{name}.head.{}", heads.len());
                    heads.push(tensor(params, &head, [1, channels, 1, 1], device)?);
                    Layer::Tap
                }
            });
        }
        Ok(Self { layers, heads })
    }

    /// Where its weights are.
    pub fn device(&self) -> Device {
        self.heads.first().map(Tensor::device).unwrap_or_default()
    }

    /// What a squared difference of unit features counts at each tap.
    pub fn heads(&self) -> &[Tensor<4>] {
        &self.heads
    }

    /// The features of RGB pictures of 0..1.
    ///
    /// # Shapes
    /// `[batch, 3, height, width]`, sides of 32 at least
    pub fn run(&self, pixels: Tensor<4>) -> Pass<'_> {
        let mut activations = Vec::with_capacity(self.layers.len() + 1);
        let mut x = scaled(pixels);
        for layer in &self.layers {
            let next = match layer {
                Layer::Conv(convolution) => convolution.run(x.clone()),
                Layer::Relu => x.clone().clamp_min(0.0),
                Layer::Max(side) => largest(x.clone(), *side),
                Layer::Blur => blur(x.clone()),
                Layer::Tap => x.clone(),
            };
            activations.push(std::mem::replace(&mut x, next));
        }
        activations.push(x);
        Pass {
            network: self,
            activations,
        }
    }
}

impl Pass<'_> {
    /// The features at all taps, `[batch, channels, height, width]`.
    pub fn features(&self) -> Vec<Tensor<4>> {
        let layers = self.network.layers.iter().zip(&self.activations);
        let taps = layers.filter(|(layer, _)| matches!(layer, Layer::Tap));
        taps.map(|(_, features)| features.clone()).collect()
    }

    /// The gradients of the pixels from those of the features at all taps.
    pub fn backward(self, mut features: Vec<Tensor<4>>) -> Tensor<4> {
        let last = &self.activations[self.activations.len() - 1];
        let mut grad = last.zeros_like();
        for (at, layer) in self.network.layers.iter().enumerate().rev() {
            let (x, y) = (&self.activations[at], &self.activations[at + 1]);
            grad = match layer {
                Layer::Conv(convolution) => convolution.backward(grad),
                Layer::Relu => grad.mask_fill(y.clone().lower_equal_elem(0.0), 0.0),
                Layer::Max(side) => largest_transposed(grad, x, y, *side),
                Layer::Blur => blur_transposed(grad, x.dims()),
                Layer::Tap => match features.pop() {
                    Some(own) => grad + own,
                    None => grad,
                },
            };
        }
        let device = grad.device();
        grad / constants(SCALE, &device) * 2.0
    }
}

impl Convolution {
    fn new(params: &Params, name: &str, padding: usize, device: &Device) -> Result<Self> {
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let shape = params.get(&weight).map(|tensor| tensor.shape.as_slice());
        let &[outputs, inputs, rows, columns] = shape.unwrap_or_default() else {
            return Err(ModelError::Weights(format!("{weight} is missing")));
        };
        if rows != columns || rows <= padding {
            return Err(ModelError::Weights(format!("{weight} has the shape {shape:?}")));
        }
        let weight: Tensor<4> = tensor(params, &weight, [outputs, inputs, rows, columns], device)?;
        Ok(Self {
            turned: weight.clone().swap_dims(0, 1).flip([2, 3]),
            bias: tensor(params, &bias, [outputs], device)?,
            weight,
            padding,
        })
    }

    fn run(&self, x: Tensor<4>) -> Tensor<4> {
        conv2d(x, self.weight.clone(), Some(self.bias.clone()), options(self.padding))
    }

    fn backward(&self, grad: Tensor<4>) -> Tensor<4> {
        let padding = self.weight.dims()[2] - 1 - self.padding;
        conv2d(grad, self.turned.clone(), None, options(padding))
    }
}

fn options(padding: usize) -> ConvOptions<2> {
    ConvOptions::new([1, 1], [padding, padding], [1, 1], 1)
}

/// Where the networks have zero and one, in pixels of -1..1.
const SHIFT: [f32; 3] = [-0.030, -0.088, -0.188];
const SCALE: [f32; 3] = [0.458, 0.448, 0.450];

fn scaled(pixels: Tensor<4>) -> Tensor<4> {
    let device = pixels.device();
    (pixels * 2.0 - 1.0 - constants(SHIFT, &device)) / constants(SCALE, &device)
}

fn constants(values: [f32; 3], device: &Device) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values.to_vec(), [1, 3, 1, 1]), device)
}

fn tensor<const D: usize>(params: &Params, name: &str, shape: [usize; D], device: &Device) -> Result<Tensor<D>> {
    let stored = params.get(name);
    let stored = stored.ok_or_else(|| ModelError::Weights(format!("{name} is missing")))?;
    if stored.data.len() != shape.iter().product::<usize>() {
        return Err(ModelError::Weights(format!("{name} has the shape {:?}", stored.shape)));
    }
    Ok(Tensor::from_data(TensorData::new(stored.data.clone(), shape), device))
}
