//! Speech as training sees it: random windows of sounds, packed once into a file in the folder of the run.

use std::path::{Path, PathBuf};

use lmc_codec::sound::{Sound, files, mono_at};
use lmc_datasets::{PackedSounds, SoundFiles, WindowOptions};

use super::SpeechTrainConfig;
use crate::speech::{FEATURE_MARGIN, RATE_HZ};
use crate::train::{Batches, Data, Sources, Watch};
use crate::{ModelError, Result};

/// File of packed sounds in the folder of a run.
const SOUNDS: &str = "train.sounds";
/// How much louder windows are made at random, in decibels.
const GAIN_DB: (f64, f64) = (-12.0, 4.0);
/// Seconds of held-out speech that are measured: some seconds of work for each evaluation.
const HELD_OUT_SECONDS: usize = 60;

/// Windows for one step, each with [`FEATURE_MARGIN`] samples more at both ends: `[batch * (samples + 2 margins)]`.
#[derive(Debug, Clone)]
pub struct WindowBatch {
    /// Samples, full scale 1.
    pub data: Vec<f32>,
}

/// The speech of a run.
#[derive(Debug)]
pub struct SpeechData {
    sounds: PackedSounds,
    options: WindowOptions,
    /// Sounds to measure on.
    pub(super) held_out: Vec<Vec<f32>>,
}

impl SpeechData {
    pub(super) fn open(config: &SpeechTrainConfig, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<Self> {
        let held_out = held_out(sources.held_out, watch)?;
        Ok(Self {
            sounds: pack(sources, watch)?,
            options: WindowOptions {
                batch: config.training.batch,
                samples: config.samples() + 2 * FEATURE_MARGIN,
                gain_db: GAIN_DB,
                seed: config.training.seed,
            },
            held_out,
        })
    }

    /// The number of sounds that a run has packed, and the sounds.
    pub(super) fn packed(folder: &Path) -> Result<(usize, impl Iterator<Item = Result<Vec<f32>>>)> {
        let sounds = PackedSounds::open(folder.join(SOUNDS)).map_err(refused)?;
        let count = sounds.len();
        Ok((count, (0..count).map(move |index| sounds.sound(index).map_err(refused))))
    }
}

impl Data for SpeechData {
    type Batch = WindowBatch;

    fn batches(&self, step: u64) -> Result<Batches<WindowBatch>> {
        let (sounds, options) = (self.sounds.clone(), self.options.clone());
        Ok(Box::new((step..).map(move |step| {
            let data = sounds.windows(&options, step).map_err(refused)?;
            Ok(WindowBatch { data })
        })))
    }

    fn describe(&self) -> String {
        format!("{} sounds, {:.2} hours", self.sounds.len(), hours(&self.sounds))
    }
}

fn hours(sounds: &PackedSounds) -> f64 {
    sounds.samples() as f64 / f64::from(sounds.rate()) / 3600.0
}

fn pack(sources: Sources<'_>, watch: &mut dyn Watch) -> Result<PackedSounds> {
    let path = sources.folder.join(SOUNDS);
    let files = SoundFiles::scan(sources.data, &files::ENDINGS).map_err(refused)?;
    let progress = |done, total| watch.part("packing sounds", done, total);
    let (sounds, report) = PackedSounds::open_or_pack(path, &files, RATE_HZ, read, progress).map_err(refused)?;
    for skipped in &report.skipped {
        watch.detail(&format!("left out: {}: {}", skipped.path.display(), skipped.reason));
    }
    let (count, left_out) = (sounds.len(), report.skipped.len());
    watch.note(&format!(
        "{count} sounds, {:.2} hours ({left_out} left out)",
        hours(&sounds)
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

fn held_out(paths: &[PathBuf], watch: &mut dyn Watch) -> Result<Vec<Vec<f32>>> {
    let mut sounds: Vec<Vec<f32>> = Vec::new();
    if !paths.is_empty() {
        for file in SoundFiles::scan(paths, &files::ENDINGS).map_err(refused)?.paths() {
            match read(file) {
                Ok(samples) => sounds.push(samples),
                Err(reason) => watch.detail(&format!("left out: {}: {reason}", file.display())),
            }
            let seconds = sounds.iter().map(Vec::len).sum::<usize>() / RATE_HZ as usize;
            if seconds >= HELD_OUT_SECONDS {
                break;
            }
        }
    }
    if sounds.is_empty() {
        watch.note("no held-out speech: the log will have no independent measure (see --held-out)");
    }
    Ok(sounds)
}

fn refused(error: lmc_datasets::Error) -> ModelError {
    ModelError::Parameter(error.to_string())
}
