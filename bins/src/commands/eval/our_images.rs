//! Our codecs of images among those measured: inside this process, weights loaded and warm.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::ValueEnum;
use lmc::{Models, Tune};
use lmc_codec::codecs::image::{Clock, ImageCodec};
use lmc_codec::codecs::{Codecs, Need, Row, Value};
use lmc_codec::weights::{ManifestHead, WeightsFile};
use lmc_codec::{
    Color, DecodeOptions, Effort, EncodeOptions, EncodeStats, Image, ImageDecoder, ImageEncoder, MaxError, Quality,
    Samples, StreamBytes,
};
use lmc_eval::codec::{Codec, Decoded, Encoded, Input};
use lmc_eval::pictures::Rgb;
use lmc_eval::programs::peak_memory_of_this_process;
use lmc_eval::{EvalError, Result as EvalResult};

use super::kind::Host;
use super::ours::{Clocks, Details, build, series_of};
use crate::cli::{TuneChoice, values};
use crate::models;
use crate::usage::usage;

/// A codec of images with one model and one set of options.
pub(super) struct OurImages {
    /// Its name among codecs.
    name: String,
    codec: Arc<dyn ImageCodec>,
    options: EncodeOptions,
    version: String,
    /// How `lmc` is called for the same.
    command: String,
    qualities: &'static [f64],
    details: Details,
}

impl OurImages {
    /// Opens a codec: with the weights of a file where one is named, else with those that ship.
    pub(super) fn open(
        row: &Row,
        path: Option<&Path>,
        settings: &[(String, String)],
        host: &mut Host<'_>,
    ) -> Result<Self> {
        let (options, tune, command) = options(row, path, settings)?;
        let device = host.device.open(host.talk)?;
        let models = models::find(path)?.with_backend(device.backend());
        let codec = models.for_encoding(row.name, tune).and_then(|codec| codec.image());
        let codec = codec.with_context(|| match path {
            Some(path) => format!("cannot use the model {}", path.display()),
            None => "cannot use the shipped model".to_owned(),
        })?;
        // Another build may compute otherwise, so what it measured counts no more.
        let mut version = format!("lmc {} (build {})", env!("CARGO_PKG_VERSION"), build()?);
        let mut details = Details::new();
        if row.weights == Need::Required {
            let (id, of_model) = details_of(row, &models, &*codec)?;
            version += &format!(", model {id} {}", codec.model());
            details = of_model;
        }
        version += &format!(", {}", device.description);
        let ours = Self {
            name: series_of(row),
            options: options.with_codec(Some(row.id)),
            // Where every sample is kept, there is nothing to choose.
            qualities: if row.bounds_errors {
                &[100.0]
            } else {
                &[15.0, 30.0, 45.0, 60.0, 75.0, 90.0]
            },
            codec,
            version,
            command,
            details,
        };
        ours.warm_up()?;
        Ok(ours)
    }

    /// The codec with clocks at 0.
    fn started(&self) -> (Codecs, Arc<Clocks>) {
        let clocks = Arc::<Clocks>::default();
        let timed = self.codec.timed(Arc::clone(&clocks) as Arc<dyn Clock>);
        let codec = timed.unwrap_or_else(|| Arc::clone(&self.codec));
        (Codecs::default().with_image(codec), clocks)
    }

    /// The first picture takes longer than any other, and is none that is measured.
    fn warm_up(&self) -> Result<()> {
        let picture = Rgb::from_gray(64, 64, &[90; 64 * 64])?;
        let encoded = self.encode(&Input::new(&picture, Path::new(".")), 50.0)?;
        self.decode(&encoded.stream, Path::new("."))?;
        Ok(())
    }

    fn failed(&self, error: impl ToString) -> EvalError {
        EvalError::codec(&self.name, error)
    }
}

/// Options, what the model is to keep, and the command of `lmc encode` that means the same.
fn options(row: &Row, path: Option<&Path>, settings: &[(String, String)]) -> Result<(EncodeOptions, Tune, String)> {
    let (mut options, mut tune, mut flags) = (EncodeOptions::default(), Tune::default(), String::new());
    let learned = row.weights == Need::Required;
    let mut codec = format!(" --codec {}", row.name);
    for (key, value) in settings {
        let bad = |reason: String| usage(format!("{}@{key}={value}: {reason}", series_of(row)));
        let number = || value.parse().map_err(|_| bad("not a whole number".to_owned()));
        let wrong = |error: lmc_codec::CodecError| bad(error.to_string());
        match key.as_str() {
            "tile-size" => options = options.with_tile_size(values::tile_size(value).map_err(bad)?),
            "effort" if row.has_efforts => options = options.with_effort(Effort::new(number()?).map_err(wrong)?),
            "tune" if learned => tune = TuneChoice::from_str(value, false).map_err(bad)?.into(),
            "max-error" if row.bounds_errors => {
                options = options.with_max_error(Some(MaxError::new(number()?).map_err(wrong)?));
                codec.clear();
            }
            _ => return Err(no_setting(row, key)),
        }
        flags += &format!(" --{key} {value}");
    }
    if let Some(path) = path {
        flags += &format!(" --model {}", path.display());
    }
    let quality = if row.bounds_errors { "" } else { " --quality {q}" };
    let command = format!("lmc encode{quality}{codec}{flags} {{in}} -o {{out}} (inside this program)");
    Ok((options, tune, command))
}

fn no_setting(row: &Row, key: &str) -> anyhow::Error {
    let all = [
        ("tile-size", true),
        ("effort", row.has_efforts),
        ("tune", row.weights == Need::Required),
        ("max-error", row.bounds_errors),
    ];
    let all: Vec<&str> = all.iter().filter(|(_, has)| *has).map(|(key, _)| *key).collect();
    usage(format!(
        "{} has no setting '{key}'; it has: {}",
        series_of(row),
        all.join(", ")
    ))
}

/// The id of a model, the work that its networks take, and where the weights are from.
fn details_of(row: &Row, models: &Models, codec: &dyn ImageCodec) -> Result<(String, Details)> {
    let hash = codec.model();
    let bytes = models.weights(hash)?;
    let ManifestHead { id, training, .. } = ManifestHead::parse(&bytes)?;
    let mut details = BTreeMap::from([
        ("model".to_owned(), id.clone().into()),
        ("model hash".to_owned(), hash.to_string().into()),
        ("training commit".to_owned(), training.commit.into()),
        ("training steps".to_owned(), training.steps.into()),
    ]);
    if let Some(costs) = row.costs {
        let costs = costs(&WeightsFile::known(&bytes, hash))?;
        details.extend(costs.into_iter().map(|(name, cost)| (name.to_owned(), json(cost))));
    }
    Ok((id, details))
}

fn json(value: Value) -> serde_json::Value {
    match value {
        Value::Integer(value) => value.into(),
        Value::Number(value) => value.into(),
        Value::Text(text) => text.into(),
    }
}

/// Where the bytes went, and how many bits the tables asked for.
fn sizes(stats: &EncodeStats) -> Details {
    let StreamBytes {
        total,
        tiles,
        tile_payloads,
        ..
    } = stats.bytes;
    let mut details = BTreeMap::from([
        ("symbols".to_owned(), stats.symbols.into()),
        ("tile bytes".to_owned(), tiles.into()),
        ("tile payload bytes".to_owned(), tile_payloads.into()),
    ]);
    if let Some(bits) = stats.bits_estimated {
        let over = |bytes: usize| (bytes as f64 * 8.0 / bits - 1.0) * 100.0;
        let bpp = stats.bpp * bits / (total as f64 * 8.0);
        details.extend([
            ("bits estimated".to_owned(), bits.into()),
            ("bpp estimated".to_owned(), bpp.into()),
            ("tile payloads over estimate (%)".to_owned(), over(tile_payloads).into()),
            ("file over estimate (%)".to_owned(), over(total).into()),
        ]);
    }
    details
}

impl Codec<Rgb> for OurImages {
    fn version(&self) -> &str {
        &self.version
    }

    fn encode_command(&self) -> String {
        self.command.clone()
    }

    fn decode_command(&self) -> String {
        "lmc decode {in} -o {out} (inside this program)".to_owned()
    }

    fn default_qualities(&self) -> Vec<f64> {
        self.qualities.to_vec()
    }

    fn quality_range(&self) -> (f64, f64) {
        match self.qualities {
            [only] => (*only, *only),
            _ => (0.0, 100.0),
        }
    }

    fn details(&self) -> Details {
        self.details.clone()
    }

    fn encode(&self, input: &Input<'_, Rgb>, quality: f64) -> EvalResult<Encoded> {
        let failed = |error| self.failed(error);
        let picture = input.original();
        let samples = Samples::U8(picture.samples().to_vec());
        let picture = Image::new(picture.width(), picture.height(), Color::Rgb, samples, None).map_err(failed)?;
        let quality = Quality::new(quality as f32).map_err(failed)?;
        let (codecs, clocks) = self.started();
        let options = self.options.clone().with_quality(quality);
        let start = Instant::now();
        let encoded = ImageEncoder::new(codecs, options).encode(&picture).map_err(failed)?;
        let seconds = start.elapsed().as_secs_f64();
        let mut details = clocks.split("encode", seconds);
        details.extend(sizes(&encoded.stats));
        Ok(Encoded {
            stream: encoded.bytes,
            seconds,
            peak_bytes: peak_memory_of_this_process(),
            details,
        })
    }

    fn decode(&self, stream: &[u8], _: &Path) -> EvalResult<Decoded<Rgb>> {
        let (codecs, clocks) = self.started();
        let start = Instant::now();
        let decoder = ImageDecoder::new(codecs, DecodeOptions::default());
        let decoded = decoder.decode(stream).map_err(|error| self.failed(error))?;
        let seconds = start.elapsed().as_secs_f64();
        Ok(Decoded {
            media: Rgb::of(&decoded.picture)?,
            seconds,
            peak_bytes: peak_memory_of_this_process(),
            details: clocks.split("decode", seconds),
        })
    }
}
