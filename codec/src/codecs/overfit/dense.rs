//! Layers of integers whose sums are proved to fit 32 bits.

use lmc_entropy::{EntropyError, Result};

/// Positions that a layer works on at a time.
pub(super) const LANES: usize = 64;
/// A value at each of them.
pub(super) type Lanes = [i32; LANES];
/// The largest activation.
pub(super) const LARGEST: i32 = 32767;

/// A layer: each output is `clamp((sum + bias + 2^(shift - 1)) >> shift, -32767, 32767)`, where the sum is one of
/// products of weights and inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dense {
    inputs: usize,
    /// Outputs, inputs.
    weights: Vec<i32>,
    /// With half of what the shift takes off.
    bias: Vec<i32>,
    shift: u32,
}

impl Dense {
    /// A layer of weights, row by row. A bias is in units of the sums.
    ///
    /// # Errors
    /// [`EntropyError::Malformed`] if a sum may not fit 32 bits.
    pub(super) fn new(inputs: usize, weights: Vec<i32>, bias: &[i64], shift: u32) -> Result<Self> {
        let half = (1i64 << shift) >> 1;
        for (row, bias) in weights.chunks_exact(inputs).zip(bias) {
            let sum: i64 = row.iter().map(|weight| i64::from(weight.abs())).sum();
            let most = sum * i64::from(LARGEST) + bias.abs() + half;
            if most > i64::from(i32::MAX) {
                return Err(EntropyError::Malformed("sums of the networks exceed 32 bits"));
            }
        }
        Ok(Self {
            inputs,
            weights,
            bias: bias.iter().map(|bias| (bias + half) as i32).collect(),
            shift,
        })
    }

    /// Number of outputs.
    pub(super) fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// Computes all outputs at all lanes; with `cut`, those below zero become zero.
    #[inline(always)]
    pub(super) fn run(&self, inputs: &[Lanes], outputs: &mut [Lanes], cut: bool) {
        let least = if cut { 0 } else { -LARGEST };
        let rows = self.weights.chunks_exact(self.inputs).zip(&self.bias);
        for ((row, &bias), output) in rows.zip(outputs) {
            let mut sums = [bias; LANES];
            for (&weight, input) in row.iter().zip(inputs) {
                for (sum, &x) in sums.iter_mut().zip(input) {
                    *sum = sum.wrapping_add(weight.wrapping_mul(x));
                }
            }
            for (out, sum) in output.iter_mut().zip(sums) {
                *out = (sum >> self.shift).clamp(least, LARGEST);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_rounded_clamped_and_cut() {
        let dense = Dense::new(2, vec![3, -1, 4000, 0], &[2, 0], 2).unwrap();
        let inputs = [[10; LANES], [20; LANES]];
        let mut outputs = [[0; LANES]; 2];
        dense.run(&inputs, &mut outputs, false);
        assert_eq!([outputs[0][0], outputs[1][63]], [3, 10_000]);
        dense.run(&[[-10_000; LANES], [0; LANES]], &mut outputs, false);
        assert_eq!([outputs[0][5], outputs[1][5]], [-7499, -LARGEST]);
        dense.run(&[[-10_000; LANES], [0; LANES]], &mut outputs, true);
        assert_eq!([outputs[0][5], outputs[1][5]], [0, 0]);
    }

    #[test]
    fn sums_beyond_32_bits_are_refused() {
        assert!(Dense::new(2, vec![32767, 32767], &[0], 4).is_ok());
        assert!(Dense::new(2, vec![32767, -32767], &[1 << 17], 4).is_err());
        assert!(Dense::new(1, vec![0], &[1 << 31], 0).is_err());
        assert!(Dense::new(1, vec![0], &[i64::from(i32::MAX)], 0).is_ok());
    }
}
