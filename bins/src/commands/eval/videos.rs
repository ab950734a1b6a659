//! Videos for `lmc eval`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use lmc::{Models, Tune};
use lmc_codec::video::VideoSource;
use lmc_codec::video::files::{ENDINGS, Ffmpeg, Y4m};
use lmc_codec::{Limits, MediaKind};
use lmc_eval::codec::Codec;
use lmc_eval::metric::Metric;
use lmc_eval::results::Results;
use lmc_eval::videos::metrics::Meters as VideoMeters;
use lmc_eval::videos::{Clip, codecs};

use super::kind::{Host, Kind, Meters, ModelSeries, Pace, Paces, Reading};
use super::names::Named;
use super::our_videos::OurVideos;
use super::ours;

impl Kind for Clip {
    const ENDINGS: &'static [&'static str] = &ENDINGS;

    fn usual() -> String {
        ours::usual_and(MediaKind::Video, "x264,x265,svt-av1")
    }

    fn default_metrics(_: &[Named]) -> &'static str {
        "psnr-yuv,psnr,ms-ssim"
    }

    fn ours() -> Vec<String> {
        ours::names(MediaKind::Video)
    }

    fn classical() -> Vec<&'static str> {
        codecs::names()
    }

    fn paces(_: &str) -> Paces {
        Paces::Only(Pace::Quality)
    }

    fn open(named: &Named, _: Pace, _: &mut Host<'_>) -> Result<Option<Arc<dyn Codec<Self>>>> {
        let Some(row) = ours::named(MediaKind::Video, &named.codec) else {
            return Ok(codecs::open(&named.codec, &named.options)?);
        };
        let codec = Models::default().for_encoding(row.name, Tune::default())?.video()?;
        Ok(Some(Arc::new(OurVideos::new(&row, codec, &named.options, None)?)))
    }

    fn open_model(path: &Path, _: &dyn Fn(&str, &str) -> Pace, _: &mut Host<'_>) -> Result<ModelSeries<Self>> {
        let context = || format!("cannot use the model {}", path.display());
        let models = Models::default()
            .with_weights(fs::read(path).with_context(context)?)
            .with_context(context)?;
        let given = models.given_codec().unwrap_or_default().to_owned();
        let codec = models.for_encoding(&given, Tune::default());
        let codec = codec.and_then(|codec| codec.video()).with_context(context)?;
        let row = models.registry().named(codec.name());
        let row = row.with_context(|| format!("{} holds no codec of videos", path.display()))?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(ModelSeries {
            name: format!("{}@model={stem}", ours::series_of(row)),
            pace: Pace::Quality,
            codec: Arc::new(OurVideos::new(row, codec, &[], Some(path))?),
        })
    }

    /// The first frames, in the samples of the file.
    fn read(path: &Path, reading: &Reading) -> Result<(Self, Option<String>), String> {
        let mut source = open(path).map_err(|error| error.to_string())?;
        let (total, is_variable) = (source.frames(), source.format().timebase.is_some());
        let clip = Self::read(&mut *source, reading.most_frames).map_err(|error| error.to_string())?;
        let mut notes = source.warnings();
        let longer = total.filter(|&total| total > clip.len() as u64);
        notes.extend(longer.map(|total| format!("the first {} of {total} frames", clip.len())));
        if is_variable {
            notes.push("times of frames, which vary, were left out".to_owned());
        }
        Ok((clip, (!notes.is_empty()).then(|| notes.join("; "))))
    }

    fn meters(metrics: &mut Vec<Metric>, _: Option<&Path>) -> Meters<Self> {
        let (meter, missing) = VideoMeters::open(metrics);
        metrics.retain(|metric| missing.iter().all(|(other, _)| other != metric));
        let note = |(metric, error): &(Metric, _)| format!("{} is left out: {error}", metric.id());
        let versions = metrics.iter().filter_map(|&metric| {
            let version = lmc_eval::media::Meter::version(&meter, metric);
            Some((metric, version?))
        });
        Meters {
            notes: missing.iter().map(note).collect(),
            versions: versions.collect::<BTreeMap<_, _>>(),
            meter: Box::new(meter),
        }
    }

    fn remarks(_: &Results) -> Vec<String> {
        Vec::new()
    }
}

/// The frames of a file: y4m is read here, everything else through ffmpeg.
fn open(path: &Path) -> lmc_codec::Result<Box<dyn VideoSource>> {
    let limits = Limits::default();
    let is_y4m = lmc_codec::files::has_ending(path, &["y4m"]);
    if is_y4m {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        return Ok(Box::new(Y4m::new(file, &limits)?.with_file_bytes(bytes)));
    }
    Ok(Box::new(Ffmpeg::find(None).open(path, &limits, &|_, _| true)?))
}
