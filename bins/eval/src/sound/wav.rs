//! WAV of 16 bits, which programs exchange sound by.

use lmc_codec::sound::files::{WavWriter, open_bytes};
use lmc_codec::sound::{self, SampleFormat, SoundSpec, Tags};

use super::Sound;
use crate::{EvalError, Result};

/// The sound as a WAV file.
///
/// # Errors
/// `Malformed` when the library refuses it.
pub(super) fn to_wav(sound: &Sound) -> Result<Vec<u8>> {
    let spec = SoundSpec {
        rate: sound.rate(),
        channels: sound.channels(),
        format: SampleFormat::Int16,
    };
    let samples: Vec<f32> = sound.samples().iter().map(|&s| f32::from(s) / 32_768.0).collect();
    let write = || -> lmc_codec::Result<Vec<u8>> {
        let mut writer = WavWriter::new(Vec::new(), spec, sound.frames() as u64, &Tags::default())?;
        writer.write(&samples)?;
        Ok(writer.finish()?.0)
    };
    write().map_err(|error| EvalError::malformed("a sound", error))
}

/// Reads WAV; other depths are rounded to 16 bits.
///
/// # Errors
/// `Malformed` for anything else.
pub(super) fn parse(bytes: &[u8]) -> Result<Sound> {
    let read = || sound::Sound::read_all(&mut *open_bytes(bytes.to_vec())?);
    let read = read().map_err(|error| EvalError::malformed("the decoded WAV", error))?;
    let spec = sound::SoundSource::spec(&read);
    Sound::from_floats(spec.rate, spec.channels, read.samples())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_come_back_and_damage_is_refused() {
        let sound = Sound::new(44_100, 2, (0..1 << 16).map(|i| (i - (1 << 15)) as i16).collect()).unwrap();
        let wav = to_wav(&sound).unwrap();
        assert_eq!(parse(&wav).unwrap(), sound);
        for cut in [0, 10, 30, wav.len() - 1] {
            assert!(parse(&wav[..cut]).is_err(), "{cut}");
        }
    }
}
