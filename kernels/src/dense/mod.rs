//! Layers of `f32` over frames, with weights prepared once: dense layers, convolutions over time that see each channel
//! alone, and norms.
//!
//! Each sum is taken in the order of its inputs, and nothing is fused, so all machines give the same bits. The loops are
//! compiled for the best instructions of the machine, and frames are shared out among threads.

#[cfg(target_arch = "x86_64")]
mod x86;

use rayon::prelude::*;

use crate::error::{KernelError, Result};
use crate::isa::Isa;

/// Outputs of a panel of weights.
const PANEL: usize = 32;
/// Frames whose sums are held in the registers of AVX-512, and in those of others.
const WIDE: usize = 12;
/// See [`WIDE`].
const NARROW: usize = 2;
/// Added to mean squares before roots are taken.
const EPSILON: f32 = 1e-5;

/// One input's weights for the outputs of a panel.
type Row = [f32; PANEL];

/// A linear layer, the same for every frame.
#[derive(Debug, Clone)]
pub struct Dense {
    isa: Isa,
    inputs: usize,
    outputs: usize,
    /// Panel after panel, each with a row for each input, padded with zeros.
    panels: Vec<Row>,
    /// Padded likewise.
    bias: Vec<Row>,
}

/// What becomes of the sums of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    /// The outputs are a leaky ReLU of them, of this slope; 1 for none.
    Leaky(f32),
    /// They are added to what the outputs hold.
    Add,
}

impl Dense {
    /// A layer of `weight`, `[inputs, outputs]`, and `bias`, `[outputs]`.
    ///
    /// # Errors
    /// [`KernelError::Parameter`] for no outputs, or for weights that are not a whole number of inputs.
    pub fn new(weight: &[f32], bias: &[f32]) -> Result<Self> {
        let outputs = bias.len();
        if outputs == 0 || !weight.len().is_multiple_of(outputs) || weight.is_empty() {
            let what = "the number of weights, a multiple of the outputs,";
            let value = weight.len() as i64;
            return Err(KernelError::Parameter { what, value });
        }
        let inputs = weight.len() / outputs;
        let count = outputs.div_ceil(PANEL);
        let mut panels = vec![[0.0; PANEL]; count * inputs];
        for (panel, rows) in panels.chunks_exact_mut(inputs).enumerate() {
            for (row, weight) in rows.iter_mut().zip(weight.chunks_exact(outputs)) {
                fill(row, &weight[panel * PANEL..]);
            }
        }
        let mut padded = vec![[0.0; PANEL]; count];
        for (row, bias) in padded.iter_mut().zip(bias.chunks(PANEL)) {
            fill(row, bias);
        }
        Ok(Self {
            isa: Isa::best(),
            inputs,
            outputs,
            panels,
            bias: padded,
        })
    }

    /// Values of a frame that comes in.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Values of a frame that goes out.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Sets or changes `out` by what the layer makes of `x`.
    ///
    /// # Shapes
    /// `x`: `[frames, inputs]`; `out`: `[frames, outputs]`
    pub fn apply(&self, x: &[f32], end: End, out: &mut [f32]) {
        let frames = frames_of_a_task(x.len() / self.inputs);
        out.par_chunks_mut(frames * self.outputs)
            .zip(x.par_chunks(frames * self.inputs))
            .for_each(|(out, x)| self.apply_here(x, end, out));
    }

    /// [`Self::apply`] on the calling thread.
    fn apply_here(&self, x: &[f32], end: End, out: &mut [f32]) {
        match self.isa {
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Isa::Avx512(_) => self.blocks::<WIDE>(x, end, out, |rows, block| {
                // SAFETY: the token proves that the machine has the instructions.
                unsafe { x86::products(rows, block) }
            }),
            _ => self.blocks::<NARROW>(x, end, out, products),
        }
    }

    /// `N` frames at a time; the last block may have fewer.
    #[inline(always)]
    fn blocks<const N: usize>(
        &self,
        x: &[f32],
        end: End,
        out: &mut [f32],
        products: impl Fn(&[Row], &[[f32; N]]) -> [Row; N],
    ) {
        let mut block = vec![[0.0; N]; self.inputs];
        for (x, out) in x.chunks(N * self.inputs).zip(out.chunks_mut(N * self.outputs)) {
            self.isa.run(
                #[inline(always)]
                || {
                    turn(x, self.inputs, &mut block);
                    self.block(&block, end, out, &products);
                },
            );
        }
    }

    /// All panels for the frames of a block.
    #[inline(always)]
    fn block<const N: usize>(
        &self,
        block: &[[f32; N]],
        end: End,
        out: &mut [f32],
        products: &impl Fn(&[Row], &[[f32; N]]) -> [Row; N],
    ) {
        for (panel, rows) in self.panels.chunks_exact(self.inputs).enumerate() {
            let first = panel * PANEL;
            let count = PANEL.min(self.outputs - first);
            let sums = products(rows, block);
            for (sums, out) in sums.iter().zip(out.chunks_exact_mut(self.outputs)) {
                settle(sums, &self.bias[panel], end, &mut out[first..first + count]);
            }
        }
    }
}

/// The inputs of up to `N` frames, so that those of one kind lie side by side.
#[inline(always)]
fn turn<const N: usize>(x: &[f32], inputs: usize, block: &mut [[f32; N]]) {
    for (frame, x) in x.chunks_exact(inputs).enumerate() {
        for (of_all, x) in block.iter_mut().zip(x) {
            of_all[frame] = *x;
        }
    }
}

/// The sums of products of a panel for the frames of a block.
#[inline(always)]
fn products<const N: usize>(rows: &[Row], block: &[[f32; N]]) -> [Row; N] {
    let mut sums = [[0.0f32; PANEL]; N];
    for (row, x) in rows.iter().zip(block) {
        for n in 0..N {
            for j in 0..PANEL {
                sums[n][j] += x[n] * row[j];
            }
        }
    }
    sums
}

#[inline(always)]
fn settle(sums: &Row, bias: &Row, end: End, out: &mut [f32]) {
    let values = sums.iter().zip(bias).map(|(sum, bias)| sum + bias);
    match end {
        End::Leaky(slope) => {
            for (out, value) in out.iter_mut().zip(values) {
                *out = if value > 0.0 { value } else { value * slope };
            }
        }
        End::Add => out.iter_mut().zip(values).for_each(|(out, value)| *out += value),
    }
}

/// A convolution over time that sees each channel alone, with zeros beyond the first and the last frame.
#[derive(Debug, Clone)]
pub struct TimeTaps {
    /// `[taps, channels]`
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl TimeTaps {
    /// A convolution of `weight`, `[taps, channels]`, and `bias`, `[channels]`.
    ///
    /// # Errors
    /// [`KernelError::Parameter`] for no channels, or for an even number of taps.
    pub fn new(weight: &[f32], bias: &[f32]) -> Result<Self> {
        let taps = weight.len() / bias.len().max(1);
        if bias.is_empty() || taps * bias.len() != weight.len() || taps.is_multiple_of(2) {
            let what = "the number of weights, an odd number for each channel,";
            let value = weight.len() as i64;
            return Err(KernelError::Parameter { what, value });
        }
        Ok(Self {
            weight: weight.to_vec(),
            bias: bias.to_vec(),
        })
    }

    /// Sets `out` to the convolution of `x`.
    ///
    /// # Shapes
    /// `[frames, channels]` both
    pub fn apply(&self, x: &[f32], out: &mut [f32]) {
        let channels = self.bias.len();
        let frames = frames_of_a_task(x.len() / channels);
        let tasks = out.par_chunks_mut(frames * channels).enumerate();
        tasks.for_each(|(task, out)| {
            Isa::best().run(
                #[inline(always)]
                || {
                    for (index, out) in out.chunks_exact_mut(channels).enumerate() {
                        self.frame(x, task * frames + index, out);
                    }
                },
            );
        });
    }

    #[inline(always)]
    fn frame(&self, x: &[f32], frame: usize, out: &mut [f32]) {
        let channels = self.bias.len();
        let (taps, frames) = (self.weight.len() / channels, x.len() / channels);
        let margin = taps / 2;
        out.copy_from_slice(&self.bias);
        for tap in margin.saturating_sub(frame)..taps.min(frames + margin - frame) {
            let x = &x[(frame + tap - margin) * channels..][..channels];
            let weight = &self.weight[tap * channels..][..channels];
            for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
                *out += x * weight;
            }
        }
    }
}

/// Divides each frame by the root of the mean square of its channels, and multiplies the channels by `gain`.
///
/// # Shapes
/// `x`: `[frames, channels]`; `gain`: `[channels]`
pub fn normalise(x: &mut [f32], gain: &[f32]) {
    if gain.is_empty() {
        return;
    }
    Isa::best().run(
        #[inline(always)]
        || {
            for frame in x.chunks_exact_mut(gain.len()) {
                let scale = 1.0 / (sum_of_squares(frame) / gain.len() as f32 + EPSILON).sqrt();
                for (value, gain) in frame.iter_mut().zip(gain) {
                    *value = *value * scale * gain;
                }
            }
        },
    );
}

/// In partial sums, which a compiler turns into vectors.
#[inline(always)]
fn sum_of_squares(values: &[f32]) -> f32 {
    let (blocks, rest) = values.as_chunks::<16>();
    let mut sums = [0.0f32; 16];
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum += value * value;
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|value| value * value).sum::<f32>()
}

/// Frames of a task: enough of them that weights are read from the cache, few enough that all threads get some.
fn frames_of_a_task(frames: usize) -> usize {
    frames
        .div_ceil(rayon::current_num_threads())
        .next_multiple_of(WIDE)
        .clamp(WIDE, 20 * WIDE)
}

/// Copies as many values as there are.
fn fill(row: &mut Row, values: &[f32]) {
    row.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look like noise.
    fn noise(count: usize) -> Vec<f32> {
        let mut state = 5u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1u32 << 23) as f32 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    fn assert_close(found: &[f32], wanted: &[f64]) {
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((f64::from(*found) - wanted).abs() < 1e-4, "{found} {wanted}");
        }
    }

    const SHAPES: [[usize; 3]; 5] = [[1, 1, 1], [7, 5, 33], [90, 64, 32], [23, 17, 130], [600, 3, 70]];

    #[test]
    fn a_layer_is_a_product_a_bias_and_an_end() {
        for [frames, inputs, outputs] in SHAPES {
            let (x, weight, bias) = (noise(frames * inputs), noise(inputs * outputs), noise(outputs));
            let layer = Dense::new(&weight, &bias).unwrap();
            assert_eq!((layer.inputs(), layer.outputs()), (inputs, outputs));
            let sum = |place: usize| {
                let (frame, output) = (place / outputs, place % outputs);
                let products = (0..inputs).map(|k| x[frame * inputs + k] * weight[k * outputs + output]);
                products.map(f64::from).sum::<f64>() + f64::from(bias[output])
            };
            let sums: Vec<f64> = (0..frames * outputs).map(sum).collect();
            let mut out = noise(frames * outputs);
            layer.apply(&x, End::Add, &mut out);
            let added: Vec<f64> = sums
                .iter()
                .zip(noise(frames * outputs))
                .map(|(a, b)| a + f64::from(b))
                .collect();
            assert_close(&out, &added);
            layer.apply(&x, End::Leaky(0.1), &mut out);
            let leaky: Vec<f64> = sums.iter().map(|v| if *v > 0.0 { *v } else { 0.1 * v }).collect();
            assert_close(&out, &leaky);
        }
    }

    #[test]
    fn all_forms_give_the_same_bits() {
        for [frames, inputs, outputs] in SHAPES {
            let (x, weight, bias) = (noise(frames * inputs), noise(inputs * outputs), noise(outputs));
            let run = |isa| {
                let layer = Dense {
                    isa,
                    ..Dense::new(&weight, &bias).unwrap()
                };
                let mut out = vec![0.0; frames * outputs];
                layer.apply(&x, End::Leaky(0.1), &mut out);
                out
            };
            let mut all: Vec<Vec<f32>> = Isa::available().into_iter().map(run).collect();
            all.dedup();
            assert_eq!(all.len(), 1);
        }
    }

    #[test]
    fn taps_are_a_convolution_with_zeros_around() {
        for [frames, taps, channels] in [[1, 7, 3], [5, 7, 1], [100, 3, 20]] {
            let (x, weight, bias) = (noise(frames * channels), noise(taps * channels), noise(channels));
            let mut out = vec![0.0; x.len()];
            TimeTaps::new(&weight, &bias).unwrap().apply(&x, &mut out);
            let wanted = |place: usize| {
                let (frame, channel) = (place / channels, place % channels);
                let at = |tap: usize| (frame + tap).checked_sub(taps / 2).filter(|at| *at < frames);
                let products = (0..taps)
                    .filter_map(|tap| at(tap).map(|at| x[at * channels + channel] * weight[tap * channels + channel]));
                products.map(f64::from).sum::<f64>() + f64::from(bias[channel])
            };
            assert_close(&out, &(0..x.len()).map(wanted).collect::<Vec<_>>());
        }
    }

    #[test]
    fn frames_have_one_loudness_after_a_norm() {
        let (mut x, gain) = (noise(3 * 37), vec![2.0; 37]);
        normalise(&mut x, &gain);
        for frame in x.chunks_exact(37) {
            let mean = frame.iter().map(|v| v * v).sum::<f32>() / 37.0;
            assert!((mean - 4.0).abs() < 1e-2, "{mean}");
        }
        normalise(&mut x, &[]);
    }

    #[test]
    fn layers_of_no_shape_are_refused() {
        assert!(Dense::new(&[], &[]).is_err() && Dense::new(&[1.0; 5], &[0.0; 2]).is_err());
        assert!(TimeTaps::new(&[1.0; 4], &[0.0; 2]).is_err() && TimeTaps::new(&[], &[]).is_err());
    }
}
