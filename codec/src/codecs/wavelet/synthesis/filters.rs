//! Restoration filters of a model: checked, and interpolated between anchors.

use super::spec::FilterSpec;
use super::{between, place};
use crate::codecs::wavelet::restore::Filter;
use crate::quality::Quality;
use crate::{CodecError, Result};

/// Weights of a channel of RGB: those of all features but the last.
pub(super) const WEIGHTS: usize = 33;

impl FilterSpec {
    /// Refuses filters whose sums could leave 32 bits.
    pub(super) fn check(&self, bits: u8) -> Result<()> {
        let sound = self.filter(bits).is_sound();
        if sound && self.weights.iter().all(|weights| weights.len() == WEIGHTS) {
            return Ok(());
        }
        Err(CodecError::Weights("a restoration filter is out of range".into()))
    }

    fn filter(&self, bits: u8) -> Filter {
        Filter {
            most: self.threshold,
            bits: u32::from(bits),
            weights: self.weights.to_vec(),
            offsets: self.offsets.to_vec(),
        }
    }
}

/// The filter at a quality.
pub(super) fn at(filters: &[FilterSpec], bits: u8, quality: Quality) -> Option<Filter> {
    let anchors = filters.len();
    if anchors < 2 {
        return None;
    }
    let (low, share) = place(quality, anchors);
    let [low, high] = [&filters[low], &filters[low + 1]].map(|filter| filter.filter(bits));
    let short = |low: &i16, high: &i16| between(i32::from(*low), i32::from(*high), share) as i16;
    let channel = |(low, high): (&Vec<i16>, &Vec<i16>)| low.iter().zip(high).map(|(l, h)| short(l, h)).collect();
    Some(Filter {
        most: short(&low.most, &high.most),
        bits: low.bits,
        weights: low.weights.iter().zip(&high.weights).map(channel).collect(),
        offsets: (low.offsets.iter().zip(&high.offsets))
            .map(|(low, high)| between(*low, *high, share))
            .collect(),
    })
}
