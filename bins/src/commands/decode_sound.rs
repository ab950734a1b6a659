//! `lmc decode` of sounds.

use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use lmc_codec::CodecError;
use lmc_codec::codecs::Registry;
use lmc_codec::container::{Mode, PartKind, StreamReader};
use lmc_codec::sound::files::WavWriter;
use lmc_codec::sound::{SampleFormat, SoundCodec, SoundDecoder};
use serde::Serialize;

use super::streams::{Details, details, row_of};
use crate::cli::DecodeArgs;
use crate::damage::Faults;
use crate::input::Source;
use crate::jobs::Job;
use crate::models::ModelUsed;
use crate::output::{Spool, Target};
use crate::talk::{Talk, thousands};
use crate::usage::usage;

/// What became of a stream of sound.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    /// Bytes of the stream, which is all of the input.
    bytes: u64,
    output_bytes: u64,
    rate: u32,
    channels: u16,
    samples: u64,
    duration_seconds: f64,
    kbps: f64,
    /// Seconds of sound for each second of work.
    real_time_factor: f64,
    bits: u16,
    format: &'static str,
    codec: &'static str,
    /// What else the codec says of the stream.
    #[serde(flatten)]
    fields: Details,
    /// What was wrong with the stream and concealed.
    #[serde(flatten)]
    damage: Faults,
    /// What the sound file has no room for.
    lost: Vec<&'static str>,
    #[serde(flatten)]
    model: ModelUsed,
}

/// How samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Wav,
    Raw,
}

impl Format {
    /// What the name of the output and the flags ask for; WAV where there is no name.
    ///
    /// # Errors
    /// A usage error for other endings.
    pub(super) fn of(target: &Target, args: &DecodeArgs) -> Result<Self> {
        if args.raw {
            return Ok(Self::Raw);
        }
        match target {
            Target::File(path) if !super::decode::is_nameless(path) => Self::from_path(path),
            _ => Ok(Self::Wav),
        }
    }

    fn from_path(path: &Path) -> Result<Self> {
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_ascii_lowercase();
        match ending.as_str() {
            "wav" | "wave" => Ok(Self::Wav),
            "raw" | "pcm" => Ok(Self::Raw),
            _ => Err(usage(format!(
                "{} has no known ending of sounds (wav, raw)",
                path.display()
            ))),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Raw => "raw",
        }
    }
}

/// A stream that is about to be decoded, of which the header is read.
pub(super) fn open<R: Read>(stream: R, args: &DecodeArgs) -> Result<StreamReader<R>> {
    let mode = if args.conceal { Mode::Tolerant } else { Mode::Strict };
    StreamReader::new(stream, &args.limits.limits(), mode).map_err(super::decode::advise)
}

/// Decodes one stream of sound.
pub(super) fn decode<R: Read>(
    job: &Job,
    reader: StreamReader<R>,
    codec: Arc<dyn SoundCodec>,
    device: &str,
    args: &DecodeArgs,
    talk: &Talk,
) -> Result<Record> {
    let start = Instant::now();
    let format = Format::of(&job.target, args)?;
    let header = reader.header().clone();
    let registry = Registry::default();
    let row = row_of(&registry, &header)?;
    let decoder = SoundDecoder::new(codec, reader)?;
    let mut decoder = match job.source {
        // It may be live.
        Source::Stdin | Source::Pipe(_) => decoder.reading_ahead(1),
        Source::File(_) => decoder,
    };
    let output_bytes = match job.target.live()? {
        // Whoever listens wants to hear it as it comes.
        Some(out) => write(&mut decoder, BufWriter::new(out), format, talk)?.1,
        None => {
            let (out, _) = write(&mut decoder, BufWriter::new(Spool::new(&job.target)?), format, talk)?;
            let spool = out.into_inner().map_err(|error| error.into_error());
            spool
                .context("cannot write it")?
                .commit(&job.target, args.write.force)?
        }
    };
    let (seconds, sound) = (start.elapsed().as_secs_f64(), decoder.media());
    let damage = Faults::new(decoder.damage(), &header.media);
    damage.warn(&job.source.name(), "concealed: ", talk);
    let duration = sound.seconds();
    talk.result(format_args!(
        "{} -> {}: {duration:.2} s of {} Hz in {} channel{}, {} bytes, {seconds:.2} s",
        job.source.name(),
        job.target.name(),
        sound.rate,
        sound.channels,
        if sound.channels == 1 { "" } else { "s" },
        thousands(output_bytes)
    ));
    if decoder.is_mostly_lost() {
        let (lost, all) = (decoder.damage().lost(PartKind::Symbols), header.media.parts());
        let reason = format!("{lost} of {all} packets are lost: what was written is mostly silence");
        return Err(super::decode::mostly_lost(reason, damage));
    }
    let lost = lost(&decoder, format);
    if !lost.is_empty() {
        let (name, lost) = (job.target.name(), lost.join(", "));
        talk.warn(format_args!("{name}: {} does not hold the {lost}", format.name()));
    }
    let bytes = decoder.bytes_read();
    Ok(Record {
        bytes,
        output_bytes,
        rate: sound.rate,
        channels: sound.channels,
        samples: sound.samples,
        duration_seconds: duration,
        kbps: bytes as f64 * 8.0 / 1000.0 / duration.max(1e-9),
        real_time_factor: duration / seconds.max(1e-9),
        bits: sound.format.bits(),
        format: format.name(),
        codec: row.name,
        fields: details(row, &header)?,
        damage,
        lost,
        model: ModelUsed::new(header.model, Some(device)),
    })
}

/// What a file of this kind has no room for.
fn lost<R: Read>(decoder: &SoundDecoder<R>, format: Format) -> Vec<&'static str> {
    let raw = format == Format::Raw;
    let all = [
        (raw && !decoder.tags().is_empty(), "tags"),
        (
            raw && decoder.media().channel_mask.is_some(),
            "places of the loudspeakers",
        ),
    ];
    all.into_iter()
        .filter_map(|(lost, name)| lost.then_some(name))
        .collect()
}

/// Writes all samples; returns the output and its bytes.
fn write<R: Read, W: Write>(decoder: &mut SoundDecoder<R>, out: W, format: Format, talk: &Talk) -> Result<(W, u64)> {
    let (spec, total, mask) = (decoder.spec(), decoder.media().samples, decoder.media().channel_mask);
    let mut out = match format {
        Format::Wav => Output::Wav(WavWriter::with_mask(out, spec, mask, total, decoder.tags())?),
        Format::Raw => Output::Raw(out, spec.format, 0),
    };
    while let Some(samples) = decoder.next_packet().map_err(super::decode::advise)? {
        out.write(&samples).context("cannot write it")?;
        talk.steps(decoder.position() as usize, total as usize);
    }
    out.finish().context("cannot write it")
}

enum Output<W> {
    Wav(WavWriter<W>),
    Raw(W, SampleFormat, u64),
}

impl<W: Write> Output<W> {
    fn write(&mut self, samples: &[f32]) -> Result<()> {
        match self {
            Self::Wav(wav) => {
                wav.write(samples)?;
                wav.flush()?;
            }
            Self::Raw(out, format, bytes) => {
                let samples = format.to_bytes(samples);
                *bytes += samples.len() as u64;
                out.write_all(&samples)
                    .and_then(|()| out.flush())
                    .map_err(CodecError::from)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<(W, u64)> {
        Ok(match self {
            Self::Wav(wav) => wav.finish()?,
            Self::Raw(out, _, bytes) => (out, bytes),
        })
    }
}
