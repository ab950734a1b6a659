//! The task on a small network.

use lmc_codec::codecs::vq::{NetworkConfig, NetworkParts};
use lmc_codec::codecs::{AnyCodec, Codecs, Cpu, Registry};
use lmc_codec::weights::WeightsFile;
use lmc_codec::{Color, EncodeOptions, Image, ImageEncoder, Samples, Unwatched};

use super::network::tensors;
use super::*;
use crate::Quality;
use crate::looks::tests::tiny;
use crate::train::Settings;
use crate::wavelet::{Planes, export_params};

const SIDE: usize = 64;
const NETWORK: NetworkConfig = NetworkConfig { width: 16, blocks: 2 };

fn config() -> VqTrainConfig {
    VqTrainConfig {
        network: NETWORK,
        crop: SIDE,
        ..VqTrainConfig::default()
    }
}

/// Waves of some direction.
fn picture(at: usize) -> Planes {
    let pixel = |place: usize| {
        let (plane, y, x) = (place / (SIDE * SIDE), place / SIDE % SIDE, place % SIDE);
        let along = x as f32 * (0.1 + 0.07 * at as f32) + y as f32 * 0.13;
        0.5 + 0.25 * along.sin() + 0.1 * (plane as f32 - 1.0) + if x > y { 0.1 } else { 0.0 }
    };
    Planes {
        height: SIDE,
        width: SIDE,
        data: (0..3 * SIDE * SIDE).map(pixel).collect(),
    }
}

fn quality() -> Quality {
    Quality::new(70.0).unwrap()
}

#[test]
fn integers_of_a_network_follow_its_floats() {
    let (config, device) = (config(), Device::flex());
    config.check().unwrap();
    let (mut parts, model) = data::model(&config).unwrap();
    let task = VqTask::new(&config).unwrap();
    let mut params = export_params(&task.module(&device));
    let loud = params.get_mut("g_s.output.weight").unwrap();
    loud.data.iter_mut().for_each(|value| *value *= 4.0);
    let network = import_params(task.module(&device), &params, &device).unwrap();
    let pictures = (0..3).map(|at| (picture(at), quality()));
    parts.network = Some(NetworkParts::convert(&model, NETWORK, &params, pictures).unwrap());
    parts.config.network = Some(NETWORK);
    let manifest = Manifest {
        id: "vq-small-v9".into(),
        codec: VQ_CODEC.into(),
        ..Manifest::default()
    };
    let bytes = parts.serialize(manifest).unwrap();
    let original = picture(1);
    let seen = model.see(&original, quality()).unwrap();
    let [inputs, bands] = tensors(&[seen], &device);
    let plain = loss::pixels(bands.clone());
    let floats = loss::pixels(network.forward(inputs, bands));
    let integers = decoded(&bytes, &original);
    let apart = |a: &[f32], b: &[f32]| {
        let squares = a
            .iter()
            .zip(b)
            .map(|(a, b)| f64::from(a.clamp(0.0, 1.0) - b.clamp(0.0, 1.0)).powi(2));
        255.0 * (squares.sum::<f64>() / a.len() as f64).sqrt()
    };
    let (error, change) = (apart(&floats, &integers), apart(&plain, &floats));
    assert!(error < 0.6 && change > 3.0, "{error} off, {change} changed");
}

/// Planar pixels of 0..1 that a decoder makes of a picture.
fn decoded(weights: &[u8], picture: &Planes) -> Vec<f32> {
    let registry = Registry::default();
    let row = registry.named(VQ_CODEC).unwrap();
    let AnyCodec::Image(codec) = (row.open)(Some(&WeightsFile::new(weights)), &Cpu).unwrap() else {
        panic!("no codec of images")
    };
    let plane = SIDE * SIDE;
    let samples = (0..3 * plane).map(|at| (picture.data[at % 3 * plane + at / 3] * 255.0).round() as u8);
    let samples = Samples::U8(samples.collect());
    let image = Image::new(SIDE as u32, SIDE as u32, Color::Rgb, samples, None).unwrap();
    let options = EncodeOptions::default()
        .with_codec(Some(row.id))
        .with_quality(quality());
    let encoder = ImageEncoder::new(Codecs::default().with_image(codec), options);
    let (_, decoded) = encoder.encode_and_reconstruct(&image, &mut Unwatched).unwrap();
    let samples = decoded.samples().to_u8();
    let planes = (0..3).flat_map(|at| samples.iter().skip(at).step_by(3));
    planes.map(|value| f32::from(*value) / 255.0).collect()
}

#[test]
fn steps_against_the_gradient_lower_the_loss() {
    let (config, device) = (config(), Device::flex().autodiff());
    config.check().unwrap();
    let (_, model) = data::model(&config).unwrap();
    let mut task = VqTask::new(&config).unwrap();
    task.looks = vec![(Looks::Vgg, tiny(Looks::Vgg))];
    let pictures: Vec<Planes> = (0..2).map(picture).collect();
    let seen = pictures
        .iter()
        .map(|picture| model.see(picture, quality()).unwrap())
        .collect();
    let batch = VqBatch { pictures, seen };
    let fresh = export_params(&task.module(&device));
    let mut module = import_params(task.module(&device), &fresh, &device).unwrap();
    let mut optimizer = config.training.schedule().optimiser.init();
    let mut losses = Vec::new();
    for step in 0..6 {
        let loss = task.loss(&module, batch.clone(), step, &device).unwrap();
        losses.push(loss.value);
        let gradients = burn::optim::GradientsParams::from_grads(loss.total.backward(), &module);
        module = optimizer.step(2e-3, module, gradients);
    }
    assert!(losses[5] < 0.97 * losses[0], "{losses:?}");
}
