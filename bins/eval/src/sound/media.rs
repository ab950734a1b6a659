//! Sounds as media.

use std::collections::BTreeMap;

use super::pcm::to_16_bits;
use super::{Sound, align, resample, wav};
use crate::Result;
use crate::media::{Fitted, Media, Medium};

/// Formats in which programs take sound and give it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// WAV of 16 bits.
    Wav,
}

/// The most that a decoded sound may differ from the original in length, in seconds.
const MOST_DIFFERENCE: f64 = 0.5;

impl Media for Sound {
    const MEDIUM: Medium = Medium::Sound;
    type Exchange = Exchange;

    fn units(&self) -> u64 {
        ((self.seconds() * 1e6).round() as u64).max(1)
    }

    fn details(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([
            (
                "seconds".to_owned(),
                ((self.seconds() * 1000.0).round() / 1000.0).into(),
            ),
            ("rate".to_owned(), self.rate().into()),
            ("channels".to_owned(), self.channels().into()),
        ])
    }

    fn notes(&self) -> Vec<String> {
        let silent = self.samples().iter().all(|&sample| sample == 0);
        let note = silent.then(|| "silent: most metrics have no value".to_owned());
        note.into_iter().collect()
    }

    fn ending(Exchange::Wav: Exchange) -> &'static str {
        "wav"
    }

    fn to_file(&self, Exchange::Wav: Exchange) -> Result<Vec<u8>> {
        wav::to_wav(self)
    }

    fn from_file(Exchange::Wav: Exchange, bytes: &[u8]) -> Result<Self> {
        wav::parse(bytes)
    }

    fn fit(self, original: &Self) -> std::result::Result<Fitted<Self>, String> {
        if self.channels() != original.channels() {
            return Err(format!("it decodes to {} channels", self.channels()));
        }
        let mut details = BTreeMap::new();
        let decoded = at_rate(self, original.rate())?;
        let longer = decoded.frames() as i64 - original.frames() as i64;
        if longer.unsigned_abs() as f64 > MOST_DIFFERENCE * f64::from(original.rate()) {
            return Err(format!("it decodes to {:.3} seconds", decoded.seconds()));
        }
        let delay = align::delay(&original.mono(), &decoded.mono(), original.rate()).unwrap_or_default();
        for (name, value) in [(align::DELAY, delay), (align::LONGER, longer)] {
            if value != 0 {
                details.insert(name.to_owned(), value.into());
            }
        }
        Ok((moved(&decoded, delay, original.frames())?, details))
    }
}

/// The sound at another rate.
fn at_rate(sound: Sound, rate: u32) -> std::result::Result<Sound, String> {
    if sound.rate() == rate {
        return Ok(sound);
    }
    let channel = |index| -> Vec<i16> {
        let samples = resample::resample(&sound.channel(index), sound.rate(), rate);
        samples.into_iter().map(to_16_bits).collect()
    };
    let channels: Vec<Vec<i16>> = (0..sound.channels()).map(channel).collect();
    let frames = channels.first().map_or(0, Vec::len);
    let samples = (0..frames).flat_map(|i| channels.iter().map(move |channel| channel[i]));
    Sound::new(rate, sound.channels(), samples.collect()).map_err(|error| error.to_string())
}

/// The sound without its first `delay` moments (or with as many more), `frames` of them, silence where it has none.
fn moved(sound: &Sound, delay: i64, frames: usize) -> std::result::Result<Sound, String> {
    let width = usize::from(sound.channels());
    let missing = usize::try_from(-delay).unwrap_or_default().min(frames) * width;
    let skipped = usize::try_from(delay).unwrap_or_default() * width;
    let mut samples = vec![0; missing];
    samples.extend(sound.samples().iter().skip(skipped).take(frames * width - missing));
    samples.resize(frames * width, 0);
    Sound::new(sound.rate(), sound.channels(), samples).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(rate: u32, from: usize, count: usize) -> Sound {
        let sample = |i: usize| {
            let t = i as f64 / f64::from(rate);
            (9000.0 * (t * 700.0).sin() * (t * 31.0).cos() + 5000.0 * (t * t * 900.0).sin()) as i16
        };
        Sound::new(rate, 1, (from..from + count).map(sample).collect()).unwrap()
    }

    #[test]
    fn delays_and_lengths_are_mended() {
        let original = sound(16_000, 500, 16_000);
        let (fitted, details) = sound(16_000, 400, 16_200).fit(&original).unwrap();
        assert_eq!(fitted, original);
        assert_eq!(
            (&details[align::DELAY], &details[align::LONGER]),
            (&100.into(), &200.into())
        );
        let (fitted, _) = sound(16_000, 510, 15_000).fit(&original).unwrap();
        assert_eq!(fitted.frames(), 16_000);
        assert_eq!(fitted.samples()[10..15_000], original.samples()[10..15_000]);
        assert!(sound(16_000, 0, 4000).fit(&original).is_err());
    }

    #[test]
    fn other_rates_are_brought_back() {
        let original = sound(16_000, 0, 16_000);
        let (fitted, details) = sound(24_000, 0, 24_000).fit(&original).unwrap();
        assert!(details.is_empty(), "{details:?}");
        let pairs = fitted.samples().iter().zip(original.samples());
        let worst = pairs.skip(200).take(15_000).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst < Some(60), "{worst:?}");
        let stereo = Sound::new(16_000, 2, vec![1; 32_000]).unwrap();
        assert!(stereo.fit(&original).is_err());
    }

    #[test]
    fn units_are_microseconds() {
        assert_eq!(sound(16_000, 0, 24_000).units(), 1_500_000);
        assert_eq!(sound(192_000, 0, 1).units(), 5);
    }
}
