//! Excerpts of sounds, one for each step.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lmc_codec::sound::files::{ENDINGS, open_path};
use lmc_datasets::SoundFiles;

use super::FitConfig;
use crate::train::{Batches, Data, Sources, Watch};
use crate::{ModelError, Result};

/// Rates that are taken as they are: to the statistics of coefficients a tenth of pitch does not matter.
const RATES_HZ: std::ops::RangeInclusive<u32> = 44_100..=48_000;
/// Seconds that are taken of a sound.
const EXCERPT_SECONDS: usize = 12;
/// Where their middle lies in it: past its beginning, which is often quiet.
const MIDDLE: f64 = 0.4;
/// Held-out sounds that are measured: some seconds of work for each evaluation.
const HELD_OUT: usize = 8;

/// What one step learns from.
#[derive(Debug, Clone, PartialEq)]
pub struct Excerpt {
    /// One or two channels; none if the file turned out to be unreadable.
    pub channels: Vec<Vec<f32>>,
}

/// The sounds of a run.
#[derive(Debug)]
pub struct AudioData {
    files: Arc<[PathBuf]>,
    steps: u64,
    /// Excerpts to measure on.
    pub(super) held_out: Vec<Excerpt>,
}

impl AudioData {
    pub(super) fn open(config: &FitConfig, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<Self> {
        let files = usable(sources.data, watch)?;
        if files.is_empty() {
            return Err(ModelError::Parameter(
                "no sound to learn from: WAV, FLAC, Ogg, MP3 or M4A at 44.1 or 48 kHz, mono or stereo, is needed"
                    .into(),
            ));
        }
        watch.note(&format!("{} sounds", files.len()));
        let mut held_out = Vec::new();
        if !sources.held_out.is_empty() {
            let files = usable(sources.held_out, watch)?;
            held_out.extend(files.iter().take(HELD_OUT).map(|path| excerpt(path)));
        }
        let all = config.passes as u64 * files.len() as u64;
        Ok(Self {
            steps: if config.steps == 0 { all } else { config.steps },
            files: files.into(),
            held_out,
        })
    }

    /// Sounds of a pass.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }
}

impl Data for AudioData {
    type Batch = (usize, usize, Excerpt);

    /// Pass, index and excerpt of each step.
    fn batches(&self, step: u64) -> Result<Batches<Self::Batch>> {
        let files = Arc::clone(&self.files);
        Ok(Box::new((step..).map(move |step| {
            let count = files.len() as u64;
            let (pass, index) = ((step / count) as usize, (step % count) as usize);
            Ok((pass, index, excerpt(&files[index])))
        })))
    }

    fn describe(&self) -> String {
        format!("{} excerpts of {EXCERPT_SECONDS} s", self.len())
    }

    fn steps(&self) -> Option<u64> {
        Some(self.steps)
    }
}

/// The files whose rate and channels suit, in order of their paths.
fn usable(paths: &[PathBuf], watch: &mut dyn Watch) -> Result<Vec<PathBuf>> {
    let refused = |error: lmc_datasets::Error| ModelError::Parameter(error.to_string());
    let files = SoundFiles::scan(paths, &ENDINGS).map_err(refused)?;
    let mut usable = Vec::new();
    for path in files.paths() {
        match suits(path) {
            Ok(()) => usable.push(path.clone()),
            Err(reason) => watch.detail(&format!("left out: {}: {reason}", path.display())),
        }
    }
    Ok(usable)
}

fn suits(path: &Path) -> std::result::Result<(), String> {
    let spec = open_path(path).map_err(|error| error.to_string())?.spec();
    if !RATES_HZ.contains(&spec.rate) || !(1..=2).contains(&spec.channels) {
        return Err(format!("{} Hz and {} channels do not suit", spec.rate, spec.channels));
    }
    Ok(())
}

/// The middle of a sound; without channels where it cannot be read to there.
fn excerpt(path: &Path) -> Excerpt {
    let channels = read(path).unwrap_or_default();
    Excerpt { channels }
}

fn read(path: &Path) -> lmc_codec::Result<Vec<Vec<f32>>> {
    let mut source = open_path(path)?;
    let spec = source.spec();
    let channels = usize::from(spec.channels);
    let wanted = EXCERPT_SECONDS * spec.rate as usize;
    let length = source.length().unwrap_or(0) as f64;
    let start = ((length * MIDDLE) as usize).saturating_sub(wanted / 2);
    let mut passed = 0;
    let mut samples = Vec::new();
    loop {
        let left = start + wanted - passed;
        let count = source.read(&mut samples, left.min(1 << 16))?;
        passed += count;
        if passed <= start {
            samples.clear();
        }
        if count == 0 || passed >= start + wanted {
            break;
        }
    }
    let sound = (0..channels).map(|channel| samples.iter().skip(channel).step_by(channels).copied());
    let clean = |sample: f32| if sample.is_finite() { sample } else { 0.0 };
    Ok(sound.map(|channel| channel.map(clean).collect()).collect())
}
