//! The bits of latents by the network that predicts them, and their gradients.

use std::ops::Range;

use rayon::prelude::*;

use super::super::shape::{Layout, MOST_FEATURES, NEIGHBOURS, Shape};
use super::grid::{ENDS, Latents, Padded, SIDE};
use super::lanes::{Sums, WIDE, Wide, accumulate, add_sums, backward, cut, cut_gradient, forward, load};
use super::math::{exp2, log2};
use lmc_kernels::isa::Isa;

/// Rows of a block, which has its own gradients.
const ROWS: usize = 32;
/// The largest output of a hidden layer: a little less than integers can be.
const MOST: f32 = 255.0;
/// What the tables add to each probability, about.
const LEAST: f32 = 1.5e-5;
/// The range of log-scales that tables know.
const SCALES: [f32; 2] = [-5.0, 7.0];

/// What a block of rows gives.
struct Block {
    bits: f64,
    first_row: usize,
    sums: Vec<Sums>,
    /// Gradients of the grid itself, from [`ENDS`] rows above the block on, zeros at the sides included.
    own: Vec<f32>,
    /// Gradients of features: those of the next coarser grid three to a latent, then those of the one after it.
    told: Vec<[f32; MOST_FEATURES]>,
}

/// Adds the gradients of `weight` times the bits of all grids to those of the grids and to `gradient`; the bits.
pub(super) fn bits(
    grids: &mut [Latents],
    shape: &Shape,
    layout: &Layout,
    parameters: &[f32],
    weight: f32,
    gradient: &mut [f32],
    isa: Isa,
) -> f64 {
    let tasks: Vec<(usize, usize)> = grids
        .iter()
        .enumerate()
        .flat_map(|(at, grid)| (0..grid.rounded.rows).step_by(ROWS).map(move |row| (at, row)))
        .collect();
    let planes: Vec<&Padded> = grids.iter().map(|grid| &grid.rounded).collect();
    let work = |&(at, row): &(usize, usize)| {
        let predictor = Predictor {
            shape,
            layout,
            parameters,
            planes: &planes[at..],
            grid: at,
            weight,
        };
        (at, isa.run(|| predictor.block(row)))
    };
    let blocks: Vec<(usize, Block)> = tasks.par_iter().map(work).collect();
    let mut bits = 0.0;
    for (at, block) in blocks {
        bits += block.bits;
        add_sums(gradient, &block.sums);
        add(&mut grids[at..], &block, shape.features);
    }
    bits
}

/// Adds the gradients of a block to its grid and the coarser ones.
fn add(grids: &mut [Latents], block: &Block, features: usize) {
    let stride = grids[0].gradient.stride();
    for (row, values) in block.own.chunks_exact(stride).enumerate() {
        let row = (block.first_row + row) as isize - ENDS as isize;
        grids[0].gradient.add_row(row, values);
    }
    let columns = grids[0].gradient.columns;
    if features == 0 || grids.len() < 2 {
        return;
    }
    for (row, told) in block.told.chunks_exact(columns).enumerate() {
        let row = block.first_row + row;
        let (near, beyond) = beside(row);
        let next = &mut grids[1].gradient;
        let [at, far] = [next.start(near), next.start(beyond)];
        for (column, told) in told.iter().enumerate() {
            let (x, side) = beside(column);
            next.values[at.wrapping_add_signed(x)] += told[0];
            next.values[at.wrapping_add_signed(side)] += told[1];
            next.values[far.wrapping_add_signed(x)] += told[2];
        }
        if let Some(after) = grids.get_mut(2) {
            let at = after.gradient.start(near >> 1);
            for (column, told) in told.iter().enumerate() {
                after.gradient.values[at + (column >> 2)] += told[3];
            }
        }
    }
}

/// The place in the next coarser grid, and the nearer one beside it.
#[inline(always)]
fn beside(at: usize) -> (isize, isize) {
    let near = (at >> 1) as isize;
    (near, near + if at.is_multiple_of(2) { -1 } else { 1 })
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

struct Predictor<'a> {
    shape: &'a Shape,
    layout: &'a Layout,
    parameters: &'a [f32],
    /// The grid, then the coarser ones.
    planes: &'a [&'a Padded],
    grid: usize,
    weight: f32,
}

impl Predictor<'_> {
    #[inline(always)]
    fn block(&self, first_row: usize) -> Block {
        let plane = self.planes[0];
        let rows = ROWS.min(plane.rows - first_row);
        let mut block = Block {
            bits: 0.0,
            first_row,
            sums: vec![[0.0; 16]; self.layout.total],
            own: vec![0.0; (rows + ENDS) * plane.stride()],
            told: vec![
                [0.0; MOST_FEATURES];
                if self.shape.features > 0 {
                    rows * plane.columns
                } else {
                    0
                }
            ],
        };
        let mut layers = Layers::new(self.shape);
        for row in 0..rows {
            for column in (0..plane.columns).step_by(WIDE) {
                let part = column..plane.columns.min(column + WIDE);
                self.lanes(&mut block, &mut layers, row, part);
            }
        }
        block
    }

    /// Values that coarser grids tell of the latents of a row from a column on.
    #[inline(always)]
    fn features(&self, row: usize, column: usize, count: usize, inputs: &mut [Wide]) {
        let Some(next) = self.planes.get(1) else { return };
        let (near, beyond) = beside(row);
        let [at, far] = [next.start(near), next.start(beyond)];
        for lane in 0..count {
            let (x, side) = beside(column + lane);
            let told = [
                next.values[at.wrapping_add_signed(x)],
                next.values[at.wrapping_add_signed(side)],
                next.values[far.wrapping_add_signed(x)],
                self.planes
                    .get(2)
                    .map_or(0.0, |after| after.values[after.start(near >> 1) + (column + lane) / 4]),
            ];
            inputs
                .iter_mut()
                .zip(told)
                .for_each(|(input, value)| input[lane] = value);
        }
    }

    #[inline(always)]
    fn lanes(&self, block: &mut Block, layers: &mut Layers, row: usize, part: Range<usize>) {
        let own = block.first_row + row;
        self.gather(layers, own, part.clone());
        self.forward(layers);
        let d_values = self.cost(block, layers, own, part.clone());
        self.backward(block, layers);
        self.scatter(block, layers, row, part, &d_values);
    }

    /// Collects the inputs of the latents of a row.
    #[inline(always)]
    fn gather(&self, layers: &mut Layers, row: usize, part: Range<usize>) {
        let Shape {
            contexts,
            features,
            width,
            ..
        } = *self.shape;
        let plane = self.planes[0];
        let start = plane.start(row as isize) + part.start;
        let stride = plane.stride() as isize;
        for ([dy, dx], input) in NEIGHBOURS.iter().take(contexts).zip(&mut layers.known[width..]) {
            let from = start.wrapping_add_signed(dy * stride + dx);
            *input = load(&plane.values[from..from + part.len()]);
        }
        if features > 0 {
            self.features(row, part.start, part.len(), &mut layers.known[width + contexts..]);
        }
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
        for (two, one) in two.iter_mut().flatten().zip(one.iter().flatten()) {
            *two = (*two + one).clamp(0.0, MOST);
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
    fn cost(&self, block: &mut Block, layers: &mut Layers, row: usize, part: Range<usize>) -> Wide {
        let plane = self.planes[0];
        let start = plane.start(row as isize) + part.start;
        let values = load(&plane.values[start..start + part.len()]);
        let level = self.layout.levels.start + self.grid;
        let (mut d_values, mut bits) = ([0.0; WIDE], [0.0; WIDE]);
        let [means, scales] = &mut layers.out;
        let places = values.iter().zip(means.iter_mut()).zip(scales.iter_mut());
        for (((value, mean), scale), (bits, d_value)) in places.zip(bits.iter_mut().zip(&mut d_values)) {
            let cost = cost(*value, *mean, *scale + self.parameters[level]);
            *bits = cost[0];
            *d_value = self.weight * cost[1];
            *mean = -self.weight * cost[1];
            *scale = self.weight * cost[2];
        }
        layers.out.iter_mut().for_each(|d| d[part.len()..].fill(0.0));
        block.bits += f64::from(bits[..part.len()].iter().sum::<f32>());
        for d in layers.out[1].chunks_exact(16) {
            block.sums[level].iter_mut().zip(d).for_each(|(sum, d)| *sum += d);
        }
        d_values
    }

    #[inline(always)]
    fn backward(&self, block: &mut Block, layers: &mut Layers) {
        let Layout {
            first, second, last, ..
        } = self.layout;
        let (sums, width) = (&mut block.sums, self.shape.width);
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
    fn scatter(&self, block: &mut Block, layers: &Layers, row: usize, part: Range<usize>, d_values: &Wide) {
        let Shape {
            contexts,
            features,
            width,
            ..
        } = *self.shape;
        let plane = self.planes[0];
        let stride = plane.stride() as isize;
        let d_inputs = &layers.d_known[width..];
        let mut add = |[dy, dx]: [isize; 2], d: &Wide| {
            let from = (row + ENDS) * plane.stride() + SIDE + part.start;
            let from = from.wrapping_add_signed(dy * stride + dx);
            let place = &mut block.own[from..from + part.len()];
            place.iter_mut().zip(d).for_each(|(sum, d)| *sum += d);
        };
        add([0, 0], d_values);
        for (offset, d) in NEIGHBOURS.iter().zip(&d_inputs[..contexts]) {
            add(*offset, d);
        }
        if features > 0 {
            let told = &mut block.told[row * plane.columns + part.start..][..part.len()];
            for (lane, told) in told.iter_mut().enumerate() {
                for (told, d) in told.iter_mut().zip(&d_inputs[contexts..]) {
                    *told = d[lane];
                }
            }
        }
    }

    #[inline(always)]
    fn tensor(&self, range: &Range<usize>) -> &[f32] {
        &self.parameters[range.clone()]
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
