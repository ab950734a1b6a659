//! `lmc encode`: pictures and sounds to streams.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use lmc_codec::sound::files::ENDINGS as SOUND_ENDINGS;
use lmc_codec::{
    Effort, EncodeOptions, Encoded, Found, ImageEncoder, Limits, MaxError, ModelHash, Picture, Quality, files,
};
use lmc_models::zoo::Tune;
use serde::Serialize;

use super::encode_sound::{self, Input};
use super::target;
use crate::batch::{Batch, Item};
use crate::cli::{Codec, EncodeArgs, TuneChoice};
use crate::input::{Source, has_ending};
use crate::jobs::{Job, Request};
use crate::models::{Loaded, Weights, name_of, open_device, set_threads};
use crate::talk::{Talk, thousands};
use crate::usage::usage;

/// Endings of the pictures that are taken from folders; those of sounds are taken too.
pub(super) const ENDINGS: [&str; 10] = ["png", "jpg", "jpeg", "webp", "ppm", "pgm", "pnm", "pam", "tif", "tiff"];

/// What became of an input.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Picture(Record),
    Sound(encode_sound::Record),
}

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
    /// Of those what the entropy coder wrote, and the bits that it had to by the probabilities of its tables.
    tile_payload_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    bits_estimated: Option<f64>,
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
        endings: &endings(args.codec()),
        output: &args.output,
        new_ending: |_| "lmc",
        force: args.force,
        json: args.json,
    };
    let items: Vec<Item<Job>> = request.resolve()?.into_iter().map(Item::from).collect();
    items.iter().try_for_each(|item| check_flags(item, args))?;
    set_threads(args.device.threads)?;
    let mut engines = Engines::new(args);
    engines.prepare(&items, talk)?;
    let batch = Batch {
        command: "encode",
        talk,
        json: args.json,
    };
    let (records, code) = match engines.only_pictures(&items, talk)? {
        Some(engine) => batch.run_overlapped(
            &items,
            |job| {
                let input = job.source.read_picture()?;
                let pixels = u64::from(input.0.width()) * u64::from(input.0.height());
                Ok((input, pixels))
            },
            |job, input, talk| encode(job, input, engine, args, talk).map(Outcome::Picture),
        )?,
        None => batch.run(&items, |job, talk| engines.encode(job, talk))?,
    };
    if items.len() > 1 {
        summary(&records, items.len(), start, talk);
    }
    Ok(code)
}

/// What an input is, as far as its name and the flags tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Picture,
    Sound,
    /// Stdin, of which the first bytes will tell.
    Either,
}

/// Endings of the files that are taken from folders.
fn endings(codec: Option<Codec>) -> Vec<&'static str> {
    match codec {
        Some(Codec::Wavelet | Codec::Lossless) => ENDINGS.to_vec(),
        Some(Codec::Audio | Codec::Speech) => SOUND_ENDINGS.to_vec(),
        None => [&ENDINGS[..], &SOUND_ENDINGS].concat(),
    }
}

fn kind(source: &Source, codec: Option<Codec>) -> Kind {
    match (codec, source) {
        (Some(Codec::Wavelet | Codec::Lossless), _) => Kind::Picture,
        (Some(Codec::Audio | Codec::Speech), _) => Kind::Sound,
        (None, Source::Stdin) => Kind::Either,
        (None, Source::File(path)) if has_ending(path, &SOUND_ENDINGS) => Kind::Sound,
        (None, Source::File(_)) => Kind::Picture,
    }
}

/// Refuses flags of pictures for sounds, and the other way round.
fn check_flags(item: &Item<Job>, args: &EncodeArgs) -> Result<()> {
    let target = &args.target;
    let wrong = match kind(&item.job.source, args.codec()) {
        Kind::Either => None,
        Kind::Picture => target.bitrate.map(|_| ("--bitrate", "a picture", "sounds")),
        Kind::Sound => {
            let of_pictures = [
                (args.tile_size.is_some(), "--tile-size"),
                (args.effort.is_some(), "--effort"),
                (args.tune != TuneChoice::Psnr, "--tune"),
                (target.target_bpp.is_some(), "--target-bpp"),
                (target.target_size.is_some(), "--target-size"),
                (target.target_psnr.is_some(), "--target-psnr"),
                (target.target_ssimulacra2.is_some(), "--target-ssimulacra2"),
            ];
            let given = of_pictures.into_iter().find(|(given, _)| *given);
            given.map(|(_, flag)| (flag, "a sound", "pictures"))
        }
    };
    match wrong {
        Some((flag, is, of)) => Err(usage(format!("{} is {is}, and {flag} is for {of}", item.input))),
        None => Ok(()),
    }
}

/// The codecs that the inputs need, each made ready for the first of them.
struct Engines<'a> {
    args: &'a EncodeArgs,
    loaded: Option<Loaded>,
    pictures: Option<Engine>,
}

impl<'a> Engines<'a> {
    fn new(args: &'a EncodeArgs) -> Self {
        Self {
            args,
            loaded: None,
            pictures: None,
        }
    }

    /// Loads what will be needed for certain, so that unusable weights are found before any work.
    fn prepare(&mut self, items: &[Item<Job>], talk: &Talk) -> Result<()> {
        let kinds: Vec<Kind> = items
            .iter()
            .map(|item| kind(&item.job.source, self.args.codec()))
            .collect();
        if kinds.contains(&Kind::Picture) {
            self.for_pictures(talk)?;
        }
        if kinds.contains(&Kind::Sound) {
            let name = self.sound_codec();
            let (hash, _) = self.loaded(talk)?.for_sounds(name)?;
            talk.detail(format_args!("model: {} ({hash})", name_of(hash)));
        }
        Ok(())
    }

    /// The name of the codec for sounds.
    fn sound_codec(&self) -> &'static str {
        match self.args.codec() {
            Some(Codec::Speech) => "speech",
            _ => "audio",
        }
    }

    fn loaded(&mut self, talk: &Talk) -> Result<&mut Loaded> {
        if self.loaded.is_none() {
            let weights = Weights::new(self.args.model.as_deref())?;
            self.loaded = Some(Loaded::new(weights, open_device(self.args.device.device, talk)?));
        }
        self.loaded.as_mut().context("no device")
    }

    fn for_pictures(&mut self, talk: &Talk) -> Result<&Engine> {
        if self.pictures.is_none() {
            let options = options(self.args)?;
            self.pictures = Some(match self.args.max_error() {
                Some(_) => Engine::Lossless(options),
                None => Engine::wavelet(self.args.tune.into(), self.loaded(talk)?, options, talk)?,
            });
        }
        self.pictures.as_ref().context("no codec")
    }

    /// The codec for pictures, where all inputs are pictures and several of them are to be encoded at a time. Searches and
    /// refinements have work for all cores.
    fn only_pictures(&mut self, items: &[Item<Job>], talk: &Talk) -> Result<Option<&Engine>> {
        let args = self.args;
        let is_picture = |item: &Item<Job>| kind(&item.job.source, args.codec()) == Kind::Picture;
        if items.len() < 2 || !items.iter().all(is_picture) || args.refines() || args.target.any() {
            return Ok(None);
        }
        let engine = self.for_pictures(talk)?;
        Ok(Some(engine).filter(|engine| engine.is_on_cpu()))
    }

    fn encode(&mut self, job: &Job, talk: &Talk) -> Result<Outcome> {
        match (kind(&job.source, self.args.codec()), &job.source) {
            (Kind::Picture, source) => {
                let input = source.read_picture()?;
                self.picture(job, input, talk)
            }
            (Kind::Sound, Source::File(path)) => self.sound(job, &Input::File(path), talk),
            (kind, source) => {
                let bytes = encode_sound::read_all(source)?;
                if kind == Kind::Sound || encode_sound::is_sound(&bytes) {
                    return self.sound(job, &Input::Bytes(bytes), talk);
                }
                let picture = files::read_bytes(&bytes, &Limits::default())?;
                self.picture(job, (picture, bytes.len() as u64), talk)
            }
        }
    }

    fn picture(&mut self, job: &Job, input: (Picture, u64), talk: &Talk) -> Result<Outcome> {
        let args = self.args;
        encode(job, input, self.for_pictures(talk)?, args, talk).map(Outcome::Picture)
    }

    fn sound(&mut self, job: &Job, input: &Input<'_>, talk: &Talk) -> Result<Outcome> {
        let (args, name) = (self.args, self.sound_codec());
        let loaded = self.loaded(talk)?;
        let (hash, codec) = loaded.for_sounds(name)?;
        let device = loaded.device();
        let codec = encode_sound::Codec { codec, hash, device };
        encode_sound::encode(job, input, &codec, args, talk).map(Outcome::Sound)
    }
}

/// What encodes pictures.
enum Engine {
    Wavelet {
        encoder: Box<ImageEncoder>,
        hash: ModelHash,
        device: String,
        on_cpu: bool,
    },
    Lossless(EncodeOptions),
}

impl Engine {
    fn wavelet(tune: Tune, loaded: &mut Loaded, options: EncodeOptions, talk: &Talk) -> Result<Self> {
        let (hash, model) = loaded.for_encoding(tune)?;
        talk.detail(format_args!("model: {} ({hash})", name_of(hash)));
        Ok(Self::Wavelet {
            encoder: Box::new(ImageEncoder::new(model, options)),
            hash,
            device: loaded.device().to_owned(),
            on_cpu: loaded.is_on_cpu(),
        })
    }

    fn is_on_cpu(&self) -> bool {
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

fn options(args: &EncodeArgs) -> Result<EncodeOptions> {
    let defaults = EncodeOptions::default();
    Ok(EncodeOptions {
        quality: Quality::new(args.quality)?,
        effort: args.effort.map_or(Ok(Effort::default()), Effort::new)?,
        max_error: MaxError::new(args.max_error().unwrap_or_default())?,
        tile_size: args.tile_size.unwrap_or(defaults.tile_size),
        ..defaults
    })
}

fn encode(
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

fn summary(records: &[Outcome], all: usize, start: Instant, talk: &Talk) {
    let (mut pictures, mut sounds, mut bytes) = ((0, 0.0), (0, 0.0), [0, 0]);
    for record in records {
        match record {
            Outcome::Picture(r) => {
                pictures = (pictures.0 + 1, pictures.1 + f64::from(r.width) * f64::from(r.height));
                bytes[0] += r.bytes;
            }
            Outcome::Sound(r) => {
                sounds = (sounds.0 + 1, sounds.1 + r.duration_seconds);
                bytes[1] += r.bytes;
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let bits = bytes.map(|bytes| bytes as f64 * 8.0);
    if pictures.0 > 0 || sounds.0 == 0 {
        talk.note(format_args!(
            "{} of {all} {}, {} bytes, {:.4} bpp, {seconds:.2} s",
            pictures.0,
            if sounds.0 == 0 { "pictures" } else { "are pictures" },
            thousands(bytes[0]),
            bits[0] / pictures.1.max(1.0),
        ));
    }
    if sounds.0 > 0 {
        talk.note(format_args!(
            "{} of {all} {}, {} bytes, {:.2} kbit/s, {seconds:.2} s",
            sounds.0,
            if pictures.0 == 0 { "sounds" } else { "are sounds" },
            thousands(bytes[1]),
            bits[1] / 1000.0 / sounds.1.max(1e-9),
        ));
    }
}
