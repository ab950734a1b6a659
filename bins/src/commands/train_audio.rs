//! `lmc train audio`: excerpts of sounds into the fit of `models`, and weights out of it.
//!
//! A fit takes minutes and depends on nothing but the files and the settings, so that there is nothing to go on with: who
//! stops it starts again.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use lmc_codec::codecs::audio::AudioModel;
use lmc_codec::sound::files::{ENDINGS, open_path};
use lmc_models::audio::{Fit, FitConfig};
use lmc_models::zoo::{AUDIO_CODEC, AudioManifest, TrainingRecord};

use super::train::short_names;
use crate::cli::TrainAudioArgs;
use crate::models::{hash_of, set_threads};
use crate::output::{Target, exists};
use crate::talk::{Talk, thousands};

const FIT_BAR: &str = "{bar:24} {pos}/{len} {elapsed_precise} (left {eta}) {wide_msg}";
/// Weights in the folder of a run.
const WEIGHTS: &str = "weights.safetensors";
/// Rates that are taken as they are: to the statistics of coefficients a tenth of pitch does not matter.
const RATES: std::ops::RangeInclusive<u32> = 44_100..=48_000;
/// Seconds that are taken of a sound, and where their middle lies in it: past its beginning, which is often quiet.
const EXCERPT: (usize, f64) = (12, 0.4);

/// Runs `lmc train audio`.
pub(crate) fn run(args: &TrainAudioArgs, talk: &Talk) -> Result<ExitCode> {
    if let Some(path) = &args.export
        && !args.force
        && path.exists()
    {
        bail!(exists(path));
    }
    set_threads(args.threads)?;
    let config = config(args)?;
    let begin = Instant::now();
    let files = sound_files(&args.data)?;
    let (model, log) = fit(&config, &files, talk)?;
    let manifest = manifest(args, &log, begin.elapsed().as_secs_f64());
    let bytes = model.serialize(&manifest)?;
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make the folder {}", args.out.display()))?;
    let settings = serde_json::to_vec_pretty(&config).context("cannot write the settings")?;
    let log = log.text.into_bytes();
    for (name, contents) in [("config.json", &settings), ("log.csv", &log), (WEIGHTS, &bytes)] {
        Target::File(args.out.join(name)).write(contents, true)?;
    }
    if let Some(path) = &args.export {
        Target::File(path.clone()).write(&bytes, args.force)?;
    }
    let size = thousands(bytes.len() as u64);
    talk.note(format_args!("{} bytes, model {}", size, hash_of(&bytes)));
    Ok(ExitCode::SUCCESS)
}

fn config(args: &TrainAudioArgs) -> Result<FitConfig> {
    let config = match &args.config {
        Some(path) => {
            let context = || format!("cannot use the settings {}", path.display());
            let text = fs::read(path).with_context(context)?;
            serde_json::from_slice(&text).with_context(context)?
        }
        None => FitConfig::default(),
    };
    config.check()?;
    Ok(config)
}

/// The sound files in folders, in order of their paths.
fn sound_files(data: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = data.to_vec();
    while let Some(path) = open.pop() {
        if !path.is_dir() {
            found.push(path);
            continue;
        }
        let context = || format!("cannot list {}", path.display());
        for entry in fs::read_dir(&path).with_context(context)? {
            let path = entry.with_context(context)?.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if path.is_dir() || ENDINGS.contains(&ending.to_lowercase().as_str()) {
                open.push(path);
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The channels of an excerpt.
fn excerpt(path: &Path) -> Result<Vec<Vec<f32>>> {
    let mut source = open_path(path)?;
    let spec = source.spec();
    let channels = usize::from(spec.channels);
    if !RATES.contains(&spec.rate) || channels > 2 {
        bail!("{} Hz and {channels} channels do not suit", spec.rate);
    }
    let (seconds, middle) = EXCERPT;
    let wanted = seconds * spec.rate as usize;
    let length = source.length().unwrap_or(0) as f64;
    let start = (length * middle) as usize;
    let start = start.saturating_sub(wanted / 2);
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

/// What a fit did.
#[derive(Default)]
struct Log {
    text: String,
    /// Sounds that were learned from, all passes together.
    steps: u64,
    /// Sounds that could be used.
    sounds: usize,
}

/// Goes through all sounds; those that do not suit are named and left out.
fn fit(config: &FitConfig, files: &[PathBuf], talk: &Talk) -> Result<(AudioModel, Log)> {
    let mut fit = Fit::new(AudioModel::untrained()?, config.clone())?;
    let mut log = Log {
        text: "pass,sound,quality,kbit_per_second\n".to_owned(),
        ..Log::default()
    };
    let talk = talk.with_bar((config.passes * files.len()) as u64, FIT_BAR);
    for pass in 0..config.passes {
        let (mut bits, mut seconds) = (0.0, 0.0);
        log.sounds = 0;
        for path in files {
            talk.bar().inc(1);
            let sound = match excerpt(path) {
                Ok(sound) => sound,
                Err(error) => {
                    talk.detail(format_args!("left out: {}: {error:#}", path.display()));
                    continue;
                }
            };
            let learned = fit.learn(pass, log.sounds, &sound)?;
            let (quality, _) = config.turn(pass, log.sounds)?;
            let rate = learned.bits / learned.seconds.max(1e-9) / 1e3;
            writeln!(log.text, "{pass},{},{},{rate:.3}", log.sounds, quality.value())
                .context("cannot write the log")?;
            bits += learned.bits;
            seconds += learned.seconds;
            log.sounds += 1;
            log.steps += 1;
        }
        let rate = bits / seconds.max(1e-9) / 1e3;
        talk.note(format_args!(
            "pass {}: {} sounds, {rate:.2} kbit/s",
            pass + 1,
            log.sounds
        ));
    }
    talk.bar().finish_and_clear();
    if log.sounds == 0 {
        bail!("no sound to learn from: WAV, FLAC, Ogg, MP3 or M4A at 44.1 or 48 kHz, mono or stereo, is needed");
    }
    Ok((fit.finish()?, log))
}

fn manifest(args: &TrainAudioArgs, log: &Log, seconds: f64) -> AudioManifest {
    let command: Vec<String> = std::iter::once("lmc".to_owned())
        .chain(std::env::args().skip(1))
        .collect();
    AudioManifest {
        id: args.id.clone(),
        codec: AUDIO_CODEC.to_owned(),
        training: TrainingRecord {
            command: command.join(" "),
            data: format!(
                "{}: {} excerpts of {} s",
                short_names(&args.data),
                log.sounds,
                EXCERPT.0
            ),
            start: "nothing".to_owned(),
            seed: 0,
            // Set by whoever builds a program to train models that ship.
            commit: option_env!("LMC_COMMIT").unwrap_or_default().to_owned(),
            steps: log.steps,
            batch: 1,
            hours: seconds / 3600.0,
            device: "cpu".to_owned(),
            notes: args.notes.clone().unwrap_or_default(),
        },
    }
}
