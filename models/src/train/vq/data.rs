//! Crops, coded by the model whose decoder is trained.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use lmc_codec::ModelHash;
use lmc_codec::codecs::vq::{Seen, VqModel, VqParts};
use lmc_codec::weights::hash_of;
use lmc_datasets::{BatchOptions, CropOptions, ImageFolder, PackedCrops};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::VqTrainConfig;
use crate::train::{Batches, Data, Sources, Watch};
use crate::wavelet::Planes;
use crate::{ModelError, Quality, Result};

/// File of packed crops in the folder of a run.
const CROPS: &str = "train.crops";
/// Side of the centre of held-out pictures.
const CENTRE: usize = 256;
/// The codec, by which its weights are found.
const CODEC: &str = "vq";

/// Crops for one step.
#[derive(Debug, Clone)]
pub struct VqBatch {
    /// The pictures themselves.
    pub pictures: Vec<Planes>,
    /// What the network gets of each.
    pub seen: Vec<Seen>,
}

/// The pictures of a run.
#[derive(Debug)]
pub struct VqData {
    crops: PackedCrops,
    config: VqTrainConfig,
    model: Arc<VqModel>,
    description: String,
    /// Centres of pictures to measure on.
    pub(super) held_out: Vec<Planes>,
}

/// The bytes of the model whose decoder is trained.
pub(super) fn base(config: &VqTrainConfig) -> Result<Vec<u8>> {
    if let Some(path) = &config.base {
        return fs::read(path).map_err(ModelError::io(path));
    }
    let shipped = lmc_weights::of_codec(CODEC);
    let shipped = shipped.ok_or_else(|| ModelError::Parameter("no weights of the codec ship: give a base".into()))?;
    Ok(shipped.bytes.to_vec())
}

/// The model itself, without a network.
pub(super) fn model(config: &VqTrainConfig) -> Result<(VqParts, VqModel)> {
    let bytes = base(config)?;
    let mut parts = VqParts::parse(&bytes)?;
    (parts.config.network, parts.network) = (None, None);
    let hash = hash_of(&bytes);
    Ok((parts.clone(), VqModel::new(parts, ModelHash(hash))?))
}

impl VqData {
    pub(super) fn open(config: &VqTrainConfig, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<Self> {
        let aside = (!sources.held_out.is_empty()).then(|| ImageFolder::scan(sources.held_out));
        let aside = aside.transpose().map_err(refused)?;
        let all = ImageFolder::scan(sources.data).map_err(refused)?;
        let images = match &aside {
            Some(aside) => all.without(aside),
            None => all,
        };
        watch.note(&format!("{} images", images.len()));
        let options = CropOptions {
            size: config.crop,
            scale: (config.scale[0], config.scale[1]),
            seed: config.training.seed,
            ..CropOptions::default()
        };
        let path = sources.folder.join(CROPS);
        let progress = |done, total| watch.part("packing crops", done, total);
        let crops = PackedCrops::open_or_pack(path, &images, &options, config.crops, progress).map_err(refused)?;
        Ok(Self {
            crops,
            model: Arc::new(model(config)?.1),
            description: format!(
                "{} images, {:.1} megapixels",
                images.len(),
                images.pixels() as f64 / 1e6
            ),
            held_out: centres(aside.as_ref(), config.held_out)?,
            config: config.clone(),
        })
    }

    pub(super) fn model(&self) -> &VqModel {
        &self.model
    }

    /// The first crops that a run has packed, each with a quality.
    pub(super) fn packed(config: &VqTrainConfig, folder: &Path, count: usize) -> Result<Vec<(Planes, Quality)>> {
        let crops = PackedCrops::open(folder.join(CROPS)).map_err(refused)?;
        let pictures = pictures(&crops, config, 0)?.take(count.div_ceil(config.training.batch));
        let pictures = pictures.collect::<Result<Vec<_>>>()?;
        let mut random = SmallRng::seed_from_u64(config.training.seed);
        let [low, high] = config.quality;
        let pairs = pictures.into_iter().flatten().map(|picture| {
            let quality = Quality::new(random.random_range(low..=high))?;
            Ok((picture, quality))
        });
        pairs.collect()
    }
}

impl Data for VqData {
    type Batch = VqBatch;

    fn batches(&self, step: u64) -> Result<Batches<VqBatch>> {
        let (model, [low, high], seed) = (Arc::clone(&self.model), self.config.quality, self.config.training.seed);
        let steps = (step..).zip(pictures(&self.crops, &self.config, step)?);
        Ok(Box::new(steps.map(move |(step, pictures)| {
            let mut random = SmallRng::seed_from_u64(seed ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let pictures = pictures?;
            let seen = pictures.iter().map(|picture| {
                let quality = Quality::new(random.random_range(low..=high))?;
                Ok(model.see(picture, quality)?)
            });
            let seen = seen.collect::<Result<_>>()?;
            Ok(VqBatch { pictures, seen })
        })))
    }

    fn describe(&self) -> String {
        self.description.clone()
    }
}

/// The crops of all steps from one on.
fn pictures(crops: &PackedCrops, config: &VqTrainConfig, step: u64) -> Result<Batches<Vec<Planes>>> {
    let options = BatchOptions {
        batch: config.training.batch,
        size: Some(config.crop),
        seed: config.training.seed,
        workers: 1,
        ahead: 1,
        ..BatchOptions::default()
    };
    let batches = crops.batches(options).map_err(refused)?.starting_at(step);
    Ok(Box::new(batches.map(|batch| {
        let batch = batch.map_err(refused)?;
        let planes = batch.data.chunks_exact(3 * batch.height * batch.width);
        let planes = planes.map(|data| Planes {
            height: batch.height,
            width: batch.width,
            data: data.to_vec(),
        });
        Ok(planes.collect())
    })))
}

/// The centres of the pictures of a folder that are large enough, evenly spread over it.
fn centres(folder: Option<&ImageFolder>, count: usize) -> Result<Vec<Planes>> {
    let Some(folder) = folder else { return Ok(Vec::new()) };
    let step = (folder.len() / count.max(1)).max(1);
    let mut centres = Vec::new();
    for image in folder.pictures().step_by(step) {
        let image = image.map_err(refused)?;
        let (height, width) = (image.height as usize, image.width as usize);
        if height >= CENTRE && width >= CENTRE && centres.len() < count {
            centres.push(centre(&image.rgb, [height, width]));
        }
    }
    Ok(centres)
}

fn centre(rgb: &[u8], [height, width]: [usize; 2]) -> Planes {
    let (top, left) = ((height - CENTRE) / 2, (width - CENTRE) / 2);
    let value = |at: usize| {
        let (plane, row, column) = (at / (CENTRE * CENTRE), at / CENTRE % CENTRE, at % CENTRE);
        f32::from(rgb[((top + row) * width + left + column) * 3 + plane]) / 255.0
    };
    Planes {
        height: CENTRE,
        width: CENTRE,
        data: (0..3 * CENTRE * CENTRE).map(value).collect(),
    }
}

fn refused(error: lmc_datasets::Error) -> ModelError {
    ModelError::Parameter(error.to_string())
}
