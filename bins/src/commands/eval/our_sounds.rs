//! Our codecs of sound as some of those measured: inside this process, their weights loaded.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use lmc_codec::codecs::Row;
use lmc_codec::container::Mode;
use lmc_codec::sound::{
    SampleFormat, Sound as FileSound, SoundCodec, SoundEncodeOptions, SoundSource, SoundSpec, SoundStats, decode_sound,
    encode_sound, encode_to_bitrate,
};
use lmc_codec::{CodecError, Limits, Quality};
use lmc_eval::codec::{Codec, Decoded, Encoded, Input};
use lmc_eval::programs::peak_memory_of_this_process;
use lmc_eval::sound::Sound;
use lmc_eval::{EvalError, Result as EvalResult};

use super::kind::Pace;
use super::ours::{build, series_of};

/// A codec of sound with its weights.
pub(super) struct OurSounds {
    /// Its name among codecs.
    name: String,
    codec: Arc<dyn SoundCodec>,
    pace: Pace,
    version: String,
    /// How `lmc` is called for the same.
    flags: String,
    default_rates: &'static [f64],
}

impl OurSounds {
    /// The codec of a row, with weights of a file where one is named.
    pub(super) fn new(row: &Row, codec: Arc<dyn SoundCodec>, pace: Pace, path: Option<&Path>) -> Result<Self> {
        let model = path.map(|path| format!(" --model {}", path.display()));
        let hash = codec.model();
        let ours = Self {
            name: series_of(row),
            pace,
            // Another build may compute otherwise, so what it measured counts no more.
            version: format!("lmc {} (build {}), model {hash}", env!("CARGO_PKG_VERSION"), build()?),
            flags: format!(" --codec {}{}", row.name, model.unwrap_or_default()),
            default_rates: row.rates_kbps,
            codec,
        };
        ours.warm_up()?;
        Ok(ours)
    }

    /// The first sound takes longer than any other, and is none that is measured.
    fn warm_up(&self) -> Result<()> {
        let rate = self.codec.rate();
        let sample = |i: u32| (i % 100) as i16 * 90;
        let sound = Sound::new(rate, 1, (0..rate).map(sample).collect())?;
        let made = self.at_quality(&file_sound(&sound)?, 50.0)?;
        self.decode(&made.stream, Path::new("."))?;
        Ok(())
    }

    fn failed(&self, error: impl ToString) -> EvalError {
        EvalError::codec(&self.name, error)
    }

    fn at_quality(&self, sound: &FileSound, quality: f64) -> EvalResult<Made> {
        let options = SoundEncodeOptions {
            quality: Quality::new(quality as f32).map_err(|error| self.failed(error))?,
            ..SoundEncodeOptions::default()
        };
        let out = Cursor::new(Vec::new());
        let encoded = encode_sound(&self.codec, &mut sound.clone(), &options, out, &mut |_| ());
        let (out, stats) = encoded.map_err(|error| self.failed(error))?;
        Ok(Made {
            stream: out.into_inner(),
            stats,
            quality,
            in_reach: true,
        })
    }

    /// At the quality whose rate is nearest below the wanted one; the worst where all take more.
    fn at_rate(&self, sound: &FileSound, kbps: f64) -> EvalResult<Made> {
        let found = encode_to_bitrate(
            &self.codec,
            kbps * 1000.0,
            &SoundEncodeOptions::default(),
            || Ok(sound.clone()),
            || Ok(Cursor::new(Vec::new())),
            &mut |_| (),
        );
        match found {
            Ok(found) => Ok(Made {
                stream: found.out.into_inner(),
                stats: found.stats,
                quality: f64::from(found.quality.hundredths()) / 100.0,
                in_reach: true,
            }),
            // What the encoder refuses, other codecs do: they take less, or more, than they were asked for.
            Err(CodecError::Parameter(_)) => self.at_an_end(sound, kbps),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// At the best quality, or at the worst where that takes more than is wanted.
    fn at_an_end(&self, sound: &FileSound, kbps: f64) -> EvalResult<Made> {
        let at = |quality: f64| -> EvalResult<Made> {
            Ok(Made {
                in_reach: false,
                ..self.at_quality(sound, quality)?
            })
        };
        let best = at(100.0)?;
        if best.stats.kbps <= kbps { Ok(best) } else { at(0.0) }
    }
}

/// What an encoder made.
struct Made {
    stream: Vec<u8>,
    stats: SoundStats,
    quality: f64,
    /// Whether there is a quality for the wanted rate.
    in_reach: bool,
}

/// The sound as the pipeline takes it.
fn file_sound(sound: &Sound) -> EvalResult<FileSound> {
    let spec = SoundSpec {
        rate: sound.rate(),
        channels: sound.channels(),
        format: SampleFormat::Int16,
    };
    let samples = sound.samples().iter().map(|&sample| f32::from(sample) / 32_768.0);
    FileSound::new(spec, samples.collect()).map_err(|error| EvalError::Parameter(error.to_string()))
}

impl Codec<Sound> for OurSounds {
    fn version(&self) -> &str {
        &self.version
    }

    fn encode_command(&self) -> String {
        let pace = match self.pace {
            Pace::Quality => "--quality {q}",
            Pace::Bitrate => "--bitrate {q}k",
        };
        format!(
            "lmc encode{} {pace} {{in}} -o {{out}} (inside this program)",
            self.flags
        )
    }

    fn decode_command(&self) -> String {
        "lmc decode {in} -o {out} (inside this program)".to_owned()
    }

    fn default_qualities(&self) -> Vec<f64> {
        match self.pace {
            Pace::Quality => vec![15.0, 30.0, 45.0, 60.0, 75.0, 90.0],
            Pace::Bitrate => self.default_rates.to_vec(),
        }
    }

    fn quality_range(&self) -> (f64, f64) {
        match self.pace {
            Pace::Quality => (0.0, 100.0),
            Pace::Bitrate => (0.1, 1000.0),
        }
    }

    fn details(&self) -> BTreeMap<String, serde_json::Value> {
        let mut details = BTreeMap::from([
            ("codec rate (Hz)".to_owned(), self.codec.rate().into()),
            ("packet (samples)".to_owned(), self.codec.packet_samples().into()),
        ]);
        if self.pace == Pace::Bitrate {
            let words = "of encoding include the search for the quality that gives the rate";
            details.insert("times".to_owned(), words.into());
        }
        details
    }

    fn encode(&self, input: &Input<'_, Sound>, setting: f64) -> EvalResult<Encoded> {
        let sound = file_sound(input.original())?;
        let start = Instant::now();
        let made = match self.pace {
            Pace::Quality => self.at_quality(&sound, setting)?,
            Pace::Bitrate => self.at_rate(&sound, setting)?,
        };
        let seconds = start.elapsed().as_secs_f64();
        let mut details = BTreeMap::from([
            ("symbols".to_owned(), made.stats.symbols.into()),
            ("packet bytes".to_owned(), made.stats.bytes.packets.into()),
            ("quality".to_owned(), made.quality.into()),
        ]);
        if !made.in_reach {
            details.insert("bit rate".to_owned(), "out of reach".into());
        }
        Ok(Encoded {
            stream: made.stream,
            seconds,
            peak_bytes: peak_memory_of_this_process(),
            details,
        })
    }

    fn decode(&self, stream: &[u8], _: &Path) -> EvalResult<Decoded<Sound>> {
        let start = Instant::now();
        let decoded = decode_sound(&self.codec, stream, &Limits::default(), Mode::Strict);
        let (sound, _) = decoded.map_err(|error| self.failed(error))?;
        let seconds = start.elapsed().as_secs_f64();
        let spec = sound.spec();
        Ok(Decoded {
            media: Sound::from_floats(spec.rate, spec.channels, sound.samples())?,
            seconds,
            peak_bytes: peak_memory_of_this_process(),
            details: BTreeMap::new(),
        })
    }
}
