//! The whole export: calibrate, build, count, write.

use burn::tensor::{Device, Tensor, TensorData};
use lmc_codec::codecs::wavelet::{Calibration, integer_synthesis};
use lmc_entropy::prior::{Context, Given, LatentPrior, Latents, PriorSpec};
use lmc_entropy::trellis::{Machine, Quantisation};
use lmc_kernels::net::Activations;

use super::hyper::{HyperGrid, hyper_context};
use super::observe::Ranges;
use super::prior::{Tables, build};
use super::tables::{Counts, initial, trellis_tables};
use crate::train::CropBatch;
use crate::wavelet::packet::{BANDS, BLOCK};
use crate::wavelet::{
    HYPER_BLOCK, LATENT_BLOCK, LatentField, LatentQuantiser, Params, Phase, Planes, Quality, WaveletCodec,
    WaveletConfig, WaveletModel, import_params, packet,
};
use crate::zoo::{ModelFile, WaveletManifest};
use crate::{ModelError, Result};

/// What the export measured.
#[derive(Debug, Clone, Copy)]
pub struct ExportReport {
    /// Symbols that the tables were counted from.
    pub symbols: usize,
    /// Ideal bits per symbol under Gaussians of the predicted scales.
    pub gaussian_bits: f64,
    /// Ideal bits per symbol under the counted distributions.
    pub counted_bits: f64,
    /// Scale levels that are not coded.
    pub skip_below: u8,
}

/// How often the symbols of a trellis are counted, each time with the tables of the last.
const TRELLIS_ROUNDS: usize = 3;

/// Parameters that a weights file keeps as floating point.
const TRANSFORMS: [&str; 4] = ["g_a.", "g_s.", "h_a.", "gains."];

/// Crops that the steps of the integer synthesis are taken from.
const CROPS_CONVERTED: usize = 128;

/// Qualities at which the hyper-latents of a crop are seen.
const HYPER_QUALITIES: usize = 3;

/// Turns trained parameters into a weights file, with ranges and tables taken from `crops`. The context of hyper-latents, of which a
/// crop has few, is fitted to `crops` and `more`.
///
/// # Errors
/// [`ModelError::Weights`] if parameters are missing, [`ModelError::Prior`] if the integers break a contract,
/// [`ModelError::Parameter`] without crops.
pub fn export_wavelet(
    manifest: &WaveletManifest,
    params: &Params,
    crops: &[CropBatch],
    more: impl IntoIterator<Item = Result<CropBatch>>,
    device: &Device,
) -> Result<(Vec<u8>, ExportReport)> {
    if crops.iter().all(|batch| batch.data.is_empty()) {
        return Err(ModelError::Parameter(
            "the export needs crops to count symbols in".into(),
        ));
    }
    let config = &manifest.config;
    let ranges = observe(manifest, params, crops, device)?;
    let transforms: Params = params
        .iter()
        .filter(|(name, _)| TRANSFORMS.iter().any(|part| name.starts_with(part)))
        .map(|(name, tensor)| (name.clone(), tensor.clone()))
        .collect();
    let gaussians = || {
        if config.trellis {
            trellis_tables()
        } else {
            Ok(Vec::new())
        }
    };
    let converted = each(crops).take(CROPS_CONVERTED).map(|(_, crop)| crop);
    let synthesis = integer_synthesis(config, &transforms, converted, &Calibration::default())?;
    let mut spec = build(params, config, &ranges, initial(config.hyper)?)?;
    spec.trellis_tables = gaussians()?;
    let model = WaveletModel::load(&ModelFile::serialize(manifest, &transforms, &spec, &synthesis)?, device)?;
    let latents = latents(&model, crops)?;
    let grids = hyper_grids(&model, crops, more)?;
    let context = hyper_context(&spec, &grids, device)?;
    let seen: Vec<Seen> = latents.into_iter().map(Seen::from).collect();
    let (spec, report) = counted(config, &seen, &|tables| {
        let mut spec = build(params, config, &ranges, tables)?;
        spec.pz = Some(context.clone());
        spec.trellis_tables = gaussians()?;
        Ok(spec)
    })?;
    let bytes = ModelFile::serialize(manifest, &transforms, &spec, &synthesis)?;
    ModelFile::parse(&bytes)?;
    Ok((bytes, report))
}

/// Latents that tables are counted in, and their side features.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) latents: Latents,
    pub(super) side: Option<Activations>,
}

impl From<Latents> for Seen {
    fn from(latents: Latents) -> Self {
        Self { latents, side: None }
    }
}

/// The prior that `build` makes of tables, with those that are counted in latents.
pub(super) fn counted(
    config: &WaveletConfig,
    all: &[Seen],
    build: &dyn Fn(Tables) -> Result<PriorSpec>,
) -> Result<(PriorSpec, ExportReport)> {
    let (mut counts, mut symbols) = (Counts::new(config.hyper), 0);
    for seen in all {
        counts.see_hyper(&seen.latents.z);
        symbols += seen.latents.y.len();
    }
    let count = |spec, quantisation: Quantisation| -> Result<Counts> {
        let (prior, mut counts) = (LatentPrior::new(spec)?, counts.clone());
        for seen in all {
            let given = Given {
                coding: quantisation.into(),
                side: seen.side.as_ref(),
                skipped: None,
            };
            counts.see(&prior.observe(&seen.latents, given)?);
        }
        Ok(counts)
    };
    let seen = count(build(initial(config.hyper)?)?, Quantisation::Rounding)?;
    let tables = seen.tables()?;
    let skip_below = tables.skip_below;
    let mut spec = build(tables)?;
    if config.trellis {
        // Which symbols a trellis takes depends on what the tables say of them, and these on the symbols.
        for _ in 0..TRELLIS_ROUNDS {
            spec.trellis_tables = count(spec.clone(), Quantisation::Trellis(Machine::USUAL))?.trellis_tables()?;
        }
    }
    let (gaussian, counted) = seen.bits();
    let per_symbol = 1.0 / symbols.max(1) as f64;
    let report = ExportReport {
        symbols,
        gaussian_bits: gaussian * per_symbol,
        counted_bits: counted * per_symbol,
        skip_below,
    };
    Ok((spec, report))
}

/// Quality for the crop of an index: all rates in turn.
fn quality(index: usize) -> Result<Quality> {
    Ok(Quality::from_hundredths((index * 1_700 % 10_001) as u16)?)
}

/// Every crop with its index.
fn each(crops: &[CropBatch]) -> impl Iterator<Item = (usize, Planes)> + '_ {
    crops
        .iter()
        .flat_map(|batch| {
            batch.data.chunks_exact(3 * batch.side * batch.side).map(|data| Planes {
                height: batch.side,
                width: batch.side,
                data: data.to_vec(),
            })
        })
        .enumerate()
}

/// The contexts of a model.
fn contexts(config: &WaveletConfig) -> impl Iterator<Item = Context> {
    let deep = config.deep_context.then_some(Context::Four);
    [Context::Two].into_iter().chain(deep)
}

fn observe(manifest: &WaveletManifest, params: &Params, crops: &[CropBatch], device: &Device) -> Result<Ranges> {
    let fresh = WaveletCodec::new(&manifest.config, device);
    let codec = import_params(fresh, params, device)?;
    let quantiser = LatentQuantiser::new(&manifest.config)?;
    let mut ranges = Ranges::default();
    for (index, crop) in each(crops) {
        let bands = packet::bands_of(&crop.data, crop.height, crop.width);
        let shape = [1, crop.height / BLOCK, crop.width / BLOCK, BANDS];
        let bands = Tensor::from_data(TensorData::new(bands, shape), device);
        let position = quality(index)?.position(manifest.config.anchors);
        let mut see = |name: &str, map: &Tensor<4>| ranges.see(name, map);
        for context in contexts(&manifest.config) {
            codec.pass(
                bands.clone(),
                &[position],
                (&quantiser, context),
                Phase::Evaluate,
                &mut see,
            );
        }
    }
    Ok(ranges)
}

/// The hyper-latents of all crops, each at some qualities.
fn hyper_grids(
    model: &WaveletModel,
    crops: &[CropBatch],
    more: impl IntoIterator<Item = Result<CropBatch>>,
) -> Result<Vec<HyperGrid>> {
    let (mut grids, mut seen) = (Vec::new(), 0);
    let mut see = |batch: &CropBatch| -> Result<()> {
        for (index, crop) in each(std::slice::from_ref(batch)) {
            let [height, width] = [crop.height, crop.width].map(|side| side.div_ceil(LATENT_BLOCK * HYPER_BLOCK));
            let mut now = quality(seen + index)?;
            let mut field = model.analyse(&crop, now)?;
            for part in 0..HYPER_QUALITIES {
                let next = quality(seen + index + 2 * part)?;
                model.change_quality(&mut field, [now, next])?;
                now = next;
                let z = model.quantise(&field)?.0;
                grids.push(HyperGrid { height, width, z });
            }
        }
        seen += batch.data.len() / (3 * batch.side * batch.side);
        Ok(())
    };
    crops.iter().try_for_each(&mut see)?;
    more.into_iter().try_for_each(|batch| see(&batch?))?;
    Ok(grids)
}

/// The latents of all crops.
fn latents(model: &WaveletModel, crops: &[CropBatch]) -> Result<Vec<Latents>> {
    let latents_of = |(index, crop): (usize, Planes)| {
        let field: LatentField = model.analyse(&crop, quality(index)?)?;
        let (z, y) = model.quantise(&field)?;
        Ok(Latents {
            height: crop.height / LATENT_BLOCK,
            width: crop.width / LATENT_BLOCK,
            z,
            y,
        })
    };
    each(crops).map(latents_of).collect()
}
