//! Temporal side features: what the prior knows of a frame before any of its latents is decoded.
//!
//! All of it is integers in the codec: the prediction is exact, and so are the latents of the last frame and the
//! vectors. Values are kept within -8..8, so that 12 fractional bits hold them.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use lmc_codec::codecs::video::motion::{Vector, VectorField};
use lmc_codec::codecs::video::{MOTION_FEATURES, VideoConfig};

use crate::nn::{Block, Linear, NO_ACTIVATION, PRIOR_SLOPE, Precision, space_to_depth};
use crate::wavelet::packet::BANDS;
use crate::wavelet::{LATENT_BLOCK, Observer, host_values};

/// The network of the side features. It starts without any effect.
///
/// ```text
/// bands(p) -> 1x1 S, leaky -> space to depth -> cat -> 1x1 S -> block, kernel 5 -> 1x1 M -> added to the hyper features
/// moved y_hat, its sizes, motion --------------^
/// ```
#[derive(Module, Debug)]
pub struct Side {
    /// 1x1, 192 to S
    pub bands: Linear,
    /// 1x1, 4 S and the side inputs to S
    pub input: Linear,
    /// block at S channels
    pub block: Block,
    /// 1x1, S to M
    pub output: Linear,
}

impl Side {
    /// Random weights; the last layer is zero.
    pub fn new(config: &VideoConfig, device: &Device) -> Self {
        let width = config.side_width;
        Self {
            bands: Linear::new(BANDS, width, device),
            input: Linear::new(4 * width + config.side_inputs(), width, device),
            block: Block::new(width, 5, device),
            output: Linear::zeros(width, config.image.latents, device),
        }
    }

    /// # Shapes
    /// - `predicted`: `[batch, 2 h, 2 w, 192]`
    /// - `inputs`: `[batch, h, w, side inputs]`
    /// - output: `[batch, h, w, M]`
    pub(crate) fn forward(&self, predicted: Tensor<4>, inputs: Tensor<4>, observe: Observer<'_>) -> Tensor<4> {
        let x = self.bands.forward(predicted, PRIOR_SLOPE, Precision::Int8);
        observe("side.bands", &x);
        let x = Tensor::cat(vec![space_to_depth(x), inputs], 3);
        let x = self.input.forward(x, NO_ACTIVATION, Precision::Int8);
        observe("side.input", &x);
        let mut inner = |part: &str, map: &Tensor<4>| observe(&format!("side.block.{part}"), map);
        let x = self.block.forward_observed(x, PRIOR_SLOPE, Precision::Int8, &mut inner);
        self.output.forward(x, NO_ACTIVATION, Precision::Int8)
    }
}

/// Latents of the last frame are cut off at this many quantiser steps.
const LARGEST_LATENT: f32 = 32.0;
/// Quarters of a pixel in a latent position.
const QUARTERS: i32 = 4 * LATENT_BLOCK as i32;
/// Speeds from this on, in quarters of a pixel, look the same.
const FASTEST: i32 = 256;
/// And so do differences of vectors.
const WIDEST: i32 = 64;
/// Anchor positions that count as one.
const APART: f32 = 8.0;

/// What the side inputs of one frame of a batch are made of.
#[derive(Debug, Clone, Copy)]
pub struct SideSource<'a> {
    /// The vectors of the frame, a cell for each 8x8 pixels.
    pub field: &'a VectorField,
    /// Anchor position of the frame and of its reference.
    pub positions: [f32; 2],
    /// The last of all anchors.
    pub last_anchor: f32,
}

/// Makes side inputs.
#[derive(Debug)]
pub struct SideMaker {
    /// Rows and columns of latents.
    pub size: [usize; 2],
    /// Latent channels.
    pub channels: usize,
}

impl SideMaker {
    /// The side inputs of a batch. `last` are the decoded latents of the last frames in quantiser steps and by what
    /// they are multiplied to have those of this frame, `[batch, h, w, M]` and `[batch, 1, 1, M]`; none where the
    /// last frames are no predicted ones.
    ///
    /// # Shapes
    /// output: `[batch, h, w, side inputs]`
    pub fn inputs(
        &self,
        sources: &[SideSource<'_>],
        last: Option<(Tensor<4>, Tensor<4>)>,
        device: &Device,
    ) -> Tensor<4> {
        let [height, width] = self.size;
        let tensor = |values, channels| {
            Tensor::<4>::from_data(
                TensorData::new(values, [sources.len(), height, width, channels]),
                device,
            )
        };
        let has_last = last.is_some();
        let motion = sources
            .iter()
            .flat_map(|source| self.motion(source, has_last))
            .collect();
        let motion = tensor(motion, MOTION_FEATURES);
        let moved = match last {
            Some((latents, ratio)) => {
                let values = host_values(latents);
                let fields = sources.iter().zip(values.chunks_exact(height * width * self.channels));
                let moved = fields
                    .flat_map(|(source, values)| self.moved(source.field, values))
                    .collect();
                let limit = LARGEST_LATENT;
                (tensor(moved, self.channels) * ratio).clamp(-limit, limit) / limit
            }
            None => Tensor::zeros([sources.len(), height, width, self.channels], device),
        };
        Tensor::cat(vec![moved.clone(), moved.abs(), motion], 3)
    }

    /// Latents moved by the vectors, to the nearest whole position; those from outside repeat the border.
    fn moved(&self, field: &VectorField, values: &[f32]) -> Vec<f32> {
        let [height, width] = self.size;
        let mut moved = Vec::with_capacity(values.len());
        for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
            let Vector { x, y } = field.latent_mean([column, row]);
            let place = |at: usize, by: i16, side: usize| {
                let by = (i32::from(by) + QUARTERS / 2).div_euclid(QUARTERS);
                (at as i32 + by).clamp(0, side as i32 - 1) as usize
            };
            let from = (place(row, y, height) * width + place(column, x, width)) * self.channels;
            moved.extend_from_slice(&values[from..from + self.channels]);
        }
        moved
    }

    fn motion(&self, source: &SideSource<'_>, has_last: bool) -> Vec<f32> {
        let [height, width] = self.size;
        let [position, reference] = source.positions;
        let mut features = Vec::with_capacity(height * width * MOTION_FEATURES);
        for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
            let vector = source.field.latent_mean([column, row]);
            let speed = i32::from(vector.x).abs() + i32::from(vector.y).abs();
            features.extend([
                f32::from(u8::from(has_last)),
                speed.min(FASTEST) as f32 / FASTEST as f32,
                source.field.latent_spread([column, row]).min(WIDEST) as f32 / WIDEST as f32,
                position / source.last_anchor,
                ((reference - position) / APART).clamp(-1.0, 1.0),
            ]);
        }
        features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(of: impl Fn(usize, usize) -> Vector) -> VectorField {
        let mut field = VectorField::still(64, 64);
        for at in 0..64 {
            field.vectors[at] = of(at % 8, at / 8);
        }
        field
    }

    #[test]
    fn latents_move_with_the_vectors() {
        let maker = SideMaker {
            size: [4, 4],
            channels: 2,
        };
        let device = Device::flex();
        let values: Vec<f32> = (0..32).map(|at| at as f32).collect();
        let latents = Tensor::<4>::from_data(TensorData::new(values.clone(), [1, 4, 4, 2]), &device);
        let ratio = Tensor::<4>::ones([1, 1, 1, 2], &device);
        let by = Vector { x: 70, y: -60 };
        let field = field(|_, _| by);
        let source = SideSource {
            field: &field,
            positions: [6.5, 8.5],
            last_anchor: 13.0,
        };
        let inputs = host_values(maker.inputs(&[source], Some((latents, ratio)), &device));
        let width = 4 + MOTION_FEATURES;
        // One position to the right and one up, from row 2 and column 1.
        let at = &inputs[(2 * 4 + 1) * width..][..width];
        let from = values[(4 + 2) * 2];
        assert_eq!(
            at,
            [
                from / 32.0,
                (from + 1.0) / 32.0,
                from / 32.0,
                (from + 1.0) / 32.0,
                1.0,
                130.0 / 256.0,
                0.0,
                0.5,
                0.25
            ]
        );
        let none = host_values(maker.inputs(&[source], None, &device));
        assert!(none[..5].iter().all(|value| *value == 0.0));
    }

    #[test]
    fn differences_of_vectors_are_seen_beside_them() {
        let field = field(|column, _| Vector {
            x: if column >= 4 { 40 } else { 0 },
            y: 3,
        });
        assert_eq!(
            [0, 1, 2, 3].map(|column| field.latent_spread([column, 1])),
            [0, 40, 40, 0]
        );
        assert_eq!(field.latent_mean([3, 0]), Vector { x: 40, y: 3 });
    }
}
