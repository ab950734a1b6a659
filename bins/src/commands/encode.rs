//! `lmc encode`: pictures to streams.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use lmc_codec::{Effort, EncodeOptions, Encoded, Found, ImageEncoder, ModelHash, Quality};
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
    quality: f64,
    /// Encodes that the search for a target took.
    #[serde(skip_serializing_if = "Option::is_none")]
    trials: Option<usize>,
    effort: u8,
    tile_size: u32,
    tiles: u32,
    /// Bytes of the segments by kind.
    tile_bytes: usize,
    alpha_bytes: usize,
    icc_bytes: usize,
    exif_bytes: usize,
    symbols: u64,
    symbol_hash: String,
    model: String,
    model_hash: String,
    device: String,
}

/// Runs `lmc encode`.
pub(crate) fn run(args: &EncodeArgs, talk: &Talk) -> Result<ExitCode> {
    let start = Instant::now();
    let Codec::Wavelet = args.codec;
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
    let weights = Weights::new(args.model.as_deref())?;
    let mut loaded = Loaded::new(weights, open_device(args.device.device, talk)?);
    let (hash, model) = loaded.for_encoding()?;
    talk.detail(format_args!("model: {} ({hash})", name_of(hash)));
    let encoder = ImageEncoder::new(model, options(args)?);
    let batch = Batch {
        command: "encode",
        talk,
        json: args.json,
    };
    let work = |job: &Job, talk: &Talk| encode(job, &encoder, hash, loaded.device(), args, talk);
    let (records, code) = batch.run(&items, work)?;
    if items.len() > 1 {
        summary(&records, items.len(), start, talk);
    }
    Ok(code)
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

fn encode(
    job: &Job,
    encoder: &ImageEncoder,
    hash: ModelHash,
    device: &str,
    args: &EncodeArgs,
    talk: &Talk,
) -> Result<Record> {
    let start = Instant::now();
    let (picture, input_bytes) = job.source.read_picture()?;
    let (width, height) = (picture.width(), picture.height());
    let mut progress = |done, total| talk.steps(done, total);
    let (Encoded { bytes, stats }, quality, trials) = match target::encode(encoder, &picture, &args.target)? {
        Some(found) => {
            warn_if_missed(&found, job, talk);
            (found.encoded, found.quality, Some(found.trials))
        }
        None => {
            let encoded = encoder.encode_with_progress(&picture, &mut progress)?;
            (encoded, encoder.options().quality, None)
        }
    };
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
    Ok(Record {
        bytes: written,
        input_bytes,
        width,
        height,
        bpp: stats.bpp,
        codec: "wavelet",
        quality: f64::from(quality.hundredths()) / 100.0,
        trials,
        effort: encoder.options().effort.value(),
        tile_size: encoder.options().tile_size,
        tiles: stats.tiles,
        tile_bytes: stats.bytes.tiles,
        alpha_bytes: stats.bytes.alpha,
        icc_bytes: stats.bytes.icc,
        exif_bytes: stats.bytes.exif,
        symbols: stats.symbols,
        symbol_hash: format!("{:016x}", stats.symbol_hash),
        model: name_of(hash),
        model_hash: hash.to_string(),
        device: device.to_owned(),
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
