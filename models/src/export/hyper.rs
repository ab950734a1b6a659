//! The context of hyper-latents, fitted to those of crops: the neighbours of a position predict its mean and scale.
//!
//! Both are linear, means in the values around and scales in their magnitudes. Means are those of least squares, and scales come from some
//! steps of Fisher scoring for the bits that the tables say.

use burn::tensor::{Device, Tensor, TensorData};
use lmc_entropy::prior::{HyperContext, LatentPrior, PriorSpec, hyper_inputs};
use lmc_kernels::net::PointwiseSpec;

use super::layers::{Fixed, pointwise};
use super::scales::{Costs, fit_scales};
use super::tables::HyperCounts;
use crate::Result;
use crate::wavelet::{HYPER_BLOCK, LOG_SCALE_FRACTION_BITS, MEAN_FRACTION_BITS, NamedTensor, Params, host_values};

/// Positions around that are inputs.
const AROUND: usize = 4;
/// Inputs of means, and of scales, besides those of the positions around: two edges, and a 1 for the bias.
const OTHERS: usize = 3;
/// Rows and columns of a usual image, in positions: crops are small, so their edges count less.
const USUAL: [f32; 2] = [8.0, 12.0];
/// Added to the mean square of each input, as a share of the mean of all, so that rare inputs are not learnt by heart.
const RIDGE: f64 = 0.01;
/// The square of a hyper-latent that errors of a grid are divided by at least.
const LEAST_SQUARE: f32 = 0.1;

/// The hyper-latents of a crop.
#[derive(Debug, Clone)]
pub(super) struct HyperGrid {
    /// Rows.
    pub(super) height: usize,
    /// Columns.
    pub(super) width: usize,
    /// `[height, width, Z]`
    pub(super) z: Vec<i16>,
}

/// The context of hyper-latents that takes the least bits for these grids, with tables counted in them. `spec` may have none or another.
pub(super) fn hyper_context(spec: &PriorSpec, grids: &[HyperGrid], device: &Device) -> Result<HyperContext> {
    let context = HyperContext {
        network: fit(grids, spec.z_channels, device)?,
        tables: HyperCounts::new().tables()?,
    };
    let pz = Some(context.clone());
    let prior = LatentPrior::new(PriorSpec { pz, ..spec.clone() })?;
    let mut counts = HyperCounts::new();
    for grid in grids {
        let [height, width] = [grid.height, grid.width].map(|side| HYPER_BLOCK * side);
        counts.see(&prior.observe_z(&grid.z, height, width)?);
    }
    Ok(HyperContext {
        tables: counts.tables()?,
        ..context
    })
}

fn fit(grids: &[HyperGrid], channels: usize, device: &Device) -> Result<PointwiseSpec> {
    let mut samples = Samples::default();
    grids.iter().for_each(|grid| samples.see(grid, channels));
    let [values, magnitudes, targets] = samples.tensors(device);
    let counts = samples.column(&samples.counts, device);
    let precise = samples.column(&samples.precisions, device) * counts.clone();

    let inverse = inverse_moments(&values, &precise);
    let means = inverse.matmul(values.clone().transpose().matmul(precise * targets.clone()));
    let residuals = host_values(targets - values.matmul(means.clone()));
    let inverse = inverse_moments(&magnitudes, &counts);
    let scales = fit_scales(&Costs::new(), &residuals, &magnitudes, &counts, &inverse);
    layer(&host_values(means), &host_values(scales), channels)
}

/// The neighbours of each position, and its value.
#[derive(Default)]
struct Samples {
    /// Values around, edges and a 1.
    values: Vec<f32>,
    /// Magnitudes around, edges and a 1.
    magnitudes: Vec<f32>,
    targets: Vec<f32>,
    /// How often a position occurs in usual pictures for each time here.
    counts: Vec<f32>,
    /// The inverses of squares that are usual around it.
    precisions: Vec<f32>,
}

impl Samples {
    fn see(&mut self, grid: &HyperGrid, channels: usize) {
        let (height, width) = (grid.height, grid.width);
        let z = || grid.z.iter().map(|value| f32::from(*value));
        self.targets.extend(z());
        let square = z().map(|value| value * value).sum::<f32>() / grid.z.len() as f32;
        for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
            let inputs = hyper_inputs(&grid.z, [row, column], width, channels);
            let inputs: Vec<f32> = inputs.into_iter().map(f32::from).collect();
            let (values, rest) = inputs.split_at(AROUND * channels);
            self.values
                .extend(values.iter().chain(&rest[values.len()..]).chain(&[1.0]));
            self.magnitudes.extend(rest.iter().chain(&[1.0]));
            let count = share(row, [0, 0], height, USUAL[0]) * share(column, [0, width - 1], width, USUAL[1]);
            self.counts.push(count);
            self.precisions.push(1.0 / (LEAST_SQUARE + square));
        }
    }

    /// Values, magnitudes and targets, a row for each position.
    fn tensors(&self, device: &Device) -> [Tensor<2>; 3] {
        let rows = self.counts.len();
        [&self.values, &self.magnitudes, &self.targets]
            .map(|data| Tensor::from_data(TensorData::new(data.clone(), [rows, data.len() / rows.max(1)]), device))
    }

    fn column(&self, data: &[f32], device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(data.to_vec(), [data.len(), 1]), device)
    }
}

/// How often a place of `usual` occurs for each time that one of `count` does; `edges` are those that occur once for all others.
fn share(place: usize, edges: [usize; 2], count: usize, usual: f32) -> f32 {
    let once = if edges[0] == edges[1] { 1 } else { 2 };
    if edges.contains(&place) {
        return count as f32 / usual;
    }
    (usual - once as f32) / usual * count as f32 / (count - once) as f32
}

/// The inverse of the second moments of rows, each with its weight, and of a ridge.
fn inverse_moments(rows: &Tensor<2>, weights: &Tensor<2>) -> Tensor<2> {
    let [_, size] = rows.dims();
    let moments = rows.clone().transpose().matmul(rows.clone() * weights.clone());
    let device = rows.device();
    let mut moments: Vec<f64> = host_values(moments).into_iter().map(f64::from).collect();
    let free = size - OTHERS;
    let mean = (0..free).map(|at| moments[at * size + at]).sum::<f64>() / free as f64;
    for at in 0..size {
        // Edges need no help, but where there are none of them.
        let share = if at < free { RIDGE } else { 1e-6 };
        moments[at * size + at] += share * mean + 1e-9;
    }
    let inverse = inverse(moments, size).into_iter().map(|value| value as f32).collect();
    Tensor::from_data(TensorData::new(inverse, [size, size]), &device)
}

/// The inverse of a positive definite matrix, in its place by Gauss and Jordan: no pivots are needed.
fn inverse(mut matrix: Vec<f64>, size: usize) -> Vec<f64> {
    for pivot in 0..size {
        let scale = 1.0 / matrix[pivot * size + pivot];
        matrix[pivot * size + pivot] = 1.0;
        let mut own = matrix[pivot * size..(pivot + 1) * size].to_vec();
        own.iter_mut().for_each(|value| *value *= scale);
        for (row, values) in matrix.chunks_exact_mut(size).enumerate() {
            if row == pivot {
                values.copy_from_slice(&own);
                continue;
            }
            let factor = std::mem::take(&mut values[pivot]);
            values
                .iter_mut()
                .zip(&own)
                .for_each(|(value, own)| *value -= factor * own);
        }
    }
    matrix
}

/// The integers of factors, `[4 Z + 3, Z]` for each.
fn layer(means: &[f32], scales: &[f32], channels: usize) -> Result<PointwiseSpec> {
    let (around, inputs) = (AROUND * channels, 2 * AROUND * channels + 2);
    let mut data = vec![0.0; inputs * 2 * channels];
    for (input, row) in data.chunks_exact_mut(2 * channels).enumerate() {
        let (of_means, of_scales) = row.split_at_mut(channels);
        if let Some(from) = place_of(input, 0, around) {
            of_means.copy_from_slice(&means[from * channels..(from + 1) * channels]);
        }
        if let Some(from) = place_of(input, around, around) {
            of_scales.copy_from_slice(&scales[from * channels..(from + 1) * channels]);
        }
    }
    let bias = [means, scales]
        .map(|factors| &factors[factors.len() - channels..])
        .concat();
    let named = |part: &str, shape: &[usize], data| {
        (
            format!("pz.{part}"),
            NamedTensor {
                shape: shape.to_vec(),
                data,
            },
        )
    };
    let params = Params::from([
        named("weight", &[inputs, 2 * channels], data),
        named("bias", &[2 * channels], bias),
    ]);
    let fixed = |output| Fixed {
        input: 0,
        output: if output < channels {
            MEAN_FRACTION_BITS
        } else {
            LOG_SCALE_FRACTION_BITS
        },
        leaky: false,
    };
    pointwise(&params, "pz", fixed, |index, _| index)
}

/// Where an input of the network is among `around` inputs from `first` on and the edges, if it is one of them.
fn place_of(input: usize, first: usize, around: usize) -> Option<usize> {
    if (first..first + around).contains(&input) {
        return Some(input - first);
    }
    input.checked_sub(2 * around).map(|edge| around + edge)
}

#[cfg(test)]
mod tests {
    use lmc_entropy::prior::{ObservedHyper, synthetic};
    use rand::rngs::SmallRng;
    use rand::{Rng, SeedableRng};

    use super::super::tables::{mass, scale_lut};
    use super::*;

    const SIDE: usize = 8;
    const CHANNELS: usize = 2;

    /// What a value is drawn from: mean and scale.
    fn law(left: f32, above: f32) -> [f32; 2] {
        [0.6 * left - 0.3 * above, 0.5 + 0.3 * left.abs()]
    }

    /// Values that depend on those to the left and above.
    fn grid(random: &mut SmallRng) -> HyperGrid {
        let mut z = vec![0; SIDE * SIDE * CHANNELS];
        for at in 0..z.len() {
            let [left, above] = around(&z, at);
            let [mean, scale] = law(left, above);
            let sum: f32 = (0..12).map(|_| random.random::<f32>()).sum();
            z[at] = (mean + scale * (sum - 6.0)).round() as i16;
        }
        let (height, width) = (SIDE, SIDE);
        HyperGrid { height, width, z }
    }

    fn around(z: &[i16], at: usize) -> [f32; 2] {
        let left = (!(at / CHANNELS).is_multiple_of(SIDE)).then(|| z[at - CHANNELS]);
        let above = (at / CHANNELS >= SIDE).then(|| z[at - SIDE * CHANNELS]);
        [left, above].map(|value| f32::from(value.unwrap_or(0)))
    }

    /// Bits of hyper-latents by their law.
    fn by_law(grids: &[HyperGrid]) -> f64 {
        let bits = |grid: &HyperGrid, at: usize| {
            let [left, above] = around(&grid.z, at);
            let [mean, scale] = law(left, above).map(f64::from);
            let z = f64::from(grid.z[at]);
            -mass(z - mean - 0.5, z - mean + 0.5, scale).max(1e-9).log2()
        };
        grids
            .iter()
            .flat_map(|grid| (0..grid.z.len()).map(|at| bits(grid, at)))
            .sum()
    }

    /// Bits of hyper-latents by a context.
    fn by_context(spec: &PriorSpec, context: &HyperContext, grids: &[HyperGrid]) -> f64 {
        let pz = Some(context.clone());
        let prior = LatentPrior::new(PriorSpec { pz, ..spec.clone() }).unwrap();
        let bits = |seen: &ObservedHyper| {
            let table = &context.tables[usize::from(seen.scale)][usize::from(seen.fraction)];
            let slot = table.slot(i32::from(seen.symbol)).unwrap_or(table.escape());
            16.0 - f64::from(slot.size.get()).log2()
        };
        let seen = |grid: &HyperGrid| prior.observe_z(&grid.z, 4 * SIDE, 4 * SIDE).unwrap();
        grids.iter().flat_map(seen).map(|seen| bits(&seen)).sum()
    }

    #[test]
    fn a_fit_comes_near_to_the_law() {
        let random = &mut SmallRng::seed_from_u64(1);
        let mut grids = || -> Vec<HyperGrid> { (0..300).map(|_| grid(random)).collect() };
        let (train, test) = (grids(), grids());
        let (scale_lut, lut_min) = scale_lut();
        let spec = PriorSpec {
            scale_lut,
            lut_min,
            ..synthetic(1, 4, CHANNELS, 4)
        };
        let fitted = hyper_context(&spec, &train, &Device::flex()).unwrap();
        let mut blind = fitted.clone();
        blind.network.weights.fill(0);
        let law = by_law(&test);
        let [by_fit, by_none] = [&fitted, &blind].map(|context| by_context(&spec, context, &test));
        assert!(by_fit < 1.02 * law, "{by_fit} bits, {law} by the law");
        assert!(
            by_none > 1.1 * law,
            "{by_none} bits without a context, {law} by the law"
        );
    }

    #[test]
    fn crops_count_as_usual_pictures() {
        // Each of the first column, the last and those between has its share of a usual picture.
        let columns = |width: usize| -> Vec<f32> {
            (0..width)
                .map(|column| share(column, [0, width - 1], width, 12.0))
                .collect()
        };
        assert!(columns(12).iter().all(|count| (count - 1.0).abs() < 1e-6));
        let four = columns(4);
        assert!((four.iter().sum::<f32>() - 4.0).abs() < 1e-5 && (four[1] / four[0] - 5.0).abs() < 1e-5);
        assert_eq!(columns(1), [1.0 / 12.0]);
    }

    #[test]
    fn inverses_are_inverses() {
        let matrix = vec![4.0, 1.0, 0.5, 1.0, 3.0, -0.2, 0.5, -0.2, 2.0];
        let inverse = inverse(matrix.clone(), 3);
        for (row, column) in (0..3).flat_map(|row| (0..3).map(move |column| (row, column))) {
            let product: f64 = (0..3).map(|at| matrix[row * 3 + at] * inverse[at * 3 + column]).sum();
            assert!((product - f64::from(u8::from(row == column))).abs() < 1e-12);
        }
    }
}
