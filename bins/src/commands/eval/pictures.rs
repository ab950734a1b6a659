//! Pictures for `lmc eval`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use lmc_codec::{Color, Depth, Image, Limits, MediaKind, files};
use lmc_eval::codec::Codec;
use lmc_eval::metric::Metric;
use lmc_eval::pictures::{Rgb, codecs};
use lmc_eval::results::Results;

use super::kind::{Host, Kind, Meters, ModelSeries, Pace, Paces, Reading};
use super::looks;
use super::names::Named;
use super::our_images::OurImages;
use super::ours;
use crate::models;
use lmc_codec::files::ENDINGS;

impl Kind for Rgb {
    const ENDINGS: &'static [&'static str] = &ENDINGS;

    fn usual() -> String {
        ours::usual_and(MediaKind::Image, "jpeg,webp,jxl,avif")
    }

    fn default_metrics(_: &[Named]) -> &'static str {
        "psnr,ms-ssim,ssimulacra2"
    }

    fn ours() -> Vec<String> {
        ours::names(MediaKind::Image)
    }

    fn classical() -> Vec<&'static str> {
        codecs::names()
    }

    fn paces(_: &str) -> Paces {
        Paces::Only(Pace::Quality)
    }

    fn open(named: &Named, _: Pace, host: &mut Host<'_>) -> Result<Option<Arc<dyn Codec<Self>>>> {
        if let Some(row) = ours::named(MediaKind::Image, &named.codec) {
            return Ok(Some(Arc::new(OurImages::open(&row, None, &named.options, host)?)));
        }
        Ok(codecs::open(&named.codec, &named.options)?)
    }

    fn open_model(path: &Path, _: &dyn Fn(&str, &str) -> Pace, host: &mut Host<'_>) -> Result<ModelSeries<Self>> {
        let models = models::find(Some(path))?;
        let row = models.given_codec().and_then(|name| models.registry().named(name));
        let row = row.filter(|row| row.media == MediaKind::Image);
        let row = row.with_context(|| format!("{} holds no codec of pictures", path.display()))?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(ModelSeries {
            name: format!("{}@model={stem}", ours::series_of(row)),
            pace: Pace::Quality,
            codec: Arc::new(OurImages::open(row, Some(path), &[], host)?),
        })
    }

    /// In 8-bit RGB.
    fn read(path: &Path, _: &Reading) -> Result<(Self, Option<String>), String> {
        let picture = files::read_path(path, &Limits::default()).map_err(|error| error.to_string())?;
        let rgb = Rgb::of(&picture).map_err(|error| error.to_string())?;
        Ok((rgb, note(&picture)))
    }

    fn meters(metrics: &mut Vec<Metric>, looks: Option<&Path>) -> Meters<Self> {
        looks::meters(metrics, looks)
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
