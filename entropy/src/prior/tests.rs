//! Round trips of the prior, on any number of threads, and what damage does.

use std::sync::Mutex;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::checksum::Checksum;
use crate::cost::FRACTION;
use crate::trellis::Machine;
use crate::trellis::Quantisation::{self, Rounding};

const TRELLIS: Quantisation = Quantisation::Trellis(Machine::SMALLEST);

/// Streams of four steps.
const DEEP: Coding = Coding {
    quantisation: TRELLIS,
    context: Context::Four,
};

fn codings() -> impl Strategy<Value = Coding> {
    let machines = (0..).map_while(Machine::of_index).map(Quantisation::Trellis);
    let all = std::iter::once(Rounding).chain(machines);
    let both = |quantisation| [Context::Two, Context::Four].map(|context| Coding { quantisation, context });
    prop::sample::select(all.flat_map(both).collect::<Vec<_>>())
}

fn small(seed: u64) -> LatentPrior {
    LatentPrior::new(synthetic(seed, 6, 3, 9)).unwrap()
}

/// The spec, or the same with a context of hyper-latents.
fn with_context(spec: PriorSpec, is_there: bool) -> PriorSpec {
    if is_there { with_hyper_context(5, spec) } else { spec }
}

fn on_threads<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(run)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn latents_come_back_on_any_number_of_threads(
        seed in any::<u64>(), channels in 2usize..12, z_channels in 1usize..5,
        inner in 1usize..20, height in 1usize..14, width in 1usize..14, coding in codings(), context in any::<bool>(),
    ) {
        prop_assume!(channels >= 4 || coding.context == Context::Two);
        let spec = with_context(synthetic(seed, channels, z_channels, inner), context);
        let latents = synthetic_latents(seed ^ 1, &spec, height, width);
        let prior = LatentPrior::new(spec).unwrap();
        let one = on_threads(1, || prior.compress(&latents, coding).unwrap());
        let three = on_threads(3, || prior.compress(&latents, coding).unwrap());
        prop_assert_eq!(&one, &three);
        for threads in [1, 3] {
            let back = on_threads(threads, || prior.decompress(&one.bytes, height, width, coding).unwrap());
            prop_assert_eq!(&back.y_hat, &one.y_hat);
            prop_assert_eq!(back.checksum, one.checksum);
            prop_assert_eq!(back.symbols, one.symbols);
            prop_assert_eq!(back.symbol_hash, one.symbol_hash);
        }
    }

    #[test]
    fn damage_never_panics(
        seed in 0u64..4, flips in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..5),
        cut in any::<prop::sample::Index>(), coding in codings(), context in any::<bool>(),
    ) {
        let prior = LatentPrior::new(with_context(synthetic(seed, 6, 3, 9), context)).unwrap();
        let latents = synthetic_latents(seed, prior.spec(), 7, 9);
        let good = prior.compress(&latents, coding).unwrap();
        let mut bytes = good.bytes.clone();
        for (at, change) in flips {
            bytes[at.index(good.bytes.len())] ^= change;
        }
        if let Ok(back) = prior.decompress(&bytes, 7, 9, coding) {
            prop_assert_eq!(back.y_hat.len(), good.y_hat.len());
        }
        let cut = &good.bytes[..cut.index(good.bytes.len())];
        prop_assert!(prior.decompress(cut, 7, 9, coding).is_err());
    }

    #[test]
    fn damaged_specs_never_panic(
        seed in 0u64..4, flips in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..5),
        cut in any::<prop::sample::Index>(), coding in codings(), context in any::<bool>(),
    ) {
        let good = with_context(synthetic(seed, 6, 3, 9), context).to_bytes();
        let mut bytes = good.clone();
        for (at, change) in flips {
            bytes[at.index(good.len())] ^= change;
        }
        if let Ok(prior) = PriorSpec::from_bytes(&bytes).and_then(LatentPrior::new) {
            let latents = synthetic_latents(seed, prior.spec(), 3, 3);
            // A context of hyper-latents has a place for four steps and a trellis that are not there.
            if let Ok(coded) = prior.compress(&latents, coding) {
                let back = prior.decompress(&coded.bytes, 3, 3, coding).unwrap();
                prop_assert_eq!(back.y_hat, coded.y_hat);
            } else {
                prop_assert!(prior.spec().deep.is_empty() || !prior.knows_trellis());
            }
        }
        prop_assert!(PriorSpec::from_bytes(&good[..cut.index(good.len())]).is_err());
    }

    #[test]
    fn symbols_round_half_away_and_saturate_together(y in any::<i32>(), mean in -32767i16..=32767) {
        let distance = steps::distance(y, mean);
        let decoded = i32::from(steps::reconstruct(2 * i32::from(steps::rounded(distance)), mean));
        let y = i64::from(y).clamp(-32767 * 16, 32767 * 16);
        let error = y - i64::from(decoded) * 16;
        prop_assert!(error.abs() <= 128, "{error}");
    }
}

#[test]
fn ties_go_away_from_zero() {
    for (y, wanted) in [(128, 1), (-128, -1), (127, 0), (-127, 0)] {
        assert_eq!(steps::rounded(steps::distance(y, 0)), wanted);
    }
    assert_eq!(steps::rounded(steps::distance(i32::MAX, -32767)), 4096);
}

#[test]
fn a_spec_survives_its_bytes() {
    for context in [false, true] {
        let mut spec = with_context(synthetic(7, 10, 4, 12), context);
        assert_eq!(PriorSpec::from_bytes(&spec.to_bytes()), Ok(spec.clone()));
        spec.deep.clear();
        assert_eq!(PriorSpec::from_bytes(&spec.to_bytes()), Ok(spec.clone()));
        spec.trellis_tables.clear();
        assert_eq!(PriorSpec::from_bytes(&spec.to_bytes()), Ok(spec));
    }
}

#[test]
fn hyper_latents_are_predicted_from_those_around() {
    // Every mean is the value to the left, 4 where there is none.
    let mut spec = with_hyper_context(1, synthetic(1, 6, 2, 9));
    let context = spec.pz.as_mut().unwrap();
    let network = &mut context.network;
    network.weights.fill(0);
    for channel in 0..2 {
        network.weights[channel * network.inputs + channel] = 64;
        network.weights[channel * network.inputs + 8 * 2] = 64;
        network.rescale.bias[channel] = 0;
        (network.rescale.mult[channel], network.rescale.shift[channel]) = (1, 2);
    }
    let prior = LatentPrior::new(spec).unwrap();
    let latents = synthetic_latents(3, prior.spec(), 9, 13);
    let seen = prior.observe_z(&latents.z, 9, 13).unwrap();
    assert_eq!(seen.len(), latents.z.len());
    for (at, seen) in seen.iter().enumerate() {
        let left = if at % 8 < 2 { 4 } else { latents.z[at - 2] };
        assert_eq!((seen.symbol, seen.fraction), (latents.z[at] - left, 0));
    }
    assert!(prior.observe_z(&latents.z, 9, 9).is_err());
    assert_eq!(small(1).observe_z(&[0; 3], 4, 4), Ok(Vec::new()));
}

#[test]
fn both_kinds_of_elements_occur() {
    let prior = small(3);
    let latents = synthetic_latents(5, prior.spec(), 12, 12);
    let coded = prior.compress(&latents, Rounding).unwrap();
    let elements = latents.y.len();
    let of_y = coded.symbols - latents.z.len();
    assert!(
        of_y > elements / 20 && of_y < elements * 19 / 20,
        "{of_y} of {elements}"
    );
    let seen = prior.observe(&latents, Rounding).unwrap();
    assert_eq!(seen.len(), elements);
    let coded = seen.iter().filter(|element| element.quantiser.is_some());
    assert_eq!(coded.count(), of_y);
    let low = seen.iter().filter(|element| element.scale < prior.spec().skip_below);
    assert_eq!(low.count(), elements - of_y);
    let seen = small(3).observe(&latents, TRELLIS).unwrap();
    let between = seen
        .iter()
        .filter(|element| element.quantiser == Some(Quantiser::Between));
    assert!(between.count() > of_y / 4);
}

#[test]
fn streams_are_hardly_longer_than_their_probabilities_ask() {
    for (seed, side) in [(1, 1), (2, 9), (3, 40)] {
        let prior = small(seed);
        let coded = prior
            .compress(&synthetic_latents(seed, prior.spec(), side, side), TRELLIS)
            .unwrap();
        let bits = (coded.bytes.len() as u64 * 8) << FRACTION;
        // Lanes cost some bytes each, and few bytes have one lane.
        let most = coded.cost + coded.cost / 100 + (80 << FRACTION);
        assert!((coded.cost..=most).contains(&bits), "{} for {bits}", coded.cost);
    }
}

/// Nanoseconds in networks and in the coder.
#[derive(Debug, Default)]
struct Clocks(Mutex<[u128; 2]>);

impl Observer for Clocks {
    fn spent(&self, part: Part, time: Duration) {
        self.0.lock().unwrap()[usize::from(part == Part::Coder)] += time.as_nanos();
    }
}

#[test]
fn observers_are_told_of_no_more_than_there_was() {
    let latents = synthetic_latents(5, small(3).spec(), 20, 20);
    let clocks = Arc::new(Clocks::default());
    let prior = small(3).with_observer(Arc::clone(&clocks) as Arc<dyn Observer>);
    let start = Instant::now();
    let coded = on_threads(1, || prior.compress(&latents, TRELLIS).unwrap());
    let [networks, coder] = *clocks.0.lock().unwrap();
    assert!(networks > 0 && coder > 0);
    on_threads(1, || prior.decompress(&coded.bytes, 20, 20, TRELLIS).unwrap());
    let whole = start.elapsed().as_nanos();
    let after = *clocks.0.lock().unwrap();
    assert!(after[0] > networks && after[1] > coder && after.iter().sum::<u128>() <= whole);
    assert_eq!(coded, small(3).compress(&latents, TRELLIS).unwrap());
}

#[test]
fn sizes_are_limited_before_allocation() {
    let prior = small(1);
    for (height, width) in [(usize::MAX, usize::MAX), (1, usize::MAX), (257, 256), (0, 5)] {
        assert!(prior.decompress(&[1, 0, 0, 1, 0], height, width, Rounding).is_err());
    }
    let prior = prior.with_max_positions(4);
    let latents = synthetic_latents(1, prior.spec(), 1, 5);
    assert!(matches!(
        prior.compress(&latents, TRELLIS),
        Err(EntropyError::Limit { .. })
    ));
    let latents = synthetic_latents(1, prior.spec(), 1, 4);
    assert!(prior.compress(&latents, TRELLIS).is_ok());
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let good = synthetic(1, 6, 3, 9);
    let refused = |change: fn(&mut PriorSpec)| {
        let mut spec = good.clone();
        change(&mut spec);
        LatentPrior::new(spec).is_err()
    };
    assert!(!refused(|_| ()));
    assert!(refused(|s| s.channels = 5));
    assert!(refused(|s| drop(s.z_tables.pop())));
    assert!(refused(|s| s.scale_tables.truncate(10)));
    assert!(refused(|s| s.trellis_tables.truncate(10)));
    assert!(refused(|s| s.scale_lut.clear()));
    assert!(refused(|s| s.known_shift = 0));
    assert!(refused(|s| s.known_mult = -1));
    assert!(refused(|s| s.z_shift = 16));
    assert!(refused(|s| s.hs.truncate(4)));
    assert!(refused(|s| drop(s.p1.pop())));
    assert!(!refused(|s| s.pz = with_hyper_context(1, s.clone()).pz));
    assert!(refused(|s| s.pz = with_hyper_context(1, synthetic(1, 6, 4, 9)).pz));
    let without_tables = |s: &mut PriorSpec| {
        s.pz = with_hyper_context(1, s.clone()).pz;
        s.pz.iter_mut().for_each(|context| context.tables.clear());
    };
    assert!(refused(without_tables));
    assert!(refused(|s| drop(s.deep.pop())));
    assert!(refused(|s| s.deep.swap(0, 1)));
    assert!(refused(|s| s.trellis_tables.clear()));
}

#[test]
fn codings_need_their_parts() {
    let mut spec = synthetic(1, 6, 3, 9);
    let latents = synthetic_latents(1, &spec, 4, 4);
    let refuses = |spec: &PriorSpec, coding: Coding| {
        let prior = LatentPrior::new(spec.clone()).unwrap();
        let coded = prior.compress(&latents, Rounding).unwrap();
        prior.compress(&latents, coding).is_err() && prior.decompress(&coded.bytes, 4, 4, coding).is_err()
    };
    assert!(!refuses(&spec, DEEP));
    spec.deep.clear();
    assert!(refuses(&spec, DEEP) && !refuses(&spec, TRELLIS.into()));
    let prior = LatentPrior::new(spec.clone()).unwrap();
    assert_eq!(prior.coding(Machine::SMALLEST, Context::Four), TRELLIS.into());
    spec.trellis_tables.clear();
    assert!(refuses(&spec, TRELLIS.into()));
    let prior = LatentPrior::new(spec).unwrap();
    assert_eq!(prior.coding(Machine::SMALLEST, Context::Four), Rounding.into());
}

/// Pins the bytes: a machine, or a change of the code, that gives others breaks old streams.
#[test]
fn the_streams_of_a_known_prior_stay_the_same() {
    let codings = [Rounding.into(), TRELLIS.into(), DEEP];
    let found = [(0, false), (1, false), (2, false), (0, true), (2, true)].map(|(coding, context)| {
        let coding: Coding = codings[coding];
        let prior = LatentPrior::new(with_context(synthetic(11, 12, 4, 70), context)).unwrap();
        let latents = synthetic_latents(12, prior.spec(), 6, 7);
        let coded = prior.compress(&latents, coding).unwrap();
        let mut bytes = Checksum::new();
        bytes.update(&coded.bytes.iter().map(|&b| i16::from(b)).collect::<Vec<_>>());
        (coded.bytes.len(), bytes.finish32(), coded.checksum, coded.symbol_hash)
    });
    let known = [
        (433, 1_945_358_679, 864_520_893, 15_678_001_224_563_318_449),
        (437, 1_257_013_527, 443_541_526, 4_080_647_508_174_254_822),
        (497, 2_306_539_743, 3_453_012_584, 9_514_140_251_516_540_404),
        (437, 1_621_398_088, 864_520_893, 15_678_001_224_563_318_449),
        (501, 3_746_460_140, 3_453_012_584, 9_514_140_251_516_540_404),
    ];
    assert_eq!(found, known);
}
