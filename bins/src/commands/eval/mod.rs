//! `lmc eval`: curves of our codecs and the classical ones over the same pictures, sounds or videos, and what a paper
//! needs of them.

mod check;
mod inputs;
mod kind;
mod looks;
mod machine;
mod names;
mod our_images;
mod our_sounds;
mod our_videos;
mod ours;
mod pictures;
mod series;
mod sounds;
mod videos;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use lmc_eval::cache::Cache;
use lmc_eval::media::Medium;
use lmc_eval::metric::Metric;
use lmc_eval::pictures::Rgb;
use lmc_eval::report::{self, markdown};
use lmc_eval::results::{FORMAT, Results};
use lmc_eval::run::{Outcome, Plan, Step, describe};
use lmc_eval::sound::Sound;
use lmc_eval::videos::Clip;
use lmc_eval::{anchors, averages, compare, views};

use self::inputs::Inputs;
use self::kind::{Kind, Meters, Reading};
use crate::cli::EvalArgs;
use crate::output::write_stdout;
use crate::report::print_json;
use crate::talk::Talk;
use crate::usage::{FAILURE, usage};

const BAR: &str = "{bar:30} {pos}/{len} points {elapsed_precise} (left {eta}) {wide_msg}";
const CACHE: &str = "cache";

/// Runs `lmc eval`.
pub(super) fn run(args: &EvalArgs, talk: &Talk) -> Result<ExitCode> {
    if let Some(results) = &args.check {
        return check::run(results, args, talk);
    }
    let inputs = inputs::find(&args.inputs)?;
    match inputs.medium {
        Medium::Pictures => measure::<Rgb>(inputs, args, talk),
        Medium::Sound => measure::<Sound>(inputs, args, talk),
        Medium::Video => measure::<Clip>(inputs, args, talk),
    }
}

fn measure<M: Kind>(inputs: Inputs, args: &EvalArgs, talk: &Talk) -> Result<ExitCode> {
    let out = args.out.as_deref().context("no folder for the report")?;
    let named = names::parse(&args.codecs.clone().unwrap_or_else(M::usual))?;
    let mut metrics = metrics(args.metrics.as_deref().unwrap_or(M::default_metrics(&named)), M::MEDIUM)?;
    let published = published(args)?;
    let chosen = series::choose::<M>(&named, args, talk)?;
    series::check_anchor(args, &chosen, &published)?;
    let meters = meters::<M>(&mut metrics, args.looks.as_deref(), talk)?;
    let cache = prepare(out, args)?;
    let notes = [inputs.notes, chosen.notes, meters.notes].concat();
    let start = Instant::now();
    let jobs = args.jobs.map_or_else(machine::cores, usize::from);
    let total: usize = chosen.series.iter().map(|series| series.qualities.len()).sum();
    let bar = talk.with_bar((total * inputs.files.len()) as u64, BAR);
    let progress = |file: &str, series: &str, _: Step| {
        bar.bar().set_message(format!("{file} {series}"));
        bar.bar().inc(1);
    };
    let reading = Reading {
        most_frames: args.frames as usize,
    };
    let plan = Plan {
        files: inputs.files,
        series: chosen.series,
        metrics: metrics.clone(),
        jobs,
        threads: usize::from(args.threads),
        cache,
        read: &|path| M::read(path, &reading),
        meter: &*meters.meter,
        progress: &progress,
    };
    let outcome = plan.run()?;
    bar.bar().finish_and_clear();
    let mut run = machine::describe(&outcome, jobs, args.threads, start);
    let versions = meters.versions.iter();
    run.extend(versions.map(|(metric, version)| (format!("metric {}", metric.id()), version.clone())));
    let failed = failures(&outcome, talk);
    let mut results = Results {
        format: FORMAT,
        run,
        medium: M::MEDIUM,
        rate_unit: M::MEDIUM.rate_unit().to_owned(),
        metrics,
        series: plan.series.iter().map(describe).chain(chosen.missing).collect(),
        files: outcome.files,
        records: outcome.records,
        notes,
        ..Results::default()
    };
    results.notes.extend(M::remarks(&results));
    finish(&mut results, published, args, &M::classical());
    let views = views::views(&plan, &results);
    let page = report::write(&results, &views, out)?;
    tell(&results, (outcome.encoded, outcome.known, failed), &page, args, talk)?;
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILURE)
    })
}

fn metrics(list: &str, medium: Medium) -> Result<Vec<Metric>> {
    let mut metrics = Vec::new();
    for name in list.split(',').map(str::trim) {
        let known = || Metric::of(medium).map(Metric::id).collect::<Vec<_>>().join(", ");
        let unknown = || {
            let files = medium.files();
            usage(format!("there is no metric '{name}' of {files}: there are {}", known()))
        };
        let metric = Metric::from_id(name).filter(|metric| metric.is_of(medium));
        let metric = metric.ok_or_else(unknown)?;
        if !metrics.contains(&metric) {
            metrics.push(metric);
        }
    }
    Ok(metrics)
}

/// What computes the metrics; what cannot be had is warned of.
fn meters<M: Kind>(metrics: &mut Vec<Metric>, looks: Option<&Path>, talk: &Talk) -> Result<Meters<M>> {
    let meters = M::meters(metrics, looks);
    for note in &meters.notes {
        talk.warn(note);
    }
    if metrics.is_empty() {
        return Err(usage("none of the metrics can be computed here: see the warnings"));
    }
    Ok(meters)
}

fn published(args: &EvalArgs) -> Result<Vec<anchors::Anchor>> {
    let mut published = Vec::new();
    for path in &args.anchors {
        published.extend(anchors::read(path)?);
    }
    Ok(published)
}

/// The folder of the report and its cache.
fn prepare(out: &Path, args: &EvalArgs) -> Result<Cache> {
    let used = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    if used && !args.resume && !args.force {
        bail!(
            "{} exists: give --resume to go on with it, or --force to measure everything anew",
            out.display()
        );
    }
    let cache = out.join(CACHE);
    if args.force && cache.is_dir() {
        fs::remove_dir_all(&cache).with_context(|| format!("cannot remove {}", cache.display()))?;
    }
    Ok(Cache::open(&cache)?)
}

/// Names what failed; returns how much did.
fn failures(outcome: &Outcome, talk: &Talk) -> usize {
    let files = outcome
        .files
        .iter()
        .filter_map(|file| Some((file.name.clone(), file.error.as_ref()?)));
    let point =
        |record: &lmc_eval::results::Record| format!("{} at {}: {}", record.series, record.setting, record.file);
    let points = outcome
        .records
        .iter()
        .filter_map(|record| Some((point(record), record.error.as_ref()?)));
    let all: Vec<_> = files.chain(points).collect();
    for (what, error) in &all {
        talk.error(format_args!("{what}: {error}"));
    }
    all.len()
}

/// Averages, published curves, and the comparison with the anchor.
fn finish(results: &mut Results, published: Vec<anchors::Anchor>, args: &EvalArgs, classical: &[&str]) {
    anchors::add(results, published);
    averages::fill(results);
    let measured = results.files.iter().filter(|file| file.error.is_none()).count();
    let used = results.averaged_files.len();
    if used < measured {
        let files = results.medium.files();
        let all = format!("means are over {used} of {measured} {files}: those that have every metric in every series");
        results.notes.push(all);
    }
    for file in &results.files {
        let words = file.error.iter().chain(&file.note);
        let notes: Vec<String> = words.map(|words| format!("{}: {words}", file.name)).collect();
        results.notes.extend(notes);
    }
    let has_points = |name: &str| results.averages.iter().any(|average| average.series == name);
    let classical = |name: &str| classical.contains(&series::codec_of(name));
    let names = || {
        results
            .series
            .iter()
            .map(|series| series.name.as_str())
            .filter(|name| has_points(name))
    };
    let chosen = args.anchor.as_deref().or_else(|| names().find(|name| classical(name)));
    if let Some(anchor) = chosen.or_else(|| names().next()).map(str::to_owned) {
        compare::fill(results, &anchor);
    }
}

/// The table and where the report is.
fn tell(
    results: &Results,
    (encoded, known, failed): (usize, usize, usize),
    page: &Path,
    args: &EvalArgs,
    talk: &Talk,
) -> Result<()> {
    if args.json {
        let object = serde_json::json!({
            "program": "lmc",
            "version": env!("CARGO_PKG_VERSION"),
            "command": "eval",
            "report": page.display().to_string(),
            "points_encoded": encoded,
            "points_known": known,
            "failed": failed,
            "bd": results.bd,
            "notes": results.notes,
            "run": results.run,
        });
        return print_json(&object);
    }
    talk.note(format_args!(
        "{encoded} points encoded, {known} known from before, {failed} failures; report: {}",
        page.display()
    ));
    write_stdout(markdown::bd_table(results).as_bytes())
}
