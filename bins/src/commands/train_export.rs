//! From the checkpoint of a run to one weights file, with a record of how it came about.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use lmc_codec::codecs::Codecs;
use lmc_codec::codecs::image::ImageCodec;
use lmc_codec::codecs::wavelet::WaveletImageCodec;
use lmc_codec::{Color, EncodeOptions, ImageEncoder, Picture, Quality, Samples, Unwatched, fit_restoration};
use lmc_datasets::{ImageFolder, PackedCrops};
use lmc_models::device::OpenDevice;
use lmc_models::export::export_wavelet;
use lmc_models::train::{Checkpoint, CropBatch};
use lmc_models::wavelet::WaveletModel;
use lmc_models::zoo::{Manifest, ModelFile, TrainingRecord, WAVELET_CODEC};
use serde::{Deserialize, Serialize};

use super::train::{CROPS, crop_batches, short_names};
use crate::cli::TrainWaveletArgs;
use crate::models::hash_of;
use crate::output::Target;
use crate::talk::{Talk, thousands};

/// File in the folder of a run that says how it was started.
const RECORD: &str = "run.json";
/// Crops that ranges and tables are taken from.
const CROPS_COUNTED: usize = 400;
/// More crops, for the context of hyper-latents: a crop has no more than 16 positions of them.
const CROPS_OF_HYPER: usize = 2400;
/// Crops that restoration filters are fitted to.
const CROPS_FITTED: usize = 240;
const FIT_BAR: &str = "fitting filters {bar:30} {pos}/{len} (left {eta})";

/// How a run was started.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RunRecord {
    pub(super) command: String,
    pub(super) data: String,
    pub(super) start: String,
    pub(super) device: String,
}

impl RunRecord {
    pub(super) fn new(args: &TrainWaveletArgs, pictures: &ImageFolder, device: &str) -> Self {
        let command: Vec<String> = std::env::args().collect();
        let start = args
            .init
            .as_ref()
            .map_or("KLT".to_owned(), |path| path.display().to_string());
        Self {
            command: command.join(" "),
            data: format!(
                "{}: {} pictures, {:.1} megapixels",
                short_names(&args.data),
                pictures.len(),
                pictures.pixels() as f64 / 1e6
            ),
            start,
            device: device.to_owned(),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).context("cannot make the record of the run")?;
        Target::File(folder.join(RECORD)).write(&text, true).map(drop)
    }

    /// The record in `folder`; an empty one where there is none, which older runs lack.
    pub(super) fn read(folder: &Path) -> Self {
        let text = fs::read(folder.join(RECORD)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

/// Writes the running average of the weights as the file that `--export` names.
pub(super) fn export(args: &TrainWaveletArgs, at: &Checkpoint, device: &OpenDevice, talk: &Talk) -> Result<()> {
    let Some(path) = &args.export else {
        return Ok(());
    };
    let crops = PackedCrops::open(args.out.join(CROPS))?;
    let count = |of: usize| of.min(crops.len()).div_ceil(at.config.batch);
    let mut all = crop_batches(&crops, &at.config, 0)?;
    let batches = all.by_ref().take(count(CROPS_COUNTED));
    let batches = batches.collect::<lmc_models::Result<Vec<_>>>()?;
    let more = all.take(count(CROPS_OF_HYPER));
    let manifest = manifest(args, at, RunRecord::read(&args.out));
    talk.detail(format_args!(
        "counting symbols in {} crops",
        batches.len() * at.config.batch
    ));
    let (bytes, report) = export_wavelet(&manifest, &at.average, &batches, more, &device.device)?;
    let bytes = with_restorations(&bytes, &batches, device, talk)?;
    Target::File(path.clone()).write(&bytes, args.force)?;
    talk.note(format_args!(
        "{}: {} bytes, model {}, step {}, {:.4} bits per symbol",
        path.display(),
        thousands(bytes.len() as u64),
        hash_of(&bytes),
        at.step,
        report.counted_bits
    ));
    Ok(())
}

/// The weights file with the filters that bring decoded crops nearest to what they were.
fn with_restorations(bytes: &[u8], batches: &[CropBatch], device: &OpenDevice, talk: &Talk) -> Result<Vec<u8>> {
    let model = Arc::new(WaveletModel::load(bytes, &device.device)?);
    let anchors = model.anchors();
    let codec = Arc::new(WaveletImageCodec::new(model));
    let codecs = Codecs::default().with_image(Arc::clone(&codec) as Arc<dyn ImageCodec>);
    let crops = batches.iter().flat_map(pictures_of).take(CROPS_FITTED);
    let crops = crops.collect::<Result<Vec<_>>>()?;
    let talk = talk.with_bar(anchors as u64, FIT_BAR);
    let filter = |anchor: usize| {
        let options = EncodeOptions::default()
            .with_quality(Quality::new(100.0 * anchor as f32 / (anchors - 1) as f32)?)
            .with_codec(Some(codec.id()));
        let encoder = ImageEncoder::new(codecs.clone(), options);
        let decoded = |crop: &Picture| {
            let (_, decoded) = encoder.encode_and_reconstruct(crop, &mut Unwatched)?;
            Ok((crop.clone(), decoded))
        };
        let pairs = crops.iter().map(decoded).collect::<Result<Vec<_>>>()?;
        talk.bar().set_position(anchor as u64 + 1);
        fit_restoration(&pairs).context("there are no crops to fit filters to")
    };
    let filters = (0..anchors).map(filter).collect::<Result<Vec<_>>>()?;
    talk.bar().finish_and_clear();
    Ok(ModelFile::with_restorations(bytes, &filters)?)
}

/// The crops of a batch as pictures.
fn pictures_of(batch: &CropBatch) -> impl Iterator<Item = Result<Picture>> {
    let area = batch.side * batch.side;
    batch.data.chunks_exact(3 * area).map(move |crop| {
        let sample = |at: usize| (crop[at % 3 * area + at / 3] * 255.0).round() as u8;
        let samples = Samples::U8((0..3 * area).map(sample).collect());
        let side = batch.side as u32;
        Ok(Picture::new(side, side, Color::Rgb, samples, None)?)
    })
}

fn manifest(args: &TrainWaveletArgs, at: &Checkpoint, record: RunRecord) -> Manifest {
    Manifest {
        id: args.id.clone(),
        codec: WAVELET_CODEC.to_owned(),
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
