//! Our codec of pictures as one of those measured: inside this process, its model loaded and warm.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::ValueEnum;
use lmc::Tune;
use lmc_codec::codecs::Codecs;
use lmc_codec::codecs::DeviceChoice;
use lmc_codec::codecs::image::ImageCodec;
use lmc_codec::codecs::wavelet::ModelFile;
use lmc_codec::codecs::wavelet::{WAVELET_CODEC, WaveletImageCodec};
use lmc_codec::{
    Color, DecodeOptions, Effort, EncodeOptions, EncodeStats, Image, ImageDecoder, ImageEncoder, ImageModel, Quality,
    Samples, StreamBytes,
};
use lmc_eval::cache::hash_of_file;
use lmc_eval::codec::{Codec, Decoded, Encoded, Input};
use lmc_eval::pictures::Rgb;
use lmc_eval::programs::peak_memory_of_this_process;
use lmc_eval::{EvalError, Result as EvalResult};

use super::kind::Host;
use super::timed::{Clocks, Timed};
use crate::cli::{TuneChoice, values};
use crate::device::{self, OpenDevice};
use crate::models;
use crate::talk::Talk;
use crate::usage::usage;

/// Its name among codecs.
pub(super) const NAME: &str = "lmc-wavelet";
/// What is said of a point, or of the codec, by name.
type Details = BTreeMap<String, serde_json::Value>;
/// Letters of hashes that are shown.
const SHORT: usize = 16;

/// The device, opened when first needed.
pub(super) struct Device {
    choice: DeviceChoice,
    open: Option<OpenDevice>,
}

impl Device {
    pub(super) fn new(choice: DeviceChoice) -> Self {
        Self { choice, open: None }
    }

    pub(super) fn open(&mut self, talk: &Talk) -> Result<&OpenDevice> {
        if self.open.is_none() {
            self.open = Some(device::open(self.choice, talk)?);
        }
        self.open.as_ref().context("no device")
    }
}

/// The wavelet codec with one model and one set of options.
pub(super) struct Wavelet {
    model: Timed,
    options: EncodeOptions,
    version: String,
    /// How `lmc` is called for the same.
    flags: String,
    details: Details,
}

impl Wavelet {
    /// Loads a model, the one that ships where no file is named.
    pub(super) fn open(path: Option<&Path>, settings: &[(String, String)], host: &mut Host<'_>) -> Result<Self> {
        let (options, tune, mut flags) = options(settings)?;
        if let Some(path) = path {
            flags += &format!(" --model {}", path.display());
        }
        let models = models::find(path)?;
        let hash = models.preferred(WAVELET_CODEC, tune)?;
        let bytes = models.weights(hash)?;
        let file = ModelFile::parse(&bytes).with_context(|| match path {
            Some(path) => format!("cannot use the model {}", path.display()),
            None => "cannot use the shipped model".to_owned(),
        })?;
        let mut details = costs(&file);
        details.insert("model hash".into(), hash.to_string().into());
        let id = file.manifest.id.clone();
        let device = host.device.open(host.talk)?;
        let model = Timed::of(device.networks(file)?);
        let ours = Self {
            model,
            options,
            // Another build may compute otherwise, so what it measured counts no more.
            version: format!(
                "lmc {} (build {}), model {id} {hash}, {}",
                env!("CARGO_PKG_VERSION"),
                build()?,
                device.description
            ),
            flags,
            details,
        };
        ours.warm_up()?;
        Ok(ours)
    }

    /// The codec around a model with clocks, and options that ask for it at every quality.
    fn codecs(&self, model: &Arc<Timed>, quality: Quality) -> (Codecs, EncodeOptions) {
        let codec = WaveletImageCodec::new(Arc::clone(model) as Arc<dyn ImageModel>);
        let options = self.options.clone().with_quality(quality).with_codec(Some(codec.id()));
        (Codecs::default().with_image(Arc::new(codec)), options)
    }

    /// The first picture takes longer than any other, and is none that is measured.
    fn warm_up(&self) -> Result<()> {
        let picture = Rgb::from_gray(64, 64, &[90; 64 * 64])?;
        let encoded = self.encode(&Input::new(&picture, Path::new(".")), 50.0)?;
        self.decode(&encoded.stream, Path::new("."))?;
        Ok(())
    }
}

/// What tells this build of the program from others.
pub(super) fn build() -> Result<String> {
    let program = env::current_exe().context("cannot find this program")?;
    let mut hash = hash_of_file(&program)?;
    hash.truncate(SHORT);
    Ok(hash)
}

/// Options, what the model is to keep, and the flags of `lmc encode` that mean the same.
fn options(settings: &[(String, String)]) -> Result<(EncodeOptions, Tune, String)> {
    let (mut options, mut tune, mut flags) = (EncodeOptions::default(), Tune::default(), String::new());
    for (key, value) in settings {
        let bad = |reason: String| usage(format!("{NAME}@{key}={value}: {reason}"));
        match key.as_str() {
            "tile-size" => options = options.with_tile_size(values::tile_size(value).map_err(bad)?),
            "effort" => {
                let effort = value.parse().map_err(|_| bad("not a whole number".to_owned()))?;
                options = options.with_effort(Effort::new(effort).map_err(|error| bad(error.to_string()))?);
            }
            "tune" => tune = TuneChoice::from_str(value, false).map_err(bad)?.into(),
            _ => {
                return Err(usage(format!(
                    "{NAME} has no setting '{key}'; it has: tile-size, effort, tune"
                )));
            }
        }
        flags += &format!(" --{key} {value}");
    }
    Ok((options, tune, flags))
}

/// Thousands of multiplications for each pixel, and where the weights are from.
fn costs(file: &ModelFile) -> Details {
    let macs = file.manifest.config.macs_per_pixel();
    let kilo = |macs: f64| serde_json::Value::from((macs / 10.0).round() / 100.0);
    let training = &file.manifest.training;
    let deep = macs
        .deep_prior
        .map(|macs| ("kMAC/pixel prior of four steps".to_owned(), kilo(macs)));
    let all = BTreeMap::from([
        ("model".to_owned(), file.manifest.id.clone().into()),
        ("kMAC/pixel analysis".to_owned(), kilo(macs.analysis)),
        ("kMAC/pixel hyper analysis".to_owned(), kilo(macs.hyper_analysis)),
        ("kMAC/pixel prior".to_owned(), kilo(macs.prior)),
        ("kMAC/pixel synthesis".to_owned(), kilo(macs.synthesis)),
        ("training commit".to_owned(), training.commit.clone().into()),
        ("training steps".to_owned(), training.steps.into()),
    ]);
    all.into_iter().chain(deep).collect()
}

fn failed(error: impl ToString) -> EvalError {
    EvalError::codec(NAME, error)
}

/// Where the time went: into the parts that have clocks, and into the rest, which is container, colours and copying. Parts
/// that ran on several threads at a time may together have taken more than the whole; nothing is left for the rest then.
fn split(what: &str, seconds: f64, clocks: &Clocks) -> Details {
    let parts = clocks.seconds();
    let known: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
    let rest = ("rest", (seconds - known).max(0.0));
    let all = parts.into_iter().chain([rest]);
    all.map(|(part, seconds)| (format!("{what} seconds in {part}"), seconds.into()))
        .collect()
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

impl Codec<Rgb> for Wavelet {
    fn version(&self) -> &str {
        &self.version
    }

    fn encode_command(&self) -> String {
        format!(
            "lmc encode --quality {{q}}{} {{in}} -o {{out}} (inside this program)",
            self.flags
        )
    }

    fn decode_command(&self) -> String {
        "lmc decode {in} -o {out} (inside this program)".to_owned()
    }

    fn default_qualities(&self) -> Vec<f64> {
        vec![15.0, 30.0, 45.0, 60.0, 75.0, 90.0]
    }

    fn quality_range(&self) -> (f64, f64) {
        (0.0, 100.0)
    }

    fn details(&self) -> Details {
        self.details.clone()
    }

    fn encode(&self, input: &Input<'_, Rgb>, quality: f64) -> EvalResult<Encoded> {
        let picture = input.original();
        let samples = Samples::U8(picture.samples().to_vec());
        let picture = Image::new(picture.width(), picture.height(), Color::Rgb, samples, None).map_err(failed)?;
        let quality = Quality::new(quality as f32).map_err(failed)?;
        let model = Arc::new(self.model.restarted());
        let (codecs, options) = self.codecs(&model, quality);
        let start = Instant::now();
        let encoded = ImageEncoder::new(codecs, options).encode(&picture).map_err(failed)?;
        let seconds = start.elapsed().as_secs_f64();
        let mut details = split("encode", seconds, model.clocks());
        details.extend(sizes(&encoded.stats));
        Ok(Encoded {
            stream: encoded.bytes,
            seconds,
            peak_bytes: peak_memory_of_this_process(),
            details,
        })
    }

    fn decode(&self, stream: &[u8], _: &Path) -> EvalResult<Decoded<Rgb>> {
        let model = Arc::new(self.model.restarted());
        let start = Instant::now();
        let (codecs, _) = self.codecs(&model, Quality::default());
        let decoder = ImageDecoder::new(codecs, DecodeOptions::default());
        let picture = decoder.decode(stream).map_err(failed)?.picture;
        let seconds = start.elapsed().as_secs_f64();
        Ok(Decoded {
            media: Rgb::of(&picture)?,
            seconds,
            peak_bytes: peak_memory_of_this_process(),
            details: split("decode", seconds, model.clocks()),
        })
    }
}
