//! `lmc train speech`: random windows of packed speech into the training loop of `models`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, bail};
use lmc_codec::sound::{Sound, files, mono_at};
use lmc_datasets::{PackedSounds, SoundFiles, WindowOptions};
use lmc_models::ModelError;
use lmc_models::device::OpenDevice;
use lmc_models::speech::train::{Progress, SpeechCheckpoint, SpeechJob, SpeechTrainConfig, WindowBatch, train};
use lmc_models::speech::{FEATURE_MARGIN, RATE_HZ};
use lmc_models::train::latest;
use lmc_models::zoo::read_tensors;

use super::train::{INTERRUPTED, STEPS_PER_LINE, TRAIN_BAR, on_interrupt, read_params};
use super::train_speech_export::{export, record};
use crate::cli::TrainSpeechArgs;
use crate::models::{open_device, set_threads};
use crate::output::exists;
use crate::talk::{Talk, thousands};
use crate::usage::usage;

const PACK_BAR: &str = "packing sounds {bar:30} {pos}/{len} (left {eta})";
/// File of packed sounds in the folder of a run.
pub(super) const SOUNDS: &str = "train.sounds";
/// How much louder windows are made at random, in decibels.
const GAIN_DB: (f64, f64) = (-12.0, 4.0);
/// Seconds of held-out speech that are measured: some seconds of work for each evaluation.
const HELD_OUT_SECONDS: usize = 60;

/// Runs `lmc train speech`.
pub(crate) fn run(args: &TrainSpeechArgs, talk: &Talk) -> Result<ExitCode> {
    if let Some(path) = &args.export
        && !args.force
        && path.exists()
    {
        bail!(exists(path));
    }
    set_threads(args.device.threads)?;
    let checkpoint: Option<SpeechCheckpoint> = latest(&args.out)?;
    if let Some(at) = &checkpoint
        && !args.resume
        && !args.data.is_empty()
    {
        let (out, step) = (args.out.display(), at.step);
        return Err(usage(format!(
            "{out} holds a run at step {step}: give --resume to go on with it, or another --out"
        )));
    }
    let device = open_device(args.device.device, talk)?;
    if args.data.is_empty() {
        let checkpoint = checkpoint
            .with_context(|| format!("{} has no checkpoint: give --data to train first", args.out.display()))?;
        export(args, &checkpoint, talk)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (last, interrupted) = start(args, checkpoint, &device, talk)?;
    if interrupted {
        talk.note(format_args!("stopped at step {}: go on with --resume", last.step));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    talk.note(format_args!("{} steps done", thousands(last.step)));
    if args.export.is_some() {
        export(args, &last, talk)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Trains from where the run is to its end, or to Ctrl-C. Returns the last checkpoint and whether it was Ctrl-C.
fn start(
    args: &TrainSpeechArgs,
    checkpoint: Option<SpeechCheckpoint>,
    device: &OpenDevice,
    talk: &Talk,
) -> Result<(SpeechCheckpoint, bool)> {
    let config = config(args, checkpoint.as_ref())?;
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make the folder {}", args.out.display()))?;
    let sounds = pack(args, talk)?;
    let held_out = held_out(&args.held_out, talk)?;
    let begin = match &args.init {
        Some(path) if checkpoint.is_none() => Some(read_params(path, |bytes| Ok(read_tensors(bytes)?.params))?),
        _ => None,
    };
    if checkpoint.is_none() {
        record(args, &sounds, &device.description).write(&args.out)?;
    }
    let step = checkpoint.as_ref().map_or(0, |at| at.step);
    let windows = window_options(&config);
    let job = SpeechJob {
        config,
        folder: &args.out,
        device: device.device.clone(),
        start: begin,
        resume: checkpoint,
        held_out,
    };
    let interrupt = on_interrupt()?;
    let talk = talk.with_bar(job.config.steps, TRAIN_BAR);
    talk.bar().set_position(step);
    talk.bar().reset_eta();
    let mut watch = Watch::default();
    let batch_of = |step| batch(&sounds, &windows, step);
    let last = train(job, batch_of, &mut |progress| {
        watch.see(progress, &talk);
        !interrupt.load(Ordering::Relaxed)
    })?;
    talk.bar().finish_and_clear();
    let interrupted = interrupt.load(Ordering::Relaxed) && last.step < last.config.steps;
    Ok((last, interrupted))
}

/// The settings of a run that goes on are its own; else those of `--config`. Flags for single settings win.
fn config(args: &TrainSpeechArgs, checkpoint: Option<&SpeechCheckpoint>) -> Result<SpeechTrainConfig> {
    let mut config = match (checkpoint, &args.config) {
        (Some(at), _) => at.config.clone(),
        (None, Some(path)) => {
            let context = || format!("cannot use the settings {}", path.display());
            let text = fs::read(path).with_context(context)?;
            serde_json::from_slice(&text).with_context(context)?
        }
        (None, None) => SpeechTrainConfig::default(),
    };
    if let Some(steps) = args.steps {
        config.steps = steps;
    }
    config.check()?;
    Ok(config)
}

fn pack(args: &TrainSpeechArgs, talk: &Talk) -> Result<PackedSounds> {
    let talk = talk.with_bar(0, PACK_BAR);
    let progress = |done, of| {
        talk.bar().set_length(of as u64);
        talk.bar().set_position(done as u64);
    };
    let path = args.out.join(SOUNDS);
    let files = SoundFiles::scan(&args.data, &files::ENDINGS)?;
    let (sounds, report) = PackedSounds::open_or_pack(path, &files, RATE_HZ, read, progress)?;
    talk.bar().finish_and_clear();
    for skipped in &report.skipped {
        talk.detail(format_args!("left out: {}: {}", skipped.path.display(), skipped.reason));
    }
    talk.note(format_args!(
        "{} sounds, {:.2} hours ({} left out)",
        sounds.len(),
        sounds.samples() as f64 / f64::from(sounds.rate()) / 3600.0,
        report.skipped.len()
    ));
    Ok(sounds)
}

/// The samples of a file as the model takes them: one channel at its rate.
fn read(path: &Path) -> std::result::Result<Vec<f32>, String> {
    let sound = files::open_path(path).and_then(|mut source| Sound::read_all(source.as_mut()));
    match sound {
        Ok(sound) => Ok(mono_at(&sound, RATE_HZ)),
        Err(error) => Err(error.to_string()),
    }
}

fn held_out(paths: &[PathBuf], talk: &Talk) -> Result<Vec<Vec<f32>>> {
    let mut sounds: Vec<Vec<f32>> = Vec::new();
    if !paths.is_empty() {
        for file in SoundFiles::scan(paths, &files::ENDINGS)?.paths() {
            match read(file) {
                Ok(samples) => sounds.push(samples),
                Err(reason) => talk.detail(format_args!("left out: {}: {reason}", file.display())),
            }
            let seconds = sounds.iter().map(Vec::len).sum::<usize>() / RATE_HZ as usize;
            if seconds >= HELD_OUT_SECONDS {
                break;
            }
        }
    }
    if sounds.is_empty() {
        talk.note("no held-out speech: the log will have no independent measure (see --held-out)");
    }
    Ok(sounds)
}

/// How windows for a run are drawn: with the margins that the features need.
fn window_options(config: &SpeechTrainConfig) -> WindowOptions {
    WindowOptions {
        batch: config.batch,
        samples: config.samples() + 2 * FEATURE_MARGIN,
        gain_db: GAIN_DB,
        seed: config.seed,
    }
}

/// The windows of a step, as the training loop takes them.
fn batch(sounds: &PackedSounds, options: &WindowOptions, step: u64) -> lmc_models::Result<WindowBatch> {
    let data = sounds
        .windows(options, step)
        .map_err(|error| ModelError::Parameter(error.to_string()))?;
    Ok(WindowBatch { data })
}

/// Running means of what a step reports, for the bar.
#[derive(Default)]
struct Watch {
    steps: u64,
    loss: f64,
    mel: f64,
    distortion: f64,
}

impl Watch {
    fn see(&mut self, progress: &Progress, talk: &Talk) {
        self.steps += 1;
        let share = 1.0 / self.steps.min(STEPS_PER_LINE) as f64;
        let towards = |mean: &mut f64, value: f32| *mean += (f64::from(value) - *mean) * share;
        towards(&mut self.loss, progress.loss);
        towards(&mut self.mel, progress.terms.mel);
        towards(&mut self.distortion, progress.distortion);
        let line = format!(
            "loss {:.3}  mel {:.3}  quantiser {:.3}",
            self.loss, self.mel, self.distortion
        );
        if talk.bar().is_hidden() && progress.step.is_multiple_of(STEPS_PER_LINE) {
            let Progress {
                step, steps, seconds, ..
            } = progress;
            talk.note(format_args!("step {step}/{steps}  {line}  {:.2} h", seconds / 3600.0));
        }
        talk.bar().set_position(progress.step);
        talk.bar().set_message(line);
    }
}
