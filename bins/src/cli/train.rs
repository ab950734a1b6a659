//! Arguments of `lmc train`: the same for all tasks.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use lmc_models::train::TASKS;

/// Arguments of `lmc train`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct TrainArgs {
    /// What to train
    #[arg(value_name = "TASK", value_parser = tasks())]
    pub(crate) task: String,
    /// Images or sounds to train on: folders or files; may be given again
    #[arg(long, value_name = "DIR", required_unless_present = "export")]
    pub(crate) data: Vec<PathBuf>,
    /// Folder of the run: settings, checkpoints, steps.csv, held-out.csv
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Images or sounds to measure on now and then, never trained on; may be given again
    #[arg(long, value_name = "DIR")]
    pub(crate) held_out: Vec<PathBuf>,
    /// Settings, a JSON file; what it leaves out has its default. A run that goes on keeps its own
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// A single setting, such as batch=4 or model.width=64; may be given again, and changes a run that goes on too
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,
    /// Steps of the whole run, those of earlier parts included: short for --set steps=N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) steps: Option<u64>,
    /// Weights to start from: of a checkpoint of another run, or a weights file. A run that goes on has its own
    #[arg(long, value_name = "FILE")]
    pub(crate) init: Option<PathBuf>,
    /// Go on from the newest checkpoint in the folder of the run, if there is one
    #[arg(long)]
    pub(crate) resume: bool,
    /// Write the weights as one file that --model accepts; without --data, from the newest checkpoint, training nothing
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Id of the exported model: codec, variant, version [default: <TASK>-local-v1]
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// What readers of the exported model should know
    #[arg(long, value_name = "TEXT")]
    pub(crate) notes: Option<String>,
    /// Overwrite the exported file
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Print a report on stdout as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: super::DeviceArgs,
}

fn tasks() -> PossibleValuesParser {
    let values = TASKS.iter().map(|task| PossibleValue::new(task.name).help(task.about));
    PossibleValuesParser::new(values)
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a setting is a name, '=' and a value".to_owned()),
    }
}
