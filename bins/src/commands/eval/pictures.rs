//! Pictures for `lmc eval`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use lmc_codec::{Color, Depth, Image, Limits, files};
use lmc_eval::codec::Codec;
use lmc_eval::metric::Metric;
use lmc_eval::pictures::metrics::Meters as PictureMeters;
use lmc_eval::pictures::{Rgb, codecs};
use lmc_eval::results::Results;

use super::super::encode::ENDINGS;
use super::kind::{Host, Kind, Meters, ModelSeries, Pace, Paces};
use super::names::Named;
use super::wavelet::{NAME, Wavelet};

impl Kind for Rgb {
    const ENDINGS: &'static [&'static str] = &ENDINGS;

    const CODECS: &'static str = "lmc-wavelet,jpeg,webp,jxl,avif";

    fn default_metrics(_: &[Named]) -> &'static str {
        "psnr,ms-ssim,ssimulacra2"
    }

    fn ours() -> Vec<&'static str> {
        vec![NAME]
    }

    fn classical() -> Vec<&'static str> {
        codecs::names()
    }

    fn paces(_: &str) -> Paces {
        Paces::Only(Pace::Quality)
    }

    fn open(named: &Named, _: Pace, host: &mut Host<'_>) -> Result<Option<Arc<dyn Codec<Self>>>> {
        if named.codec == NAME {
            return Ok(Some(Arc::new(Wavelet::open(None, &named.options, host)?)));
        }
        Ok(codecs::open(&named.codec, &named.options)?)
    }

    fn open_model(path: &Path, _: &dyn Fn(&str, &str) -> Pace, host: &mut Host<'_>) -> Result<ModelSeries<Self>> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(ModelSeries {
            name: format!("{NAME}@model={stem}"),
            pace: Pace::Quality,
            codec: Arc::new(Wavelet::open(Some(path), &[], host)?),
        })
    }

    /// In 8-bit RGB.
    fn read(path: &Path) -> Result<(Self, Option<String>), String> {
        let picture = files::read_path(path, &Limits::default()).map_err(|error| error.to_string())?;
        let rgb = Rgb::of(&picture).map_err(|error| error.to_string())?;
        Ok((rgb, note(&picture)))
    }

    fn meters(_: &mut Vec<Metric>) -> Meters<Self> {
        Meters {
            meter: Box::new(PictureMeters),
            versions: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    fn remarks(_: &Results) -> Vec<String> {
        Vec::new()
    }
}

fn note(picture: &Image) -> Option<String> {
    let notes = [
        (picture.color() == Color::Gray, "gray: measured as RGB"),
        (picture.depth() == Depth::Sixteen, "16 bits: rounded to 8"),
        (picture.alpha().is_some(), "alpha: left out"),
    ];
    let notes: Vec<&str> = notes.iter().filter(|(is, _)| *is).map(|(_, note)| *note).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}
