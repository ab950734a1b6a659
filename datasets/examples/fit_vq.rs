//! Fits a model of the codec `vq` to photographs, without gradients:
//! `cargo run --release -p lmc-datasets --example fit_vq -- OUT.safetensors CROPS.crops COUNT SETTINGS.json FOLDER...`
//!
//! `CROPS.crops` is packed once; `SETTINGS.json` holds a `FitConfig` (`{}` for the default). Prints what each part came to.

use std::path::PathBuf;
use std::time::Instant;

use lmc_codec::codecs::vq::fit::{Crops, FitConfig, fit};
use lmc_codec::weights::{Manifest, TrainingRecord};
use lmc_datasets::{CropOptions, ImageFolder, PackedCrops};

/// Of the crops.
const SEED: u64 = 24;
/// Pixels along one side of a crop.
const SIDE: usize = 384;

struct Packed(PackedCrops);

impl Crops for Packed {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn side(&self) -> usize {
        self.0.size()
    }

    fn crop(&self, index: usize) -> lmc_codec::Result<Vec<f32>> {
        let read = self.0.crop(index);
        let rgb = read.map_err(|error| lmc_codec::CodecError::Parameter(error.to_string()))?;
        let plane = |colour: usize| {
            rgb.iter()
                .skip(colour)
                .step_by(3)
                .map(|&value| f32::from(value) / 255.0)
        };
        Ok((0..3).flat_map(plane).collect())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [out, packed, count, settings, folders @ ..] = args.as_slice() else {
        return Err("give OUT.safetensors CROPS.crops COUNT SETTINGS.json FOLDER...".into());
    };
    let start = Instant::now();
    let config: FitConfig = read(settings)?;
    let images = ImageFolder::scan(folders)?;
    let options = CropOptions {
        size: SIDE,
        min_detail: 0.5,
        seed: SEED,
        ..CropOptions::default()
    };
    let count = count.parse()?;
    let crops = Packed(PackedCrops::open_or_pack(packed, &images, &options, count, |_, _| {})?);
    println!("{:>6.1?} {count} crops of {} images", start.elapsed(), images.len());
    let parts = fit(&config, &crops, &mut |text| {
        println!("{:>6.1?} {text}", start.elapsed())
    })?;
    let names = folders
        .iter()
        .filter_map(|folder| PathBuf::from(folder).file_name().map(|name| name.to_owned()));
    let names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    let manifest = Manifest {
        id: "vq-v1".to_owned(),
        codec: "vq".to_owned(),
        config: (),
        training: TrainingRecord {
            command: format!(
                "fit_vq vq-v1.safetensors vq.crops {count} vq-v1.config.json {}",
                names.join(" ")
            ),
            data: format!(
                "{count} crops of {SIDE}x{SIDE} pixels of {} images in {}",
                images.len(),
                names.join(", ")
            ),
            start: "nothing".to_owned(),
            seed: SEED,
            ..TrainingRecord::default()
        },
    };
    let bytes = parts.serialize(manifest)?;
    std::fs::write(out, &bytes)?;
    println!("{:>6.1?} {out}: {} bytes", start.elapsed(), bytes.len());
    Ok(())
}

fn read(path: &str) -> Result<FitConfig, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(path)?;
    Ok(serde_json::from_str(&text)?)
}
