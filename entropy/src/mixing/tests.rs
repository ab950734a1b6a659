use super::*;
use crate::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};
use proptest::prelude::*;

/// Bits that follow one of two rules, of which the contexts show one each.
fn pattern(length: usize) -> Vec<bool> {
    let mut seed = 1u32;
    let mut bits: Vec<bool> = Vec::new();
    for i in 0..length {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = seed >> 28 == 0;
        let rule = if i % 2 == 0 { i % 6 < 3 } else { bits[i - 1] };
        bits.push(rule ^ noise);
    }
    bits
}

fn shape() -> Shape {
    Shape::new(&[6, 8, 1], &[2, 1])
}

fn code(model: &mut Predictor, io: &mut impl BitIo, bits: &mut [bool]) -> crate::Result<()> {
    let mut past = 0;
    for (i, bit) in bits.iter_mut().enumerate() {
        *bit = model.code(io, &[i % 6, past + 4 * (i % 2), 0], &[i % 2, 0], *bit)?;
        past = (2 * past + usize::from(*bit)) % 4;
    }
    Ok(())
}

fn encoded(model: &mut Predictor, bits: &[bool]) -> Vec<u8> {
    let mut encoder = RangeEncoder::new();
    code(model, &mut Writing(&mut encoder), &mut bits.to_vec()).unwrap();
    encoder.finish()
}

#[test]
fn mixing_finds_the_rule_of_each_place() {
    let bits = pattern(20_000);
    let mut tally = Tally::default();
    code(&mut Predictor::new(&shape()).unwrap(), &mut tally, &mut bits.clone()).unwrap();
    let bytes = encoded(&mut Predictor::new(&shape()).unwrap(), &bits).len() as u64;
    // The entropy of the noise, 1292 wrong bits of 20,000; some is spent on learning the weights.
    let floor = 863;
    assert!(
        (floor..floor * 107 / 100).contains(&bytes),
        "{bytes} bytes, {floor} at least"
    );
    let counted = tally.cost() / 8 / 4096;
    // A stream ends on a word.
    assert!((counted..counted + 8).contains(&bytes), "{counted} for {bytes} bytes");
}

#[test]
fn a_trained_state_makes_short_streams_cheap() {
    let mut trained = Predictor::new(&shape()).unwrap();
    encoded(&mut trained, &pattern(20_000));
    let state = trained.state(60);
    assert_eq!(state.len(), trained.state_len());
    let mut model = Predictor::new(&shape()).unwrap();
    model.set_state(&state).unwrap();
    assert_eq!(model.state(60), state);
    let bits = &pattern(900)[300..];
    let fresh = encoded(&mut Predictor::new(&shape()).unwrap(), bits).len();
    let warm = encoded(&mut model, bits).len();
    assert!(warm + 4 < fresh, "{warm} and {fresh} bytes");
}

#[test]
fn a_snapshot_goes_on_to_the_last_bit() {
    let mut model = Predictor::new(&shape()).unwrap();
    let learn = |model: &mut Predictor, bits: std::ops::Range<usize>| {
        let mut io = Tally::default();
        for i in bits {
            model.code(&mut io, &[i % 6, 0, 0], &[0, 0], i % 7 < 2).unwrap();
        }
        io.cost()
    };
    learn(&mut model, 0..1000);
    let mut next = Predictor::new(&shape()).unwrap();
    next.set_snapshot(&model.snapshot()).unwrap();
    assert_eq!(next.snapshot(), model.snapshot());
    assert_eq!(learn(&mut next, 1000..3000), learn(&mut model, 1000..3000));
    assert_eq!(next.snapshot(), model.snapshot());
    assert!(next.set_snapshot(&model.snapshot()[4..]).is_err());
}

#[test]
fn states_of_other_shapes_are_refused() {
    let mut model = Predictor::new(&shape()).unwrap();
    let mut state = model.state(1023);
    assert!(model.set_state(&state[1..]).is_err());
    let end = state.len();
    state[end - 4..].copy_from_slice(&i32::MAX.to_le_bytes());
    assert!(model.set_state(&state).is_err());
}

#[test]
fn shapes_and_contexts_are_checked() {
    for wrong in [
        Shape::new(&[], &[1]),
        Shape::new(&[1], &[]),
        Shape::new(&[1, 0], &[1]),
        Shape::new(&[1; 17], &[1]),
        Shape::new(&[usize::MAX, 2], &[1]),
        Shape { limit: 1024, ..shape() },
        Shape { shift: 9, ..shape() },
    ] {
        assert!(Predictor::new(&wrong).is_err(), "{wrong:?}");
    }
    let mut model = Predictor::new(&shape()).unwrap();
    let mut io = Tally::default();
    for (contexts, selectors) in [
        (&[0, 0][..], &[0, 0][..]),
        (&[6, 0, 0], &[0, 0]),
        (&[0, 0, 0], &[0]),
        (&[0, 0, 0], &[2, 0]),
    ] {
        assert!(model.code(&mut io, contexts, selectors, true).is_err());
    }
    assert_eq!(io.cost(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn bits_come_back(bits in prop::collection::vec(any::<bool>(), 0..2000), value in any::<u32>(), limit in 1u16..=1023, shift in 10u32..=24) {
        let shape = Shape { limit, shift, ..shape() };
        let mut encoder = RangeEncoder::new();
        let mut io = Writing(&mut encoder);
        code(&mut Predictor::new(&shape).unwrap(), &mut io, &mut bits.clone()).unwrap();
        io.code_bits(value, 32).unwrap();
        let bytes = encoder.finish();
        let mut decoder = RangeDecoder::new(&bytes).unwrap();
        let mut found = vec![false; bits.len()];
        code(&mut Predictor::new(&shape).unwrap(), &mut Reading(&mut decoder), &mut found).unwrap();
        prop_assert_eq!(Reading(&mut decoder).code_bits(0, 32).unwrap(), value);
        decoder.finish().unwrap();
        prop_assert_eq!(found, bits);
    }

    #[test]
    fn any_bytes_decode_to_something_or_fail(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(mut decoder) = RangeDecoder::new(&bytes) {
            let _ = code(&mut Predictor::new(&shape()).unwrap(), &mut Reading(&mut decoder), &mut [false; 3000]);
        }
    }
}
