//! Arguments of `lmc train`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `lmc train`.
#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// What to train.
    #[command(subcommand)]
    pub(crate) command: TrainCommand,
}

/// The models that can be trained.
#[derive(Debug, Subcommand)]
pub(crate) enum TrainCommand {
    /// The picture model: wavelet packet, transform networks, integer prior
    Wavelet(TrainWaveletArgs),
    /// The general sound model: what its coder knows before it hears a sound
    Audio(TrainAudioArgs),
    /// The speech model: networks at the rate of frames, group-residual vector quantisation
    Speech(TrainSpeechArgs),
}

/// Arguments of `lmc train wavelet`.
#[derive(Debug, Args)]
pub(crate) struct TrainWaveletArgs {
    /// Pictures to train on: folders or files; may be given again
    #[arg(long, value_name = "DIR", required_unless_present = "export")]
    pub(crate) data: Vec<PathBuf>,
    /// Folder of the run: settings, checkpoints, log.csv
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Steps of the whole run, those of earlier parts included
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) steps: Option<u64>,
    /// Go on from the newest checkpoint in the folder of the run, if there is one
    #[arg(long)]
    pub(crate) resume: bool,
    /// Settings, a JSON file; what it leaves out has its default. A run that goes on keeps its own
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Weights to start from: of a checkpoint of another run, or a weights file. A run that goes on has its own
    #[arg(long, value_name = "FILE")]
    pub(crate) init: Option<PathBuf>,
    /// Pictures to measure on now and then, never trained on
    #[arg(long, value_name = "DIR")]
    pub(crate) held_out: Vec<PathBuf>,
    /// Crops to draw from the pictures, once, into a file in the folder of the run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) crops: Option<u32>,
    /// Write the weights as one file that --model accepts; without --data, from the newest checkpoint, training nothing
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Id of the exported model: codec, variant, version
    #[arg(long, value_name = "ID", default_value = "wavelet-local-v1")]
    pub(crate) id: String,
    /// What readers of the exported model should know
    #[arg(long, value_name = "TEXT")]
    pub(crate) notes: Option<String>,
    /// Overwrite the exported file
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: super::DeviceArgs,
}

/// Arguments of `lmc train audio`.
#[derive(Debug, Args)]
pub(crate) struct TrainAudioArgs {
    /// Sounds to learn from, mono or stereo at about 48 kHz: folders or files; may be given again
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// Folder of the run: settings, weights, log.csv
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Settings, a JSON file; what it leaves out has its default
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Write the weights to this file too
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Id of the model: codec, variant, version
    #[arg(long, value_name = "ID", default_value = "audio-local-v1")]
    pub(crate) id: String,
    /// What readers of the model should know
    #[arg(long, value_name = "TEXT")]
    pub(crate) notes: Option<String>,
    /// Overwrite the exported file
    #[arg(short, long)]
    pub(crate) force: bool,
    /// CPU threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// Arguments of `lmc train speech`.
#[derive(Debug, Args)]
pub(crate) struct TrainSpeechArgs {
    /// Speech to train on, sound files of any rate: folders or files; may be given again
    #[arg(long, value_name = "DIR", required_unless_present = "export")]
    pub(crate) data: Vec<PathBuf>,
    /// Folder of the run: settings, checkpoints, logs
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Steps of the whole run, those of earlier parts included
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) steps: Option<u64>,
    /// Go on from the newest checkpoint in the folder of the run, if there is one
    #[arg(long)]
    pub(crate) resume: bool,
    /// Settings, a JSON file; what it leaves out has its default. A run that goes on keeps its own
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Weights to start from, of a checkpoint of another run. A run that goes on has its own
    #[arg(long, value_name = "FILE")]
    pub(crate) init: Option<PathBuf>,
    /// Speech to measure on now and then, never trained on
    #[arg(long, value_name = "DIR")]
    pub(crate) held_out: Vec<PathBuf>,
    /// Write the weights as one file that --model accepts; without --steps left to do, from the newest checkpoint
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Id of the exported model: codec, variant, version
    #[arg(long, value_name = "ID", default_value = "speech-local-v1")]
    pub(crate) id: String,
    /// What readers of the exported model should know
    #[arg(long, value_name = "TEXT")]
    pub(crate) notes: Option<String>,
    /// Overwrite the exported file
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Where to compute.
    #[command(flatten)]
    pub(crate) device: super::DeviceArgs,
}
