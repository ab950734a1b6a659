//! From planes of latents to colours, the error of those, and its gradients.

use std::ops::Range;

use rayon::prelude::*;

use super::super::shape::{Layout, Shape};
use super::canvas::{Canvas, Room, rows_of_all, surround};
use super::grid::{Padded, ROWS, SIDE};
use super::lanes::{
    Sums, WIDE, Wide, accumulate, add_lanes, add_sums, backward, cut, cut_gradient, forward, load, load_mut,
};
use lmc_kernels::isa::Isa;

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
    pub(super) fn tensor(&self, range: &Range<usize>) -> &[f32] {
        &self.parameters[range.clone()]
    }

    /// The mean squared error to `target`; adds its gradient by the planes to `d_planes`, and that by the parameters to
    /// `gradient`.
    pub(super) fn error(
        &self,
        planes: &[&Padded],
        target: &Colors,
        canvas: &mut Canvas,
        d_planes: Vec<&mut Padded>,
        gradient: &mut [f32],
    ) -> f64 {
        canvas.rooms.iter_mut().for_each(|room| room.sums.fill([0.0; 16]));
        let error = self.seen(planes, target, canvas);
        for at in (0..self.layout.filters.len()).rev() {
            self.unfilter(at, canvas);
        }
        self.unmix(planes, canvas, d_planes);
        let own = &mut gradient[self.layout.mix[0].start..];
        canvas.rooms.iter().for_each(|room| add_sums(own, &room.sums));
        error
    }

    /// The mean squared error alone.
    pub(super) fn seen(&self, planes: &[&Padded], target: &Colors, canvas: &mut Canvas) -> f64 {
        self.mix(planes, canvas);
        for at in 0..self.layout.filters.len() {
            self.filter(at, canvas);
        }
        self.difference(target, canvas)
    }

    /// The colours before all filters.
    fn mix(&self, planes: &[&Padded], canvas: &mut Canvas) {
        let Canvas { stages, rooms, .. } = canvas;
        let stage = &mut stages[0];
        let (columns, stride) = (stage[0].columns, stage[0].stride());
        let work = |(at, (mut out, room)): (usize, (Vec<&mut [f32]>, &mut Room))| {
            let layers = &mut room.layers;
            self.isa.run(
                #[inline(always)]
                || {
                    for row in 0..out[0].len() / stride {
                        for column in (0..columns).step_by(WIDE) {
                            self.lanes(planes, at * ROWS + row, column, layers);
                            for (out, color) in out.iter_mut().zip(&layers.colors) {
                                if let Some(out) = load_mut(out, row * stride + SIDE + column) {
                                    *out = *color;
                                }
                            }
                        }
                    }
                },
            );
        };
        rows_of_all(&mut *stage)
            .into_par_iter()
            .zip(rooms)
            .enumerate()
            .for_each(work);
        stage.iter_mut().for_each(surround);
    }

    /// Inputs, hidden outputs and colours of some pixels.
    #[inline(always)]
    fn lanes(&self, planes: &[&Padded], row: usize, column: usize, layers: &mut Layers) {
        let Layout { mix, color, .. } = self.layout;
        for (input, plane) in layers.inputs.iter_mut().zip(planes) {
            *input = *load(&plane.values, plane.start(row as isize) + column);
        }
        let Layers {
            inputs, hidden, colors, ..
        } = layers;
        forward(self.tensor(&mix[0]), self.tensor(&mix[1]), inputs, hidden);
        cut(hidden, MOST);
        forward(self.tensor(&color[0]), self.tensor(&color[1]), hidden, colors);
    }

    /// Adds the gradient of the planes from that of the colours.
    fn unmix(&self, planes: &[&Padded], canvas: &mut Canvas, mut d_planes: Vec<&mut Padded>) {
        let Canvas { d_stages, rooms, .. } = canvas;
        let d_colors = &d_stages[0];
        let (columns, stride) = (d_colors[0].columns, d_colors[0].stride());
        let work = |(at, (mut out, room)): (usize, (Vec<&mut [f32]>, &mut Room))| {
            self.isa.run(
                #[inline(always)]
                || {
                    for row in 0..out[0].len() / stride {
                        for column in (0..columns).step_by(WIDE) {
                            self.unmix_lanes(planes, d_colors, at * ROWS + row, column, room);
                            for (out, d) in out.iter_mut().zip(&room.layers.d_inputs) {
                                add_lanes(out, row * stride + SIDE + column, d);
                            }
                        }
                    }
                },
            );
        };
        let blocks = rows_of_all(d_planes.iter_mut().map(|plane| &mut **plane));
        blocks.into_par_iter().zip(rooms).enumerate().for_each(work);
    }

    #[inline(always)]
    fn unmix_lanes(&self, planes: &[&Padded], d_colors: &[Padded], row: usize, column: usize, room: &mut Room) {
        let Layout { mix, color, .. } = self.layout;
        let Room { layers, sums, .. } = room;
        self.lanes(planes, row, column, layers);
        // Nobody asks for the colours again.
        for (d, plane) in layers.colors.iter_mut().zip(d_colors) {
            *d = *load(&plane.values, plane.start(row as isize) + column);
        }
        let base = mix[0].start;
        add_gradients(sums, base, color, &layers.colors, &layers.hidden);
        layers.d_hidden.fill([0.0; WIDE]);
        backward(self.tensor(&color[0]), &layers.colors, &mut layers.d_hidden);
        cut_gradient(&mut layers.d_hidden, &layers.hidden, MOST);
        add_gradients(sums, base, mix, &layers.d_hidden, &layers.inputs);
        layers.d_inputs.fill([0.0; WIDE]);
        backward(self.tensor(&mix[0]), &layers.d_hidden, &mut layers.d_inputs);
    }

    /// The mean squared error; leaves its gradient in the last stage.
    fn difference(&self, target: &Colors, canvas: &mut Canvas) -> f64 {
        let Canvas {
            stages,
            d_stages,
            rooms,
        } = canvas;
        let last = stages.len() - 1;
        let [rows, columns] = target.size;
        let count = (rows * columns * target.planes.len()).max(1) as f32;
        let (colors, stride) = (&stages[last], stages[last][0].stride());
        let work = |(at, (mut out, room)): (usize, (Vec<&mut [f32]>, &mut Room))| {
            room.error = 0.0;
            for ((out, color), target) in out.iter_mut().zip(colors).zip(&target.planes) {
                for (row, out) in out.chunks_exact_mut(stride).enumerate() {
                    let row = at * ROWS + row;
                    let target = &target[row * columns..(row + 1) * columns];
                    let out = &mut out[SIDE..SIDE + columns];
                    self.isa.run(
                        #[inline(always)]
                        || room.error += differ(color.row(row), target, out, 2.0 / count),
                    );
                }
            }
        };
        let blocks = rows_of_all(&mut d_stages[last]).into_par_iter();
        blocks.zip(&mut *rooms).enumerate().for_each(work);
        rooms.iter().map(|room| room.error).sum::<f64>() / f64::from(count)
    }
}

/// Squared differences, and the differences times a factor.
#[inline(always)]
fn differ(colors: &[f32], target: &[f32], out: &mut [f32], factor: f32) -> f64 {
    let mut sums: Sums = [0.0; 16];
    let parts = colors.chunks(16).zip(target.chunks(16)).zip(out.chunks_mut(16));
    for ((colors, target), out) in parts {
        let places = sums.iter_mut().zip(colors).zip(target.iter().zip(out));
        for ((sum, color), (target, out)) in places {
            let d = color - target;
            *sum += d * d;
            *out = d * factor;
        }
    }
    f64::from(sums.iter().sum::<f32>())
}

/// Values of all layers at some pixels, and gradients.
pub(super) struct Layers {
    inputs: Vec<Wide>,
    hidden: Vec<Wide>,
    colors: Vec<Wide>,
    d_hidden: Vec<Wide>,
    d_inputs: Vec<Wide>,
}

impl Layers {
    pub(super) fn new(shape: &Shape) -> Self {
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
fn add_gradients(sums: &mut [Sums], base: usize, [weights, bias]: &[Range<usize>; 2], d_out: &[Wide], inputs: &[Wide]) {
    let (d_weights, rest) = sums[weights.start - base..].split_at_mut(weights.len());
    accumulate(d_weights, &mut rest[..bias.len()], d_out, inputs);
}
