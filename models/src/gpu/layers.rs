//! Linear layers and convolutions as kernels; see [`lmc_kernels::net::shifted`] for what they compute.

use cubecl::prelude::*;
use lmc_kernels::net::shifted::{BlockSpec, LinearSpec, Settling, TapsSpec};

use super::memory::{Buffer, Gpu};

/// Positions that a unit computes.
const POSITIONS: usize = 8;
/// Outputs that a unit computes at each of its positions.
const OUTPUTS: usize = 4;
/// The slope of a leaky layer, in units of 2^-15.
const SLOPE: i32 = 3277;

/// From sums to activations, on a device.
struct Settle {
    /// Biases with the rounding constant.
    start: Buffer,
    shift: i32,
    limit: i32,
    leaky: bool,
}

impl Settle {
    /// With `length` starts, zeros after those of the outputs.
    fn new(gpu: &Gpu, spec: &Settling, length: usize) -> Self {
        let half = 1i32 << (spec.shift - 1);
        let mut start: Vec<i32> = spec.bias.iter().map(|bias| bias.wrapping_add(half)).collect();
        start.resize(length, 0);
        Self {
            start: gpu.upload(&start),
            shift: i32::from(spec.shift),
            limit: i32::from(spec.limit),
            leaky: spec.leaky,
        }
    }
}

/// Where the outputs of a linear layer go.
pub(super) enum Place {
    /// To their positions.
    Here,
    /// They are those of 2x2 positions, ordered (row, column, channel), below positions of this width.
    Space(usize),
}

/// A linear layer of each position.
pub(super) struct Linear {
    inputs: usize,
    outputs: usize,
    /// `[inputs, outputs]`, outputs filled up to whole groups of [`OUTPUTS`].
    weights: Buffer,
    settle: Settle,
}

impl Linear {
    /// Of a layer whose sums were proved.
    pub(super) fn new(gpu: &Gpu, spec: &LinearSpec) -> Self {
        let columns = spec.outputs.next_multiple_of(OUTPUTS);
        let mut weights = vec![0; spec.inputs * columns];
        let rows = weights
            .chunks_exact_mut(columns)
            .zip(spec.weights.chunks_exact(spec.outputs));
        rows.for_each(|(to, row)| to.iter_mut().zip(row).for_each(|(to, weight)| *to = i32::from(*weight)));
        Self {
            inputs: spec.inputs,
            outputs: spec.outputs,
            weights: gpu.upload(&weights),
            settle: Settle::new(gpu, &spec.settling, columns),
        }
    }

    /// The outputs at every position.
    ///
    /// # Shapes
    /// `[positions, inputs]` to `[positions, outputs]`, or to `[2 height, 2 width, outputs / 4]`
    pub(super) fn run(&self, gpu: &Gpu, x: &Buffer, place: &Place) -> Buffer {
        let out = gpu.room(x.len() / self.inputs * self.outputs);
        self.launch(gpu, x, &out, false, place);
        out
    }

    /// Adds the outputs to what stands in `out`.
    pub(super) fn add(&self, gpu: &Gpu, x: &Buffer, out: &Buffer) {
        self.launch(gpu, x, out, true, &Place::Here);
    }

    fn launch(&self, gpu: &Gpu, x: &Buffer, out: &Buffer, add: bool, place: &Place) {
        let (lanes, positions) = (self.outputs.div_ceil(OUTPUTS), x.len() / self.inputs);
        let (count, cube) = gpu.launch_of(lanes * positions.div_ceil(POSITIONS));
        let (space, width) = match place {
            Place::Here => (false, 1),
            Place::Space(width) => (true, *width),
        };
        linear_kernel::launch(
            gpu.client(),
            count,
            cube,
            x.arg(),
            self.weights.arg(),
            self.settle.start.arg(),
            out.arg(),
            self.inputs,
            self.outputs,
            positions,
            width,
            self.settle.shift,
            self.settle.limit,
            self.settle.leaky,
            add,
            space,
        );
    }
}

/// A 3x3 convolution of each channel with itself.
struct Taps {
    channels: usize,
    weights: Buffer,
    settle: Settle,
}

impl Taps {
    fn new(gpu: &Gpu, spec: &TapsSpec) -> Self {
        Self {
            channels: spec.channels,
            weights: gpu.upload_short(&spec.weights),
            settle: Settle::new(gpu, &spec.settling, spec.channels),
        }
    }

    fn run(&self, gpu: &Gpu, x: &Buffer, [height, width]: [usize; 2]) -> Buffer {
        let out = gpu.room(x.len());
        let (count, cube) = gpu.launch_of(x.len());
        taps_kernel::launch(
            gpu.client(),
            count,
            cube,
            x.arg(),
            self.weights.arg(),
            self.settle.start.arg(),
            out.arg(),
            height,
            width,
            self.channels,
            self.settle.shift,
            self.settle.limit,
            self.settle.leaky,
        );
        out
    }
}

/// A residual block.
pub(super) struct Block {
    a: Linear,
    d: Taps,
    b: Linear,
    f1: Linear,
    f2: Linear,
}

impl Block {
    /// Of a block whose sums were proved.
    pub(super) fn new(gpu: &Gpu, spec: &BlockSpec) -> Self {
        Self {
            a: Linear::new(gpu, &spec.a),
            d: Taps::new(gpu, &spec.d),
            b: Linear::new(gpu, &spec.b),
            f1: Linear::new(gpu, &spec.f1),
            f2: Linear::new(gpu, &spec.f2),
        }
    }

    /// Runs the block over a grid, in place.
    pub(super) fn run(&self, gpu: &Gpu, x: &Buffer, size: [usize; 2]) {
        let inner = self.a.run(gpu, x, &Place::Here);
        let inner = self.d.run(gpu, &inner, size);
        self.b.add(gpu, &inner, x);
        let wide = self.f1.run(gpu, x, &Place::Here);
        self.f2.add(gpu, &wide, x);
    }
}

/// The activation of a sum.
#[cube]
fn settled(sum: i32, shift: i32, limit: i32, #[comptime] leaky: bool) -> i32 {
    let value = clamp(sum >> shift, -limit, limit);
    if comptime!(leaky) {
        let scaled = (value * SLOPE + 16_384) >> 15;
        select(value < 0, scaled, value)
    } else {
        value
    }
}

/// Units lie along outputs first, so that neighbours read weights side by side.
#[cube(launch)]
fn linear_kernel(
    x: &[i32],
    weights: &[i32],
    start: &[i32],
    out: &mut [i32],
    inputs: usize,
    outputs: usize,
    positions: usize,
    width: usize,
    shift: i32,
    limit: i32,
    #[comptime] leaky: bool,
    #[comptime] add: bool,
    #[comptime] space: bool,
) {
    let lanes = start.len() / OUTPUTS;
    let lane = ABSOLUTE_POS % lanes;
    let first = ABSOLUTE_POS / lanes * POSITIONS;
    if first >= positions {
        terminate!();
    }
    let mut sums = Array::<i32>::new(POSITIONS * OUTPUTS);
    #[unroll]
    for output in 0..OUTPUTS {
        let bias = start[output * lanes + lane];
        #[unroll]
        for position in 0..POSITIONS {
            sums[position * OUTPUTS + output] = bias;
        }
    }
    let mut row = Array::<i32>::new(OUTPUTS);
    for input in 0..inputs {
        #[unroll]
        for output in 0..OUTPUTS {
            row[output] = weights[(input * OUTPUTS + output) * lanes + lane];
        }
        #[unroll]
        for position in 0..POSITIONS {
            let value = x[min(first + position, positions - 1) * inputs + input];
            #[unroll]
            for output in 0..OUTPUTS {
                sums[position * OUTPUTS + output] += value * row[output];
            }
        }
    }
    #[unroll]
    for position in 0..POSITIONS {
        #[unroll]
        for output in 0..OUTPUTS {
            let (at, channel) = (first + position, output * lanes + lane);
            if at < positions && channel < outputs {
                let mut value = settled(sums[position * OUTPUTS + output], shift, limit, leaky);
                let place = if comptime!(space) {
                    let channels = outputs / 4;
                    let part = channel / channels;
                    let line = 2 * (at / width) + part / 2;
                    (line * 2 * width + 2 * (at % width) + part % 2) * channels + channel % channels
                } else {
                    at * outputs + channel
                };
                if comptime!(add) {
                    value = clamp(out[place] + value, -limit, limit);
                }
                out[place] = value;
            }
        }
    }
}

/// Units lie along channels first.
#[cube(launch)]
fn taps_kernel(
    x: &[i32],
    weights: &[i32],
    start: &[i32],
    out: &mut [i32],
    height: usize,
    width: usize,
    channels: usize,
    shift: i32,
    limit: i32,
    #[comptime] leaky: bool,
) {
    let channel = ABSOLUTE_POS % channels;
    let position = ABSOLUTE_POS / channels;
    if position >= height * width {
        terminate!();
    }
    let (row, column) = (position / width, position % width);
    let mut sum = start[channel];
    #[unroll]
    for down in 0..3usize {
        #[unroll]
        for right in 0..3usize {
            // Both count from one above and left of the position.
            let (i, j) = (row + down, column + right);
            if i >= 1 && i <= height && j >= 1 && j <= width {
                let value = x[((i - 1) * width + j - 1) * channels + channel];
                sum += value * weights[(down * 3 + right) * channels + channel];
            }
        }
    }
    out[position * channels + channel] = settled(sum, shift, limit, leaky);
}
