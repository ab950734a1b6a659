//! Layers over frames in time: convolutions that see each channel alone, and norms.

use rayon::prelude::*;

use crate::error::{KernelError, Result};
use crate::isa::Isa;

/// Added to mean squares before roots are taken.
const EPSILON: f32 = 1e-5;
/// Frames of a task of a convolution.
const FRAMES: usize = 64;

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
        let tasks = out.par_chunks_mut(FRAMES * channels).enumerate();
        tasks.for_each(|(task, out)| {
            Isa::best().run(
                #[inline(always)]
                || {
                    for (index, out) in out.chunks_exact_mut(channels).enumerate() {
                        self.frame(x, task * FRAMES + index, out);
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
    fn convolutions_of_no_shape_are_refused() {
        assert!(TimeTaps::new(&[1.0; 4], &[0.0; 2]).is_err() && TimeTaps::new(&[], &[]).is_err());
    }
}
