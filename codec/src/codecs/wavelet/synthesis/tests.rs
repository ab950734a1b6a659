//! The shipped synthesis and small ones: bytes there and back, hostile weights, and what any latents give.

use lmc_kernels::net::shifted::{BlockSpec, LinearSpec, Settling, TapsSpec};
use proptest::prelude::*;

use super::*;
use crate::codecs::image::Scale;
use crate::codecs::wavelet::{ImageModel, ModelFile, WaveletConfig, WaveletCpu};
use crate::weights::TensorFile;

const SHIPPED: [&[u8]; 2] = [
    include_bytes!("../../../../../weights/files/wavelet-psnr-v2.safetensors"),
    include_bytes!("../../../../../weights/files/wavelet-perceptual-v1.safetensors"),
];

fn config() -> WaveletConfig {
    WaveletConfig {
        width: 8,
        latents: 6,
        decoder_blocks: 1,
        anchors: 3,
        ..WaveletConfig::default()
    }
}

fn random(seed: u64) -> impl FnMut(i64) -> i64 {
    let mut state = seed;
    move |bound| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64 % (2 * bound + 1) - bound
    }
}

fn settling(outputs: usize, limit: i16, leaky: bool, next: &mut impl FnMut(i64) -> i64) -> Settling {
    Settling {
        bias: (0..outputs).map(|_| next(1 << 20) as i32).collect(),
        shift: (10 + next(4)) as u8,
        limit,
        leaky,
    }
}

fn linear(inputs: usize, outputs: usize, leaky: bool, next: &mut impl FnMut(i64) -> i64) -> LinearSpec {
    LinearSpec {
        inputs,
        outputs,
        weights: (0..inputs * outputs).map(|_| next(4_000) as i16).collect(),
        settling: settling(outputs, i16::MAX, leaky, next),
    }
}

/// A small synthesis of random weights.
fn spec(seed: u64) -> SynthesisSpec {
    let mut next = random(seed);
    let (c, m) = (8, 6);
    SynthesisSpec {
        gains: GainSpec {
            limit: 16_383,
            logs: (0..3 * m).map(|_| next(400_000) as i32).collect(),
        },
        up: linear(m, 4 * c, false, &mut next),
        blocks: vec![BlockSpec {
            a: linear(c, c, true, &mut next),
            d: TapsSpec {
                channels: c,
                weights: (0..9 * c).map(|_| next(4_000) as i16).collect(),
                settling: settling(c, 8_191, false, &mut next),
            },
            b: linear(c, c, false, &mut next),
            f1: linear(c, 2 * c, true, &mut next),
            f2: linear(2 * c, c, false, &mut next),
        }],
        output: linear(c, 192, false, &mut next),
        skip: linear(m, 768, false, &mut next),
        filter_bits: 13,
        filters: (0..3)
            .map(|_| FilterSpec {
                threshold: 50 + next(40) as i16,
                weights: std::array::from_fn(|_| (0..33).map(|_| next(900) as i16).collect()),
                offsets: std::array::from_fn(|_| next(1 << 25) as i32),
            })
            .collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn bytes_come_back(seed in any::<u64>(), with_filters in any::<bool>()) {
        let mut spec = spec(seed);
        if !with_filters {
            spec.filters.clear();
            spec.filter_bits = 0;
        }
        let bytes = spec.to_bytes();
        prop_assert_eq!(&SynthesisSpec::from_bytes(&bytes, &config()).unwrap(), &spec);
        prop_assert!(IntegerSynthesis::new(spec, &config()).is_ok());
        prop_assert!(SynthesisSpec::from_bytes(&[&bytes[..], &[0]].concat(), &config()).is_err());
        for cut in [0, 1, 5, bytes.len() / 2, bytes.len() - 1] {
            prop_assert!(SynthesisSpec::from_bytes(&bytes[..cut], &config()).is_err());
        }
    }

    /// Whatever the weights: they are refused, or no latents make a sum overflow, which would panic here.
    #[test]
    fn hostile_weights_are_refused_or_harmless(seed in any::<u64>(), places in prop::collection::vec(any::<(u32, u8)>(), 1..40)) {
        let mut bytes = spec(seed).to_bytes();
        for (place, value) in places {
            let at = place as usize % bytes.len();
            bytes[at] = value;
        }
        let Ok(spec) = SynthesisSpec::from_bytes(&bytes, &config()) else { return Ok(()) };
        let Ok(synthesis) = IntegerSynthesis::new(spec, &config()) else { return Ok(()) };
        let mut next = random(seed ^ 1);
        let y_hat: Vec<i16> = (0..2 * 3 * 6).map(|_| if next(1) > 0 { i16::MAX } else { i16::MIN }).collect();
        for hundredths in [0, 3_333, 10_000] {
            let quality = Quality::from_hundredths(hundredths).unwrap();
            let planes = synthesis.run(&y_hat, [2, 3], quality, Scale::Full);
            prop_assert_eq!(planes.data.len(), 3 * 32 * 48);
            prop_assert!(synthesis.filter(quality).is_none_or(|filter| filter.is_sound()));
        }
    }
}

#[test]
fn sums_that_could_overflow_are_refused() {
    let refused = |change: &dyn Fn(&mut SynthesisSpec)| {
        let mut spec = spec(3);
        change(&mut spec);
        let bytes = spec.to_bytes();
        SynthesisSpec::from_bytes(&bytes, &config())
            .and_then(|spec| IntegerSynthesis::new(spec, &config()))
            .is_err()
    };
    assert!(!refused(&|_| ()));
    assert!(refused(&|spec| spec.up.weights.fill(i16::MAX)));
    assert!(refused(&|spec| spec.skip.settling.bias[5] = i32::MIN));
    assert!(refused(&|spec| spec.blocks[0].d.weights.fill(i16::MIN)));
    assert!(refused(&|spec| spec.blocks[0].f2.settling.shift = 31));
    assert!(refused(&|spec| spec.output.settling.limit = 100));
    assert!(refused(&|spec| spec.gains.logs[7] = 14 << 16));
    assert!(refused(&|spec| spec.gains.limit = 0));
    assert!(refused(&|spec| spec.filters[1].weights[2].fill(1_000)));
    assert!(refused(&|spec| spec.filters[1].offsets[0] = i32::MAX));
    assert!(refused(&|spec| spec.filters[2].threshold = 4_081));
    assert!(refused(&|spec| spec.filter_bits = 15));
}

#[test]
fn qualities_lie_between_their_anchors() {
    assert_eq!(
        [between(0, 10, 5_000), between(0, -10, 4_999), between(3, 4, 5_000)],
        [5, -5, 4]
    );
    assert_eq!(between(i32::MIN, i32::MAX, 10_000), i32::MAX);
    let at = |hundredths| place(Quality::from_hundredths(hundredths).unwrap(), 14);
    assert_eq!([at(0), at(1), at(10_000)], [(0, 0), (0, 13), (12, 10_000)]);
    let synthesis = IntegerSynthesis::new(spec(8), &config()).unwrap();
    let filter = |hundredths| synthesis.filter(Quality::from_hundredths(hundredths).unwrap()).unwrap();
    let ends = [filter(0), filter(10_000)].map(|filter| filter.most);
    let anchors = &synthesis.spec().filters;
    assert_eq!(ends, [anchors[0].threshold, anchors[2].threshold]);
    let weights = [0, 1].map(|anchor| i32::from(anchors[anchor].weights[1][7]));
    assert_eq!(
        i32::from(filter(2_500).weights[1][7]),
        (weights[0] + weights[1] + 1).div_euclid(2)
    );
}

/// Small versions are those of the whole picture: halves of a picture of one colour have that colour.
#[test]
fn sizes_fit_and_small_versions_have_the_same_level() {
    for bytes in SHIPPED {
        let model = WaveletCpu::load(bytes).unwrap();
        let (height, width) = (3, 5);
        let window = crate::codecs::wavelet::Planes {
            height: 16 * height,
            width: 16 * width,
            data: vec![0.3; 3 * 256 * height * width],
        };
        let quality = Quality::new(90.0).unwrap();
        let field = model.analyse(&window, quality).unwrap();
        let y_hat: Vec<i16> = field.data.iter().map(|value| (value * 16.0).round() as i16).collect();
        for scale in [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth] {
            let planes = model.synthesise(&y_hat, height, width, quality, scale).unwrap();
            let side = 16 >> scale.levels();
            assert_eq!((planes.height, planes.width), (side * height, side * width));
            let mean = planes.data.iter().map(|value| f64::from(*value)).sum::<f64>() / planes.data.len() as f64;
            assert!((mean / 65_536.0 - 0.3).abs() < 0.01, "{scale:?}: {mean}");
        }
    }
}

/// Pixels of shipped models that may never change: what files hold for all time.
#[test]
fn shipped_models_make_the_pixels_they_ever_made() {
    let mut found = Vec::new();
    for bytes in SHIPPED {
        let model = WaveletCpu::load(bytes).unwrap();
        let channels = model.config().latents;
        let mut next = random(77);
        let y_hat: Vec<i16> = (0..4 * 3 * channels)
            .map(|_| (next(40) * next(40) / 8) as i16)
            .collect();
        let mut hasher = blake3::Hasher::new();
        for (quality, scale) in [
            (0, Scale::Full),
            (2_000, Scale::Half),
            (6_025, Scale::Full),
            (9_800, Scale::Quarter),
        ] {
            let quality = Quality::from_hundredths(quality).unwrap();
            let planes = model.synthesise(&y_hat, 4, 3, quality, scale).unwrap();
            planes.data.iter().for_each(|value| {
                hasher.update(&value.to_le_bytes());
            });
        }
        found.push(hasher.finalize().to_hex()[..32].to_owned());
    }
    assert_eq!(
        found,
        ["6b982fc66ba29962d159cf55ac08a97d", "c5267e0c0472988dbbdddbbb64f363e9"]
    );
}

#[test]
fn shipped_files_hold_the_bytes_that_are_written() {
    for bytes in SHIPPED {
        let model = ModelFile::parse(bytes).unwrap();
        let stored = TensorFile::parse(bytes).unwrap();
        assert!(model.synthesis.spec().to_bytes() == stored.tensors["synthesis"].bytes.as_ref());
        assert_eq!(model.synthesis.spec().filters.len(), model.manifest.config.anchors);
    }
}
