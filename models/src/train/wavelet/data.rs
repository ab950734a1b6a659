//! Images as training sees them: random crops, packed once into a file in the folder of the run.

use std::path::Path;

use lmc_datasets::{BatchOptions, CropOptions, ImageFolder, PackedCrops};

use super::{HeldOut, WaveletTrainConfig};
use crate::train::{Batches, Data, Sources, Watch};
use crate::{ModelError, Result};

/// File of packed crops in the folder of a run.
const CROPS: &str = "train.crops";
/// Held-out images, and the side of their centre that is measured: some seconds of work for each evaluation.
const HELD_OUT: (usize, usize) = (16, 512);

/// Crops for one step: planar RGB `[count, 3, side, side]`, 0..1.
#[derive(Debug, Clone)]
pub struct CropBatch {
    /// Side of a crop, a multiple of 64.
    pub side: usize,
    /// `count * 3 * side * side` values.
    pub data: Vec<f32>,
}

/// The images of a run.
#[derive(Debug)]
pub struct WaveletData {
    crops: PackedCrops,
    options: BatchOptions,
    description: String,
    /// Images to measure on.
    pub(super) held_out: Vec<HeldOut>,
}

impl WaveletData {
    pub(super) fn open(config: &WaveletTrainConfig, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<Self> {
        let aside = (!sources.held_out.is_empty()).then(|| ImageFolder::scan(sources.held_out));
        let aside = aside.transpose().map_err(refused)?;
        let images = images(sources, aside.as_ref(), watch)?;
        let options = CropOptions {
            size: config.crop,
            scale: (config.scale[0], config.scale[1]),
            grain: config.grain,
            seed: config.training.seed,
            ..CropOptions::default()
        };
        let path = sources.folder.join(CROPS);
        let progress = |done, total| watch.part("packing crops", done, total);
        let crops = PackedCrops::open_or_pack(path, &images, &options, config.crops, progress).map_err(refused)?;
        let megapixels = images.pixels() as f64 / 1e6;
        Ok(Self {
            crops,
            options: batch_options(config),
            description: format!("{} images, {megapixels:.1} megapixels", images.len()),
            held_out: held_out(aside.as_ref(), watch)?,
        })
    }

    /// The crops that a run has packed, and their batches.
    pub(super) fn packed(config: &WaveletTrainConfig, folder: &Path) -> Result<(PackedCrops, Batches<CropBatch>)> {
        let crops = PackedCrops::open(folder.join(CROPS)).map_err(refused)?;
        let batches = batches(&crops, batch_options(config), 0)?;
        Ok((crops, batches))
    }
}

impl Data for WaveletData {
    type Batch = CropBatch;

    fn batches(&self, step: u64) -> Result<Batches<CropBatch>> {
        batches(&self.crops, self.options.clone(), step)
    }

    fn describe(&self) -> String {
        self.description.clone()
    }
}

fn batch_options(config: &WaveletTrainConfig) -> BatchOptions {
    BatchOptions {
        batch: config.training.batch,
        size: Some(config.crop),
        seed: config.training.seed,
        // Reading takes some milliseconds a batch: one thread is plenty.
        workers: 1,
        ahead: 1,
        ..BatchOptions::default()
    }
}

fn batches(crops: &PackedCrops, options: BatchOptions, step: u64) -> Result<Batches<CropBatch>> {
    let batches = crops.batches(options).map_err(refused)?.starting_at(step);
    Ok(Box::new(batches.map(|batch| {
        let batch = batch.map_err(refused)?;
        Ok(CropBatch {
            side: batch.height,
            data: batch.data,
        })
    })))
}

/// The images to train on, without those that are held out.
fn images(sources: Sources<'_>, aside: Option<&ImageFolder>, watch: &mut dyn Watch) -> Result<ImageFolder> {
    let all = ImageFolder::scan(sources.data).map_err(refused)?;
    for skipped in all.skipped() {
        watch.detail(&format!("left out: {}", skipped.reason));
    }
    let (skipped, found) = (all.skipped().len(), all.len());
    let images = match aside {
        Some(aside) => all.without(aside),
        None => all,
    };
    let megapixels = images.pixels() as f64 / 1e6;
    let (count, held_out) = (images.len(), found - images.len());
    watch.note(&format!(
        "{count} images, {megapixels:.0} megapixels ({skipped} unreadable, {held_out} held out)"
    ));
    Ok(images)
}

fn held_out(folder: Option<&ImageFolder>, watch: &mut dyn Watch) -> Result<Vec<HeldOut>> {
    let (count, side) = HELD_OUT;
    let mut held_out = Vec::new();
    for image in folder.iter().flat_map(|folder| folder.pictures()) {
        let image = image.map_err(refused)?;
        let (height, width) = (image.height as usize, image.width as usize);
        held_out.extend(HeldOut::centre_of(&image.rgb, height, width, side));
        if held_out.len() == count {
            break;
        }
    }
    if held_out.is_empty() {
        watch.note("no held-out images: the log will have no independent measure (see --held-out)");
    }
    Ok(held_out)
}

fn refused(error: lmc_datasets::Error) -> ModelError {
    ModelError::Parameter(error.to_string())
}
