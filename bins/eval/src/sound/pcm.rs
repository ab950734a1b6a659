//! Sound as codecs and metrics see it: 16-bit samples.

use crate::{EvalError, Result};

/// The most channels.
const MOST_CHANNELS: u16 = 32;

/// Samples of all channels, those of one moment side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    rate: u32,
    channels: u16,
    samples: Vec<i16>,
}

impl Sound {
    /// A sound of `frames x channels` samples at `rate` Hz.
    ///
    /// # Errors
    /// `Parameter` when it has no samples, rate or channels, or the samples are not as many for each channel.
    pub fn new(rate: u32, channels: u16, samples: Vec<i16>) -> Result<Self> {
        let fits = (1..=MOST_CHANNELS).contains(&channels) && samples.len().is_multiple_of(usize::from(channels));
        if rate == 0 || samples.is_empty() || !fits {
            let count = samples.len();
            let reason = format!("{count} samples are no sound of {channels} channels at {rate} Hz");
            return Err(EvalError::Parameter(reason));
        }
        Ok(Self {
            rate,
            channels,
            samples,
        })
    }

    /// The same from samples with a full scale of 1, rounded and clipped; NaN becomes 0.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn from_floats(rate: u32, channels: u16, samples: &[f32]) -> Result<Self> {
        let samples = samples.iter().map(|&sample| to_16_bits(f64::from(sample)));
        Self::new(rate, channels, samples.collect())
    }

    /// Samples in a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Number of channels.
    pub fn channels(&self) -> u16 {
        self.channels
    }

    /// All samples.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// Samples of one channel.
    pub fn frames(&self) -> usize {
        self.samples.len() / usize::from(self.channels)
    }

    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames() as f64 / f64::from(self.rate)
    }

    /// A channel with a full scale of 1; silence beyond the last.
    pub fn channel(&self, index: u16) -> Vec<f64> {
        let moments = self.samples.chunks_exact(usize::from(self.channels));
        moments
            .map(|moment| {
                moment
                    .get(usize::from(index))
                    .map_or(0.0, |&sample| from_16_bits(sample))
            })
            .collect()
    }

    /// The mean of the channels with a full scale of 1.
    pub fn mono(&self) -> Vec<f64> {
        let moments = self.samples.chunks_exact(usize::from(self.channels));
        let mean = |moment: &[i16]| moment.iter().map(|&s| from_16_bits(s)).sum::<f64>() / moment.len() as f64;
        moments.map(mean).collect()
    }

    /// The moments from `start`, `frames` of them, cut at the end of the sound; one at least.
    pub fn excerpt(&self, start: usize, frames: usize) -> Self {
        let start = start.min(self.frames() - 1);
        let end = start.saturating_add(frames.max(1)).min(self.frames());
        let width = usize::from(self.channels);
        Self {
            samples: self.samples[start * width..end * width].to_vec(),
            ..*self
        }
    }
}

/// A sample with a full scale of 1, rounded to 16 bits.
pub(super) fn to_16_bits(sample: f64) -> i16 {
    // Casts of floats saturate, and NaN becomes 0.
    (sample * 32_768.0).round() as i16
}

fn from_16_bits(sample: i16) -> f64 {
    f64::from(sample) / 32_768.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_find_their_channels() {
        let sound = Sound::new(8000, 2, vec![1, 10, 2, 20, 3, 30]).unwrap();
        assert_eq!((sound.frames(), sound.seconds()), (3, 3.0 / 8000.0));
        assert_eq!(sound.channel(1).map_scaled(), [10.0, 20.0, 30.0]);
        assert_eq!(sound.mono().map_scaled(), [5.5, 11.0, 16.5]);
        assert_eq!(sound.excerpt(1, 9).samples(), [2, 20, 3, 30]);
        assert!(Sound::new(8000, 2, vec![1]).is_err());
        assert!(Sound::new(8000, 1, vec![]).is_err());
        assert!(Sound::new(0, 1, vec![1]).is_err());
    }

    #[test]
    fn floats_are_clipped_and_nan_is_silent() {
        let sound = Sound::from_floats(8000, 1, &[0.5, 2.0, -2.0, f32::NAN]).unwrap();
        assert_eq!(sound.samples(), [16_384, 32_767, -32_768, 0]);
    }

    trait Scaled {
        fn map_scaled(&self) -> Vec<f64>;
    }

    impl Scaled for Vec<f64> {
        fn map_scaled(&self) -> Vec<f64> {
            self.iter().map(|sample| sample * 32_768.0).collect()
        }
    }
}
