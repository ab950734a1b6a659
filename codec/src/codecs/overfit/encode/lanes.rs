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
    let row = |output: usize| &weights[output * inputs.len()..(output + 1) * inputs.len()];
    let (pairs, last) = outputs.as_chunks_mut::<2>();
    for (pair, outputs) in pairs.iter_mut().enumerate() {
        let at = 2 * pair;
        let mut sums = [[bias[at]; WIDE], [bias[at + 1]; WIDE]];
        for ((input, &first), &second) in inputs.iter().zip(row(at)).zip(row(at + 1)) {
            add_scaled(&mut sums, [first, second], input);
        }
        *outputs = sums;
    }
    if let ([output], Some(at)) = (last, bias.len().checked_sub(1)) {
        let mut sums = [[bias[at]; WIDE]];
        for (input, &weight) in inputs.iter().zip(row(at)) {
            add_scaled(&mut sums, [weight], input);
        }
        [*output] = sums;
    }
}

/// `d_inputs += transposed(weights) * d_outputs`.
#[inline(always)]
pub(super) fn backward(weights: &[f32], d_outputs: &[Wide], d_inputs: &mut [Wide]) {
    let count = d_inputs.len();
    let rows = || weights.chunks_exact(count).zip(d_outputs);
    let (pairs, last) = d_inputs.as_chunks_mut::<2>();
    for (pair, d_inputs) in pairs.iter_mut().enumerate() {
        let mut sums = *d_inputs;
        for (row, d_output) in rows() {
            add_scaled(&mut sums, [row[2 * pair], row[2 * pair + 1]], d_output);
        }
        *d_inputs = sums;
    }
    if let [d_input] = last {
        let mut sums = [*d_input];
        for (row, d_output) in rows() {
            add_scaled(&mut sums, [row[count - 1]], d_output);
        }
        [*d_input] = sums;
    }
}

/// Adds lanes times a factor to each sum: more sums than one hide the time that an addition takes.
#[inline(always)]
fn add_scaled<const COUNT: usize>(sums: &mut [Wide; COUNT], factors: [f32; COUNT], lanes: &Wide) {
    for (sums, factor) in sums.iter_mut().zip(factors) {
        for (sum, lane) in sums.iter_mut().zip(lanes) {
            *sum += factor * lane;
        }
    }
}

/// Adds the gradients of weights and bias.
#[inline(always)]
pub(super) fn accumulate(d_weights: &mut [Sums], d_bias: &mut [Sums], d_outputs: &[Wide], inputs: &[Wide]) {
    let rows = d_weights.chunks_exact_mut(inputs.len()).zip(d_bias);
    for ((row, d_bias), d_output) in rows.zip(d_outputs) {
        for (sums, input) in row.iter_mut().zip(inputs) {
            add_products(sums, d_output, input);
        }
        let [a, b, c, d] = quarters(d_output);
        for (at, sum) in d_bias.iter_mut().enumerate() {
            *sum += (a[at] + b[at]) + (c[at] + d[at]);
        }
    }
}

/// Adds products of values of the same lane, every sixteenth lane to the same sum.
#[inline(always)]
pub(super) fn add_products(sums: &mut Sums, left: &Wide, right: &Wide) {
    let ([a, b, c, d], [e, f, g, h]) = (quarters(left), quarters(right));
    for (at, sum) in sums.iter_mut().enumerate() {
        *sum += (a[at] * e[at] + b[at] * f[at]) + (c[at] * g[at] + d[at] * h[at]);
    }
}

#[inline(always)]
fn quarters(lanes: &Wide) -> [&Sums; 4] {
    let (quarters, _) = lanes.as_chunks::<16>();
    std::array::from_fn(|at| &quarters[at])
}

/// Sets what is below zero to zero, and what is above `most` to that: integers end there.
#[inline(always)]
pub(super) fn cut(values: &mut [Wide], most: f32) {
    for lanes in values {
        for value in lanes {
            *value = value.max(0.0).min(most);
        }
    }
}

/// Sets gradients to zero where [`cut`] changed the output.
#[inline(always)]
pub(super) fn cut_gradient(d_values: &mut [Wide], values: &[Wide], most: f32) {
    for (d, values) in d_values.iter_mut().zip(values) {
        for (d, &value) in d.iter_mut().zip(values) {
            let passes = f32::from(u8::from(value > 0.0) & u8::from(value < most));
            *d *= passes;
        }
    }
}

/// Adds the partial sums of a block to a gradient.
pub(super) fn add_sums(gradient: &mut [f32], sums: &[Sums]) {
    for (gradient, sums) in gradient.iter_mut().zip(sums) {
        *gradient += sums.iter().sum::<f32>();
    }
}

/// The [`WIDE`] values from a place on.
#[inline(always)]
pub(super) fn load(values: &[f32], at: usize) -> &Wide {
    const ZEROS: Wide = [0.0; WIDE];
    values.get(at..).and_then(<[f32]>::first_chunk).unwrap_or(&ZEROS)
}

/// The same, to be written.
#[inline(always)]
pub(super) fn load_mut(values: &mut [f32], at: usize) -> Option<&mut Wide> {
    values.get_mut(at..).and_then(<[f32]>::first_chunk_mut)
}

/// Adds values to those from a place on.
#[inline(always)]
pub(super) fn add_lanes(values: &mut [f32], at: usize, lanes: &Wide) {
    if let Some(sums) = load_mut(values, at) {
        for (sum, value) in sums.iter_mut().zip(lanes) {
            *sum += value;
        }
    }
}
