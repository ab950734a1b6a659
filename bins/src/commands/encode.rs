//! `lmc encode`: pictures and sounds to streams.

use std::io::{Cursor, Read};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use lmc_codec::files;
use lmc_codec::files::{Content, ENDINGS, FileImage, HEAD_BYTES};
use lmc_codec::sound::files::ENDINGS as SOUND_ENDINGS;
use lmc_codec::video::files::ENDINGS as VIDEO_ENDINGS;
use lmc_codec::video::files::is_y4m;
use lmc_codec::{MediaKind, Quality};
use serde::Serialize;

use super::encode_picture::{self, Engine};
use super::encode_sound::{self, Input};
use super::encode_video;
use crate::batch::{Batch, Item};
use crate::cli::{EncodeArgs, TuneChoice};
use crate::device;
use crate::input::{EMPTY, Passing, Source, Wanted, expand};
use crate::jobs::{Job, Request};
use crate::models::{self, Loaded, name_of, set_threads};
use crate::talk::{Talk, thousands};
use crate::usage::usage;

/// What became of an input.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Image(encode_picture::Record),
    Sound(encode_sound::Record),
    Video(encode_video::Record),
}

/// Runs `lmc encode`.
pub(crate) fn run(args: &EncodeArgs, talk: &Talk) -> Result<ExitCode> {
    let start = Instant::now();
    let endings = endings(args.media());
    let inputs = expand(&args.inputs, wanted(args.media(), &endings));
    let request = Request {
        names: &args.inputs,
        inputs: &inputs,
        output: args.output.as_deref(),
        new_ending: &|_| "lmc",
        keep_tree: args.keep_tree,
        force: args.force,
        json: args.json,
    };
    let jobs = request.resolve()?;
    let items: Vec<Item<Sorted>> = jobs.into_iter().map(|job| sort(job, args)).collect();
    items.iter().try_for_each(|item| check_flags(item, args))?;
    set_threads(args.device.threads)?;
    let mut engines = Engines::new(args);
    engines.prepare(&items, talk)?;
    let batch = Batch {
        command: "encode",
        talk,
        json: args.json,
        inputs: &inputs,
    };
    let options = encode_picture::read_options(args);
    let (records, code) = match engines.only_pictures(&items, talk)? {
        Some(engine) => batch.run_overlapped(
            &items,
            |Sorted { job, .. }| {
                let input = job.source.read_picture(&options)?;
                let pixels = u64::from(input.0.image.width()) * u64::from(input.0.image.height());
                Ok((input, pixels))
            },
            |Sorted { job, .. }, input, talk| {
                let record = encode_picture::encode(job, input, engine, args, talk)?;
                finished(job, args, Outcome::Image(record))
            },
        )?,
        None => batch.run(&items, |Sorted { job, kind }, talk| {
            let record = engines.encode(job, *kind, talk)?;
            finished(job, args, record)
        })?,
    };
    if items.len() > 1 {
        summary(&records, items.len(), start, talk);
    }
    Ok(code)
}

/// What is left to do for an output that was written.
fn finished<T>(job: &Job, args: &EncodeArgs, record: T) -> Result<T> {
    if args.preserve {
        job.keep_times()?;
    }
    Ok(record)
}

/// What an input is, as far as its content and the flags tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Image,
    Sound,
    Video,
    /// What can be read only once, of which the first bytes will tell.
    Either,
    /// Neither, and why it is refused.
    Neither(Content),
}

/// A job, and what its input is.
struct Sorted {
    job: Job,
    kind: Kind,
}

fn sort(job: Job, args: &EncodeArgs) -> Item<Sorted> {
    let Item { input, output, job } = Item::from(job);
    let kind = match encode_video::is_video(&job.source, args) {
        true => Kind::Video,
        false => kind(&job.source, args.media()),
    };
    Item {
        input,
        output,
        job: Sorted { job, kind },
    }
}

/// The files that are taken from folders.
fn wanted<'a>(media: Option<MediaKind>, endings: &'a [&'a str]) -> Wanted<'a> {
    Wanted::Media {
        pictures: matches!(media, None | Some(MediaKind::Image)),
        sounds: matches!(media, None | Some(MediaKind::Sound)),
        endings,
    }
}

/// Endings of the files that are taken from folders.
fn endings(media: Option<MediaKind>) -> Vec<&'static str> {
    match media {
        Some(MediaKind::Image) => ENDINGS.to_vec(),
        Some(MediaKind::Sound) => SOUND_ENDINGS.to_vec(),
        Some(MediaKind::Video) => VIDEO_ENDINGS.to_vec(),
        None => {
            // Most files of this ending are no videos, but texts of a programming language.
            let videos = VIDEO_ENDINGS.iter().filter(|&&ending| ending != "ts");
            let all = ENDINGS.iter().chain(&SOUND_ENDINGS).chain(videos);
            all.copied().collect()
        }
    }
}

/// By content; where that tells nothing, the ending tells whose reader is to say what is wrong.
fn kind(source: &Source, media: Option<MediaKind>) -> Kind {
    let content = source.content();
    match (media, source, content) {
        (_, _, Some(content @ (Content::Empty | Content::Stream))) => Kind::Neither(content),
        (Some(MediaKind::Image), ..) => Kind::Image,
        (Some(MediaKind::Sound), ..) => Kind::Sound,
        (_, Source::Stdin | Source::Pipe(_), _) => Kind::Either,
        (_, _, Some(Content::Image(_))) => Kind::Image,
        (_, _, Some(Content::Sound(_))) => Kind::Sound,
        (_, Source::File(path), _) if files::has_ending(path, &SOUND_ENDINGS) => Kind::Sound,
        (_, Source::File(path), _) if files::has_ending(path, &ENDINGS) => Kind::Image,
        (_, _, Some(content)) => Kind::Neither(content),
        // It can't be read, which its turn will show.
        (_, _, None) => Kind::Image,
    }
}

/// Refuses flags of pictures for sounds, and the other way round.
fn check_flags(item: &Item<Sorted>, args: &EncodeArgs) -> Result<()> {
    let target = &args.target;
    let wrong = match item.job.kind {
        Kind::Either | Kind::Neither(_) => None,
        Kind::Video => {
            let of_pictures = [
                (args.tile_size.is_some(), "--tile-size"),
                (args.tune != TuneChoice::Psnr, "--tune"),
                (args.pixel_hash, "--pixel-hash"),
                (args.page.is_some(), "--page"),
                (target.target_bpp.is_some(), "--target-bpp"),
                (target.target_psnr.is_some(), "--target-psnr"),
                (target.target_ssimulacra2.is_some(), "--target-ssimulacra2"),
            ];
            let given = of_pictures.into_iter().find(|(given, _)| *given);
            given.map(|(_, flag)| (flag, "a video", "pictures"))
        }
        Kind::Image | Kind::Sound if args.video.given().is_some() => {
            let is = if item.job.kind == Kind::Image {
                "a picture"
            } else {
                "a sound"
            };
            args.video.given().map(|flag| (flag, is, "videos"))
        }
        Kind::Image => target.bitrate.map(|_| ("--bitrate", "a picture", "sounds and videos")),
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
    fn prepare(&mut self, items: &[Item<Sorted>], talk: &Talk) -> Result<()> {
        let kinds: Vec<Kind> = items.iter().map(|item| item.job.kind).collect();
        if kinds.contains(&Kind::Image) {
            self.for_pictures(talk)?;
        }
        if kinds.contains(&Kind::Sound) {
            let name = self.sound_codec(talk)?;
            let (hash, _) = self.loaded(talk)?.for_sounds(name)?;
            talk.detail(format_args!("model: {} ({hash})", name_of(hash)));
        }
        if kinds.contains(&Kind::Video) {
            let name = encode_video::codec_name(self.args, self.loaded(talk)?.models().registry())?;
            let hash = self.loaded(talk)?.for_videos(name)?.model();
            talk.detail(format_args!("model: {} ({hash})", name_of(hash)));
        }
        Ok(())
    }

    /// The name of the codec for sounds.
    fn sound_codec(&mut self, talk: &Talk) -> Result<&'static str> {
        if let Some(row) = self.args.codec_of(MediaKind::Sound) {
            return Ok(row.name);
        }
        let quality = Quality::new(self.args.quality)?;
        let registry = self.loaded(talk)?.models().registry();
        let usual = registry.usual(MediaKind::Sound, quality);
        Ok(usual.context("this program has no codec of sounds")?.name)
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
    fn only_pictures(&mut self, items: &[Item<Sorted>], talk: &Talk) -> Result<Option<&Engine>> {
        let args = self.args;
        let is_picture = |item: &Item<Sorted>| item.job.kind == Kind::Image && item.job.job.source.file().is_some();
        if items.len() < 2 || !items.iter().all(is_picture) || args.refines() || args.target.any() {
            return Ok(None);
        }
        let engine = self.for_pictures(talk)?;
        Ok(Some(engine).filter(|engine| engine.is_on_cpu()))
    }

    fn encode(&mut self, job: &Job, kind: Kind, talk: &Talk) -> Result<Outcome> {
        let limits = self.args.limits.limits();
        match (kind, &job.source) {
            (Kind::Neither(Content::Empty), _) => bail!(EMPTY),
            (Kind::Neither(content), _) => Err(content.refusal().into()),
            (Kind::Image, source) => {
                let input = source.read_picture(&encode_picture::read_options(self.args))?;
                self.picture(job, input, talk)
            }
            (Kind::Video, source) => {
                let args = self.args;
                encode_video::encode(job, encode_video::Input::of(source)?, self.loaded(talk)?, args, talk)
                    .map(Outcome::Video)
            }
            (Kind::Sound, Source::File(path)) => {
                let ffmpeg = self.args.video.ffmpeg.program();
                let done = self.sound(job, &Input::File(path), talk);
                done.map_err(|error| encode_video::hint(error, path, &ffmpeg))
            }
            (kind, source) => {
                let mut reader = encode_video::passing(source)?;
                let mut head = Vec::with_capacity(HEAD_BYTES);
                reader
                    .by_ref()
                    .take(HEAD_BYTES as u64)
                    .read_to_end(&mut head)
                    .context("cannot read it")?;
                let is_y4m = kind == Kind::Either && is_y4m(&head);
                let reader = Cursor::new(head).chain(reader);
                if is_y4m {
                    let (args, input) = (self.args, encode_video::Input::Passing(Box::new(reader)));
                    return encode_video::encode(job, input, self.loaded(talk)?, args, talk).map(Outcome::Video);
                }
                let mut passing = Passing::of(reader, &limits)?;
                match passing.content()? {
                    Content::Empty => bail!(EMPTY),
                    _ if kind == Kind::Sound => self.sound(job, &Input::Passing(passing), talk),
                    Content::Sound(_) => self.sound(job, &Input::Passing(passing), talk),
                    Content::Image(_) => {
                        let bytes = passing.bytes();
                        let options = encode_picture::read_options(self.args);
                        let picture = files::read_noted(passing.reader()?, &options)?;
                        self.picture(job, (picture, bytes), talk)
                    }
                    content => Err(content.refusal().into()),
                }
            }
        }
    }

    fn picture(&mut self, job: &Job, input: (FileImage, u64), talk: &Talk) -> Result<Outcome> {
        let args = self.args;
        encode_picture::encode(job, input, self.for_pictures(talk)?, args, talk).map(Outcome::Image)
    }

    fn sound(&mut self, job: &Job, input: &Input<'_>, talk: &Talk) -> Result<Outcome> {
        let (args, name) = (self.args, self.sound_codec(talk)?);
        let loaded = self.loaded(talk)?;
        let (hash, codec) = loaded.for_sounds(name)?;
        let device = loaded.device();
        let codec = encode_sound::Codec { codec, hash, device };
        encode_sound::encode(job, input, &codec, args, talk).map(Outcome::Sound)
    }
}

fn summary(records: &[Outcome], all: usize, start: Instant, talk: &Talk) {
    let (mut pictures, mut sounds, mut videos, mut bytes) = ((0, 0.0), (0, 0.0), (0, 0.0), [0; 3]);
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
            Outcome::Video(r) => {
                videos = (videos.0 + 1, videos.1 + r.duration_seconds);
                bytes[2] += r.bytes;
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let bits = bytes.map(|bytes| bytes as f64 * 8.0);
    if videos.0 > 0 {
        talk.note(format_args!(
            "{} of {all} are videos, {} bytes, {:.2} kbit/s, {seconds:.2} s",
            videos.0,
            thousands(bytes[2]),
            bits[2] / 1000.0 / videos.1.max(1e-9),
        ));
    }
    if pictures.0 > 0 || sounds.0 + videos.0 == 0 {
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
