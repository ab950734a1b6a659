//! The coders of the crate `constriction`, which ours must agree with.

use std::num::NonZeroU16;

use constriction::stream::Encode;
use constriction::stream::model::{EncoderModel, EntropyModel};
use constriction::stream::queue::DefaultRangeEncoder;
use constriction::stream::stack::DefaultAnsCoder;

use crate::table::Slot;

/// The model that codes one given slot.
#[derive(Clone, Copy)]
struct SlotModel(Slot);

impl EntropyModel<16> for SlotModel {
    type Symbol = ();
    type Probability = u16;
}

impl EncoderModel<16> for SlotModel {
    fn left_cumulative_and_probability(&self, _: impl std::borrow::Borrow<()>) -> Option<(u16, NonZeroU16)> {
        Some((self.0.start, self.0.size))
    }
}

/// The stream of a range coder; a zero may follow the last word.
pub(crate) fn range_bytes(slots: &[Slot]) -> Vec<u8> {
    let mut encoder = DefaultRangeEncoder::new();
    for slot in slots {
        encoder.encode_symbol((), SlotModel(*slot)).unwrap();
    }
    let words = encoder.into_compressed().unwrap();
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The words of an ANS coder that starts at 65536, the last slot coded first.
pub(crate) fn ans_words(slots: &[Slot]) -> Vec<u32> {
    let mut coder = DefaultAnsCoder::from_raw_parts(Vec::new(), 1 << 16);
    for slot in slots.iter().rev() {
        coder.encode_symbol((), SlotModel(*slot)).unwrap();
    }
    coder.into_compressed().unwrap()
}
