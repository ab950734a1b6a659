//! `lmc train`: packed crops from `datasets` into the training loop of `models`, and weights out of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use lmc_datasets::{BatchOptions, CropOptions, ImageFolder, PackedCrops};
use lmc_models::ModelError;
use lmc_models::device::OpenDevice;
use lmc_models::train::{Checkpoint, CropBatch, HeldOut, Progress, TrainConfig, TrainJob, latest, start_params, train};
use lmc_models::wavelet::Params;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

use super::train_export::{RunRecord, export};
use crate::cli::TrainWaveletArgs;
use crate::models::{open_device, set_threads};
use crate::output::exists;
use crate::talk::{Talk, thousands};
use crate::usage::usage;

const PACK_BAR: &str = "packing crops {bar:30} {pos}/{len} (left {eta})";
pub(super) const TRAIN_BAR: &str = "{bar:24} {pos}/{len} {elapsed_precise} (left {eta}) {wide_msg}";
/// File of packed crops in the folder of a run.
pub(super) const CROPS: &str = "train.crops";
/// Steps between lines where no bar is drawn.
pub(super) const STEPS_PER_LINE: u64 = 100;
/// Held-out pictures, and the side of their centre that is measured: some seconds of work for each evaluation.
const HELD_OUT: (usize, usize) = (16, 512);
/// Exit code of a run that Ctrl-C stopped, as shells have it.
pub(super) const INTERRUPTED: u8 = 130;

/// Runs `lmc train wavelet`.
pub(crate) fn run(args: &TrainWaveletArgs, talk: &Talk) -> Result<ExitCode> {
    if let Some(path) = &args.export
        && !args.force
        && path.exists()
    {
        bail!(exists(path));
    }
    set_threads(args.device.threads)?;
    let checkpoint: Option<Checkpoint> = latest(&args.out)?;
    if args.data.is_empty() {
        let device = open_device(args.device.device, talk)?;
        let checkpoint = checkpoint
            .with_context(|| format!("{} has no checkpoint: give --data to train first", args.out.display()))?;
        export(args, &checkpoint, &device, talk)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(at) = &checkpoint
        && !args.resume
    {
        let (out, step) = (args.out.display(), at.step);
        return Err(usage(format!(
            "{out} holds a run at step {step}: give --resume to go on with it, or another --out"
        )));
    }
    let device = open_device(args.device.device, talk)?;
    let (last, interrupted) = start(args, checkpoint, &device, talk)?;
    if interrupted {
        talk.note(format_args!("stopped at step {}: go on with --resume", last.step));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    talk.note(format_args!("{} steps done", thousands(last.step)));
    if args.export.is_some() {
        export(args, &last, &device, talk)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Trains from where the run is to its end, or to Ctrl-C. Returns the last checkpoint and whether it was Ctrl-C.
fn start(
    args: &TrainWaveletArgs,
    checkpoint: Option<Checkpoint>,
    device: &OpenDevice,
    talk: &Talk,
) -> Result<(Checkpoint, bool)> {
    let config = config(args, checkpoint.as_ref())?;
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make the folder {}", args.out.display()))?;
    let held_out_pictures = held_out_folder(args)?;
    let pictures = pictures(args, held_out_pictures.as_ref(), talk)?;
    let crops = pack(args, &config, &pictures, talk)?;
    let held_out = held_out(held_out_pictures.as_ref(), talk)?;
    let begin = match &args.init {
        Some(path) if checkpoint.is_none() => Some(read_params(path, start_params)?),
        _ => None,
    };
    if checkpoint.is_none() {
        RunRecord::new(args, &pictures, &device.description).write(&args.out)?;
    }
    let step = checkpoint.as_ref().map_or(0, |at| at.step);
    let settings = config.clone();
    let job = TrainJob {
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
    let batches_from =
        |step| crop_batches(&crops, &settings, step).map_err(|error| ModelError::Parameter(format!("{error:#}")));
    let last = train(job, batches_from, &mut |progress| {
        watch.see(progress, &talk);
        !interrupt.load(Ordering::Relaxed)
    })?;
    talk.bar().finish_and_clear();
    let interrupted = interrupt.load(Ordering::Relaxed) && last.step < last.config.steps;
    Ok((last, interrupted))
}

/// The settings of a run that goes on are its own; else those of `--config`. Flags for single settings win.
fn config(args: &TrainWaveletArgs, checkpoint: Option<&Checkpoint>) -> Result<TrainConfig> {
    let mut config = match (checkpoint, &args.config) {
        (Some(at), _) => at.config.clone(),
        (None, Some(path)) => {
            let context = || format!("cannot use the settings {}", path.display());
            let text = fs::read(path).with_context(context)?;
            serde_json::from_slice(&text).with_context(context)?
        }
        (None, None) => TrainConfig::default(),
    };
    if let Some(steps) = args.steps {
        config.steps = steps;
    }
    if let Some(crops) = args.crops
        && checkpoint.is_none()
    {
        config.crops = crops as usize;
    }
    config.check()?;
    Ok(config)
}

fn held_out_folder(args: &TrainWaveletArgs) -> Result<Option<ImageFolder>> {
    let scan = (!args.held_out.is_empty()).then(|| ImageFolder::scan(&args.held_out));
    Ok(scan.transpose()?)
}

/// The pictures to train on, without those that are held out.
fn pictures(args: &TrainWaveletArgs, held_out: Option<&ImageFolder>, talk: &Talk) -> Result<ImageFolder> {
    let all = ImageFolder::scan(&args.data)?;
    for skipped in all.skipped() {
        talk.detail(format_args!("left out: {}", skipped.reason));
    }
    let (skipped, found) = (all.skipped().len(), all.len());
    let pictures = match held_out {
        Some(held_out) => all.without(held_out),
        None => all,
    };
    talk.note(format_args!(
        "{} pictures, {:.0} megapixels ({skipped} unreadable, {} held out)",
        pictures.len(),
        pictures.pixels() as f64 / 1e6,
        found - pictures.len()
    ));
    Ok(pictures)
}

fn pack(args: &TrainWaveletArgs, config: &TrainConfig, pictures: &ImageFolder, talk: &Talk) -> Result<PackedCrops> {
    let options = CropOptions {
        size: config.crop,
        scale: (config.scale[0], config.scale[1]),
        grain: config.grain,
        seed: config.seed,
        ..CropOptions::default()
    };
    let talk = talk.with_bar(config.crops as u64, PACK_BAR);
    let progress = |done, _| talk.bar().set_position(done as u64);
    let path = args.out.join(CROPS);
    let crops = PackedCrops::open_or_pack(path, pictures, &options, config.crops, progress)?;
    talk.bar().finish_and_clear();
    Ok(crops)
}

fn held_out(folder: Option<&ImageFolder>, talk: &Talk) -> Result<Vec<HeldOut>> {
    let (count, side) = HELD_OUT;
    let mut held_out = Vec::new();
    for picture in folder.iter().flat_map(|folder| folder.pictures()) {
        let picture = picture?;
        let (height, width) = (picture.height as usize, picture.width as usize);
        held_out.extend(HeldOut::centre_of(&picture.rgb, height, width, side));
        if held_out.len() == count {
            break;
        }
    }
    if held_out.is_empty() {
        talk.note("no held-out pictures: the log will have no independent measure (see --held-out)");
    }
    Ok(held_out)
}

/// The weights in a file, as `read` finds them.
pub(super) fn read_params(path: &Path, read: impl Fn(&[u8]) -> lmc_models::Result<Params>) -> Result<Params> {
    let context = || format!("cannot start from {}", path.display());
    let bytes = fs::read(path).with_context(context)?;
    read(&bytes).with_context(context)
}

/// Batches from `step` on, as the training loop takes them.
pub(super) fn crop_batches(
    crops: &PackedCrops,
    config: &TrainConfig,
    step: u64,
) -> Result<impl Iterator<Item = lmc_models::Result<CropBatch>> + use<>> {
    let options = BatchOptions {
        batch: config.batch,
        size: Some(config.crop),
        seed: config.seed,
        // Reading takes some milliseconds a batch: one thread is plenty.
        workers: 1,
        ..BatchOptions::default()
    };
    let batches = crops.batches(options)?.starting_at(step);
    Ok(batches.map(|batch| match batch {
        Ok(batch) => Ok(CropBatch {
            side: batch.height,
            data: batch.data,
        }),
        Err(error) => Err(ModelError::Parameter(error.to_string())),
    }))
}

/// A flag that Ctrl-C sets; a second Ctrl-C ends the program at once.
pub(super) fn on_interrupt() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag unset, so that it does not end the program, and sets it.
        register_conditional_shutdown(signal, i32::from(INTERRUPTED), Arc::clone(&flag))
            .and_then(|_| register(signal, Arc::clone(&flag)))
            .context("cannot listen for Ctrl-C")?;
    }
    Ok(flag)
}

/// Running means of what a step reports, for the bar.
#[derive(Default)]
struct Watch {
    steps: u64,
    loss: f64,
    bpp: f64,
    psnr_db: f64,
}

impl Watch {
    fn see(&mut self, progress: &Progress, talk: &Talk) {
        self.steps += 1;
        let share = 1.0 / self.steps.min(STEPS_PER_LINE) as f64;
        let towards = |mean: &mut f64, value: f32| *mean += (f64::from(value) - *mean) * share;
        towards(&mut self.loss, progress.loss);
        towards(&mut self.bpp, progress.bpp);
        towards(&mut self.psnr_db, progress.psnr_db);
        let line = format!("loss {:.3}  {:.3} bpp  {:.2} dB", self.loss, self.bpp, self.psnr_db);
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

/// The last part of a path, for records that should not tell how a machine's folders are called.
pub(super) fn short_names(paths: &[PathBuf]) -> String {
    let names = paths.iter().filter_map(|path| path.file_name());
    let names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.join(", ")
}
