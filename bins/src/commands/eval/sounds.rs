//! Sounds for `lmc eval`.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use lmc_eval::codec::Codec;
use lmc_eval::media::Media;
use lmc_eval::metric::Metric;
use lmc_eval::results::Results;
use lmc_eval::sound::metrics::Meters as SoundMeters;
use lmc_eval::sound::{Exchange, Sound, alignment_notes, codecs};

use super::kind::{Host, Kind, Meters, ModelSeries, Pace, Paces};
use super::names::Named;
use crate::usage::usage;

/// Endings of the sounds that are taken from folders.
const ENDINGS: [&str; 1] = ["wav"];

impl Kind for Sound {
    const ENDINGS: &'static [&'static str] = &ENDINGS;

    const CODECS: &'static str = "opus,mp3,aac,vorbis";

    fn default_metrics(codecs: &[Named]) -> &'static str {
        let named = |name: &str| codecs.iter().any(|named| named.codec == name);
        if named("lmc-speech") && !named("lmc-audio") {
            "visqol-speech,stoi,mel,si-sdr"
        } else {
            "visqol,mel,si-sdr"
        }
    }

    fn ours() -> &'static [&'static str] {
        &[]
    }

    fn classical() -> Vec<&'static str> {
        codecs::names()
    }

    fn paces(_: &str) -> Paces {
        Paces::Only(Pace::Bitrate)
    }

    fn open(named: &Named, _: Pace, _: &mut Host<'_>) -> Result<Option<Arc<dyn Codec<Self>>>> {
        Ok(codecs::open(&named.codec, &named.options)?)
    }

    fn open_model(_: &Path, _: &dyn Fn(&str, &str) -> Pace, _: &mut Host<'_>) -> Result<ModelSeries<Self>> {
        Err(usage("--model is for pictures"))
    }

    /// In 16 bits.
    fn read(path: &Path) -> Result<(Self, Option<String>), String> {
        let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
        let sound = Self::from_file(Exchange::Wav, &bytes).map_err(|error| error.to_string())?;
        Ok((sound, None))
    }

    fn meters(metrics: &mut Vec<Metric>) -> Meters<Self> {
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
