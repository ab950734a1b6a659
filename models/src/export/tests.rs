//! The exported integers against the twin they come from.

use burn::tensor::{Device, Tensor, TensorData};
use lmc_entropy::prior::{Coding, Context, Latents};
use lmc_entropy::trellis::{Machine, Quantisation};

use super::export_wavelet;
use super::tables::scale_of;
use super::twin::twin_params;
use crate::train::CropBatch;
use crate::wavelet::packet::BLOCK;
use crate::wavelet::{
    LatentField, LatentQuantiser, Planes, PriorTwin, Quality, TrellisTwin, WaveletCodec, WaveletConfig, WaveletModel,
    export_params, host_values, import_params, packet, start_from_klt,
};
use crate::zoo::{TrainingRecord, WaveletManifest};

const SIDE: usize = 128;

/// Smooth shapes with some grain, so that latents have all sizes.
fn crops(count: usize) -> CropBatch {
    let mut state = 9u32;
    let mut grain = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as f32 / 65_536.0 - 0.5
    };
    let mut data = Vec::new();
    for picture in 0..count {
        for plane in 0..3 {
            for index in 0..SIDE * SIDE {
                let (row, column) = ((index / SIDE) as f32, (index % SIDE) as f32);
                let wave = (row * 0.05 * (picture + 1) as f32).sin() * (column * 0.08 + plane as f32).cos();
                data.push((0.5 + 0.3 * wave + 0.1 * grain()).clamp(0.0, 1.0));
            }
        }
    }
    CropBatch { side: SIDE, data }
}

#[test]
fn integers_follow_the_twin() {
    let device = Device::flex();
    device.seed(3);
    let config = WaveletConfig {
        width: 24,
        latents: 32,
        hyper: 8,
        prior_width: 24,
        encoder_blocks: 1,
        decoder_blocks: 1,
        trellis: true,
        deep_context: true,
        ..Default::default()
    };
    let crops = crops(6);
    let bands = packet::bands_of(&crops.data, SIDE, SIDE);
    let mut params = export_params(&WaveletCodec::new(&config, &device));
    start_from_klt(&mut params, &config, &bands, [SIDE / BLOCK, SIDE / BLOCK]).unwrap();
    let manifest = WaveletManifest {
        id: "wavelet-test-v1".into(),
        codec: "wavelet".into(),
        config: config.clone(),
        training: TrainingRecord::default(),
    };
    let (bytes, report) = export_wavelet(&manifest, &params, std::slice::from_ref(&crops), [], &device).unwrap();
    assert!(report.counted_bits <= report.gaussian_bits);

    let model = WaveletModel::load(&bytes, &device).unwrap();
    let codec = import_params(WaveletCodec::new(&config, &device), &params, &device).unwrap();
    let quality = Quality::new(60.0).unwrap();
    // The same network again, from its integers alone.
    let from_integers = twin_params(model.prior().spec()).unwrap();
    let from_integers = import_params(PriorTwin::new(&config, &device), &from_integers, &device).unwrap();
    let trellis = TrellisTwin::of_prior(model.prior().spec(), Machine::SMALLEST);
    let (mut elements, mut symbols, mut levels, mut points) = (0, 0, 0, 0);
    for crop in crops.data.chunks_exact(3 * SIDE * SIDE) {
        let window = Planes {
            height: SIDE,
            width: SIDE,
            data: crop.to_vec(),
        };
        let field = model.analyse(&window, quality).unwrap();
        let (z, y) = model.quantise(&field).unwrap();
        let (height, width) = (field.height, field.width);
        let latents = Latents { height, width, z, y };
        for context in [Context::Two, Context::Four] {
            let twin = |prior| twin_of(prior, &field, &latents.z, context, &device);
            let twins = [twin(&codec.prior), twin(&from_integers)].concat();
            let path = path_of(&from_integers, &trellis, &field, &latents.z, context, &device);
            for quantisation in [Quantisation::Rounding, Quantisation::Trellis(Machine::SMALLEST)] {
                let coding = Coding { quantisation, context };
                let coded = model.prior().compress(&latents, coding).unwrap();
                let back = model.prior().decompress(&coded.bytes, height, width, coding).unwrap();
                assert_eq!((&back.y_hat, back.checksum), (&coded.y_hat, coded.checksum));
                if quantisation != Quantisation::Rounding {
                    let same = |(own, coded): (&f32, &i16)| (own - f32::from(*coded) / 16.0).abs() < 0.1;
                    points += path.iter().zip(&back.y_hat).filter(|pair| same(*pair)).count();
                }
            }
            let quantisation = Quantisation::Rounding;
            let seen = model
                .prior()
                .observe(&latents, Coding { quantisation, context })
                .unwrap();
            elements += twins.len();
            for ((symbol, level), own) in twins.iter().zip(seen.iter().chain(&seen)) {
                symbols += usize::from(*symbol == own.symbol);
                levels += usize::from((level - f64::from(own.scale)).abs() < 1.0);
            }
        }
    }
    // Eight-bit weights and 16-bit features leave a rounding here and there, and nothing more.
    assert!(symbols * 100 >= elements * 97, "{symbols} of {elements} symbols agree");
    assert!(levels * 100 >= elements * 97, "{levels} of {elements} scales agree");
    // There were two twins. A rounding may turn a path aside for some elements, for the fewer the smaller the machine is.
    assert!(points * 200 >= elements * 90, "{points} of {elements} / 2 points agree");
}

/// The latents that a trellis makes with the floating-point twin.
fn path_of(
    prior: &PriorTwin,
    trellis: &TrellisTwin,
    field: &LatentField,
    z: &[i16],
    context: Context,
    device: &Device,
) -> Vec<f32> {
    let (y, z) = tensors(field, z, device);
    let quantise = |step, y: Tensor<4>, mean: Tensor<4>, log_scale| {
        let distance = y - mean.clone();
        trellis.code(step, distance, log_scale) + mean
    };
    host_values(prior.forward(&y, z, context, &quantise, &mut |_, _| {}).y_hat)
}

fn tensors(field: &LatentField, z: &[i16], device: &Device) -> (Tensor<4>, Tensor<4>) {
    let [height, width, channels] = [field.height, field.width, field.channels];
    let y = TensorData::new(field.data.clone(), [1, height, width, channels]);
    let hyper = z.len() / (height * width / 16);
    let z = TensorData::new(
        z.iter().map(|v| f32::from(*v)).collect(),
        [1, height / 4, width / 4, hyper],
    );
    (Tensor::from_data(y, device), Tensor::from_data(z, device))
}

/// Symbol and scale level of every element as the floating-point twin has them.
fn twin_of(prior: &PriorTwin, field: &LatentField, z: &[i16], context: Context, device: &Device) -> Vec<(i16, f64)> {
    let (y, z) = tensors(field, z, device);
    let rounded = |step, y, mean, log_scale| LatentQuantiser::Rounding.reconstruct(step, y, mean, log_scale);
    let predicted = prior.forward(&y, z, context, &rounded, &mut |_, _| {});
    let (mean, log_scale) = (host_values(predicted.mean), host_values(predicted.log_scale));
    let level = |x: f32| (f64::from(x).exp().ln_1p() / scale_of(0)).ln() / (scale_of(1) / scale_of(0)).ln();
    field
        .data
        .iter()
        .zip(mean.iter().zip(&log_scale))
        .map(|(y, (mean, log_scale))| ((y - mean).round() as i16, level(*log_scale).clamp(0.0, 63.0)))
        .collect()
}
