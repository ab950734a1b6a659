//! Random tables and symbols for the tests of the coders.

use std::num::NonZeroU16;

use proptest::prelude::*;

use super::{DecodeSymbols, EncodeSymbols};
use crate::error::Result;
use crate::table::{CdfTable, Slot, TOTAL};

/// A table from weights: every entry gets one, the rest is shared in proportion.
pub(crate) fn table_of(min: i32, weights: &[u32]) -> CdfTable {
    let sum: u64 = weights.iter().map(|&w| u64::from(w) + 1).sum();
    let spare = u64::from(TOTAL) - weights.len() as u64;
    let mut freqs: Vec<u32> = weights
        .iter()
        .map(|&w| 1 + ((u64::from(w) + 1) * spare / sum) as u32)
        .collect();
    let used: u32 = freqs.iter().sum();
    let largest = (0..freqs.len()).max_by_key(|&i| freqs[i]).unwrap_or(0);
    freqs[largest] += TOTAL - used;
    CdfTable::new(min, &freqs).expect("weights give a valid table")
}

/// Tables of 2 to 600 entries, from flat to very peaked.
pub(crate) fn tables() -> impl Strategy<Value = CdfTable> {
    let weight = prop_oneof![8 => 0u32..10, 2 => 0u32..1000, 1 => 0u32..1_000_000];
    let weights = prop_oneof![
        prop::collection::vec(weight.clone(), 2..6),
        prop::collection::vec(weight, 2..600)
    ];
    (-300i32..300, weights).prop_map(|(min, weights)| table_of(min, &weights))
}

/// What a stream is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// A symbol with the table of an index.
    Symbol(usize, i32),
    /// A value, and its number of bits.
    Bits(u32, u32),
    /// A bit with its probability.
    Bit(u16, bool),
}

/// Items for `tables` tables.
pub(crate) fn items(tables: usize) -> impl Strategy<Value = Vec<Item>> {
    let symbol = prop_oneof![20 => -20i32..20, 5 => -400i32..400, 1 => -32767i32..=32767];
    let item = prop_oneof![
        8 => (0..tables, symbol).prop_map(|(t, s)| Item::Symbol(t, s)),
        1 => (any::<u32>(), 0u32..=32)
            .prop_map(|(v, n)| Item::Bits((u64::from(v) & ((1u64 << n) - 1)) as u32, n)),
        1 => (1u16.., any::<bool>()).prop_map(|(p, b)| Item::Bit(p, b)),
    ];
    prop_oneof![
        prop::collection::vec(item.clone(), 0..40),
        prop::collection::vec(item, 0..4000)
    ]
}

/// An encoder that has coded all items.
pub(crate) fn encode_all<E: EncodeSymbols>(mut encoder: E, tables: &[CdfTable], items: &[Item]) -> E {
    for item in items {
        let coded = match *item {
            Item::Symbol(table, symbol) => encoder.encode(&tables[table], symbol),
            Item::Bits(value, count) => encoder.encode_bits(value, count),
            Item::Bit(p, bit) => encoder.encode_bit(p.try_into().expect("a bit is not certain"), bit),
        };
        coded.expect("all items can be coded");
    }
    encoder
}

/// Items of the same kinds as these.
pub(crate) fn read_all(decoder: &mut impl DecodeSymbols, tables: &[CdfTable], items: &[Item]) -> Result<Vec<Item>> {
    let mut read = Vec::new();
    for item in items {
        read.push(match *item {
            Item::Symbol(table, _) => Item::Symbol(table, decoder.decode(&tables[table])?),
            Item::Bits(_, count) => Item::Bits(decoder.decode_bits(count)?, count),
            Item::Bit(p, _) => Item::Bit(p, decoder.decode_bit(p.try_into().expect("a bit is not certain"))?),
        });
    }
    Ok(read)
}

/// Slots of all sizes. The narrow ones at the end of the range make long carries likely.
pub(crate) fn slots() -> impl Strategy<Value = Vec<Slot>> {
    let slot = |start: u32, size: u32| Slot {
        start: start as u16,
        size: NonZeroU16::new(size.clamp(1, TOTAL - start) as u16).expect("a slot is not empty"),
    };
    let narrow = (0u32..4, 1u32..3).prop_map(move |(back, size)| slot(TOTAL - 1 - back, size));
    let one = prop_oneof![
        4 => (0..TOTAL, 1u32..65536).prop_map(move |(start, size)| slot(start, size)),
        2 => narrow,
        1 => (0u32..2, 65534u32..65536).prop_map(move |(start, size)| slot(start, size)),
    ];
    prop::collection::vec(one, 0..300)
}
