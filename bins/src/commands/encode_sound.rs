//! `lmc encode` of sounds.

use std::cell::RefCell;
use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use lmc_codec::sound::files::{self, MediaSource, RawSound, ReadOptions};
use lmc_codec::sound::{
    SoundCodec, SoundEncodeOptions, SoundNotes, SoundSource, SoundSpec, SoundStats, Tags, encode_sound,
    encode_to_bitrate,
};
use lmc_codec::{CodecError, ModelHash, Quality};
use serde::Serialize;

use crate::cli::{EncodeArgs, Via};
use crate::input::{Again, Passing};
use crate::jobs::Job;
use crate::models::ModelUsed;
use crate::output::Spool;
use crate::talk::{Talk, thousands};

/// What became of a sound.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    /// Bytes of the stream, which is all of the output.
    pub(super) bytes: u64,
    input_bytes: u64,
    rate: u32,
    channels: u16,
    samples: u64,
    pub(super) duration_seconds: f64,
    kbps: f64,
    /// Seconds of sound for each second of work.
    real_time_factor: f64,
    codec: &'static str,
    quality: f64,
    /// Qualities that the search for a bit rate tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    trials: Option<usize>,
    packets: u32,
    /// Bytes of the segments by kind.
    packet_bytes: u64,
    tag_bytes: u64,
    symbols: u64,
    symbol_hash: String,
    /// Samples that were no numbers.
    cleaned: u64,
    /// What is wrong with the input.
    warnings: Vec<String>,
    /// What of the input the stream does not keep.
    lost: Vec<String>,
    /// From a sound entering the encoder to its leaving the decoder, work not counted.
    delay_ms: f64,
    #[serde(flatten)]
    model: ModelUsed,
}

/// The codec for sounds, and where it computes.
pub(super) struct Codec<'a> {
    pub(super) codec: Arc<dyn SoundCodec>,
    pub(super) hash: ModelHash,
    pub(super) device: &'a str,
}

/// A sound that can be read several times.
pub(super) enum Input<'a> {
    File(&'a std::path::Path),
    Passing(Passing),
}

/// How an input is read.
#[derive(Debug, Clone)]
enum How {
    /// By its content.
    Content(ReadOptions),
    /// By a program.
    Via(Via, ReadOptions),
    /// As samples without a header.
    Raw(RawSound),
}

impl How {
    fn of(args: &EncodeArgs) -> Self {
        let options = ReadOptions::default().with_salvage(args.salvage);
        match (args.raw.sound(), args.via) {
            (Some(raw), _) => Self::Raw(raw),
            (None, Some(via)) => Self::Via(via, options),
            (None, None) => Self::Content(options),
        }
    }

    /// Opens what needs no program.
    fn open(&self, file: impl MediaSource + 'static) -> lmc_codec::Result<Box<dyn SoundSource>> {
        match self {
            Self::Raw(raw) => files::open_raw(file, *raw),
            Self::Content(options) => files::open_with(file, options),
            Self::Via(..) => Err(CodecError::Unsupported("--via reads named files only".to_owned())),
        }
    }
}

impl Input<'_> {
    fn open(&self, how: &How) -> lmc_codec::Result<Box<dyn SoundSource>> {
        match (self, how) {
            (Self::File(path), How::Via(via, options)) => files::open_via_ffmpeg(path, via.program(), options),
            (Self::File(path), _) => how.open(File::open(path)?),
            (Self::Passing(passing), _) => match passing.again()? {
                Again::Bytes(bytes) => how.open(bytes),
                Again::File(file) => how.open(file),
            },
        }
    }

    fn bytes(&self) -> Result<u64> {
        match self {
            Self::File(path) => Ok(std::fs::metadata(path).context("cannot read it")?.len()),
            Self::Passing(passing) => Ok(passing.bytes()),
        }
    }
}

/// Opens an input, and keeps what there is to say of it.
struct Reader<'a> {
    input: &'a Input<'a>,
    how: How,
    notes: RefCell<SoundNotes>,
}

impl Reader<'_> {
    fn open(&self) -> lmc_codec::Result<Noted<'_>> {
        let source = self.input.open(&self.how)?;
        Ok(Noted {
            source,
            notes: &self.notes,
        })
    }
}

/// A source whose notes are kept when it was read.
struct Noted<'a> {
    source: Box<dyn SoundSource>,
    notes: &'a RefCell<SoundNotes>,
}

impl SoundSource for Noted<'_> {
    fn spec(&self) -> SoundSpec {
        self.source.spec()
    }

    fn tags(&self) -> &Tags {
        self.source.tags()
    }

    fn channel_mask(&self) -> Option<u32> {
        self.source.channel_mask()
    }

    fn length(&self) -> Option<u64> {
        self.source.length()
    }

    fn read(&mut self, out: &mut Vec<f32>, most: usize) -> lmc_codec::Result<usize> {
        let count = self.source.read(out, most)?;
        if count == 0 {
            self.notes.replace(self.source.notes());
        }
        Ok(count)
    }
}

/// Says what is wrong with an input, and what of it is not kept.
fn warn(notes: &SoundNotes, name: &str, talk: &Talk) {
    for warning in &notes.warnings {
        talk.warn(format_args!("{name}: {warning}"));
    }
    if !notes.lost.is_empty() {
        talk.warn(format_args!("{name}: not kept: {}", notes.lost.join(", ")));
    }
}

/// Encodes one sound.
pub(super) fn encode(
    job: &Job,
    input: &Input<'_>,
    codec: &Codec<'_>,
    args: &EncodeArgs,
    talk: &Talk,
) -> Result<Record> {
    let start = Instant::now();
    let input_bytes = input.bytes()?;
    let reader = Reader {
        input,
        how: How::of(args),
        notes: RefCell::default(),
    };
    let source = reader.open()?;
    let (spec, length) = (source.spec(), source.length().unwrap_or(0) as usize);
    drop(source);
    let options = SoundEncodeOptions {
        quality: Quality::new(args.quality)?,
        limits: args.limits.limits(),
        ..SoundEncodeOptions::default()
    };
    let mut progress = |samples: u64| talk.steps(samples as usize, length.max(samples as usize));
    let create = || spool(job).map_err(|error| CodecError::Io(std::io::Error::other(format!("{error:#}"))));
    let (out, stats, quality, trials) = match args.target.bitrate {
        Some(bits) => {
            let open = || reader.open();
            let found = encode_to_bitrate(&codec.codec, bits, &options, open, create, &mut progress)?;
            if !found.is_met {
                warn_if_missed(job, bits, &found.stats, talk);
            }
            (found.out, found.stats, found.quality, Some(found.trials))
        }
        None => {
            let (out, stats) = encode_sound(&codec.codec, &mut reader.open()?, &options, spool(job)?, &mut progress)?;
            (out, stats, options.quality, None)
        }
    };
    let spool = out.into_inner().map_err(|error| error.into_error());
    let bytes = spool.context("cannot write it")?.commit(&job.target, args.force)?;
    let (seconds, name) = (start.elapsed().as_secs_f64(), job.source.name());
    let notes = reader.notes.take();
    warn(&notes, &name, talk);
    if stats.cleaned > 0 {
        let cleaned = thousands(stats.cleaned);
        talk.warn(format_args!(
            "{name}: {cleaned} samples were no numbers or beyond all bounds, and were replaced"
        ));
    }
    talk.result(format_args!(
        "{name} -> {}: {} bytes, {:.2} kbit/s, {seconds:.2} s",
        job.target.name(),
        thousands(bytes),
        stats.kbps
    ));
    Ok(Record {
        bytes,
        input_bytes,
        rate: spec.rate,
        channels: spec.channels,
        samples: stats.samples,
        duration_seconds: stats.seconds,
        kbps: stats.kbps,
        real_time_factor: stats.seconds / seconds.max(1e-9),
        codec: codec.codec.name(),
        quality: f64::from(quality.hundredths()) / 100.0,
        trials,
        packets: stats.packets,
        packet_bytes: stats.bytes.packets,
        tag_bytes: stats.bytes.tags,
        symbols: stats.symbols,
        symbol_hash: format!("{:016x}", stats.symbol_hash),
        cleaned: stats.cleaned,
        warnings: notes.warnings,
        lost: notes.lost,
        delay_ms: codec.codec.delay_samples() as f64 * 1000.0 / f64::from(codec.codec.rate()),
        model: ModelUsed::new(codec.hash, Some(codec.device)),
    })
}

fn spool(job: &Job) -> Result<BufWriter<Spool>> {
    Ok(BufWriter::new(Spool::new(&job.target)?))
}

fn warn_if_missed(job: &Job, bits: f64, stats: &SoundStats, talk: &Talk) {
    talk.warn(format_args!(
        "{}: no quality gives {:.2} kbit/s; the nearest below gives {:.2}",
        job.source.name(),
        bits / 1000.0,
        stats.kbps
    ));
}
