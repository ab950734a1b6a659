//! Pictures to streams, for `lmc encode`.

use std::time::Instant;

use anyhow::Result;
use lmc_codec::{Effort, EncodeOptions, Encoded, Found, ImageEncoder, MaxError, ModelHash, Picture, Quality};
use lmc_models::wavelet::WaveletModel;
use lmc_models::zoo::Tune;
use serde::Serialize;

use super::target;
use crate::cli::EncodeArgs;
use crate::jobs::Job;
use crate::models::{Loaded, ModelUsed, name_of};
use crate::talk::{Talk, thousands};

/// What became of a picture.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    /// Bytes of the stream, which is all of the output.
    pub(super) bytes: u64,
    input_bytes: u64,
    pub(super) width: u32,
    pub(super) height: u32,
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
    /// Of those what the entropy coder wrote, and the bits that it had to by the probabilities of its tables.
    tile_payload_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    bits_estimated: Option<f64>,
    alpha_bytes: usize,
    icc_bytes: usize,
    exif_bytes: usize,
    restoration_bytes: usize,
    symbols: u64,
    symbol_hash: String,
    #[serde(flatten)]
    model: Option<ModelUsed>,
}

/// What encodes pictures.
pub(super) enum Engine {
    Wavelet {
        encoder: Box<ImageEncoder<WaveletModel>>,
        hash: ModelHash,
        device: String,
        on_cpu: bool,
    },
    Lossless(EncodeOptions),
}

impl Engine {
    pub(super) fn wavelet(tune: Tune, loaded: &mut Loaded, options: EncodeOptions, talk: &Talk) -> Result<Self> {
        let (hash, model) = loaded.for_encoding(tune)?;
        talk.detail(format_args!("model: {} ({hash})", name_of(hash)));
        Ok(Self::Wavelet {
            encoder: Box::new(ImageEncoder::new(model, options)),
            hash,
            device: loaded.device().to_owned(),
            on_cpu: loaded.is_on_cpu(),
        })
    }

    pub(super) fn is_on_cpu(&self) -> bool {
        match self {
            Self::Wavelet { on_cpu, .. } => *on_cpu,
            Self::Lossless(_) => true,
        }
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

pub(super) fn options(args: &EncodeArgs) -> Result<EncodeOptions> {
    let defaults = EncodeOptions::default();
    Ok(EncodeOptions {
        quality: Quality::new(args.quality)?,
        effort: args.effort.map_or(Ok(Effort::default()), Effort::new)?,
        max_error: MaxError::new(args.max_error().unwrap_or_default())?,
        tile_size: args.tile_size.unwrap_or(defaults.tile_size),
        ..defaults
    })
}

/// Encodes a picture of so many bytes and writes the stream.
pub(super) fn encode(
    job: &Job,
    (picture, input_bytes): (Picture, u64),
    engine: &Engine,
    args: &EncodeArgs,
    talk: &Talk,
) -> Result<Record> {
    let start = Instant::now();
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
        Engine::Wavelet {
            encoder, hash, device, ..
        } => ("wavelet", Some((hash, device)), Some(encoder.options().effort)),
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
        tile_payload_bytes: stats.bytes.tile_payloads,
        bits_estimated: stats.bits_estimated,
        alpha_bytes: stats.bytes.alpha,
        icc_bytes: stats.bytes.icc,
        exif_bytes: stats.bytes.exif,
        restoration_bytes: stats.bytes.restoration,
        symbols: stats.symbols,
        symbol_hash: format!("{:016x}", stats.symbol_hash),
        model: model.map(|(&hash, device)| ModelUsed::new(hash, Some(device))),
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
