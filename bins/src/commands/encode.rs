//! `lmc encode`: pictures to streams.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use lmc_codec::{Effort, EncodeOptions, Encoded, Found, ImageEncoder, ModelHash, Picture, Quality};
use serde::Serialize;

use super::target;
use crate::batch::{Batch, Item};
use crate::cli::{Codec, EncodeArgs};
use crate::jobs::{Job, Request};
use crate::models::{Loaded, Weights, name_of, open_device, set_threads};
use crate::talk::{Talk, thousands};

/// Endings of the pictures that are taken from folders.
pub(super) const ENDINGS: [&str; 10] = ["png", "jpg", "jpeg", "webp", "ppm", "pgm", "pnm", "pam", "tif", "tiff"];

/// What became of a picture.
#[derive(Debug, Serialize)]
struct Record {
    /// Bytes of the stream, which is all of the output.
    bytes: u64,
    input_bytes: u64,
    width: u32,
    height: u32,
    bpp: f64,
    codec: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<f64>,
    /// Encodes that the search for a target took.
    #[serde(skip_serializing_if = "Option::is_none")]
    trials: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<u8>,
    tile_size: u32,
    tiles: u32,
    /// Bytes of the segments by kind.
    tile_bytes: usize,
    alpha_bytes: usize,
    icc_bytes: usize,
    exif_bytes: usize,
    symbols: u64,
    symbol_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

/// Runs `lmc encode`.
pub(crate) fn run(args: &EncodeArgs, talk: &Talk) -> Result<ExitCode> {
    let start = Instant::now();
    let request = Request {
        inputs: &args.inputs,
        endings: &ENDINGS,
        output: &args.output,
        new_ending: "lmc",
        force: args.force,
        json: args.json,
    };
    let items: Vec<Item<Job>> = request.resolve()?.into_iter().map(Item::from).collect();
    set_threads(args.device.threads)?;
    let engine = Engine::new(args, talk)?;
    let batch = Batch {
        command: "encode",
        talk,
        json: args.json,
    };
    let work = |job: &Job, talk: &Talk| encode(job, &engine, args, talk);
    let (records, code) = batch.run(&items, work)?;
    if items.len() > 1 {
        summary(&records, items.len(), start, talk);
    }
    Ok(code)
}

/// What encodes.
enum Engine {
    Wavelet {
        encoder: Box<ImageEncoder>,
        hash: ModelHash,
        device: String,
    },
    Lossless(EncodeOptions),
}

impl Engine {
    fn new(args: &EncodeArgs, talk: &Talk) -> Result<Self> {
        let options = options(args)?;
        if args.codec() == Codec::Lossless {
            return Ok(Self::Lossless(options));
        }
        let weights = Weights::new(args.model.as_deref())?;
        let mut loaded = Loaded::new(weights, open_device(args.device.device, talk)?);
        let (hash, model) = loaded.for_encoding()?;
        talk.detail(format_args!("model: {} ({hash})", name_of(hash)));
        Ok(Self::Wavelet {
            encoder: Box::new(ImageEncoder::new(model, options)),
            hash,
            device: loaded.device().to_owned(),
        })
    }

    /// Encodes one picture.
    fn encode(&self, picture: &Picture, job: &Job, args: &EncodeArgs, talk: &Talk) -> Result<Work> {
        let mut progress = |done, total| talk.steps(done, total);
        let encoder = match self {
            Self::Wavelet { encoder, .. } => encoder,
            Self::Lossless(options) => {
                return Ok(Work {
                    encoded: lmc_codec::encode_lossless(picture, options, &mut progress)?,
                    quality: None,
                    trials: None,
                });
            }
        };
        match target::encode(encoder, picture, &args.target)? {
            Some(found) => {
                warn_if_missed(&found, job, talk);
                Ok(Work {
                    encoded: found.encoded,
                    quality: Some(found.quality),
                    trials: Some(found.trials),
                })
            }
            None => Ok(Work {
                encoded: encoder.encode_with_progress(picture, &mut progress)?,
                quality: Some(encoder.options().quality),
                trials: None,
            }),
        }
    }
}

/// What became of a picture before it is written.
struct Work {
    encoded: Encoded,
    quality: Option<Quality>,
    trials: Option<usize>,
}

fn options(args: &EncodeArgs) -> Result<EncodeOptions> {
    let defaults = EncodeOptions::default();
    Ok(EncodeOptions {
        quality: Quality::new(args.quality)?,
        effort: Effort::new(args.effort)?,
        tile_size: args.tile_size.unwrap_or(defaults.tile_size),
        ..defaults
    })
}

fn encode(job: &Job, engine: &Engine, args: &EncodeArgs, talk: &Talk) -> Result<Record> {
    let start = Instant::now();
    let (picture, input_bytes) = job.source.read_picture()?;
    let (width, height) = (picture.width(), picture.height());
    let work = engine.encode(&picture, job, args, talk)?;
    let Encoded { bytes, stats } = work.encoded;
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
    let (codec, model, effort) = match engine {
        Engine::Wavelet { encoder, hash, device } => ("wavelet", Some((hash, device)), Some(encoder.options().effort)),
        Engine::Lossless(_) => ("lossless", None, None),
    };
    Ok(Record {
        bytes: written,
        input_bytes,
        width,
        height,
        bpp: stats.bpp,
        codec,
        quality: work.quality.map(|quality| f64::from(quality.hundredths()) / 100.0),
        trials: work.trials,
        effort: effort.map(Effort::value),
        tile_size: options(args)?.tile_size,
        tiles: stats.tiles,
        tile_bytes: stats.bytes.tiles,
        alpha_bytes: stats.bytes.alpha,
        icc_bytes: stats.bytes.icc,
        exif_bytes: stats.bytes.exif,
        symbols: stats.symbols,
        symbol_hash: format!("{:016x}", stats.symbol_hash),
        model: model.map(|(&hash, _)| name_of(hash)),
        model_hash: model.map(|(hash, _)| hash.to_string()),
        device: model.map(|(_, device)| device.clone()),
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

fn summary(records: &[Record], all: usize, start: Instant, talk: &Talk) {
    let bytes: u64 = records.iter().map(|r| r.bytes).sum();
    let pixels: f64 = records.iter().map(|r| f64::from(r.width) * f64::from(r.height)).sum();
    talk.note(format_args!(
        "{} of {all} pictures, {} bytes, {:.4} bpp, {:.2} s",
        records.len(),
        thousands(bytes),
        bytes as f64 * 8.0 / pixels.max(1.0),
        start.elapsed().as_secs_f64()
    ));
}
