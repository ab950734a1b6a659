//! Clips of a run: made of videos and photographs, with references that a codec of images decoded, and packed once.

use std::path::Path;

use lmc_codec::ImageModel;
use lmc_codec::codecs::wavelet::{ONE, WaveletConfig, WaveletCpu};
use lmc_datasets::{
    ClipFolder, ClipOptions, ClipSample, CropOptions, ImageFolder, PackedClips, PackedCrops, Reference,
};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::VideoTrainConfig;
use crate::train::{Batches, Data, Sources, Watch};
use crate::wavelet::Planes;
use crate::zoo::{Tune, image_model};
use crate::{ModelError, Quality, Result};

/// Files in the folder of a run: crops of photographs and clips, to train on and held out.
const FILES: [[&str; 2]; 2] = [["train.crops", "train.clips"], ["held-out.crops", "held-out.clips"]];
/// Share of the held-out clips that are photographs in motion.
const STAGED_HELD_OUT: f64 = 0.5;
/// Qualities of the references of held-out clips, in turn.
pub(super) const HELD_OUT_QUALITIES: [f32; 3] = [25.0, 50.0, 75.0];

/// The clips of a run.
#[derive(Debug)]
pub struct VideoData {
    clips: PackedClips,
    batch: usize,
    crop: usize,
    seed: u64,
    description: String,
    /// Clips to measure on.
    pub(super) held_out: Option<PackedClips>,
}

impl VideoData {
    pub(super) fn open(config: &VideoTrainConfig, sources: Sources<'_>, watch: &mut dyn Watch) -> Result<Self> {
        let aside = found(sources.held_out)?;
        let mut own = found(sources.data)?;
        if let (Some(images), Some(aside)) = (&own.images, &aside.images) {
            own.images = Some(images.without(aside)).filter(|images| !images.is_empty());
        }
        let description = own.describe();
        watch.note(&description);
        let coder = Coder::load(config)?;
        let clips = coder.pack(config, &own, (sources.folder, false), watch)?;
        let held_out = if sources.held_out.is_empty() {
            watch.note("no held-out clips: the log will have no independent measure (see --held-out)");
            None
        } else {
            Some(coder.pack(config, &aside, (sources.folder, true), watch)?)
        };
        Ok(Self {
            clips,
            batch: config.training.batch,
            crop: config.crop,
            seed: config.training.seed,
            description,
            held_out,
        })
    }

    /// Batches of the clips that a run has packed.
    pub(super) fn packed(config: &VideoTrainConfig, folder: &Path) -> Result<Batches<Vec<ClipSample>>> {
        let clips = PackedClips::open(folder.join(FILES[0][1])).map_err(refused)?;
        let batches = clips.batches(config.training.batch, config.crop, config.training.seed, 0);
        Ok(Box::new(batches.map(|batch| batch.map_err(refused))))
    }
}

impl Data for VideoData {
    type Batch = Vec<ClipSample>;

    fn batches(&self, step: u64) -> Result<Batches<Self::Batch>> {
        let batches = self.clips.batches(self.batch, self.crop, self.seed, step);
        Ok(Box::new(batches.map(|batch| batch.map_err(refused))))
    }

    fn describe(&self) -> String {
        self.description.clone()
    }
}

/// What lies under some paths.
struct Found {
    images: Option<ImageFolder>,
    clips: ClipFolder,
}

impl Found {
    fn describe(&self) -> String {
        let (files, frames) = (self.clips.files().len(), self.clips.frames());
        let images = self.images.as_ref().map_or(0, ImageFolder::len);
        format!("{files} videos of {frames} frames, {images} photographs")
    }
}

fn found(paths: &[std::path::PathBuf]) -> Result<Found> {
    let is_clip = |path: &&std::path::PathBuf| path.extension().is_some_and(|ending| ending == "frames");
    let others: Vec<_> = paths.iter().filter(|path| !is_clip(path)).collect();
    let images = if others.is_empty() {
        None
    } else {
        Some(ImageFolder::scan(&others))
    };
    let images = match images.transpose() {
        Ok(images) => images,
        Err(lmc_datasets::Error::Empty { .. }) => None,
        Err(error) => return Err(refused(error)),
    };
    Ok(Found {
        images,
        clips: ClipFolder::scan(paths).map_err(refused)?,
    })
}

/// The codec of images that makes references.
struct Coder {
    model: WaveletCpu,
    qualities: [f32; 2],
    rates: WaveletConfig,
    seed: u64,
}

impl Coder {
    fn load(config: &VideoTrainConfig) -> Result<Self> {
        Ok(Self {
            model: WaveletCpu::load(image_model(Tune::Psnr).bytes)?,
            qualities: config.reference_quality,
            rates: config.model.image.clone(),
            seed: config.training.seed,
        })
    }

    fn pack(
        &self,
        config: &VideoTrainConfig,
        found: &Found,
        (folder, is_held_out): (&Path, bool),
        watch: &mut dyn Watch,
    ) -> Result<PackedClips> {
        let [crops, clips] = FILES[usize::from(is_held_out)];
        let count = if is_held_out {
            config.held_out_clips
        } else {
            config.clips
        };
        let photographs = match &found.images {
            Some(images) => {
                let options = CropOptions {
                    size: config.photograph_side,
                    scale: (config.scale[0], config.scale[1]),
                    seed: config.training.seed,
                    ..CropOptions::default()
                };
                let count = config.photographs.min(4 * count);
                let progress = |done, total| watch.part("packing photographs", done, total);
                let packed = PackedCrops::open_or_pack(folder.join(crops), images, &options, count, progress);
                Some(packed.map_err(refused)?)
            }
            None => None,
        };
        let options = ClipOptions {
            side: config.clip_side,
            frames: config.clip_frames,
            count,
            staged: if is_held_out { STAGED_HELD_OUT } else { config.staged },
            seed: config.training.seed,
        };
        let code = |index: usize, rgb: &[u8], side: usize| {
            let quality = self.quality(index, is_held_out);
            self.reference(rgb, side, quality)
                .map_err(|error| lmc_datasets::Error::Empty {
                    reason: error.to_string(),
                })
        };
        let progress = |done, total| watch.part("making clips", done, total);
        let sources = (photographs.as_ref(), &found.clips);
        let coder = (
            &code as &(dyn Fn(usize, &[u8], usize) -> _ + Sync),
            self.key(is_held_out),
        );
        PackedClips::open_or_pack(folder.join(clips), sources, &options, coder, progress).map_err(refused)
    }

    /// Names what references follow from.
    fn key(&self, is_held_out: bool) -> u64 {
        let text = format!("{} {:?} {is_held_out} {}", self.model.id(), self.qualities, self.seed);
        blake3::hash(text.as_bytes()).as_bytes()[..8]
            .iter()
            .fold(0, |key, byte| key << 8 | u64::from(*byte))
    }

    fn quality(&self, index: usize, is_held_out: bool) -> f32 {
        if is_held_out {
            return HELD_OUT_QUALITIES[index % HELD_OUT_QUALITIES.len()];
        }
        let mut random = SmallRng::seed_from_u64(self.seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let [low, high] = self.qualities;
        random.random_range(low..=high)
    }

    /// A frame coded as an image, latents rounded to whole steps.
    fn reference(&self, rgb: &[u8], side: usize, quality: f32) -> Result<Reference> {
        let quality = Quality::new(quality)?;
        let window = Planes {
            height: side,
            width: side,
            data: planes_of(rgb, side, [0, 0], side),
        };
        let field = self.model.analyse(&window, quality)?;
        let whole = |value: &f32| (value.round().clamp(-2047.0, 2047.0) as i16) << 4;
        let y_hat: Vec<i16> = field.data.iter().map(whole).collect();
        let scale = lmc_codec::Scale::default();
        let decoded = self
            .model
            .synthesise(&y_hat, field.height, field.width, quality, scale)?;
        let area = side * side;
        let level = |value: i32| (f64::from(value) * 255.0 / f64::from(ONE)).round().clamp(0.0, 255.0) as u8;
        let sample = |at: usize| level(decoded.data[at % 3 * area + at / 3]);
        let position = f64::from(quality.position(self.rates.anchors));
        Ok(Reference {
            rgb: (0..3 * area).map(sample).collect(),
            quality: quality.hundredths(),
            price: (16.0 * self.rates.lambda(position).recip().sqrt()) as u32,
        })
    }
}

/// A square of interleaved RGB as planes of 0..1.
pub(super) fn planes_of(rgb: &[u8], width: usize, [left, top]: [usize; 2], side: usize) -> Vec<f32> {
    let mut planes = Vec::with_capacity(3 * side * side);
    for colour in 0..3 {
        for row in top..top + side {
            let start = 3 * (row * width + left) + colour;
            let samples = rgb[start..].iter().step_by(3).take(side);
            planes.extend(samples.map(|sample| f32::from(*sample) / 255.0));
        }
    }
    planes
}

pub(super) fn refused(error: lmc_datasets::Error) -> ModelError {
    ModelError::Parameter(error.to_string())
}
