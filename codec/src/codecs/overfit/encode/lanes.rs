//! Layers on many positions at a time, and their gradients.

/// Positions that a layer works on at a time.
pub(super) const WIDE: usize = 64;
/// A value at each of them.
pub(super) type Wide = [f32; WIDE];
/// Partial sums of a gradient: every sixteenth position has its own, so that sums are those of any vector width.
pub(super) type Sums = [f32; 16];

/// `outputs = weights * inputs + bias`; the rows of the weights are outputs.
#[inline(always)]
pub(super) fn forward(weights: &[f32], bias: &[f32], inputs: &[Wide], outputs: &mut [Wide]) {
    let rows = weights.chunks_exact(inputs.len()).zip(bias);
    for ((row, &bias), output) in rows.zip(outputs) {
        let mut sums = [bias; WIDE];
        for (&weight, input) in row.iter().zip(inputs) {
            for (sum, x) in sums.iter_mut().zip(input) {
                *sum += weight * x;
            }
        }
        *output = sums;
    }
}

/// `d_inputs += transposed(weights) * d_outputs`.
#[inline(always)]
pub(super) fn backward(weights: &[f32], d_outputs: &[Wide], d_inputs: &mut [Wide]) {
    let count = d_inputs.len();
    for (at, d_input) in d_inputs.iter_mut().enumerate() {
        let mut sums = *d_input;
        for (row, d_output) in weights.chunks_exact(count).zip(d_outputs) {
            let weight = row[at];
            for (sum, d) in sums.iter_mut().zip(d_output) {
                *sum += weight * d;
            }
        }
        *d_input = sums;
    }
}

/// Adds the gradients of weights and bias.
#[inline(always)]
pub(super) fn accumulate(d_weights: &mut [Sums], d_bias: &mut [Sums], d_outputs: &[Wide], inputs: &[Wide]) {
    let rows = d_weights.chunks_exact_mut(inputs.len()).zip(d_bias);
    for ((row, d_bias), d_output) in rows.zip(d_outputs) {
        for (sums, input) in row.iter_mut().zip(inputs) {
            let mut own = *sums;
            for (d, x) in d_output.chunks_exact(16).zip(input.chunks_exact(16)) {
                for ((sum, d), x) in own.iter_mut().zip(d).zip(x) {
                    *sum += d * x;
                }
            }
            *sums = own;
        }
        for d in d_output.chunks_exact(16) {
            d_bias.iter_mut().zip(d).for_each(|(sum, d)| *sum += d);
        }
    }
}

/// Sets what is below zero to zero, and what is above `most` to that: integers end there.
#[inline(always)]
pub(super) fn cut(values: &mut [Wide], most: f32) {
    for value in values.iter_mut().flatten() {
        *value = value.clamp(0.0, most);
    }
}

/// Sets gradients to zero where [`cut`] changed the output.
#[inline(always)]
pub(super) fn cut_gradient(d_values: &mut [Wide], values: &[Wide], most: f32) {
    for (d, value) in d_values.iter_mut().flatten().zip(values.iter().flatten()) {
        *d = if *value > 0.0 && *value < most { *d } else { 0.0 };
    }
}

/// Adds the partial sums of a block to a gradient.
pub(super) fn add_sums(gradient: &mut [f32], sums: &[Sums]) {
    for (gradient, sums) in gradient.iter_mut().zip(sums) {
        *gradient += sums.iter().sum::<f32>();
    }
}

/// Copies up to [`WIDE`] values; the lanes behind them are 0.
#[inline(always)]
pub(super) fn load(values: &[f32]) -> Wide {
    let mut lanes = [0.0; WIDE];
    match <&Wide>::try_from(values) {
        Ok(whole) => lanes = *whole,
        Err(_) => lanes[..values.len()].copy_from_slice(values),
    }
    lanes
}
