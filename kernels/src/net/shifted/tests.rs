//! The layers against plain sums, in all forms, and hostile weights.

use proptest::prelude::*;

use super::*;
use crate::isa::Isa;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) ^ (self.0 << 20)
    }

    fn values(&mut self, count: usize, limit: i16) -> Vec<i16> {
        let mut value = || (self.next() as i16).clamp(-limit, limit);
        (0..count).map(|_| value()).collect()
    }
}

fn settling(outputs: usize, random: &mut Random, leaky: bool) -> Settling {
    Settling {
        bias: (0..outputs).map(|_| random.next() as i32 / 256).collect(),
        shift: 6 + (random.next() % 12) as u8,
        limit: [32_767, 16_383, 900][(random.next() % 3) as usize],
        leaky,
    }
}

fn linear(inputs: usize, outputs: usize, random: &mut Random, leaky: bool) -> LinearSpec {
    let most = (60_000 / inputs).clamp(1, 32_767) as i16;
    LinearSpec {
        inputs,
        outputs,
        weights: random.values(inputs * outputs, most),
        settling: settling(outputs, random, leaky),
    }
}

fn block(outer: usize, inner: usize, random: &mut Random) -> BlockSpec {
    BlockSpec {
        a: linear(outer, inner, random, true),
        d: TapsSpec {
            channels: inner,
            weights: random.values(9 * inner, 5_000),
            settling: settling(inner, random, false),
        },
        b: linear(inner, outer, random, false),
        f1: linear(outer, inner + 1, random, true),
        f2: linear(inner + 1, outer, random, false),
    }
}

fn settled(sum: i64, settling: &Settling, output: usize) -> i16 {
    let sum = sum + i64::from(settling.bias[output]) + (1 << (settling.shift - 1));
    let limit = i64::from(settling.limit);
    let value = (sum >> settling.shift).clamp(-limit, limit);
    (if settling.leaky && value < 0 {
        (value * 3277 + 16_384) >> 15
    } else {
        value
    }) as i16
}

fn plain(spec: &LinearSpec, x: &[i16]) -> Vec<i16> {
    let mut out = Vec::new();
    for x in x.chunks(spec.inputs) {
        for output in 0..spec.outputs {
            let products = x.iter().zip(spec.weights[output..].iter().step_by(spec.outputs));
            let sum = products.map(|(x, w)| i64::from(*x) * i64::from(*w)).sum();
            out.push(settled(sum, &spec.settling, output));
        }
    }
    out
}

fn plain_taps(spec: &TapsSpec, [height, width]: [usize; 2], x: &[i16]) -> Vec<i16> {
    let mut out = Vec::new();
    for (position, channel) in (0..height * width).flat_map(|p| (0..spec.channels).map(move |c| (p, c))) {
        let mut sum = 0;
        for tap in 0..9 {
            let (i, j) = (position / width + tap / 3, position % width + tap % 3);
            if (1..=height).contains(&i) && (1..=width).contains(&j) {
                let x = x[((i - 1) * width + j - 1) * spec.channels + channel];
                sum += i64::from(x) * i64::from(spec.weights[tap * spec.channels + channel]);
            }
        }
        out.push(settled(sum, &spec.settling, channel));
    }
    out
}

fn added(x: &[i16], y: &[i16], limit: i16) -> Vec<i16> {
    let limit = i32::from(limit);
    let pairs = x.iter().zip(y);
    pairs
        .map(|(x, y)| (i32::from(*x) + i32::from(*y)).clamp(-limit, limit) as i16)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_form_is_the_plain_sum(
        inputs in 1usize..150, outputs in 1usize..150, positions in 1usize..20,
        leaky in any::<bool>(), seed in any::<u64>(),
    ) {
        let mut random = Random(seed);
        let spec = linear(inputs, outputs, &mut random, leaky);
        let layer = Linear::new(&spec, 32_767).unwrap();
        let x = random.values(positions * inputs, 32_767);
        let before = random.values(positions * outputs, spec.settling.limit);
        let wanted = plain(&spec, &x);
        let sums = added(&before, &wanted, spec.settling.limit);
        for isa in Isa::available() {
            let mut out = before.clone();
            layer.apply(isa, &x, false, &mut out);
            prop_assert_eq!(&out, &wanted, "{:?}", isa);
            out.copy_from_slice(&before);
            layer.apply(isa, &x, true, &mut out);
            prop_assert_eq!(&out, &sums, "{:?}", isa);
        }
        let mut out = before;
        layer.run(&x, true, &mut out);
        prop_assert_eq!(out, sums);
    }

    #[test]
    fn a_block_is_its_parts(
        height in 1usize..12, width in 1usize..12, outer in 1usize..20, inner in 1usize..80, seed in any::<u64>(),
    ) {
        let mut random = Random(seed);
        let (spec, size) = (block(outer, inner, &mut random), [height, width]);
        let x = random.values(height * width * outer, 32_767);
        let a = plain(&spec.a, &x);
        let b = plain(&spec.b, &plain_taps(&spec.d, size, &a));
        let first = added(&x, &b, spec.b.settling.limit);
        let f = plain(&spec.f2, &plain(&spec.f1, &first));
        let wanted = added(&first, &f, spec.f2.settling.limit);
        let block = Block::new(&spec, 32_767).unwrap();
        for isa in Isa::available() {
            prop_assert_eq!(&block.run_with(isa, size, &x), &wanted, "{:?}", isa);
        }
    }

    #[test]
    fn strips_do_not_show(width in 1usize..400, height in 1usize..60, seed in any::<u64>()) {
        let mut random = Random(seed);
        let (spec, size) = (block(2, 3, &mut random), [height, width]);
        let x = random.values(height * width * 2, 32_767);
        let first = added(&x, &plain(&spec.b, &plain_taps(&spec.d, size, &plain(&spec.a, &x))), spec.b.settling.limit);
        let wanted = added(&first, &plain(&spec.f2, &plain(&spec.f1, &first)), spec.f2.settling.limit);
        prop_assert_eq!(Block::new(&spec, 32_767).unwrap().run(size, &x), wanted);
    }
}

#[test]
fn outputs_are_spread_over_four_positions() {
    let mut weights = vec![0; 8];
    weights.copy_from_slice(&[1, 2, 3, 4, 5, 6, 7, 8]);
    let settling = Settling {
        bias: vec![0; 8],
        shift: 1,
        limit: 32_767,
        leaky: false,
    };
    let spec = LinearSpec {
        inputs: 1,
        outputs: 8,
        weights,
        settling,
    };
    let out = Linear::new(&spec, 100).unwrap().to_space([1, 2], &[2, 20]);
    assert_eq!(out, [1, 2, 3, 4, 10, 20, 30, 40, 5, 6, 7, 8, 50, 60, 70, 80]);
}

#[test]
fn sums_that_could_overflow_are_refused() {
    let good = linear(4, 3, &mut Random(5), false);
    let refused = |limit: i16, change: &dyn Fn(&mut LinearSpec)| {
        let mut spec = good.clone();
        change(&mut spec);
        Linear::new(&spec, limit).is_err()
    };
    assert!(!refused(32_767, &|_| ()));
    assert!(refused(32_767, &|spec| spec.weights.fill(i16::MIN)));
    assert!(!refused(8_191, &|spec| spec.weights.fill(i16::MIN)));
    assert!(refused(1, &|spec| spec.settling.bias[1] = i32::MIN));
    assert!(refused(1, &|spec| spec.settling.bias[1] =
        i32::MAX - (1 << (spec.settling.shift - 1))));
    for shift in [0, 31, 255] {
        assert!(refused(1, &|spec| spec.settling.shift = shift));
    }
    for limit in [0, -1, i16::MIN] {
        assert!(refused(1, &|spec| spec.settling.limit = limit) && refused(limit, &|_| ()));
    }
    assert!(refused(1, &|spec| spec.inputs = 5));
    assert!(refused(1, &|spec| spec.outputs = 0));
    assert!(refused(1, &|spec| spec.settling.bias.truncate(2)));
}

#[test]
fn blocks_whose_layers_do_not_fit_are_refused() {
    let good = block(4, 6, &mut Random(9));
    assert!(Block::new(&good, 32_767).is_ok());
    let mut random = Random(10);
    for change in [
        |spec: &mut BlockSpec, random: &mut Random| spec.a = linear(4, 5, random, true),
        |spec: &mut BlockSpec, random: &mut Random| spec.b = linear(6, 3, random, false),
        |spec: &mut BlockSpec, random: &mut Random| spec.f1 = linear(4, 6, random, true),
        |spec: &mut BlockSpec, random: &mut Random| spec.f2 = linear(7, 5, random, false),
        |spec: &mut BlockSpec, _: &mut Random| spec.d.channels = 5,
        |spec: &mut BlockSpec, _: &mut Random| spec.d.weights.fill(i16::MAX),
    ] {
        let mut spec = good.clone();
        change(&mut spec, &mut random);
        assert!(Block::new(&spec, 32_767).is_err());
    }
}

/// The largest weights and inputs reach the bound of the proof.
#[test]
fn extreme_values_agree() {
    let settling = Settling {
        bias: vec![-1; 64],
        shift: 16,
        limit: 32_767,
        leaky: true,
    };
    let spec = LinearSpec {
        inputs: 2,
        outputs: 64,
        weights: vec![32_766; 128],
        settling,
    };
    let layer = Linear::new(&spec, 32_767).unwrap();
    for value in [-32_767, 32_767] {
        let x = vec![value; 2 * 7];
        for isa in Isa::available() {
            let mut out = vec![0; 64 * 7];
            layer.apply(isa, &x, false, &mut out);
            assert_eq!(out, plain(&spec, &x), "{isa:?}");
        }
    }
}
