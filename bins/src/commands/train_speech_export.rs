//! From the checkpoint of a speech run to one weights file, with a record of how it came about.

use anyhow::Result;
use lmc_datasets::PackedSounds;
use lmc_models::ModelError;
use lmc_models::speech::train::SpeechCheckpoint;
use lmc_models::speech::{SPEECH_CODEC, SpeechManifest, export_speech};
use lmc_models::zoo::TrainingRecord;

use super::train::short_names;
use super::train_export::RunRecord;
use super::train_speech::SOUNDS;
use crate::cli::TrainSpeechArgs;
use crate::models::hash_of;
use crate::output::Target;
use crate::talk::{Talk, thousands};

const BAR: &str = "counting indices {bar:30} {pos}/{len} (left {eta})";

/// What a run that starts now is to be remembered by.
pub(super) fn record(args: &TrainSpeechArgs, sounds: &PackedSounds, device: &str) -> RunRecord {
    let command: Vec<String> = std::env::args().collect();
    let hours = sounds.samples() as f64 / f64::from(sounds.rate()) / 3600.0;
    let start = args.init.as_ref();
    RunRecord {
        command: command.join(" "),
        data: format!("{}: {} sounds, {hours:.2} hours", short_names(&args.data), sounds.len()),
        start: start.map_or("random weights".to_owned(), |path| path.display().to_string()),
        device: device.to_owned(),
    }
}

/// Writes the running average of the weights as the file that `--export` names.
pub(super) fn export(args: &TrainSpeechArgs, at: &SpeechCheckpoint, talk: &Talk) -> Result<()> {
    let Some(path) = &args.export else {
        return Ok(());
    };
    let sounds = PackedSounds::open(args.out.join(SOUNDS))?;
    let bar = talk.with_bar(sounds.len() as u64, BAR);
    let manifest = manifest(args, at, RunRecord::read(&args.out));
    let all = (0..sounds.len()).map(|index| {
        let sound = sounds.sound(index);
        sound.map_err(|error| ModelError::Parameter(error.to_string()))
    });
    let progress = |done| bar.bar().set_position(done as u64);
    let (bytes, report) = export_speech(&manifest, &at.average, all, progress)?;
    bar.bar().finish_and_clear();
    Target::File(path.clone()).write(&bytes, args.force)?;
    talk.note(format_args!(
        "{}: {} bytes, model {}, step {}, {:.3} bits per index",
        path.display(),
        thousands(report.bytes as u64),
        hash_of(&bytes),
        at.step,
        report.bits_per_index
    ));
    Ok(())
}

fn manifest(args: &TrainSpeechArgs, at: &SpeechCheckpoint, record: RunRecord) -> SpeechManifest {
    SpeechManifest {
        id: args.id.clone(),
        codec: SPEECH_CODEC.to_owned(),
        config: at.config.model.clone(),
        training: TrainingRecord {
            command: record.command,
            data: record.data,
            start: record.start,
            seed: at.config.seed,
            // Set by whoever builds a program to train models that ship.
            commit: option_env!("LMC_COMMIT").unwrap_or_default().to_owned(),
            steps: at.step,
            batch: at.config.batch,
            hours: at.seconds / 3600.0,
            device: record.device,
            notes: args.notes.clone().unwrap_or_default(),
        },
    }
}
