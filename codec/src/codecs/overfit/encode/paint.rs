//! From planes of latents to colours, the error of those, and its gradients.

use std::ops::Range;

use rayon::prelude::*;

use super::super::shape::{Layout, Shape};
use super::grow::{Field, dot};
use super::lanes::{Sums, WIDE, Wide, accumulate, add_sums, backward, cut, cut_gradient, forward, load};
use lmc_kernels::isa::Isa;

/// Rows of a block, which has its own gradients.
const ROWS: usize = 32;
/// The largest output of the hidden layer: a little less than integers can be.
const MOST: f32 = 7.99;

/// The colours of a tile, in planes of 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Colors {
    pub(in super::super) size: [usize; 2],
    /// A plane for each colour.
    pub(in super::super) planes: Vec<Vec<f32>>,
}

/// The networks of the synthesis.
#[derive(Clone, Copy)]
pub(super) struct Painter<'a> {
    pub(super) shape: &'a Shape,
    pub(super) layout: &'a Layout,
    pub(super) parameters: &'a [f32],
    pub(super) isa: Isa,
}

impl Painter<'_> {
    fn tensor(&self, range: &Range<usize>) -> &[f32] {
        &self.parameters[range.clone()]
    }

    /// The mean squared error to `target`, its gradient by the planes, and added to `gradient` that by the parameters.
    pub(super) fn error(&self, planes: &[Field], target: &Colors, gradient: &mut [f32]) -> (f64, Vec<Field>) {
        let size = target.size;
        let stages = self.stages(planes, size);
        let (error, mut d_colors) = difference(&stages[stages.len() - 1], target);
        for (at, filter) in self.layout.filters.iter().enumerate().rev() {
            if at + 1 < self.layout.filters.len() {
                let outputs = d_colors.iter_mut().zip(&stages[at + 1]);
                outputs.for_each(|(d, out)| d.iter_mut().zip(out).for_each(|(d, out)| *d *= f32::from(*out > 0.0)));
            }
            d_colors = self.unfilter(&stages[at], filter, size, d_colors, gradient);
        }
        (error, self.unmix(planes, size, &d_colors, gradient))
    }

    /// The mean squared error alone.
    pub(super) fn seen(&self, planes: &[Field], target: &Colors) -> f64 {
        let stages = self.stages(planes, target.size);
        difference(&stages[stages.len() - 1], target).0
    }

    /// Colours before and behind each filter.
    fn stages(&self, planes: &[Field], size: [usize; 2]) -> Vec<Vec<Vec<f32>>> {
        let mut stages = vec![self.mix(planes, size)];
        for (at, filter) in self.layout.filters.iter().enumerate() {
            let last = at + 1 == self.layout.filters.len();
            let stage = self.filter(&stages[at], filter, size, !last);
            stages.push(stage);
        }
        stages
    }

    /// The colours before all filters.
    fn mix(&self, planes: &[Field], [rows, columns]: [usize; 2]) -> Vec<Vec<f32>> {
        let work = |block: Range<usize>| {
            let from = block.start * columns..block.end * columns;
            let mut out = vec![vec![0.0; from.len()]; self.shape.colors];
            let mut layers = Layers::new(self.shape);
            self.isa.run(|| {
                for at in (0..from.len()).step_by(WIDE) {
                    let part = from.start + at..(from.start + at + WIDE).min(from.end);
                    self.lanes(planes, part.clone(), &mut layers);
                    for (out, color) in out.iter_mut().zip(&layers.colors) {
                        out[at..at + part.len()].copy_from_slice(&color[..part.len()]);
                    }
                }
            });
            out
        };
        joined(blocks_of(rows).into_par_iter().map(work).collect())
    }

    /// Inputs, hidden outputs and colours of some pixels.
    #[inline(always)]
    fn lanes(&self, planes: &[Field], part: Range<usize>, layers: &mut Layers) {
        let Layout { mix, color, .. } = self.layout;
        for (input, plane) in layers.inputs.iter_mut().zip(planes) {
            *input = load(&plane.values[part.clone()]);
        }
        forward(
            self.tensor(&mix[0]),
            self.tensor(&mix[1]),
            &layers.inputs,
            &mut layers.hidden,
        );
        cut(&mut layers.hidden, MOST);
        forward(
            self.tensor(&color[0]),
            self.tensor(&color[1]),
            &layers.hidden,
            &mut layers.colors,
        );
    }

    /// The gradient of the planes from that of the colours.
    fn unmix(&self, planes: &[Field], size: [usize; 2], d_colors: &[Vec<f32>], gradient: &mut [f32]) -> Vec<Field> {
        let columns = size[1];
        let work = |block: Range<usize>| {
            let from = block.start * columns..block.end * columns;
            let mut sums = vec![[0.0; 16]; self.layout.total];
            let mut out = vec![vec![0.0; from.len()]; planes.len()];
            let mut layers = Layers::new(self.shape);
            self.isa.run(|| {
                for at in (0..from.len()).step_by(WIDE) {
                    let part = from.start + at..(from.start + at + WIDE).min(from.end);
                    self.unmix_lanes(planes, part.clone(), d_colors, &mut layers, &mut sums);
                    for (out, d) in out.iter_mut().zip(&layers.d_inputs) {
                        out[at..at + part.len()].copy_from_slice(&d[..part.len()]);
                    }
                }
            });
            (out, sums)
        };
        let blocks: Vec<_> = blocks_of(size[0]).into_par_iter().map(work).collect();
        let (blocks, sums): (Vec<_>, Vec<_>) = blocks.into_iter().unzip();
        sums.iter().for_each(|sums| add_sums(gradient, sums));
        let [rows, columns] = size;
        let fields = joined(blocks).into_iter().map(|values| Field { rows, columns, values });
        fields.collect()
    }

    #[inline(always)]
    fn unmix_lanes(
        &self,
        planes: &[Field],
        part: Range<usize>,
        d_colors: &[Vec<f32>],
        layers: &mut Layers,
        sums: &mut [Sums],
    ) {
        let Layout { mix, color, .. } = self.layout;
        self.lanes(planes, part.clone(), layers);
        // Nobody asks for the colours again.
        for (d, plane) in layers.colors.iter_mut().zip(d_colors) {
            *d = load(&plane[part.clone()]);
        }
        add_gradients(sums, color, &layers.colors, &layers.hidden);
        layers.d_hidden.fill([0.0; WIDE]);
        backward(self.tensor(&color[0]), &layers.colors, &mut layers.d_hidden);
        cut_gradient(&mut layers.d_hidden, &layers.hidden, MOST);
        add_gradients(sums, mix, &layers.d_hidden, &layers.inputs);
        layers.d_inputs.fill([0.0; WIDE]);
        backward(self.tensor(&mix[0]), &layers.d_hidden, &mut layers.d_inputs);
    }

    /// One filter: the colours plus weighted sums of those around.
    fn filter(
        &self,
        colors: &[Vec<f32>],
        [weights, bias]: &[Range<usize>; 2],
        size: [usize; 2],
        cut: bool,
    ) -> Vec<Vec<f32>> {
        let (weights, bias) = (self.tensor(weights), self.tensor(bias));
        let padded: Vec<Vec<f32>> = colors.iter().map(|plane| surrounded(plane, size)).collect();
        let columns = size[1];
        let work = |block: Range<usize>| {
            let mut out: Vec<Vec<f32>> = colors
                .iter()
                .map(|plane| plane[block.start * columns..block.end * columns].to_vec())
                .collect();
            self.isa.run(|| {
                for ((out, row), &bias) in out.iter_mut().zip(weights.chunks_exact(9 * colors.len())).zip(bias) {
                    out.iter_mut().for_each(|out| *out += bias);
                    for (line, out) in out.chunks_exact_mut(columns).enumerate() {
                        convolve(&padded, row, (block.start + line) * (columns + 2), columns, out);
                    }
                    if cut {
                        out.iter_mut().for_each(|out| *out = out.max(0.0));
                    }
                }
            });
            out
        };
        joined(blocks_of(size[0]).into_par_iter().map(work).collect())
    }

    /// The gradient of a filter's inputs from that of its outputs.
    fn unfilter(
        &self,
        colors: &[Vec<f32>],
        [weights, bias]: &[Range<usize>; 2],
        size: [usize; 2],
        d_outputs: Vec<Vec<f32>>,
        gradient: &mut [f32],
    ) -> Vec<Vec<f32>> {
        let (count, [rows, columns]) = (colors.len(), size);
        let padded: Vec<Vec<f32>> = colors.iter().map(|plane| surrounded(plane, size)).collect();
        // Gradients of outputs with two zeros on each side: each input, those around the tile included, sees nine of
        // them.
        let wide: Vec<Vec<f32>> = d_outputs.iter().map(|plane| with_zeros(plane, size)).collect();
        let turned = turned(self.tensor(weights), count);
        let work = |block: Range<usize>| {
            let mut out = vec![vec![0.0; block.len() * (columns + 2)]; count];
            let mut sums = vec![[0.0; 16]; 9 * count * count + count];
            self.isa.run(|| {
                for (out, row) in out.iter_mut().zip(turned.chunks_exact(9 * count)) {
                    for (line, out) in out.chunks_exact_mut(columns + 2).enumerate() {
                        convolve(&wide, row, (block.start + line) * (columns + 4), columns + 2, out);
                    }
                }
                // Rows of the padded grid have one more at each end than those of outputs.
                for line in block.clone().filter(|line| (1..=rows).contains(line)) {
                    correlate(&padded, &d_outputs, line - 1, columns, &mut sums);
                }
            });
            (out, sums)
        };
        let blocks: Vec<_> = blocks_of(rows + 2).into_par_iter().map(work).collect();
        let (blocks, sums): (Vec<_>, Vec<_>) = blocks.into_iter().unzip();
        for sums in &sums {
            add_sums(&mut gradient[weights.start..bias.end], sums);
        }
        let mut d_inputs = d_outputs;
        for (d, around) in d_inputs.iter_mut().zip(joined(blocks)) {
            fold(&around, size, d);
        }
        d_inputs
    }
}

/// Values of all layers at some pixels, and gradients.
struct Layers {
    inputs: Vec<Wide>,
    hidden: Vec<Wide>,
    colors: Vec<Wide>,
    d_hidden: Vec<Wide>,
    d_inputs: Vec<Wide>,
}

impl Layers {
    fn new(shape: &Shape) -> Self {
        let layer = |count| vec![[0.0; WIDE]; count];
        Self {
            inputs: layer(shape.grids),
            hidden: layer(shape.hidden),
            colors: layer(shape.colors),
            d_hidden: layer(shape.hidden),
            d_inputs: layer(shape.grids),
        }
    }
}

#[inline(always)]
fn add_gradients(sums: &mut [Sums], [weights, bias]: &[Range<usize>; 2], d_out: &[Wide], inputs: &[Wide]) {
    let (d_weights, rest) = sums[weights.start..].split_at_mut(weights.len());
    accumulate(d_weights, &mut rest[..bias.len()], d_out, inputs);
}

/// Rows in blocks that are worked on at a time.
fn blocks_of(rows: usize) -> Vec<Range<usize>> {
    (0..rows)
        .step_by(ROWS)
        .map(|start| start..rows.min(start + ROWS))
        .collect()
}

/// Planes from those of their blocks.
fn joined(blocks: Vec<Vec<Vec<f32>>>) -> Vec<Vec<f32>> {
    let count = blocks.first().map_or(0, Vec::len);
    let plane = |at: usize| blocks.iter().flat_map(|block| block[at].iter().copied()).collect();
    (0..count).into_par_iter().map(plane).collect()
}

/// The mean squared error and its gradient.
fn difference(colors: &[Vec<f32>], target: &Colors) -> (f64, Vec<Vec<f32>>) {
    let count = target.planes.iter().map(Vec::len).sum::<usize>().max(1) as f32;
    let mut error = 0.0;
    let mut gradient = Vec::with_capacity(colors.len());
    for (plane, target) in colors.iter().zip(&target.planes) {
        let d: Vec<f32> = plane.iter().zip(target).map(|(a, b)| (a - b) * (2.0 / count)).collect();
        for row in d.chunks(1024) {
            let mut sums = [0.0; 16];
            dot(&mut sums, row, row);
            error += f64::from(sums.iter().sum::<f32>());
        }
        gradient.push(d);
    }
    (error * f64::from(count) / 4.0, gradient)
}

/// Adds a row of a 3x3 filter over planes of `columns + 2` values a row, from `start` on.
#[inline(always)]
fn convolve(planes: &[Vec<f32>], weights: &[f32], start: usize, columns: usize, out: &mut [f32]) {
    for at in (0..columns).step_by(WIDE) {
        let count = WIDE.min(columns - at);
        let mut sums = load(&out[at..at + count]);
        for (nine, plane) in weights.chunks_exact(9).zip(planes) {
            for (tap, &weight) in nine.iter().enumerate() {
                let from = start + at + tap / 3 * (columns + 2) + tap % 3;
                let values = load(&plane[from..from + count]);
                sums.iter_mut()
                    .zip(&values)
                    .for_each(|(sum, value)| *sum += weight * value);
            }
        }
        out[at..at + count].copy_from_slice(&sums[..count]);
    }
}

/// Adds the gradients of a filter's weights and biases of one row.
#[inline(always)]
fn correlate(padded: &[Vec<f32>], d_outputs: &[Vec<f32>], row: usize, columns: usize, sums: &mut [Sums]) {
    let count = padded.len();
    let (weights, bias) = sums.split_at_mut(9 * count * count);
    let outputs = weights.chunks_exact_mut(9 * count).zip(bias);
    for ((weights, bias), d) in outputs.zip(d_outputs) {
        let d = &d[row * columns..(row + 1) * columns];
        for (nine, plane) in weights.chunks_exact_mut(9).zip(padded) {
            for (tap, sums) in nine.iter_mut().enumerate() {
                let from = (row + tap / 3) * (columns + 2) + tap % 3;
                dot(sums, d, &plane[from..from + columns]);
            }
        }
        d.chunks(16)
            .for_each(|d| bias.iter_mut().zip(d).for_each(|(sum, d)| *sum += d));
    }
}

/// The weights of the filter that takes gradients of outputs to those of inputs.
fn turned(weights: &[f32], count: usize) -> Vec<f32> {
    let mut out = vec![0.0; weights.len()];
    for (output, row) in weights.chunks_exact(9 * count).enumerate() {
        for (input, nine) in row.chunks_exact(9).enumerate() {
            for (tap, &weight) in nine.iter().enumerate() {
                out[(input * count + output) * 9 + 8 - tap] = weight;
            }
        }
    }
    out
}

/// A plane with its edge pixels repeated once all around.
fn surrounded(plane: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
    let mut out = Vec::with_capacity((rows + 2) * (columns + 2));
    for row in 0..rows + 2 {
        let row = row.saturating_sub(1).min(rows - 1) * columns;
        let line = &plane[row..row + columns];
        out.push(line[0]);
        out.extend_from_slice(line);
        out.push(line[columns - 1]);
    }
    out
}

/// A plane with two zeros all around.
fn with_zeros(plane: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
    let mut out = vec![0.0; (rows + 4) * (columns + 4)];
    for (row, line) in plane.chunks_exact(columns).enumerate() {
        let start = (row + 2) * (columns + 4) + 2;
        out[start..start + columns].copy_from_slice(line);
    }
    out
}

/// Adds gradients of a plane of one more on each side to those of the plane, those outside to the nearest inside.
fn fold(around: &[f32], [rows, columns]: [usize; 2], d: &mut [f32]) {
    for (row, line) in around.chunks_exact(columns + 2).enumerate() {
        let row = row.saturating_sub(1).min(rows - 1) * columns;
        let d = &mut d[row..row + columns];
        d.iter_mut().zip(&line[1..]).for_each(|(d, value)| *d += value);
        d[0] += line[0];
        d[columns - 1] += line[columns + 1];
    }
}
