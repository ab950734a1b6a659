//! `lmc cut` and `lmc join`: pieces of videos, without decoding frames.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use lmc_codec::container::{Mode, StreamReader};
use lmc_codec::video::{Cut, Opener, cut_video, join_videos};
use lmc_codec::{Limits, Media};
use serde::Serialize;

use super::decode::advise;
use super::decode_video::range;
use crate::batch::{Batch, Item};
use crate::cli::{CutArgs, JoinArgs};
use crate::input::{Source, Wanted, expand};
use crate::jobs::{Job, Request};
use crate::models::{self, Loaded, set_threads};
use crate::output::Spool;
use crate::talk::{Talk, thousands};
use crate::usage::usage;

/// What became of a piece, or of several together.
#[derive(Debug, Serialize)]
struct Record {
    bytes: u64,
    frames: u64,
    duration_seconds: f64,
    /// The first frame of a cut, in the stream that was cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_frame: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_seconds: Option<f64>,
}

fn open(path: &Path) -> lmc_codec::Result<BufReader<File>> {
    Ok(BufReader::with_capacity(1 << 16, File::open(path)?))
}

/// Runs `lmc cut`.
pub(crate) fn cut(args: &CutArgs, talk: &Talk) -> Result<ExitCode> {
    if args.range.given().is_none() {
        return Err(usage("say what to cut out with --start, --duration or --frames"));
    }
    let names = [args.input.clone()];
    let inputs = expand(&names, Wanted::Streams);
    let request = Request {
        names: &names,
        inputs: &inputs,
        output: Some(&args.output),
        new_ending: &|_| "lmc",
        keep_tree: false,
        force: args.write.force,
        json: args.write.json,
    };
    let items: Vec<Item<Job>> = request.resolve()?.into_iter().map(Item::from).collect();
    let (limits, json) = (args.limits.limits(), args.write.json);
    let batch = Batch {
        command: "cut",
        talk,
        json,
        inputs: &inputs,
    };
    let (_, code) = batch.run(&items, |job, talk| cut_one(job, args, &limits, talk))?;
    Ok(code)
}

fn cut_one(job: &Job, args: &CutArgs, limits: &Limits, talk: &Talk) -> Result<Record> {
    let start = Instant::now();
    let path = job
        .source
        .file()
        .context("only a file can be cut: it is read several times")?;
    let reader = StreamReader::new(open(path)?, limits, Mode::Strict)?;
    let Media::Video(video) = &reader.header().media else {
        bail!("it is no video")
    };
    let range = range(&args.range, &video.format);
    let plan = Cut::plan(&mut || open(path), range, limits).map_err(advise)?;
    let out = BufWriter::new(Spool::new(&job.target)?);
    let (out, stats) = cut_video(open(path)?, &plan, limits, out).map_err(advise)?;
    let spool = out.into_inner().map_err(|error| error.into_error());
    let bytes = spool
        .context("cannot write it")?
        .commit(&job.target, args.write.force)?;
    talk.result(format_args!(
        "{} -> {}: {} frames from {:.3} s on, {:.3} s, {} bytes, {:.2} s",
        job.source.name(),
        job.target.name(),
        thousands(stats.frames),
        stats.start_seconds,
        stats.seconds,
        thousands(bytes),
        start.elapsed().as_secs_f64()
    ));
    Ok(Record {
        bytes,
        frames: stats.frames,
        duration_seconds: stats.seconds,
        first_frame: Some(stats.first),
        start_seconds: Some(stats.start_seconds),
    })
}

/// Runs `lmc join`.
pub(crate) fn join(args: &JoinArgs, talk: &Talk) -> Result<ExitCode> {
    set_threads(args.model.device.threads)?;
    // All inputs become one output, which is named after the first.
    let names = &args.inputs[..1];
    let inputs = expand(names, Wanted::Streams);
    let request = Request {
        names,
        inputs: &inputs,
        output: Some(&args.output),
        new_ending: &|_| "lmc",
        keep_tree: false,
        force: args.write.force,
        json: args.write.json,
    };
    let items: Vec<Item<Job>> = request.resolve()?.into_iter().map(Item::from).collect();
    let loaded = Loaded::without_device(models::find(args.model.model.as_deref())?);
    let batch = Batch {
        command: "join",
        talk,
        json: args.write.json,
        inputs: &inputs,
    };
    let (_, code) = batch.run(&items, |job, talk| join_all(job, args, &loaded, talk))?;
    Ok(code)
}

fn join_all(job: &Job, args: &JoinArgs, loaded: &Loaded, talk: &Talk) -> Result<Record> {
    let start = Instant::now();
    let limits = args.limits.limits();
    let paths: Vec<&Path> = args.inputs.iter().map(AsRef::as_ref).collect();
    if let Some(path) = paths.iter().find(|path| Source::of(path).file().is_none()) {
        return Err(usage(format!(
            "{} is no file: streams are read several times",
            path.display()
        )));
    }
    let same = |path: &&&Path| {
        std::fs::canonicalize(path).is_ok_and(|real| std::fs::canonicalize(&args.output).is_ok_and(|out| out == real))
    };
    if let Some(path) = paths.iter().find(same) {
        return Err(usage(format!(
            "the output is the input {}: give another name",
            path.display()
        )));
    }
    let first = StreamReader::new(open(paths[0])?, &limits, Mode::Strict).map_err(advise)?;
    let sound = match first.track() {
        Some(track) => Some(loaded.sound_for_stream(track.header())?),
        None => None,
    };
    let mut opens: Vec<_> = paths.iter().map(|path| move || open(path)).collect();
    let mut openers: Vec<Opener<'_, BufReader<File>>> = opens.iter_mut().map(|open| open as Opener<'_, _>).collect();
    let out = BufWriter::new(Spool::new(&job.target)?);
    let (out, stats) = join_videos(&mut openers, sound.as_ref(), &limits, out).map_err(advise)?;
    let spool = out.into_inner().map_err(|error| error.into_error());
    let bytes = spool
        .context("cannot write it")?
        .commit(&job.target, args.write.force)?;
    talk.result(format_args!(
        "{} videos -> {}: {} frames, {:.3} s, {} bytes, {:.2} s",
        paths.len(),
        job.target.name(),
        thousands(stats.frames),
        stats.seconds,
        thousands(bytes),
        start.elapsed().as_secs_f64()
    ));
    Ok(Record {
        bytes,
        frames: stats.frames,
        duration_seconds: stats.seconds,
        first_frame: None,
        start_seconds: None,
    })
}
