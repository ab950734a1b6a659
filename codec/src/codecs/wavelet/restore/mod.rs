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
use features::{OF_CHANNEL, step};

pub(crate) use apply::restore;
pub(crate) use coded::CodedFilter;
pub(crate) use fit::fit;
pub use fit::fit_for_all;
pub(crate) use sums::squared_error;

/// Filters that a stream may have.
pub(crate) const MOST_FILTERS: usize = 4;
/// Pixels around one that it depends on.
pub(crate) const REACH: u32 = 2;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter {
    /// Where differences are cut off, in 8-bit steps.
    pub(crate) most: f32,
    /// For each channel the weights of all features.
    pub(crate) weights: Vec<Vec<f32>>,
}

/// Number of features of pixels of this colour: rings of neighbours in each channel, the colour, and 1.
fn features_of(color: Color) -> usize {
    color.channels() * (OF_CHANNEL + 1) + 1
}

impl Filter {
    /// The filter of a model, made for RGB: where differences are cut off, then the coefficients of all channels in steps. `None` if
    /// these are not as many.
    pub(crate) fn of_model(values: &[f32], color: Color) -> Option<Self> {
        let (&most, coefficients) = values.split_first()?;
        let features = features_of(Color::Rgb);
        if coefficients.len() != 3 * features {
            return None;
        }
        let rgb = Self {
            most,
            weights: coefficients
                .chunks(features)
                .map(|channel| scaled(channel, Color::Rgb))
                .collect(),
        };
        Some(match color {
            Color::Rgb => rgb,
            Color::Gray => rgb.for_gray(),
        })
    }

    /// What it does to a picture of three like channels, of which the mean is taken.
    fn for_gray(&self) -> Self {
        let mean = |at: usize| self.weights.iter().map(|channel| channel[at]).sum::<f32>() / 3.0;
        let last = features_of(Color::Rgb) - 1;
        let rings = (0..OF_CHANNEL).map(|ring| (0..3).map(|channel| mean(channel * OF_CHANNEL + ring)).sum());
        Self {
            most: self.most,
            // Of the colour, differences between channels are 0.
            weights: vec![rings.chain([mean(last - 1), mean(last)]).collect()],
        }
    }
}

/// Weights from coefficients in steps.
fn scaled(coefficients: &[f32], color: Color) -> Vec<f32> {
    let all = coefficients.iter().enumerate();
    all.map(|(at, value)| value * step(at, color)).collect()
}
