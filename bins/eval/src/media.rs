//! The media that are coded and measured: images, sound or video.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::metric::Metric;

/// The kinds of media that a run can be over; each run is over one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Medium {
    /// Pictures, counted in pixels.
    #[default]
    Pictures,
    /// Sound, counted in microseconds.
    Sound,
    /// Videos, counted in pixels of all frames.
    Video,
}

impl Medium {
    /// The unit of rates.
    pub fn rate_unit(self) -> &'static str {
        match self {
            Self::Pictures | Self::Video => "bpp",
            Self::Sound => "kbit/s",
        }
    }

    /// The rate of a stream: bits for each pixel, or for each millisecond.
    pub fn rate(self, bytes: u64, units: u64) -> f64 {
        let bits = bytes as f64 * 8.0 / units as f64;
        match self {
            Self::Pictures | Self::Video => bits,
            Self::Sound => bits * 1000.0,
        }
    }

    /// Files of fewer units are measured but kept out of means: their headers would outweigh everything.
    pub fn least_units(self) -> u64 {
        match self {
            Self::Pictures | Self::Video => 4096,
            Self::Sound => 500_000,
        }
    }

    /// [`Self::least_units`] in words.
    pub fn least(self) -> &'static str {
        match self {
            Self::Pictures | Self::Video => "4096 pixels",
            Self::Sound => "half a second",
        }
    }

    /// A million units in words.
    pub fn million_units(self) -> &'static str {
        match self {
            Self::Pictures | Self::Video => "a million pixels",
            Self::Sound => "a second of sound",
        }
    }

    /// Millions of units in a second, as the unit of a speed.
    pub fn speed_unit(self) -> &'static str {
        match self {
            Self::Pictures | Self::Video => "Mpixel/s",
            Self::Sound => "x real time",
        }
    }

    /// What its files are called.
    pub fn files(self) -> &'static str {
        match self {
            Self::Pictures => "pictures",
            Self::Sound => "sounds",
            Self::Video => "videos",
        }
    }
}

/// A picture, a sound or a video as codecs get it, and as they give it back.
pub trait Media: Debug + PartialEq + Send + Sync + Sized + 'static {
    /// Which kind it is.
    const MEDIUM: Medium;

    /// Formats in which programs take it and give it back.
    type Exchange: Debug + Copy + PartialEq + Send + Sync + 'static;

    /// How much of it there is, in the units of [`Medium`]; above 0.
    fn units(&self) -> u64;

    /// What a report says of it, such as its size.
    fn details(&self) -> BTreeMap<String, serde_json::Value>;

    /// What of a file this is, where it is not all of it: results of another part do not count for it.
    fn part(&self) -> Option<String> {
        None
    }

    /// How this, decoded and fitted, compares with the original in the course of time, for plots.
    fn course(&self, original: &Self) -> BTreeMap<String, serde_json::Value> {
        let _ = original;
        BTreeMap::new()
    }

    /// Remarks, such as metrics that it is too small for.
    fn notes(&self) -> Vec<String>;

    /// The ending of files of a format, without the dot.
    fn ending(format: Self::Exchange) -> &'static str;

    /// The bytes of a file.
    ///
    /// # Errors
    /// `Malformed` where the format cannot hold it.
    fn to_file(&self, format: Self::Exchange) -> Result<Vec<u8>>;

    /// Reads what a program wrote.
    ///
    /// # Errors
    /// `Malformed` for other bytes.
    fn from_file(format: Self::Exchange, bytes: &[u8]) -> Result<Self>;

    /// This, decoded, in a form that can be compared with the original sample by sample; what had to be done for that.
    ///
    /// # Errors
    /// What makes a comparison senseless, such as another size.
    fn fit(self, original: &Self) -> std::result::Result<Fitted<Self>, String>;
}

/// What was decoded, and what had to be done to it.
pub type Fitted<M> = (M, BTreeMap<String, serde_json::Value>);

/// Computes metrics.
pub trait Meter<M>: Send + Sync {
    /// What computes a metric, where that is not this program: values of another version do not count.
    fn version(&self, metric: Metric) -> Option<String>;

    /// The value of a metric of two that fit each other; nothing where there is none, for example of equal ones.
    ///
    /// # Errors
    /// Why it could not be computed for these.
    fn measure(&self, metric: Metric, original: &M, decoded: &M) -> std::result::Result<Option<f64>, String>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_bits_for_pixels_and_thousands_of_bits_for_seconds() {
        assert_eq!(Medium::Pictures.rate(100, 400), 2.0);
        assert_eq!(Medium::Sound.rate(1500, 2_000_000), 6.0);
    }
}
