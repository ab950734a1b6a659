//! Pictures to streams, for `lmc encode`.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use lmc_codec::codecs::{Codecs, Need, Row};
use lmc_codec::files::{FileImage, Notes, ReadOptions};
use lmc_codec::{
    Effort, EncodeOptions, Encoded, Found, Image, ImageEncoder, MaxError, MediaKind, Quality, Watch, choose,
};
use serde::Serialize;

use super::streams::{Details, details, row_of};
use super::target;
use crate::cli::EncodeArgs;
use crate::jobs::Job;
use crate::models::{Loaded, ModelUsed, name_of};
use crate::signals::{EndsEarly, interrupted};
use crate::talk::{Talk, thousands};

/// What became of a picture.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    /// Bytes of the stream, which is all of the output.
    pub(super) bytes: u64,
    input_bytes: u64,
    /// The format of the file.
    format: &'static str,
    /// What the file holds and the stream does not.
    lost: Vec<String>,
    /// What is wrong with the file.
    warnings: Vec<String>,
    pub(super) width: u32,
    pub(super) height: u32,
    bpp: f64,
    codec: &'static str,
    /// What else the codec says of the stream.
    #[serde(flatten)]
    fields: Details,
    /// Encodes that the search for a target took.
    #[serde(skip_serializing_if = "Option::is_none")]
    trials: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<u8>,
    tile_size: u32,
    tiles: u32,
    /// Bytes of the segments by kind.
    tile_bytes: usize,
    /// Of those what the entropy coder wrote, and the bits that it had to by the probabilities of its tables.
    tile_payload_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    bits_estimated: Option<f64>,
    alpha_bytes: usize,
    icc_bytes: usize,
    exif_bytes: usize,
    codec_bytes: usize,
    symbols: u64,
    symbol_hash: String,
    #[serde(flatten)]
    model: Option<ModelUsed>,
}

/// What encodes pictures.
pub(super) struct Engine {
    encoder: ImageEncoder,
    codecs: Codecs,
    device: String,
    on_cpu: bool,
    ends_early: bool,
}

impl Engine {
    /// Opens the codec that the options ask for, and with a target all that the search may come to.
    pub(super) fn new(loaded: &Loaded, args: &EncodeArgs, options: EncodeOptions, talk: &Talk) -> Result<Self> {
        let registry = loaded.models().registry();
        let (chosen, _) = choose(registry, &options)?;
        let is_searched = args.target.any() && options.codec.is_none();
        let has_weights = |row: &Row| loaded.models().preferred(row.name, args.tune.into()).is_ok();
        let reached = |row: &Row| row.qualities.is_some() || row.is_for_extreme_rates && has_weights(row);
        let searched = |row: &&Row| is_searched && reached(row);
        let rows = registry.of(MediaKind::Image);
        let rows: Vec<&Row> = rows.filter(|row| row.id == chosen.id || searched(row)).collect();
        let (codecs, models) = loaded.for_images(&rows, args.tune.into())?;
        for model in models {
            talk.detail(format_args!("model: {} ({model})", name_of(model)));
        }
        Ok(Self {
            encoder: ImageEncoder::new(codecs.clone(), options),
            device: codecs.backend().name().to_owned(),
            on_cpu: loaded.is_on_cpu(),
            ends_early: chosen.ends_early,
            codecs,
        })
    }

    pub(super) fn is_on_cpu(&self) -> bool {
        self.on_cpu
    }

    /// Encodes one picture.
    fn encode(&self, picture: &Image, job: &Job, args: &EncodeArgs, talk: &Talk) -> Result<Work> {
        let mut progress = |done: u64, total: u64| talk.steps(done as usize, total as usize);
        match target::encode(&self.encoder, picture, &args.target, &mut progress)? {
            Some(found) => {
                warn_if_missed(&found, job, talk);
                Ok(Work {
                    encoded: found.encoded,
                    trials: Some(found.trials),
                })
            }
            None => Ok(Work {
                encoded: match self.ends_early {
                    true => self.encode_until_interrupted(picture, job, talk)?,
                    false => self.encoder.encode_watched(picture, &mut progress)?,
                },
                trials: None,
            }),
        }
    }

    /// Encodes one picture until Ctrl-C, and keeps what there is then; after that it encodes no more.
    fn encode_until_interrupted(&self, picture: &Image, job: &Job, talk: &Talk) -> Result<Encoded> {
        ensure!(!interrupted(), "interrupted");
        let early = EndsEarly::new();
        let encoded = self.encoder.encode_watched(picture, &mut UntilInterrupted(talk))?;
        drop(early);
        if interrupted() {
            let name = job.source.name();
            talk.note(format_args!(
                "{name}: interrupted; the stream has what was trained until then"
            ));
        }
        Ok(encoded)
    }
}

/// Shows progress, and cancels after Ctrl-C.
struct UntilInterrupted<'a>(&'a Talk);

impl Watch for UntilInterrupted<'_> {
    fn progress(&mut self, done: u64, total: u64) {
        self.0.steps(done as usize, total as usize);
    }

    fn cancelled(&self) -> bool {
        interrupted()
    }
}

/// What became of a picture before it is written.
struct Work {
    encoded: Encoded,
    trials: Option<usize>,
}

/// The options of the arguments. Weights that were given are those of the codec to use.
pub(super) fn options(args: &EncodeArgs, loaded: &Loaded) -> Result<EncodeOptions> {
    let registry = loaded.models().registry();
    let name = match args.codec_of(MediaKind::Image) {
        Some(row) => Some(row.name.to_owned()),
        None => loaded.models().given_codec().map(str::to_owned),
    };
    let named = |name: String| {
        let row = registry.named(&name).filter(|row| row.media == MediaKind::Image);
        row.map(|row| row.id)
            .with_context(|| format!("'{name}' is no codec of pictures"))
    };
    let defaults = EncodeOptions::default();
    Ok(EncodeOptions::default()
        .with_codec(name.map(named).transpose()?)
        .with_auto(true)
        .with_quality(Quality::new(args.quality)?)
        .with_effort(args.effort.map_or(Ok(Effort::default()), Effort::new)?)
        .with_max_error(args.max_error().map(MaxError::new).transpose()?)
        .with_pixel_hash(args.pixel_hash)
        .with_tile_size(args.tile_size.unwrap_or(defaults.tile_size))
        .with_hidden(args.keep_hidden))
}

/// How files are read.
pub(super) fn read_options(args: &EncodeArgs) -> ReadOptions {
    ReadOptions::default()
        .with_limits(args.limits.limits())
        .with_salvage(args.salvage)
        .with_page(args.page)
}

fn warn(notes: &Notes, name: &str, talk: &Talk) {
    for warning in &notes.warnings {
        talk.warn(format_args!("{name}: {warning}"));
    }
    if !notes.lost.is_empty() {
        talk.warn(format_args!("{name}: not kept: {}", notes.lost.join(", ")));
    }
}

/// Encodes a picture and writes the stream; `input_bytes` is the size of its file.
pub(super) fn encode(
    job: &Job,
    (file, input_bytes): (FileImage, u64),
    engine: &Engine,
    args: &EncodeArgs,
    talk: &Talk,
) -> Result<Record> {
    let start = Instant::now();
    let FileImage {
        image: picture,
        format,
        notes,
        ..
    } = file;
    let (width, height) = (picture.width(), picture.height());
    let work = engine.encode(&picture, job, args, talk)?;
    let Encoded {
        header,
        bytes,
        stats,
        is_exact_instead,
        ..
    } = work.encoded;
    let written = job.target.write(&bytes, args.force)?;
    let line = format_args!(
        "{} -> {}: {} bytes, {:.4} bpp, {:.2} s",
        job.source.name(),
        job.target.name(),
        thousands(written),
        stats.bpp,
        start.elapsed().as_secs_f64()
    );
    talk.result(line);
    warn(&notes, &job.source.name(), talk);
    let row = row_of(engine.codecs.registry(), &header)?;
    if row.is_for_extreme_rates && engine.encoder.options().codec.is_none() {
        talk.note(format_args!(
            "{}: below what the usual codecs reach, so {} codes it: {}",
            job.source.name(),
            row.name,
            row.summary
        ));
    }
    if is_exact_instead {
        let name = job.source.name();
        talk.note(format_args!("{name}: exact: smaller than lossy"));
    }
    let learned = row.weights == Need::Required;
    Ok(Record {
        bytes: written,
        input_bytes,
        format,
        lost: notes.lost,
        warnings: notes.warnings,
        width,
        height,
        bpp: stats.bpp,
        codec: row.name,
        fields: details(row, &header)?,
        trials: work.trials,
        effort: row.has_efforts.then_some(engine.encoder.options().effort.value()),
        tile_size: engine.encoder.options().tile_size,
        tiles: stats.tiles,
        tile_bytes: stats.bytes.tiles,
        tile_payload_bytes: stats.bytes.tile_payloads,
        bits_estimated: stats.bits_estimated,
        alpha_bytes: stats.bytes.alpha,
        icc_bytes: stats.bytes.icc,
        exif_bytes: stats.bytes.exif,
        codec_bytes: stats.bytes.codec,
        symbols: stats.symbols,
        symbol_hash: format!("{:016x}", stats.symbol_hash),
        model: learned.then(|| ModelUsed::new(header.model, Some(&engine.device))),
    })
}

fn warn_if_missed(found: &Found, job: &Job, talk: &Talk) {
    if !found.is_met {
        talk.warn(format_args!(
            "{}: no quality meets the target; {} comes nearest",
            job.source.name(),
            found.quality.value()
        ));
    }
}
