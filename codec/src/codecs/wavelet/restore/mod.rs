//! The restoration filter: a small filter on decoded pixels.
//!
//! The networks work on blocks of pixels; what lies between neighbouring pixels they leave to the wavelet packet. A sample gets added what
//! its neighbourhood of 5 x 5 pixels in all channels says: differences of neighbours at like distances to the pixel, summed as they are
//! and cut off at about the size of errors, so that noise is told from edges; and the colour of the pixel. The sum is linear in its
//! coefficients, so the best ones for some pictures and their originals are found by least squares.
//!
//! A model brings filters that are best for all pictures, by quality. A patient encoder fits one to its picture and tells it in some tens
//! of bytes.
//!
//! Source of the idea, with other filters and classes of pixels: Tsai et al., "Adaptive loop filtering for video coding" (2013), and
//! Taquet et al., "Non-linear adaptive loop filter" (2019).

mod apply;
mod bits;
mod coded;
mod features;
mod fit;
mod sums;
#[cfg(test)]
mod tests;

use crate::media::image::Color;
use features::{OF_CHANNEL, WHITE};

pub(crate) use apply::{restore_frame, restored};
pub(crate) use coded::CodedFilter;
pub(crate) use fit::fit;
pub use fit::fit_for_all;
pub(crate) use fit::rounded_filters;
pub(crate) use sums::squared_error;

/// Filters that a stream may have.
pub(crate) const MOST_FILTERS: usize = 4;
/// Pixels around one that it depends on.
pub(crate) const REACH: u32 = 2;

/// What the magnitudes of all weights of a channel add up to at most, so that sums of features of at most 32640 fit 32
/// bits with room for rounding.
const MOST_WEIGHT: u32 = 32_000;
/// The largest offset.
const MOST_OFFSET: u32 = 1 << 25;
/// Fractional bits of the weights of filters in streams.
pub(crate) const CODED_BITS: u32 = 10;
/// The most fractional bits of weights.
pub(crate) const MOST_BITS: u32 = 14;
/// Units of weights in a step of a coefficient: of neighbours, and of colours.
const WEIGHT_STEPS: [i32; 2] = [8, 4];
/// Units of offsets in a step of the last coefficient.
const OFFSET_STEP: i32 = 4096;

/// A filter in integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Where differences are cut off, in 16ths of an 8-bit step.
    pub(crate) most: i16,
    /// Fractional bits of weights, [`CODED_BITS`] to [`MOST_BITS`].
    pub(crate) bits: u32,
    /// For each channel the weights of all features but the last.
    pub(crate) weights: Vec<Vec<i16>>,
    /// For each channel what is added, in 8-bit steps with four more fractional bits than weights.
    pub(crate) offsets: Vec<i32>,
}

/// Number of features of pixels of this colour: rings of neighbours in each channel, the colour, and 1.
fn features_of(color: Color) -> usize {
    color.channels() * (OF_CHANNEL + 1) + 1
}

impl Filter {
    /// Where differences are cut off, in 16ths of an 8-bit step.
    pub fn threshold(&self) -> i16 {
        self.most
    }

    /// Fractional bits of weights.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// For each channel the weights of all features but the last.
    pub fn weights(&self) -> &[Vec<i16>] {
        &self.weights
    }

    /// For each channel what is added, in 8-bit steps with four more fractional bits than weights.
    pub fn offsets(&self) -> &[i32] {
        &self.offsets
    }

    /// Whether no sum can leave 32 bits.
    pub(crate) fn is_sound(&self) -> bool {
        let sum = |weights: &Vec<i16>| {
            weights
                .iter()
                .map(|weight| u32::from(weight.unsigned_abs()))
                .sum::<u32>()
        };
        let weights = self.weights.iter().all(|weights| sum(weights) <= MOST_WEIGHT);
        let offsets = self.offsets.iter().all(|offset| offset.unsigned_abs() <= MOST_OFFSET);
        let bits = (CODED_BITS..=MOST_BITS).contains(&self.bits);
        weights && offsets && bits && (0..=WHITE).contains(&self.most)
    }

    /// The filter of a model, made for RGB, for images of this colour.
    pub(crate) fn for_color(self, color: Color) -> Self {
        match color {
            Color::Rgb => self,
            Color::Gray => self.for_gray(),
        }
    }

    /// What it does to a picture of three like channels, of which the mean is taken.
    fn for_gray(&self) -> Self {
        // Thirds, rounded.
        let third = |sum: i32| (2 * sum + 3).div_euclid(6);
        let sum = |at: usize| self.weights.iter().map(|channel| i32::from(channel[at])).sum::<i32>();
        let last = features_of(Color::Rgb) - 2;
        let rings = (0..OF_CHANNEL).map(|ring| (0..3).map(|channel| sum(channel * OF_CHANNEL + ring)).sum());
        // Of the colour, differences between channels are 0.
        let sums = rings.chain([sum(last)]);
        Self {
            most: self.most,
            bits: self.bits,
            weights: vec![sums.map(|sum| third(sum) as i16).collect()],
            offsets: vec![third(self.offsets.iter().sum())],
        }
    }
}
