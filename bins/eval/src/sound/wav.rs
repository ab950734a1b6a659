//! WAV of 16 bits, which programs exchange sound by.

use std::io::Cursor;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use super::Sound;
use super::pcm::to_16_bits;
use crate::{EvalError, Result};

/// The sound as a WAV file.
///
/// # Errors
/// `Malformed` when the library refuses it, such as more than 4 GB.
pub(super) fn to_wav(sound: &Sound) -> Result<Vec<u8>> {
    let failed = |error| EvalError::malformed("a sound", error);
    let spec = WavSpec {
        channels: sound.channels(),
        sample_rate: sound.rate(),
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut out = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut out, spec).map_err(failed)?;
    for &sample in sound.samples() {
        writer.write_sample(sample).map_err(failed)?;
    }
    writer.finalize().map_err(failed)?;
    Ok(out.into_inner())
}

/// Reads WAV; other depths are rounded to 16 bits.
///
/// # Errors
/// `Malformed` for anything else.
pub(super) fn parse(bytes: &[u8]) -> Result<Sound> {
    let bad = |error: hound::Error| EvalError::malformed("the decoded WAV", error);
    let mut reader = WavReader::new(Cursor::new(bytes)).map_err(bad)?;
    let spec = reader.spec();
    let samples = match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Int, 16) => reader.samples::<i16>().collect::<std::result::Result<Vec<_>, _>>(),
        (SampleFormat::Int, bits) => {
            let scale = 2f64.powi(i32::from(bits) - 1);
            let samples = reader.samples::<i32>();
            samples.map(|s| s.map(|s| to_16_bits(f64::from(s) / scale))).collect()
        }
        (SampleFormat::Float, _) => {
            let samples = reader.samples::<f32>();
            samples.map(|s| s.map(|s| to_16_bits(f64::from(s)))).collect()
        }
    };
    Sound::new(spec.sample_rate, spec.channels, samples.map_err(bad)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_come_back_and_damage_is_refused() {
        let sound = Sound::new(44_100, 2, vec![0, 1, -32_768, 32_767]).unwrap();
        let wav = to_wav(&sound).unwrap();
        assert_eq!(parse(&wav).unwrap(), sound);
        for cut in [0, 10, 30, wav.len() - 1] {
            assert!(parse(&wav[..cut]).is_err(), "{cut}");
        }
    }
}
