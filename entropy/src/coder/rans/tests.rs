//! Streams that come back, and those that no encoder wrote.

use std::num::NonZeroU16;

use proptest::prelude::*;

use super::encoder::lane_words;
use super::{RansDecoder, RansEncoder};
use crate::coder::testing::{encode_all, items, read_all, slots, tables};
use crate::coder::{DecodeSymbols, EncodeSymbols, reference};
use crate::error::{EntropyError, Result};
use crate::table::CdfTable;

proptest! {
    #[test]
    fn words_are_those_of_another_implementation(slots in slots()) {
        prop_assert_eq!(lane_words(&slots, 1), [reference::ans_words(&slots)]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_goes_in_comes_out(
        tables in prop::collection::vec(tables(), 3),
        items in items(3),
        lanes in prop::sample::select(vec![1usize, 2, 4, 8]),
    ) {
        let encoder = encode_all(RansEncoder::new(), &tables, &items);
        let cost = encoder.cost();
        for bytes in [encoder.clone().finish_with_lanes(lanes).unwrap(), encoder.finish()] {
            // Nothing is shorter than an ideal code, and a lane is at most about eight bytes longer.
            let bits = (bytes.len() as u64 * 8) << 16;
            prop_assert!((cost..=cost + cost / 1000 + (800 << 16)).contains(&bits), "{cost} {bits}");
            let mut decoder = RansDecoder::new(&bytes).unwrap();
            prop_assert_eq!(read_all(&mut decoder, &tables, &items), Ok(items.clone()));
            decoder.finish().unwrap();
        }
    }

    #[test]
    fn garbage_is_bounded(
        table in tables(),
        lanes in 0usize..4,
        mut bytes in prop::collection::vec(any::<u8>(), 1..200),
    ) {
        bytes[0] = 1 << lanes;
        if let Ok(mut decoder) = RansDecoder::new(&bytes) {
            for _ in 0..2000 {
                let Ok(symbol) = decoder.decode(&table) else { break };
                prop_assert!((-32767..=32767).contains(&symbol));
            }
        }
    }

    #[test]
    fn cut_streams_fail(items in items(1), table in tables(), lanes in 0usize..4, cut in any::<prop::sample::Index>()) {
        let tables = [table];
        let bytes = encode_all(RansEncoder::new(), &tables, &items).finish_with_lanes(1 << lanes).unwrap();
        let cut = cut.index(bytes.len());
        let read = |bytes: &[u8]| -> Result<()> {
            let mut decoder = RansDecoder::new(bytes)?;
            read_all(&mut decoder, &tables, &items)?;
            decoder.finish()
        };
        prop_assert_eq!(read(&bytes), Ok(()));
        prop_assert!(read(&bytes[..cut]).is_err());
    }
}

/// A slot of half of the range takes a bit of a lane: 48 and the words are all that a lane can give.
#[test]
fn exhausted_lanes_end() {
    let one = NonZeroU16::new(1 << 15).unwrap();
    for (lanes, words) in [(1usize, 1usize), (2, 6), (8, 40)] {
        let mut bytes = vec![lanes as u8];
        bytes.extend(std::iter::repeat_n((words / lanes) as u8, lanes - 1));
        bytes.extend((0..4 * words).map(|i| (i * 37 + 1) as u8));
        let mut decoder = RansDecoder::new(&bytes).unwrap();
        let count = (0..1_000_000).take_while(|_| decoder.decode_bit(one).is_ok()).count();
        assert!(
            count <= 32 * words + 48 * lanes,
            "{lanes} lanes of {words} words give {count} bits"
        );
    }
}

#[test]
fn lanes_that_begin_below_the_first_state_are_refused() {
    assert!(RansDecoder::new(&[1]).is_err());
    assert!(RansDecoder::new(&[1, 0xff, 0xff, 0, 0]).is_err());
    assert!(RansDecoder::new(&[1, 0, 0, 1, 0]).is_ok());
}

#[test]
fn long_forms_of_lane_lengths_are_refused() {
    let lanes = [0u8, 0, 1, 0, 0, 0, 1, 0];
    assert!(RansDecoder::new(&[&[2, 1], &lanes[..]].concat()).is_ok());
    for long in [&[0x81, 0][..], &[0x81, 0x80, 0], &[0x81, 0x80, 0x80, 0x80, 0]] {
        let bytes = [&[2], long, &lanes].concat();
        assert_eq!(
            RansDecoder::new(&bytes).err(),
            Some(EntropyError::Malformed("lane length is not in its shortest form"))
        );
    }
}

#[test]
fn costs_are_those_of_the_slots() {
    let table = CdfTable::new(-1, &[8192, 49152, 8000, 192]).unwrap();
    let cost = |symbols: &[i32]| {
        let mut encoder = RansEncoder::new();
        for &symbol in symbols {
            encoder.encode(&table, symbol).unwrap();
        }
        encoder.cost()
    };
    assert_eq!((cost(&[]), cost(&[-1, -1])), (0, 6 << 16));
    // The escape, a bit for the side, and 5 for a distance of 5: two zeros, a one, and two bits of 6.
    let escape = crate::cost::cost(table.escape().size);
    assert_eq!((cost(&[2]), cost(&[7])), (escape + (2 << 16), escape + (6 << 16)));
}

#[test]
fn wrong_lane_counts_are_refused() {
    assert!(RansDecoder::new(&[]).is_err());
    assert!(RansDecoder::new(&[3]).is_err());
    assert!(RansDecoder::new(&[2, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err());
    assert!(RansDecoder::new(&[1, 1, 0, 0]).is_err());
    assert!(RansDecoder::new(&[1, 0, 0, 0, 0]).is_err());
    assert!(RansEncoder::new().finish_with_lanes(3).is_err());
    assert_eq!(RansEncoder::new().finish(), [1, 0, 0, 1, 0]);
}
