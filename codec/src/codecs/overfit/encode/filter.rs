//! The filters of 3x3 pixels at the end of the synthesis, and their gradients.

use rayon::prelude::*;

use super::canvas::{Canvas, Room, rows_of_all, surround};
use super::grid::{Padded, ROWS, SIDE};
use super::lanes::{Sums, WIDE, add_products, load};
use super::paint::Painter;

/// Pixels of a part of a row: sums of three colours stay in registers.
const PART: usize = 32;

impl Painter<'_> {
    /// One filter: the colours plus weighted sums of those around.
    pub(super) fn filter(&self, at: usize, canvas: &mut Canvas) {
        match self.shape.colors {
            1 => self.filter_colors::<1>(at, canvas),
            _ => self.filter_colors::<3>(at, canvas),
        }
    }

    fn filter_colors<const COLORS: usize>(&self, at: usize, canvas: &mut Canvas) {
        let [weights, bias] = &self.layout.filters[at];
        let (weights, bias) = (self.tensor(weights), self.tensor(bias));
        let cut = at + 1 < self.layout.filters.len();
        let (before, behind) = canvas.stages.split_at_mut(at + 1);
        let (colors, out) = (&before[at], &mut behind[0]);
        let (columns, stride) = (colors[0].columns, colors[0].stride());
        let work = |(block, mut out): (usize, Vec<&mut [f32]>)| {
            self.isa.run(
                #[inline(always)]
                || {
                    for row in 0..out[0].len() / stride {
                        let from = colors[0].start((block * ROWS + row) as isize);
                        for column in (0..columns).step_by(PART) {
                            let sums = convolve::<COLORS>(colors, weights, from + column);
                            for (color, (out, sums)) in out.iter_mut().zip(&sums).enumerate() {
                                let own = &colors[color].values[from + column..from + column + PART];
                                let to = row * stride + SIDE + column;
                                for ((out, sum), own) in out[to..to + PART].iter_mut().zip(sums).zip(own) {
                                    let value = own + bias[color] + sum;
                                    *out = if cut { value.max(0.0) } else { value };
                                }
                            }
                        }
                    }
                },
            );
        };
        rows_of_all(&mut *out).into_par_iter().enumerate().for_each(work);
        out.iter_mut().for_each(surround);
    }

    /// The gradient of a filter's inputs from that of its outputs, and that of its parameters.
    pub(super) fn unfilter(&self, at: usize, canvas: &mut Canvas) {
        match self.shape.colors {
            1 => self.unfilter_colors::<1>(at, canvas),
            _ => self.unfilter_colors::<3>(at, canvas),
        }
    }

    fn unfilter_colors<const COLORS: usize>(&self, at: usize, canvas: &mut Canvas) {
        let [weights, bias] = &self.layout.filters[at];
        let range = weights.start - self.layout.mix[0].start..bias.end - self.layout.mix[0].start;
        let turned = turned(self.tensor(weights), COLORS);
        let Canvas {
            stages,
            d_stages,
            rooms,
        } = canvas;
        let (d_inputs, d_outputs) = d_stages.split_at_mut(at + 1);
        let (colors, d_outputs) = (&stages[at], &d_outputs[0]);
        let stride = colors[0].stride();
        let work = |(block, (mut out, room)): (usize, (Vec<&mut [f32]>, &mut Room))| {
            self.isa.run(
                #[inline(always)]
                || {
                    for row in 0..out[0].len() / stride {
                        let place = block * ROWS + row;
                        let outs = out.iter_mut().map(|out| &mut out[row * stride..(row + 1) * stride]);
                        unfilter_row::<COLORS>(d_outputs, &turned, place, outs, &mut room.rows);
                        if at > 0 {
                            for (out, color) in out.iter_mut().zip(colors) {
                                let start = row * stride + SIDE;
                                let out = &mut out[start..start + color.columns];
                                for (d, &color) in out.iter_mut().zip(color.row(place)) {
                                    *d *= f32::from(u8::from(color > 0.0));
                                }
                            }
                        }
                        correlate(colors, d_outputs, place, &mut room.sums[range.clone()]);
                    }
                },
            );
        };
        let blocks = rows_of_all(&mut d_inputs[at]).into_par_iter();
        blocks.zip(rooms).enumerate().for_each(work);
    }
}

/// Sums of a 3x3 filter at pixels from a place on.
#[inline(always)]
fn convolve<const COLORS: usize>(planes: &[Padded], weights: &[f32], from: usize) -> [[f32; PART]; COLORS] {
    let mut sums = [[0.0; PART]; COLORS];
    for (input, plane) in planes.iter().enumerate().take(COLORS) {
        let stride = plane.stride();
        for tap in 0..9 {
            let from = from + tap / 3 * stride + tap % 3 - stride - 1;
            let Some(values) = plane.values[from..].first_chunk::<PART>() else {
                continue;
            };
            for (output, sums) in sums.iter_mut().enumerate() {
                let weight = weights[(output * COLORS + input) * 9 + tap];
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += weight * value;
                }
            }
        }
    }
    sums
}

/// The gradient of a row of the inputs; the first and the last row have those of what lies beyond them too.
#[inline(always)]
fn unfilter_row<'a, const COLORS: usize>(
    d_outputs: &[Padded],
    turned: &[f32],
    row: usize,
    outs: impl Iterator<Item = &'a mut [f32]>,
    spare: &mut [Vec<f32>],
) {
    let (columns, rows) = (d_outputs[0].columns, d_outputs[0].rows);
    let outside = [(row == 0).then_some(-1), (row + 1 == rows).then_some(rows as isize)];
    for (plane, spare) in d_outputs.iter().zip(&mut *spare) {
        let start = plane.start(row as isize) - SIDE;
        spare.copy_from_slice(&plane.values[start..start + plane.stride()]);
    }
    for line in [Some(row as isize)].into_iter().chain(outside).flatten() {
        let from = d_outputs[0].start(line);
        for column in (0..columns).step_by(PART) {
            let sums = convolve::<COLORS>(d_outputs, turned, from + column);
            for (spare, sums) in spare.iter_mut().zip(&sums) {
                let spare = spare[SIDE + column..].iter_mut().zip(sums);
                spare.for_each(|(spare, sum)| *spare += sum);
            }
        }
        for (color, spare) in spare.iter_mut().enumerate() {
            let nine = &turned[color * COLORS * 9..(color + 1) * COLORS * 9];
            spare[SIDE] += point(d_outputs, nine, from - 1);
            spare[SIDE + columns - 1] += point(d_outputs, nine, from + columns);
        }
    }
    for (out, spare) in outs.zip(spare) {
        out[SIDE..SIDE + columns].copy_from_slice(&spare[SIDE..SIDE + columns]);
    }
}

/// The sum of a filter for one output at one place.
#[inline(always)]
fn point(planes: &[Padded], weights: &[f32], from: usize) -> f32 {
    let mut sum = 0.0;
    for (nine, plane) in weights.chunks_exact(9).zip(planes) {
        let stride = plane.stride();
        for (tap, weight) in nine.iter().enumerate() {
            sum += weight * plane.values[from + tap / 3 * stride + tap % 3 - stride - 1];
        }
    }
    sum
}

/// Adds the gradients of a filter's weights and biases of one row.
#[inline(always)]
fn correlate(colors: &[Padded], d_outputs: &[Padded], row: usize, sums: &mut [Sums]) {
    let count = colors.len();
    let (weights, bias) = sums.split_at_mut(9 * count * count);
    let (start, stride) = (colors[0].start(row as isize), colors[0].stride());
    let outputs = weights.chunks_exact_mut(9 * count).zip(bias).zip(d_outputs);
    for ((weights, bias), d_output) in outputs {
        for column in (0..colors[0].columns).step_by(WIDE) {
            let d = load(&d_output.values, start + column);
            for (nine, plane) in weights.chunks_exact_mut(9).zip(colors) {
                for (tap, sums) in nine.iter_mut().enumerate() {
                    let from = start + column + tap / 3 * stride + tap % 3 - stride - 1;
                    add_products(sums, d, load(&plane.values, from));
                }
            }
            for d in d.as_chunks::<16>().0 {
                bias.iter_mut().zip(d).for_each(|(sum, d)| *sum += d);
            }
        }
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
