//! The exported integers against the twin they come from.

use burn::tensor::{Device, Tensor, TensorData};
use lmc_entropy::prior::Latents;

use super::export_wavelet;
use crate::train::CropBatch;
use crate::wavelet::packet::{BANDS, BLOCK};
use crate::wavelet::{
    Planes, Quality, WaveletCodec, WaveletConfig, WaveletModel, export_params, import_params, packet, start_from_klt,
};
use crate::zoo::{Manifest, TrainingRecord};

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
fn integers_cost_what_the_twin_estimates() {
    let device = Device::flex();
    device.seed(3);
    let config = WaveletConfig {
        width: 24,
        latents: 32,
        hyper: 8,
        prior_width: 24,
        encoder_blocks: 1,
        decoder_blocks: 1,
        ..Default::default()
    };
    let crops = crops(6);
    let bands: Vec<f32> = crops
        .data
        .chunks_exact(3 * SIDE * SIDE)
        .flat_map(|crop| packet::forward(&crop.iter().map(|v| v - 0.5).collect::<Vec<_>>(), SIDE, SIDE))
        .collect();
    let mut params = export_params(&WaveletCodec::new(&config, &device));
    start_from_klt(&mut params, &config, &bands, [SIDE / BLOCK, SIDE / BLOCK]).unwrap();
    let manifest = Manifest {
        id: "wavelet-test-v1".into(),
        codec: "wavelet".into(),
        config: config.clone(),
        training: TrainingRecord::default(),
    };
    let (bytes, report) = export_wavelet(&manifest, &params, std::slice::from_ref(&crops), &device).unwrap();
    assert_eq!(report.bytes, bytes.len());
    assert!(report.counted_bits <= report.gaussian_bits);

    let model = WaveletModel::load(&bytes, &device).unwrap();
    let codec = import_params(WaveletCodec::new(&config, &device), &params, &device).unwrap();
    let quality = Quality::new(60.0).unwrap();
    let (mut real, mut estimated) = (0.0, 0.0);
    for (index, crop) in crops.data.chunks_exact(3 * SIDE * SIDE).enumerate() {
        let window = Planes {
            height: SIDE,
            width: SIDE,
            data: crop.to_vec(),
        };
        let field = model.analyse(&window, quality).unwrap();
        let (z, y) = model.quantise(&field).unwrap();
        let (height, width) = (field.height, field.width);
        let coded = model.prior().compress(&Latents { height, width, z, y }).unwrap();
        real += 8.0 * coded.bytes.len() as f64;
        let back = model.prior().decompress(&coded.bytes, height, width).unwrap();
        assert_eq!((back.y_hat, back.checksum), (coded.y_hat, coded.checksum));
        let size = SIDE * SIDE * 3;
        let shape = [1, SIDE / BLOCK, SIDE / BLOCK, BANDS];
        let bands = TensorData::new(bands[index * size..(index + 1) * size].to_vec(), shape);
        let outcome = codec.evaluate(Tensor::from_data(bands, &device), &[quality.position(config.anchors)]);
        // The counted tables and the untrained prior of z leave room between the two; the networks must agree.
        estimated += f64::from(outcome.bits.into_scalar::<f32>());
    }
    let ratio = real / estimated;
    assert!(
        (0.6..1.1).contains(&ratio),
        "{real} bits for an estimate of {estimated}"
    );
}
