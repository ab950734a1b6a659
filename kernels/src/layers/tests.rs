//! Layers against plain loops, and all instruction sets against each other.

use super::*;
use crate::isa::Isa;

/// Numbers of -1..1 that look like noise.
fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1u32 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Positions, inputs and outputs.
const SIZES: [[usize; 3]; 6] = [
    [1, 2, 1],
    [7, 6, 64],
    [13, 128, 70],
    [20, 320, 192],
    [9, 7, 33],
    [3, 1, 4],
];

#[test]
fn all_instructions_give_the_same_bits() {
    for [positions, inputs, outputs] in SIZES {
        let (x, weight, bias) = (
            noise(positions * inputs, 1),
            noise(inputs * outputs, 2),
            noise(outputs, 3),
        );
        for end in [End::Leaky(0.1), End::Add] {
            for rounding in [Rounding::Never, Rounding::Int16] {
                let run = |isa| {
                    let layer = Linear::with_isa(&weight, &bias, rounding, isa).unwrap();
                    let mut out = noise(positions * outputs, 4);
                    layer.apply(&x, end, &mut Scratch::default(), &mut out);
                    out
                };
                let mut all: Vec<Vec<f32>> = Isa::available().into_iter().map(run).collect();
                all.dedup();
                assert_eq!(
                    all.len(),
                    1,
                    "{positions} x {inputs} x {outputs}, {end:?}, {rounding:?}"
                );
            }
        }
    }
}

/// A linear layer in 64-bit floats.
fn exactly([inputs, outputs]: [usize; 2], [x, weight, bias]: [&[f32]; 3]) -> Vec<f64> {
    let position = |x: &[f32]| -> Vec<f64> {
        let sum = |output: usize| {
            let products = (0..inputs).map(|input| f64::from(x[input]) * f64::from(weight[input * outputs + output]));
            f64::from(bias[output]) + products.sum::<f64>()
        };
        (0..outputs).map(sum).collect()
    };
    x.chunks_exact(inputs).flat_map(position).collect()
}

#[test]
fn layers_are_products_a_bias_and_an_end() {
    for [positions, inputs, outputs] in SIZES {
        let (x, weight, bias) = (
            noise(positions * inputs, 5),
            noise(inputs * outputs, 6),
            noise(outputs, 7),
        );
        let wanted = exactly([inputs, outputs], [&x, &weight, &bias]);
        for (rounding, allowed) in [(Rounding::Never, 1e-5), (Rounding::Int16, 2e-3)] {
            let layer = Linear::new(&weight, &bias, rounding).unwrap();
            assert_eq!([layer.inputs(), layer.outputs()], [inputs, outputs]);
            for end in [End::Leaky(0.25), End::Leaky(1.0), End::Add] {
                let mut out = noise(positions * outputs, 8);
                let before = out.clone();
                layer.run(&x, end, &mut out);
                for ((out, before), wanted) in out.iter().zip(before).zip(&wanted) {
                    let wanted = match end {
                        End::Leaky(slope) => wanted * if *wanted < 0.0 { f64::from(slope) } else { 1.0 },
                        End::Add => wanted + f64::from(before),
                    };
                    let off = (f64::from(*out) - wanted).abs();
                    assert!(
                        off < allowed * (inputs as f64).sqrt().max(1.0),
                        "{rounding:?} {end:?}: off by {off}"
                    );
                }
            }
        }
    }
}

/// Weights and biases for layers of these sizes.
fn params(sizes: [[usize; 2]; 5]) -> [(Vec<f32>, Vec<f32>); 5] {
    sizes.map(|[inputs, outputs]| {
        let scale = (inputs as f32).sqrt().recip();
        let weight = noise(inputs * outputs, 9).iter().map(|value| value * scale).collect();
        (weight, noise(outputs, 10))
    })
}

/// One output of a depthwise convolution over all of a map.
fn depthwise_of(map: Map, x: &[f32], side: usize, (weight, bias): (&[f32], &[f32])) -> Vec<f32> {
    let (margin, channels) = (side / 2, map.channels);
    let mut out = Vec::new();
    for index in 0..map.len() {
        let (channel, position) = (index % channels, index / channels);
        let (column, row, picture) = (
            position % map.width,
            position / map.width % map.height,
            position / map.width / map.height,
        );
        let mut sum = bias[channel];
        for tap in 0..side * side {
            let (Some(y), Some(x_at)) = (
                (row + tap / side).checked_sub(margin),
                (column + tap % side).checked_sub(margin),
            ) else {
                continue;
            };
            if y < map.height && x_at < map.width {
                let at = ((picture * map.height + y) * map.width + x_at) * channels + channel;
                sum += x[at] * weight[tap * channels + channel];
            }
        }
        out.push(sum);
    }
    out
}

#[test]
fn a_block_in_strips_is_the_same_layer_by_layer() {
    for [batch, height, width, channels, inner, wide, side] in [
        [1, 1, 1, 2, 2, 4, 3],
        [2, 5, 4, 6, 10, 8, 3],
        [1, 40, 7, 8, 8, 16, 5],
        [3, 9, 50, 66, 64, 130, 3],
        [1, 100, 97, 16, 16, 32, 3],
        [1, 33, 120, 4, 6, 2, 5],
    ] {
        let map = Map {
            batch,
            height,
            width,
            channels,
        };
        let all = params([
            [channels, inner],
            [side * side, inner],
            [inner, channels],
            [channels, wide],
            [wide, channels],
        ]);
        let [a, d, b, f1, f2] = all.each_ref().map(|(weight, bias)| (&weight[..], &bias[..]));
        let x = noise(map.len(), 11);
        for rounding in [Rounding::Never, Rounding::Int16] {
            let block = Block::new(BlockParams { a, d, b, f1, f2 }, 0.1, rounding).unwrap();
            let [a, b, f1, f2] = [a, b, f1, f2].map(|(weight, bias)| Linear::new(weight, bias, rounding).unwrap());
            let positions = batch * height * width;
            let (mut hidden, mut out) = (vec![0.0; positions * inner], x.clone());
            a.run(&x, End::Leaky(0.1), &mut hidden);
            let filtered = depthwise_of(map.with_channels(inner), &hidden, side, d);
            b.run(&filtered, End::Add, &mut out);
            let mut hidden = vec![0.0; positions * wide];
            f1.run(&out, End::Leaky(0.1), &mut hidden);
            f2.run(&hidden, End::Add, &mut out);
            assert_eq!(block.run(map, &x), out, "{map:?}, {rounding:?}");
        }
    }
}

#[test]
fn layers_change_the_resolution() {
    for (batch, height, width, channels) in [(1, 1, 1, 1), (2, 3, 5, 4), (1, 30, 70, 10)] {
        let map = Map {
            batch,
            height,
            width,
            channels,
        };
        let (x, weight, bias) = (noise(map.len(), 12), noise(channels * 12, 13), noise(12, 14));
        let layer = Linear::new(&weight, &bias, Rounding::Int16).unwrap();
        let up = to_space(&layer, map, &x);
        let mut flat = vec![0.0; map.len() / channels * 12];
        layer.run(&x, End::Leaky(1.0), &mut flat);
        let fine = Map {
            height: 2 * height,
            width: 2 * width,
            channels: 3,
            ..map
        };
        for (index, value) in up.iter().enumerate() {
            let (channel, position) = (index % 3, index / 3);
            let (column, row) = (position % fine.width, position / fine.width);
            let part = row % 2 * 2 + column % 2;
            assert_eq!(*value, flat[((row / 2) * width + column / 2) * 12 + part * 3 + channel]);
        }
        let (weight, bias) = (noise(12 * 5, 15), noise(5, 16));
        let layer = Linear::new(&weight, &bias, Rounding::Int16).unwrap();
        let [mut down, mut same] = [0, 1].map(|_| noise(map.len() / channels * 5, 17));
        from_space(&layer, fine, &up, End::Add, &mut down);
        layer.run(&flat, End::Add, &mut same);
        assert_eq!(down, same, "a layer from space undoes the order of one to space");
    }
}

/// One large input or weight leaves few bits for the others, and no sum may overflow.
#[test]
fn rounded_sums_do_not_overflow() {
    for large in [1.0f32, 1e-30, 1e30] {
        let (x, weight) = (vec![large; 7 * 768], vec![0.5; 768 * 65]);
        let layer = Linear::new(&weight, &[0.0; 65], Rounding::Int16).unwrap();
        let mut out = vec![0.0; 7 * 65];
        layer.run(&x, End::Leaky(1.0), &mut out);
        assert!(out.iter().all(|value| (value / large - 384.0).abs() < 0.5), "{large}");
    }
    let layer = Linear::new(&[0.0; 12], &[1.0; 3], Rounding::Int16).unwrap();
    let mut out = vec![0.0; 9];
    layer.run(&[0.0; 12], End::Leaky(1.0), &mut out);
    assert_eq!(out, [1.0; 9]);
}

#[test]
fn malformed_layers_are_errors() {
    for (weights, outputs) in [(0, 0), (0, 3), (1, 0), (5, 2)] {
        let layer = Linear::new(&vec![0.0; weights], &vec![0.0; outputs], Rounding::Never);
        assert!(layer.is_err(), "{weights} weights of {outputs} outputs");
    }
    for (weights, channels) in [(0, 0), (1, 0), (0, 2), (8, 2), (16, 4), (19, 2)] {
        let layer = Depthwise::new(&vec![0.0; weights], &vec![0.0; channels]);
        assert!(layer.is_err(), "{weights} taps of {channels} channels");
    }
    let all = params([[4, 4], [9, 4], [4, 4], [4, 8], [8, 6]]);
    let [a, d, b, f1, f2] = all.each_ref().map(|(weight, bias)| (&weight[..], &bias[..]));
    assert!(Block::new(BlockParams { a, d, b, f1, f2 }, 0.1, Rounding::Int16).is_err());
    assert!(Block::new(BlockParams { a, d, b, f1, f2: b }, 0.1, Rounding::Int16).is_err());
}
