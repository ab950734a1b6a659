//! `lmc train`: one command for all tasks.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lmc_models::train::{Ended, Export, Exported, Run, TASKS, TaskRow, last_step};
use serde::Serialize;

use super::train_watch::{INTERRUPTED, TrainWatch};
use crate::cli::TrainArgs;
use crate::device;
use crate::models::{hash_of, set_threads};
use crate::output::{Target, exists};
use crate::talk::{Talk, thousands};
use crate::usage::usage;

/// What `--json` says.
#[derive(Debug, Serialize)]
struct Report {
    task: &'static str,
    /// Steps done, and those of the whole run.
    step: u64,
    steps: u64,
    /// Seconds of training, over all starts; none where nothing was trained.
    seconds: Option<f64>,
    interrupted: bool,
    exported: Option<ExportReport>,
}

#[derive(Debug, Serialize)]
struct ExportReport {
    path: String,
    id: String,
    bytes: usize,
    /// Name of the model in streams.
    model: String,
}

/// Runs `lmc train`.
pub(crate) fn run(args: &TrainArgs, talk: &Talk) -> Result<ExitCode> {
    if let Some(path) = &args.export
        && !args.force
        && path.exists()
    {
        bail!(exists(path));
    }
    let task = TASKS.iter().find(|task| task.name == args.task);
    let task = task.context("there is no such task")?;
    set_threads(args.device.threads)?;
    let found = last_step(&args.out)?;
    let out = args.out.display();
    match (args.data.is_empty(), found) {
        (true, None) => bail!("{out} has no checkpoint: give --data to train first"),
        (false, Some(step)) if !args.resume => {
            return Err(usage(format!(
                "{out} holds a run at step {step}: give --resume to go on with it, or another --out"
            )));
        }
        _ => {}
    }
    let order = order(args, talk)?;
    let mut watch = TrainWatch::new(talk);
    let ended = (!args.data.is_empty()).then(|| (task.train)(&order, &mut watch));
    let ended = ended.transpose()?;
    watch.finish();
    let interrupted = ended.is_some_and(|ended| ended.is_cancelled());
    let exported = match &args.export {
        Some(path) if !interrupted => Some(export(args, task, &order, path, talk)?),
        _ => None,
    };
    if args.json {
        let report = report(task, ended, exported, found);
        talk.print(&(serde_json::to_string_pretty(&report)? + "\n"))?;
    }
    Ok(say(ended, talk))
}

/// The run that the arguments ask for.
fn order(args: &TrainArgs, talk: &Talk) -> Result<Run> {
    let device = device::open(args.device.device, talk)?.burn().clone();
    let mut set = args.set.clone();
    set.extend(args.steps.map(|steps| ("steps".to_owned(), steps.to_string())));
    let command = std::iter::once("lmc".to_owned()).chain(std::env::args().skip(1));
    Ok(Run {
        folder: args.out.clone(),
        data: args.data.clone(),
        held_out: args.held_out.clone(),
        config: args.config.clone(),
        set,
        init: args.init.clone(),
        device: device.device,
        device_name: device.description,
        command: command.collect::<Vec<_>>().join(" "),
        // Set by whoever builds a program to train models that ship.
        commit: option_env!("LMC_COMMIT").unwrap_or_default().to_owned(),
    })
}

/// Writes the weights file that `--export` names.
fn export(args: &TrainArgs, task: &TaskRow, order: &Run, path: &Path, talk: &Talk) -> Result<ExportReport> {
    let name = Export {
        id: args.id.clone().unwrap_or_else(|| format!("{}-local-v1", task.name)),
        notes: args.notes.clone().unwrap_or_default(),
    };
    let mut watch = TrainWatch::new(talk);
    let Exported { bytes, summary } = (task.export)(order, &name, &mut watch)?;
    watch.finish();
    Target::File(path.to_owned()).write(&bytes, args.force)?;
    let report = ExportReport {
        path: path.display().to_string(),
        id: name.id,
        bytes: bytes.len(),
        model: hash_of(&bytes).to_string(),
    };
    talk.note(format_args!(
        "{}: {} bytes, model {}, {summary}",
        report.path,
        thousands(bytes.len() as u64),
        report.model
    ));
    Ok(report)
}

fn report(task: &TaskRow, ended: Option<Ended>, exported: Option<ExportReport>, found: Option<u64>) -> Report {
    let step = ended.map_or(found.unwrap_or(0), |ended| ended.step);
    Report {
        task: task.name,
        step,
        steps: ended.map_or(step, |ended| ended.steps),
        seconds: ended.map(|ended| ended.seconds),
        interrupted: ended.is_some_and(|ended| ended.is_cancelled()),
        exported,
    }
}

fn say(ended: Option<Ended>, talk: &Talk) -> ExitCode {
    match ended {
        Some(ended) if ended.is_cancelled() => {
            talk.note(format_args!("stopped at step {}: go on with --resume", ended.step));
            ExitCode::from(INTERRUPTED)
        }
        Some(ended) => {
            talk.note(format_args!("{} steps done", thousands(ended.step)));
            ExitCode::SUCCESS
        }
        None => ExitCode::SUCCESS,
    }
}
