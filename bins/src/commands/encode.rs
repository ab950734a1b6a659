//! `lmc encode`: pictures and sounds to streams.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use lmc_codec::sound::files::ENDINGS as SOUND_ENDINGS;
use lmc_codec::{Image, Limits, files};
use serde::Serialize;

use super::encode_picture::{self, Engine};
use super::encode_sound::{self, Input};
use crate::batch::{Batch, Item};
use crate::cli::{Codec, EncodeArgs, TuneChoice};
use crate::device;
use crate::input::Source;
use crate::jobs::{Job, Request};
use crate::models::{self, Loaded, name_of, set_threads};
use crate::talk::{Talk, thousands};
use crate::usage::usage;

/// Endings of the pictures that are taken from folders; those of sounds are taken too.
pub(super) const ENDINGS: [&str; 10] = ["png", "jpg", "jpeg", "webp", "ppm", "pgm", "pnm", "pam", "tif", "tiff"];

/// What became of an input.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Image(encode_picture::Record),
    Sound(encode_sound::Record),
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
            |job, input, talk| encode_picture::encode(job, input, engine, args, talk).map(Outcome::Image),
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
    Image,
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
        (Some(Codec::Wavelet | Codec::Lossless), _) => Kind::Image,
        (Some(Codec::Audio | Codec::Speech), _) => Kind::Sound,
        (None, Source::Stdin) => Kind::Either,
        (None, Source::File(path)) if files::has_ending(path, &SOUND_ENDINGS) => Kind::Sound,
        (None, Source::File(_)) => Kind::Image,
    }
}

/// Refuses flags of pictures for sounds, and the other way round.
fn check_flags(item: &Item<Job>, args: &EncodeArgs) -> Result<()> {
    let target = &args.target;
    let wrong = match kind(&item.job.source, args.codec()) {
        Kind::Either => None,
        Kind::Image => target.bitrate.map(|_| ("--bitrate", "a picture", "sounds")),
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
        if kinds.contains(&Kind::Image) {
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
            let models = models::find(self.args.model.as_deref())?;
            self.loaded = Some(Loaded::new(models, device::open(self.args.device.device, talk)?));
        }
        self.loaded.as_mut().context("no device")
    }

    fn for_pictures(&mut self, talk: &Talk) -> Result<&Engine> {
        if self.pictures.is_none() {
            let args = self.args;
            let loaded = self.loaded(talk)?;
            let options = encode_picture::options(args, loaded)?;
            self.pictures = Some(Engine::new(loaded, args, options, talk)?);
        }
        self.pictures.as_ref().context("no codec")
    }

    /// The codec for pictures, where all inputs are pictures and several of them are to be encoded at a time. Searches and
    /// refinements have work for all cores.
    fn only_pictures(&mut self, items: &[Item<Job>], talk: &Talk) -> Result<Option<&Engine>> {
        let args = self.args;
        let is_picture = |item: &Item<Job>| kind(&item.job.source, args.codec()) == Kind::Image;
        if items.len() < 2 || !items.iter().all(is_picture) || args.refines() || args.target.any() {
            return Ok(None);
        }
        let engine = self.for_pictures(talk)?;
        Ok(Some(engine).filter(|engine| engine.is_on_cpu()))
    }

    fn encode(&mut self, job: &Job, talk: &Talk) -> Result<Outcome> {
        match (kind(&job.source, self.args.codec()), &job.source) {
            (Kind::Image, source) => {
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

    fn picture(&mut self, job: &Job, input: (Image, u64), talk: &Talk) -> Result<Outcome> {
        let args = self.args;
        encode_picture::encode(job, input, self.for_pictures(talk)?, args, talk).map(Outcome::Image)
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

fn summary(records: &[Outcome], all: usize, start: Instant, talk: &Talk) {
    let (mut pictures, mut sounds, mut bytes) = ((0, 0.0), (0, 0.0), [0, 0]);
    for record in records {
        match record {
            Outcome::Image(r) => {
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
