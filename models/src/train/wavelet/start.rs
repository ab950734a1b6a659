//! What a run starts from where it does not start anew.

use lmc_entropy::prior::PriorSpec;
use lmc_entropy::table::CdfTable;

use crate::Result;
use crate::export::twin_params;
use crate::wavelet::{MIXTURE, NamedTensor, Params, WaveletConfig};
use crate::zoo::{ModelFile, read_tensors};

/// All parameters that training goes on with: those in `bytes` if it is a checkpoint's file, and if it is a weights file those of
/// its transforms, of its integer prior in floating point, and a prior of the hyper-latents near to its tables.
///
/// # Errors
/// [`ModelError::Weights`](crate::ModelError::Weights) if it is neither.
pub(in crate::train) fn start_params(bytes: &[u8]) -> Result<Params> {
    let contents = read_tensors(bytes)?;
    if contents.blobs.is_empty() {
        return Ok(contents.params);
    }
    let file = ModelFile::parse(bytes)?;
    with_prior(file.params(), file.prior.spec())
}

/// The parameters with those of an integer prior in floating point.
///
/// # Errors
/// [`ModelError::Weights`](crate::ModelError::Weights) if the prior is not that of a wavelet model.
pub(in crate::train) fn with_prior(mut params: Params, spec: &PriorSpec) -> Result<Params> {
    let twin = twin_params(spec)?.into_iter();
    params.extend(twin.map(|(name, tensor)| (format!("prior.{name}"), tensor)));
    params.extend(hyper_prior(&spec.z_tables));
    Ok(params)
}

/// The parameters with those of the context of four steps if the model is to have one, without them if not. Where there are none, each
/// step begins with the network of the one of two steps that it is a part of, or, if that knows nothing and it does, with the other.
pub(in crate::train) fn fitted_to(config: &WaveletConfig, mut params: Params) -> Params {
    let is_deep = |name: &String| name.starts_with("prior.deep.");
    if !config.deep_context {
        params.retain(|name, _| !is_deep(name));
    } else if !params.keys().any(is_deep) {
        for (index, from) in ["first", "second", "second", "second"].into_iter().enumerate() {
            let (from, to) = (format!("prior.{from}."), format!("prior.deep.{index}."));
            let named = params
                .iter()
                .filter_map(|(name, tensor)| Some((format!("{to}{}", name.strip_prefix(&from)?), tensor.clone())));
            let named: Vec<_> = named.collect();
            params.extend(named);
        }
    }
    params
}

/// Where the logistics of a mixture are, in standard deviations of all of it.
const PLACES: [f64; MIXTURE] = [-0.6, 0.0, 0.6];

/// Mixtures of logistics with the means and variances of the tables.
fn hyper_prior(tables: &[CdfTable]) -> Params {
    let (mut mean, mut log_scale) = (Vec::new(), Vec::new());
    for table in tables {
        let (centre, variance) = moments(table);
        let deviation = variance.sqrt();
        let spread = PLACES.iter().map(|place| place * place).sum::<f64>() / MIXTURE as f64;
        // A logistic of scale s has the variance (pi s)^2 / 3.
        let scale = (3.0 * variance * (1.0 - spread)).sqrt() / std::f64::consts::PI;
        mean.extend(PLACES.map(|place| (centre + place * deviation) as f32));
        log_scale.extend([scale.ln() as f32; MIXTURE]);
    }
    let weight = vec![0.0; mean.len()];
    let named = |(name, data): (&str, Vec<f32>)| {
        let shape = vec![tables.len(), MIXTURE];
        (format!("z_prior.{name}"), NamedTensor { shape, data })
    };
    [("mean", mean), ("log_scale", log_scale), ("weight", weight)]
        .map(named)
        .into()
}

/// Mean and variance of what a table expects, escapes left out.
fn moments(table: &CdfTable) -> (f64, f64) {
    // Rounding adds a twelfth to the variance; tables of one symbol have no other.
    let least = 1.0 / 12.0;
    let values = || {
        (table.min()..=table.max())
            .map(f64::from)
            .zip(table.freqs().map(f64::from))
    };
    let total: f64 = values().map(|(_, count)| count).sum();
    let mean = values().map(|(value, count)| value * count).sum::<f64>() / total;
    let square = values()
        .map(|(value, count)| (value - mean).powi(2) * count)
        .sum::<f64>()
        / total;
    (mean, square.max(least))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use burn::tensor::{Device, Tensor, TensorData};
    use lmc_entropy::cost::FRACTION;
    use lmc_entropy::prior::{Context, Latents};
    use lmc_entropy::trellis::Quantisation;

    use super::*;
    use crate::Quality;
    use crate::wavelet::packet::{self, BANDS, BLOCK};
    use crate::wavelet::{
        LatentQuantiser, Planes, WaveletCodec, WaveletModel, export_params, host_values, import_params,
    };
    use crate::zoo::{Storage, Tune, image_model, write_tensors};

    const SIDE: usize = 128;

    #[test]
    fn a_weights_file_goes_on_where_it_is() {
        let device = Device::flex();
        let bytes = image_model(Tune::Psnr).bytes;
        let model = WaveletModel::load(bytes, &device).unwrap();
        let config = ModelFile::parse(bytes).unwrap().manifest.config;
        let params = start_params(bytes).unwrap();
        let codec = import_params(WaveletCodec::new(&config, &device), &params, &device).unwrap();

        let sample = |at: usize| {
            let (row, column) = ((at / SIDE) as f32, (at % SIDE) as f32);
            0.5 + 0.3 * (row * 0.11).sin() * (column * 0.07).cos()
        };
        let data: Vec<f32> = (0..3 * SIDE * SIDE).map(sample).collect();
        let quality = Quality::new(50.0).unwrap();
        let (height, width) = (SIDE, SIDE);
        let field = model
            .analyse(
                &Planes {
                    height,
                    width,
                    data: data.clone(),
                },
                quality,
            )
            .unwrap();
        let (z, y) = model.quantise(&field).unwrap();
        let (height, width) = (field.height, field.width);
        let coded = model
            .prior()
            .compress(&Latents { height, width, z, y }, Quantisation::Rounding);
        let bits = coded.unwrap().cost as f64 / (1u64 << FRACTION) as f64;

        let shape = [1, SIDE / BLOCK, SIDE / BLOCK, BANDS];
        let bands = packet::bands_of(&data, SIDE, SIDE);
        let tensor = Tensor::<4>::from_data(TensorData::new(bands.clone(), shape), &device);
        let position = quality.position(config.anchors);
        let outcome = codec.evaluate(tensor, &[position], &LatentQuantiser::Rounding, Context::Two);
        let estimated: f32 = outcome.bits.into_scalar();
        let apart = f64::from(estimated) / bits;
        assert!((0.9..1.2).contains(&apart), "{estimated} bits estimated, {bits} coded");
        let squares = |values: Vec<f32>| values.iter().map(|value| value * value).sum::<f32>();
        let lost: Vec<f32> = host_values(outcome.bands)
            .iter()
            .zip(&bands)
            .map(|(a, b)| a - b)
            .collect();
        let (lost, whole) = (squares(lost), squares(bands));
        assert!(lost < 0.02 * whole, "{lost} of {whole} lost");
    }

    #[test]
    fn parameters_get_or_lose_a_context_of_four_steps() {
        let bytes = image_model(Tune::Psnr).bytes;
        let deep = ModelFile::parse(bytes).unwrap().manifest.config;
        let plain = WaveletConfig {
            deep_context: false,
            ..deep.clone()
        };
        let all = start_params(bytes).unwrap();
        assert_eq!(fitted_to(&deep, all.clone()), all);
        let without = fitted_to(&plain, all.clone());
        let device = Device::flex();
        assert!(import_params(WaveletCodec::new(&plain, &device), &without, &device).is_ok());
        let again = fitted_to(&deep, without);
        assert!(again.keys().eq(all.keys()));
        let weight = |step: &str| &again[&format!("prior.{step}.input.weight")];
        assert_eq!(
            (weight("deep.0"), weight("deep.3")),
            (weight("first"), weight("second"))
        );
        assert_ne!(weight("deep.3"), &all["prior.deep.3.input.weight"]);
    }

    #[test]
    fn a_checkpoint_is_taken_as_it_is() {
        let params = export_params(&crate::nn::Linear::new(3, 2, &Device::flex()));
        let bytes = write_tensors(&params, Storage::Single, &BTreeMap::new(), BTreeMap::new()).unwrap();
        assert_eq!(start_params(&bytes).unwrap(), params);
        assert!(start_params(b"no weights").is_err());
    }
}
