//! Sounds for `lmc eval`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use lmc_codec::MediaKind;
use lmc_codec::sound::{SampleFormat, files};
use lmc_eval::codec::Codec;
use lmc_eval::metric::Metric;
use lmc_eval::results::Results;
use lmc_eval::sound::metrics::Meters as SoundMeters;
use lmc_eval::sound::{Sound, alignment_notes, codecs};

use lmc::{Models, Tune};

use super::kind::{Host, Kind, Meters, ModelSeries, Pace, Paces, Reading};
use super::names::Named;
use super::our_sounds::OurSounds;
use super::ours;
use crate::usage::usage;

/// Samples of each channel that are read at a time.
const PIECE: usize = 1 << 16;
/// The most samples of a sound: metrics hold it several times.
const MOST_SAMPLES: usize = 1 << 27;

impl Kind for Sound {
    const ENDINGS: &'static [&'static str] = &files::ENDINGS;

    fn usual() -> String {
        ours::usual_and(MediaKind::Sound, "opus,mp3,aac,vorbis")
    }

    fn default_metrics(codecs: &[Named]) -> &'static str {
        let ours = codecs
            .iter()
            .filter_map(|named| ours::named(MediaKind::Sound, &named.codec));
        let ours: Vec<bool> = ours.map(|row| row.is_for_voices).collect();
        if !ours.is_empty() && ours.iter().all(|is_for_voices| *is_for_voices) {
            "visqol-speech,stoi,mel,si-sdr"
        } else {
            "visqol,mel,si-sdr"
        }
    }

    fn ours() -> Vec<String> {
        ours::names(MediaKind::Sound)
    }

    fn classical() -> Vec<&'static str> {
        codecs::names()
    }

    fn paces(codec: &str) -> Paces {
        if ours::named(MediaKind::Sound, codec).is_some() {
            Paces::Either
        } else {
            Paces::Only(Pace::Bitrate)
        }
    }

    fn open(named: &Named, pace: Pace, _host: &mut Host<'_>) -> Result<Option<Arc<dyn Codec<Self>>>> {
        let Some(row) = ours::named(MediaKind::Sound, &named.codec) else {
            return Ok(codecs::open(&named.codec, &named.options)?);
        };
        if let Some((key, _)) = named.options.first() {
            return Err(usage(format!("{} has no setting '{key}': it has none", named.codec)));
        }
        let codec = Models::default().for_encoding(row.name, Tune::default())?.sound()?;
        Ok(Some(Arc::new(OurSounds::new(&row, codec, pace, None)?)))
    }

    fn open_model(path: &Path, pace: &dyn Fn(&str, &str) -> Pace, _host: &mut Host<'_>) -> Result<ModelSeries<Self>> {
        let context = || format!("cannot use the model {}", path.display());
        let models = Models::default()
            .with_weights(fs::read(path).with_context(context)?)
            .with_context(context)?;
        let given = models.given_codec().unwrap_or_default().to_owned();
        let codec = models
            .for_encoding(&given, Tune::default())
            .and_then(|codec| codec.sound());
        let codec = codec.with_context(context)?;
        let row = models.registry().named(codec.name());
        let row = row.with_context(|| format!("{} holds no codec of sounds", path.display()))?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let series = format!("{}@model={stem}", ours::series_of(row));
        let pace = pace(&series, &ours::series_of(row));
        Ok(ModelSeries {
            codec: Arc::new(OurSounds::new(row, codec, pace, Some(path))?),
            name: series,
            pace,
        })
    }

    /// In 16 bits.
    fn read(path: &Path, _: &Reading) -> Result<(Self, Option<String>), String> {
        let mut source = files::open_path(path).map_err(|error| error.to_string())?;
        let (spec, mut samples) = (source.spec(), Vec::new());
        while source.read(&mut samples, PIECE).map_err(|error| error.to_string())? > 0 {
            if samples.len() > MOST_SAMPLES {
                return Err(format!("it has more than {MOST_SAMPLES} samples"));
            }
        }
        let sound = Sound::from_floats(spec.rate, spec.channels, &samples).map_err(|error| error.to_string())?;
        let rounded = (spec.format != SampleFormat::Int16).then(|| "rounded to 16 bits".to_owned());
        Ok((sound, rounded))
    }

    fn meters(metrics: &mut Vec<Metric>, _: Option<&Path>) -> Meters<Self> {
        let (meters, missing) = SoundMeters::open(metrics);
        metrics.retain(|metric| missing.iter().all(|(other, _)| other != metric));
        let note = |(metric, error): &(Metric, _)| format!("{} is left out: {error}", metric.id());
        Meters {
            notes: missing.iter().map(note).collect(),
            versions: meters.versions(),
            meter: Box::new(meters),
        }
    }

    fn remarks(results: &Results) -> Vec<String> {
        alignment_notes(results)
    }
}
