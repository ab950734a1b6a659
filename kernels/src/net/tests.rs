//! The networks against a plain reference, and the kernels against each other.

use proptest::prelude::*;

use super::*;
use crate::isa::Isa;

fn rescale(channels: usize, seed: u64, leaky: bool) -> Rescale {
    let mut random = Random(seed);
    // Some forms treat layers whose shifts are all at least 32 in another way.
    let least = if seed % 4 < 2 { 30 } else { 32 };
    Rescale {
        bias: (0..channels).map(|_| random.below(20001) as i32 - 10000).collect(),
        mult: (0..channels).map(|_| random.next() as i32 & i32::MAX).collect(),
        shift: (0..channels).map(|_| least + random.below(16) as u8).collect(),
        leaky,
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) ^ (self.0 << 20)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() & 0xffff_ffff) % n
    }
}

fn weights(count: usize, seed: u64) -> Vec<i8> {
    let mut random = Random(seed);
    (0..count).map(|_| random.below(255) as i8).collect()
}

fn pointwise(inputs: usize, outputs: usize, seed: u64, leaky: bool) -> PointwiseSpec {
    PointwiseSpec {
        inputs,
        outputs,
        weights: weights(inputs * outputs, seed),
        rescale: rescale(outputs, seed ^ 1, leaky),
    }
}

fn depthwise(channels: usize, kernel: usize, seed: u64) -> DepthwiseSpec {
    DepthwiseSpec {
        channels,
        kernel,
        weights: weights(channels * kernel * kernel, seed),
        rescale: rescale(channels, seed ^ 1, false),
    }
}

fn grid(height: usize, width: usize, channels: usize, seed: u64) -> Activations {
    let mut random = Random(seed);
    let mut x = Activations::zeros(height, width, channels);
    x.data.fill_with(|| (random.next() as i16).max(-32767));
    x
}

fn finish(sum: i64, rescale: &Rescale, c: usize) -> i16 {
    let sum = sum + i64::from(rescale.bias[c]);
    let value = dyadic(sum as i32, rescale.mult[c], rescale.shift[c]);
    if rescale.leaky && value < 0 {
        ((i32::from(value) * 13) >> 7) as i16
    } else {
        value
    }
}

fn plain_pointwise(spec: &PointwiseSpec, x: &[i16]) -> Vec<i16> {
    let mut out = Vec::new();
    for x in x.chunks(spec.inputs) {
        for (c, w) in spec.weights.chunks(spec.inputs).enumerate() {
            let sum = w.iter().zip(x).map(|(&w, &x)| i64::from(w) * i64::from(x)).sum();
            out.push(finish(sum, &spec.rescale, c));
        }
    }
    out
}

fn plain_depthwise(spec: &DepthwiseSpec, x: &Activations) -> Vec<i16> {
    let (k, n) = (spec.kernel as i64, spec.channels);
    let mut out = Vec::new();
    for i in 0..x.height as i64 {
        for j in 0..x.width as i64 {
            for c in 0..n {
                let mut sum = 0;
                for (di, dj) in (0..k).flat_map(|di| (0..k).map(move |dj| (di, dj))) {
                    let (y, z) = (i + di - k / 2, j + dj - k / 2);
                    if (0..x.height as i64).contains(&y) && (0..x.width as i64).contains(&z) {
                        let at = (y as usize * x.width + z as usize) * n + c;
                        let w = spec.weights[c * (k * k) as usize + (di * k + dj) as usize];
                        sum += i64::from(w) * i64::from(x.data[at]);
                    }
                }
                out.push(finish(sum, &spec.rescale, c));
            }
        }
    }
    out
}

fn plain_add(x: &[i16], y: &[i16]) -> Vec<i16> {
    let add = |(&x, &y): (&i16, &i16)| (i32::from(x) + i32::from(y)).clamp(-32767, 32767) as i16;
    x.iter().zip(y).map(add).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_kernel_is_the_plain_product(
        inputs in 1usize..150, outputs in 1usize..150, positions in 1usize..20,
        seed in any::<u64>(), leaky in any::<bool>(),
    ) {
        let spec = pointwise(inputs, outputs, seed, leaky);
        let layer = Pointwise::new(&spec, 0).unwrap();
        let x = grid(1, positions, inputs, seed ^ 2);
        let before = grid(1, positions, outputs, seed ^ 3).data;
        let expected = plain_pointwise(&spec, &x.data);
        let added = plain_add(&before, &expected);
        for isa in Isa::available() {
            let mut out = before.clone();
            layer.run_task(isa, &x.data, false, &mut out);
            prop_assert_eq!(&out, &expected, "{:?}", isa);
            out.copy_from_slice(&before);
            layer.run_task(isa, &x.data, true, &mut out);
            prop_assert_eq!(&out, &added, "{:?}", isa);
        }
    }

    #[test]
    fn every_depthwise_kernel_is_the_plain_sum(
        height in 1usize..8, width in 1usize..8, channels in 1usize..80,
        five in any::<bool>(), seed in any::<u64>(),
    ) {
        let spec = depthwise(channels, if five { 5 } else { 3 }, seed);
        let layer = Depthwise::new(&spec, 0).unwrap();
        let x = grid(height, width, channels, seed ^ 2);
        let expected = plain_depthwise(&spec, &x);
        for isa in Isa::available() {
            let mut out = vec![0; expected.len()];
            layer.run_positions(isa, x.rows(), 0, &mut out);
            prop_assert_eq!(&out, &expected, "{:?}", isa);
        }
    }

    #[test]
    fn a_block_is_its_parts(
        height in 1usize..12, width in 1usize..12, outer in 1usize..20, inner in 1usize..40,
        seed in any::<u64>(),
    ) {
        let spec = BlockSpec {
            a: pointwise(outer, inner, seed, true),
            d: depthwise(inner, 3, seed ^ 4),
            b: pointwise(inner, outer, seed ^ 5, false),
            f1: pointwise(outer, inner + 1, seed ^ 6, true),
            f2: pointwise(inner + 1, outer, seed ^ 7, false),
        };
        let x = grid(height, width, outer, seed ^ 8);
        let mut a = Activations::zeros(height, width, inner);
        a.data = plain_pointwise(&spec.a, &x.data);
        let b = plain_pointwise(&spec.b, &plain_depthwise(&spec.d, &a));
        let first = plain_add(&x.data, &b);
        let f = plain_pointwise(&spec.f2, &plain_pointwise(&spec.f1, &first));
        let expected = plain_add(&first, &f);
        let network = Network::new(&[LayerSpec::Block(Box::new(spec))], outer).unwrap();
        prop_assert_eq!(network.run(x).unwrap().data, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_divided_network_gives_the_group_that_is_wanted(
        height in 1usize..15, width in 1usize..15, inputs in 1usize..20, channels in 7usize..90,
        groups in 1usize..5, ends_in_a_depthwise in any::<bool>(), seed in any::<u64>(),
    ) {
        let mut layers = vec![LayerSpec::Pointwise(pointwise(inputs, channels, seed, true))];
        layers.push(if ends_in_a_depthwise {
            LayerSpec::Depthwise(depthwise(channels, 3, seed ^ 1))
        } else {
            LayerSpec::Pointwise(pointwise(channels, channels, seed ^ 1, false))
        });
        let parts: Vec<Vec<usize>> = (0..groups).map(|group| (0..channels).filter(|c| c % 7 % groups == group).collect()).collect();
        let group = |i: usize, j: usize| (2 * i + j) % groups;
        let x = grid(height, width, inputs, seed ^ 2);
        let whole = Network::new(&layers, inputs).unwrap().run(x.clone()).unwrap();
        let ours = Divided::new(&layers, inputs, parts.clone()).unwrap().run(x, group).unwrap();
        for position in 0..height * width {
            let wanted = &parts[group(position / width, position % width)];
            for (at, output) in wanted.iter().enumerate() {
                let (ours, whole) = (ours.data[position * ours.channels + at], whole.data[position * channels + output]);
                prop_assert_eq!(ours, whole);
            }
        }
    }
}

#[test]
fn pixel_shuffle_has_the_usual_order() {
    let network = Network::new(&[LayerSpec::PixelShuffle], 8).unwrap();
    let x = Activations {
        height: 1,
        width: 2,
        channels: 8,
        data: (0..16).collect(),
    };
    let out = network.run(x).unwrap();
    assert_eq!((out.height, out.width, out.channels), (2, 4, 2));
    assert_eq!(out.data, [0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15]);
}

#[test]
fn sums_that_could_overflow_are_refused() {
    let mut spec = pointwise(517, 1, 1, false);
    spec.weights.fill(127);
    spec.rescale.bias[0] = 0;
    let refused = |spec: &PointwiseSpec| Network::new(&[LayerSpec::Pointwise(spec.clone())], spec.inputs).is_err();
    assert!(refused(&spec));
    spec.weights.fill(126);
    assert!(!refused(&spec));
    spec.rescale.bias[0] = i32::MIN;
    assert!(refused(&spec));
}

#[test]
fn wrong_shapes_and_parameters_are_refused() {
    let good = pointwise(3, 5, 1, false);
    let refused = |change: fn(&mut PointwiseSpec)| {
        let mut spec = good.clone();
        change(&mut spec);
        Network::new(&[LayerSpec::Pointwise(spec)], 3).is_err()
    };
    assert!(!refused(|_| ()));
    assert!(refused(|s| s.inputs = 4));
    assert!(refused(|s| s.outputs = 0));
    assert!(refused(|s| s.weights.push(0)));
    assert!(refused(|s| s.rescale.bias.push(0)));
    assert!(refused(|s| s.rescale.mult[4] = -1));
    assert!(refused(|s| s.rescale.shift[0] = 0));
    assert!(refused(|s| s.rescale.shift[0] = 48));
    assert!(Network::new(&[LayerSpec::PixelShuffle], 6).is_err());
    assert!(Network::new(&[LayerSpec::Depthwise(depthwise(4, 4, 1))], 4).is_err());
    let network = Network::new(&[LayerSpec::Pointwise(good)], 3).unwrap();
    assert!(network.run(Activations::zeros(2, 2, 4)).is_err());
}

/// With the largest weights and inputs the sums reach the bound of the proof.
#[test]
fn extreme_values_agree() {
    let mut spec = pointwise(516, 64, 1, false);
    spec.weights.fill(127);
    spec.rescale.bias.fill(0);
    spec.rescale.shift.fill(47);
    let layer = Pointwise::new(&spec, 0).unwrap();
    for value in [-32767, 32767] {
        let x = vec![value; 516 * 7];
        let expected = plain_pointwise(&spec, &x);
        for isa in Isa::available() {
            let mut out = vec![0; expected.len()];
            layer.run_task(isa, &x, false, &mut out);
            assert_eq!(out, expected, "{isa:?}");
        }
    }
}

#[test]
fn single_positions_are_those_of_a_grid() {
    let spec = pointwise(37, 70, 4, false);
    let x = grid(1, 5, 37, 6);
    let wanted = plain_pointwise(&spec, &x.data);
    let single = Single::new(&spec).unwrap();
    for (x, wanted) in x.data.chunks(37).zip(wanted.chunks(70)) {
        for isa in Isa::available() {
            assert_eq!(single.run_with(isa, x).unwrap(), wanted);
        }
    }
    assert!(single.run(&x.data).is_err() && single.run(&[]).is_err());
}
