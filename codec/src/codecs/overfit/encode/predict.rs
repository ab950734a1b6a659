//! The bits of latents by the network that predicts them, and their gradients.

use std::ops::Range;

use rayon::prelude::*;

use super::super::shape::{Layout, NEIGHBOURS, Shape};
use super::grid::{ENDS, Latents, Padded, ROWS, SIDE};
use super::lanes::{Sums, WIDE, Wide, accumulate, add_lanes, add_sums, backward, cut, cut_gradient, forward, load};
use super::math::{exp2, log2};
use super::told::{Told, features};
use lmc_kernels::isa::Isa;

/// The largest output of a hidden layer: a little less than integers can be.
const MOST: f32 = 255.0;
/// What the tables add to each probability, about.
const LEAST: f32 = 1.5e-5;
/// The range of log-scales that tables know.
const SCALES: [f32; 2] = [-5.0, 7.0];

/// What a block of rows gives, and room to compute it.
pub(super) struct Block {
    grid: usize,
    first_row: usize,
    bits: f64,
    sums: Vec<Sums>,
    /// Gradients of the grid itself, from [`ENDS`] rows above the block on, zeros at the sides included.
    own: Vec<f32>,
    /// Gradients of coarser grids.
    told: Told,
    layers: Layers,
}

/// All blocks of a tile.
pub(super) fn blocks(shape: &Shape, layout: &Layout, size: [usize; 2]) -> Vec<Block> {
    let block = |grid: usize, first_row: usize| {
        let plane = |grid: usize| (grid < shape.grids).then(|| Padded::stride_of(Shape::size(grid, size)[1]));
        let rows = ROWS.min(Shape::size(grid, size)[0] - first_row);
        Block {
            grid,
            first_row,
            bits: 0.0,
            sums: vec![[0.0; 16]; layout.predicting()],
            own: vec![0.0; (rows + ENDS) * plane(grid).unwrap_or(0)],
            told: Told::new([1, 2].map(|by| plane(grid + by)), rows, shape.features),
            layers: Layers::new(shape),
        }
    };
    let rows = |grid: usize| (0..Shape::size(grid, size)[0]).step_by(ROWS);
    let grids = (0..shape.grids).flat_map(|grid| rows(grid).map(move |row| block(grid, row)));
    grids.collect()
}

/// The bits of latents by the networks.
pub(super) struct Predictor<'a> {
    pub(super) shape: &'a Shape,
    pub(super) layout: &'a Layout,
    pub(super) parameters: &'a [f32],
    /// What the gradient of a bit is multiplied with.
    pub(super) weight: f32,
    pub(super) isa: Isa,
}

impl Predictor<'_> {
    /// Adds the gradients of the bits of all grids to those of the grids and to `gradient`; the bits.
    pub(super) fn bits(&self, grids: &mut [Latents], blocks: &mut [Block], gradient: &mut [f32]) -> f64 {
        let planes: Vec<&Padded> = grids.iter().map(|grid| &grid.rounded).collect();
        blocks.par_iter_mut().for_each(|block| {
            self.isa.run(
                #[inline(always)]
                || self.block(block, &planes),
            );
        });
        let mut bits = 0.0;
        for block in blocks {
            bits += block.bits;
            add_sums(gradient, &block.sums);
            let mut grids = grids.iter_mut().skip(block.grid).map(|grid| &mut grid.gradient);
            if let Some(own) = grids.next() {
                own.add_rows(block.first_row as isize - ENDS as isize, &block.own);
            }
            block.told.add(block.first_row, grids);
        }
        bits
    }

    #[inline(always)]
    fn block(&self, block: &mut Block, planes: &[&Padded]) {
        let planes = &planes[block.grid..];
        let plane = planes[0];
        block.bits = 0.0;
        block.sums.fill([0.0; 16]);
        block.own.fill(0.0);
        block.told.clear();
        for row in 0..ROWS.min(plane.rows - block.first_row) {
            for column in (0..plane.columns).step_by(WIDE) {
                let part = column..plane.columns.min(column + WIDE);
                let own = block.first_row + row;
                self.gather(&mut block.layers, planes, own, column);
                self.forward(&mut block.layers);
                let d_values = self.cost(block, plane, own, part);
                self.backward(block);
                self.scatter(block, plane.stride(), row, column, &d_values);
            }
        }
    }

    /// Collects the inputs of the latents of a row.
    #[inline(always)]
    fn gather(&self, layers: &mut Layers, planes: &[&Padded], row: usize, column: usize) {
        let Shape { contexts, width, .. } = *self.shape;
        let plane = planes[0];
        let start = plane.start(row as isize) + column;
        let stride = plane.stride() as isize;
        let (near, far) = layers.known[width..].split_at_mut(contexts);
        for ([dy, dx], input) in NEIGHBOURS.iter().zip(near) {
            *input = *load(&plane.values, start.wrapping_add_signed(dy * stride + dx));
        }
        features(&planes[1..], row, column, far);
    }

    #[inline(always)]
    fn forward(&self, layers: &mut Layers) {
        let Layout {
            first, second, last, ..
        } = self.layout;
        let (two, inputs) = layers.known.split_at_mut(self.shape.width);
        let one = &mut layers.one;
        forward(self.tensor(&first[0]), self.tensor(&first[1]), inputs, one);
        cut(one, MOST);
        forward(self.tensor(&second[0]), self.tensor(&second[1]), one, two);
        for (two, one) in two.iter_mut().zip(one.iter()) {
            for (two, one) in two.iter_mut().zip(one) {
                *two = (*two + one).clamp(0.0, MOST);
            }
        }
        forward(
            self.tensor(&last[0]),
            self.tensor(&last[1]),
            &layers.known,
            &mut layers.out,
        );
    }

    /// Counts bits; leaves the gradients of the outputs in their place and gives those of the latents themselves.
    #[inline(always)]
    fn cost(&self, block: &mut Block, plane: &Padded, row: usize, part: Range<usize>) -> Wide {
        let values = load(&plane.values, plane.start(row as isize) + part.start);
        let level = self.layout.levels.start + block.grid;
        let (mut d_values, mut bits) = ([0.0; WIDE], [0.0; WIDE]);
        let [means, scales] = &mut block.layers.out;
        let places = values.iter().zip(means.iter_mut()).zip(scales.iter_mut());
        for (((value, mean), scale), (bits, d_value)) in places.zip(bits.iter_mut().zip(&mut d_values)) {
            let cost = cost(*value, *mean, *scale + self.parameters[level]);
            *bits = cost[0];
            *d_value = self.weight * cost[1];
            *mean = -self.weight * cost[1];
            *scale = self.weight * cost[2];
        }
        for lanes in [means, scales, &mut bits, &mut d_values] {
            lanes[part.len()..].fill(0.0);
        }
        let mut sums = [0.0f32; 16];
        for bits in bits.as_chunks::<16>().0 {
            sums.iter_mut().zip(bits).for_each(|(sum, bits)| *sum += bits);
        }
        block.bits += f64::from(sums.iter().sum::<f32>());
        for d in block.layers.out[1].as_chunks::<16>().0 {
            block.sums[level].iter_mut().zip(d).for_each(|(sum, d)| *sum += d);
        }
        d_values
    }

    #[inline(always)]
    fn backward(&self, block: &mut Block) {
        let Layout {
            first, second, last, ..
        } = self.layout;
        let (sums, layers, width) = (&mut block.sums, &mut block.layers, self.shape.width);
        layers.d_known.fill([0.0; WIDE]);
        gradients(sums, last, &layers.out, &layers.known);
        backward(self.tensor(&last[0]), &layers.out, &mut layers.d_known);
        let (two, inputs) = layers.known.split_at(width);
        let (d_two, d_inputs) = layers.d_known.split_at_mut(width);
        cut_gradient(d_two, two, MOST);
        gradients(sums, second, d_two, &layers.one);
        let d_one = &mut layers.d_one;
        d_one.copy_from_slice(d_two);
        backward(self.tensor(&second[0]), d_two, d_one);
        cut_gradient(d_one, &layers.one, MOST);
        gradients(sums, first, d_one, inputs);
        backward(self.tensor(&first[0]), d_one, d_inputs);
    }

    /// Adds the gradients of inputs to those of the latents that they are.
    #[inline(always)]
    fn scatter(&self, block: &mut Block, stride: usize, row: usize, column: usize, d_values: &Wide) {
        let Shape { contexts, width, .. } = *self.shape;
        let (near, far) = block.layers.d_known[width..].split_at(contexts);
        let from = (row + ENDS) * stride + SIDE + column;
        add_lanes(&mut block.own, from, d_values);
        for ([dy, dx], d) in NEIGHBOURS.iter().zip(near) {
            add_lanes(&mut block.own, from.wrapping_add_signed(dy * stride as isize + dx), d);
        }
        block.told.scatter(row, column, far);
    }

    #[inline(always)]
    fn tensor(&self, range: &Range<usize>) -> &[f32] {
        &self.parameters[range.clone()]
    }
}

/// Values of all layers at some positions, and their gradients. Hidden outputs stand before the inputs, as the last
/// layer has them.
struct Layers {
    known: Vec<Wide>,
    one: Vec<Wide>,
    out: [Wide; 2],
    d_known: Vec<Wide>,
    d_one: Vec<Wide>,
}

impl Layers {
    fn new(shape: &Shape) -> Self {
        let layer = |count| vec![[0.0; WIDE]; count];
        let known = shape.width + shape.inputs();
        Self {
            known: layer(known),
            one: layer(shape.width),
            out: [[0.0; WIDE]; 2],
            d_known: layer(known),
            d_one: layer(shape.width),
        }
    }
}

/// Adds the gradients of a layer.
#[inline(always)]
fn gradients(sums: &mut [Sums], [weights, bias]: &[Range<usize>; 2], d_outputs: &[Wide], inputs: &[Wide]) {
    let (_, rest) = sums.split_at_mut(weights.start);
    let (d_weights, rest) = rest.split_at_mut(weights.len());
    accumulate(d_weights, &mut rest[..bias.len()], d_outputs, inputs);
}

/// The bits of a value under a Laplace distribution of a mean and a binary logarithm of its scale, their derivative by
/// the value (that by the mean is its negative), and that by the logarithm.
#[inline(always)]
pub(super) fn cost(value: f32, mean: f32, scale: f32) -> [f32; 3] {
    const LN_2: f32 = std::f32::consts::LN_2;
    let inside = if scale > SCALES[0] && scale < SCALES[1] {
        1.0
    } else {
        0.0
    };
    let rate = exp2(-scale.clamp(SCALES[0], SCALES[1]));
    let (offset, distance) = (value - mean, (value - mean).abs());
    let near = distance - 0.5;
    let power = |x: f32| exp2(-x * rate * (1.0 / LN_2));
    let (a, b) = (power(near.abs()), power(distance + 0.5));
    let beyond = 0.5 * (a - b);
    let around = 1.0 - 0.5 * (a + b);
    let probability = if near >= 0.0 { beyond } else { around } + LEAST;
    let slope = -1.0 / (LN_2 * probability);
    let d_distance = slope * 0.5 * rate * (b - a);
    let d_rate = slope * 0.5 * ((distance + 0.5) * b - near * a);
    let sign = if offset < 0.0 { -1.0 } else { 1.0 };
    [-log2(probability), sign * d_distance, -LN_2 * rate * d_rate * inside]
}
