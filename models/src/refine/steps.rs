//! The descent.

use burn::tensor::{Device, Tensor, TensorData, s};

use super::adam::Adam;
use super::cost::{Costs, Rounding};
use crate::wavelet::packet::{self, BANDS, BLOCK};
use crate::wavelet::{Distortion, ErrorWeights, HYPER_BLOCK, LATENT_BLOCK, LatentField, Planes, host_values, to_hyper};
use crate::{ModelError, Result};

/// A tile to refine, in the window of pixels around it.
#[derive(Debug, Clone, Copy)]
pub struct RefineTask<'a> {
    /// The tile and its surroundings, both sides multiples of 64.
    pub window: &'a Planes,
    /// Row and column of the window's latents at which the tile starts.
    pub start: [usize; 2],
    /// Rows and columns of latents of the tile, multiples of 4; what is refined.
    pub size: [usize; 2],
    /// Rows and columns of the tile that are coded; the rest pads.
    pub coded: [usize; 2],
    /// Rows and columns of pixels of the window that belong to the picture.
    pub visible: [usize; 2],
    /// Steps of descent.
    pub steps: usize,
}

/// What a descent comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Refined {
    /// Latents of the tile.
    pub field: LatentField,
    /// The hyper-latents that they were refined with, `[rows / 4, columns / 4, Z]`. Those that `h_a` would make of the
    /// refined latents are others.
    pub z: Vec<i16>,
}

/// Where a descent is.
#[derive(Clone)]
struct Point {
    y: Vec<f32>,
    z: Vec<f32>,
}

/// The temperature of the rounding in the first step.
const WARM: f64 = 0.6;
/// The same in the last step.
const COLD: f64 = 0.15;
/// Steps between looks at what hard rounding would cost.
const LOOK_EVERY: usize = 10;

/// A model ready to refine latents, on a device that tracks gradients.
#[derive(Debug)]
pub(crate) struct Refiner {
    costs: Costs,
    distortion: Distortion,
    device: Device,
}

/// What stays the same during a descent.
struct Fixed {
    bands: Tensor<4>,
    /// Of the squared errors of bands; zero outside of the picture.
    weights: ErrorWeights,
    coded: Tensor<4>,
    inverse_gain: Tensor<4>,
    surroundings: Tensor<4>,
    /// Weight of the squared error of bands, whose sum the loss takes.
    lambda: f64,
}

/// The conditions of a descent that come from the model and the quality.
pub(crate) struct Conditions {
    /// Hyper-latents of the tile before rounding, `[rows / 4, columns / 4, Z]`
    pub(crate) z: Vec<f32>,
    /// Per channel.
    pub(crate) inverse_gain: Vec<f32>,
    /// Bits that a squared error of 1 on 0..255 is worth, per pixel.
    pub(crate) lambda: f64,
}

impl Refiner {
    pub(crate) fn new(costs: Costs, distortion: Distortion, device: Device) -> Self {
        Self {
            costs,
            distortion,
            device,
        }
    }

    /// The tile's latents and hyper-latents after the descent, the best that were seen on the way.
    ///
    /// `field` are the latents of the whole window.
    pub(crate) fn run(
        &self,
        task: &RefineTask<'_>,
        field: &LatentField,
        conditions: &Conditions,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Refined> {
        let fixed = self.fixed(task, field, conditions);
        let mut tile = tile_of(task, field);
        let mut now = Point {
            y: tile.data,
            z: conditions.z.clone(),
        };
        let mut adams = [&now.y, &now.z].map(|values| Adam::new(values.len()));
        let hard = |at: &Point| {
            let loss = self.loss(task, &fixed, &self.leaves(task, at), Rounding::Hard);
            loss.into_scalar::<f32>()
        };
        let (mut best, mut least) = (now.clone(), hard(&now));
        for step in 0..task.steps {
            let share = step as f64 / task.steps as f64;
            let rounding = Rounding::Soft {
                temperature: WARM * (COLD / WARM).powf(share),
                seed: step as u64,
            };
            let leaves = self.leaves(task, &now);
            let gradients = self.loss(task, &fixed, &leaves, rounding).backward();
            let rate = self.costs.rate() * (1.0 - 0.8 * share) as f32;
            let values = [&mut now.y, &mut now.z];
            for ((leaf, values), adam) in leaves.iter().zip(values).zip(&mut adams) {
                let gradient = leaf
                    .grad(&gradients)
                    .ok_or_else(|| ModelError::Parameter("the latents have no gradient".into()))?;
                adam.step(values, &host_values(gradient), rate);
            }
            if step + 1 == task.steps || (step + 1).is_multiple_of(LOOK_EVERY) {
                let value = hard(&now);
                if value < least {
                    least = value;
                    best.clone_from(&now);
                }
            }
            progress(step + 1, task.steps);
        }
        tile.data = best.y;
        Ok(Refined {
            field: tile,
            z: best.z.into_iter().map(to_hyper).collect(),
        })
    }

    /// Latents and hyper-latents that gradients are taken of.
    fn leaves(&self, task: &RefineTask<'_>, at: &Point) -> [Tensor<4>; 2] {
        let leaf = |values: &[f32], size: [usize; 2]| {
            let shape = [1, size[0], size[1], values.len() / (size[0] * size[1])];
            Tensor::from_data(TensorData::new(values.to_vec(), shape), &self.device).require_grad()
        };
        [
            leaf(&at.y, task.size),
            leaf(&at.z, task.size.map(|side| side / HYPER_BLOCK)),
        ]
    }

    /// Bits of the tile and the weighted squared error of the window.
    fn loss(&self, task: &RefineTask<'_>, fixed: &Fixed, [y, z]: &[Tensor<4>; 2], rounding: Rounding) -> Tensor<1> {
        let hyper = self.costs.code_hyper(z.clone(), rounding);
        let latents = self.costs.code(y, hyper.value, task.coded, rounding);
        let [[top, left], [rows, columns]] = [task.start, task.size];
        let whole = fixed
            .surroundings
            .clone()
            .slice_assign(s![.., top..top + rows, left..left + columns, ..], latents.value);
        let bands = self.costs.synthesise(whole * fixed.inverse_gain.clone());
        let error = fixed.weights.apply(bands - fixed.bands.clone()).powi_scalar(2);
        (latents.bits * fixed.coded.clone()).sum() + hyper.bits.sum() + error.sum() * fixed.lambda
    }

    fn fixed(&self, task: &RefineTask<'_>, field: &LatentField, conditions: &Conditions) -> Fixed {
        let tensor = |data: Vec<f32>, shape: [usize; 4]| Tensor::from_data(TensorData::new(data, shape), &self.device);
        let (height, width) = (task.window.height, task.window.width);
        let [rows, columns] = task.size;
        let visible = task.visible.map(|side| side.div_ceil(BLOCK));
        let [map_rows, map_columns] = [height / BLOCK, width / BLOCK];
        let bands = packet::bands_of(&task.window.data, height, width);
        let weights = self
            .distortion
            .weights(&bands, [1, map_rows, map_columns], &self.device);
        Fixed {
            bands: tensor(bands, [1, map_rows, map_columns, BANDS]),
            weights: weights.masked(tensor(
                corner(map_rows, map_columns, visible),
                [1, map_rows, map_columns, 1],
            )),
            coded: tensor(corner(rows, columns, task.coded), [1, rows, columns, 1]),
            inverse_gain: tensor(conditions.inverse_gain.clone(), [1, 1, 1, field.channels]),
            surroundings: tensor(field.data.clone(), [1, field.height, field.width, field.channels]),
            // The squared error of a pixel is that of its three samples over three.
            lambda: conditions.lambda * 255.0 * 255.0 / 3.0 * self.costs.emphasis(),
        }
    }
}

/// 1 in the first `inner` rows and columns, else 0.
fn corner(rows: usize, columns: usize, inner: [usize; 2]) -> Vec<f32> {
    let at = |row: usize, column: usize| f32::from(u8::from(row < inner[0] && column < inner[1]));
    (0..rows)
        .flat_map(|row| (0..columns).map(move |column| at(row, column)))
        .collect()
}

/// The latents of the tile alone.
pub(crate) fn tile_of(task: &RefineTask<'_>, field: &LatentField) -> LatentField {
    let [[top, left], [rows, columns]] = [task.start, task.size];
    let row = |row: usize| {
        let from = (row * field.width + left) * field.channels;
        &field.data[from..from + columns * field.channels]
    };
    LatentField {
        height: rows,
        width: columns,
        channels: field.channels,
        data: (top..top + rows).flat_map(row).copied().collect(),
    }
}

impl RefineTask<'_> {
    /// # Errors
    /// [`ModelError::Parameter`] if the tile is not in the window.
    pub(crate) fn check(&self) -> Result<()> {
        let window = [self.window.height / LATENT_BLOCK, self.window.width / LATENT_BLOCK];
        let fits = (0..2).all(|axis| {
            let (start, size) = (self.start[axis], self.size[axis]);
            size > 0 && size.is_multiple_of(HYPER_BLOCK) && self.coded[axis] <= size && start + size <= window[axis]
        });
        if fits && self.visible[0] <= self.window.height && self.visible[1] <= self.window.width {
            return Ok(());
        }
        Err(ModelError::Parameter(format!(
            "a tile of {:?} latents at {:?} does not fit a window of {window:?}",
            self.size, self.start
        )))
    }
}
