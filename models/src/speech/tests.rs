//! The networks in Burn against those of the codec.

use burn::tensor::{Device, Tensor, TensorData};
use lmc_codec::sound::SoundCodec;
use lmc_entropy::speech::IndexPrior;

use super::*;
use crate::Quality;
use crate::wavelet::{export_params, host_values};
use crate::zoo::TrainingRecord;

fn config() -> SpeechConfig {
    SpeechConfig {
        encoder_width: 16,
        encoder_blocks: 2,
        decoder_width: 16,
        decoder_blocks: 3,
        late_width: 8,
        late_blocks: 2,
        stages: 2,
        code_bits: 5,
        code_dims: 4,
        ..SpeechConfig::default()
    }
}

/// Speech-like enough: a buzz whose pitch and loudness wander.
fn sound(count: usize) -> Vec<f32> {
    let mut phase = 0.0f32;
    (0..count)
        .map(|n| {
            let t = n as f32 / 16_000.0;
            phase += (120.0 + 30.0 * (3.0 * t).sin()) / 16_000.0;
            let loud = 0.1 + 0.08 * (7.0 * t).sin();
            loud * (phase.fract() - 0.5) + 0.01 * (n as f32 * 1.7).sin()
        })
        .collect()
}

fn map(values: Vec<f32>, channels: usize) -> Tensor<4> {
    let shape = [1, 1, values.len() / channels, channels];
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

#[test]
fn the_codec_computes_what_was_trained() {
    let (config, device) = (config(), Device::flex());
    device.seed(11);
    let network = SpeechNetwork::new(&config, &device);
    let samples = sound(4 * PACKET_FRAMES * HOP);
    let latents = host_values(network.encoder.forward(map(Features::default().of(&samples), FEATURES)));
    let mut learner = Learner::new(&config);
    learner.start(&latents, 5);
    let mut params = export_params(&network);
    params.extend(learner.books.to_params());
    let prior = IndexPrior::new(config.index_shape()).unwrap();
    let model = SpeechModel::from_parts(&config, params, prior).unwrap();

    // A packet of the codec sees what lies around it; the networks see all of the sound.
    let halo = model.halo();
    let start = FEATURE_MARGIN + 60 * HOP;
    let window = &samples[start - halo..start + PACKET_FRAMES * HOP + halo];
    let all = Quality::new(100.0).unwrap();
    let encoded = model.encode(&[window], all).unwrap();
    let packet = model.read(&encoded.bytes, 1, all).unwrap();
    let books = config.codebooks();
    let latents = &latents[60 * config.latent()..][..PACKET_FRAMES * config.latent()];
    let mut out = vec![0.0; latents.len()];
    let error = |indices: &[u16], out: &mut [f32]| -> f32 {
        let frames = out.chunks_exact_mut(config.latent()).zip(indices.chunks_exact(books));
        frames.for_each(|(out, indices)| learner.books.add_up(indices, books, out));
        out.iter().zip(latents).map(|(a, b)| (a - b).powi(2)).sum()
    };
    let greedy = error(&learner.books.quantise(latents), &mut out);
    let indices: Vec<u16> = packet.symbols.iter().map(|symbol| *symbol as u16).collect();
    assert!(error(&indices, &mut out) <= 1.01 * greedy, "latents are the same");

    let values = host_values(network.decoder.forward(map(out, config.latent())));
    let wanted = Head::new(&config).synthesise(&values);
    let found = model.synthesise(None, &packet, None, 1, all).unwrap();
    let loudest = wanted.iter().fold(0.0f32, |most, sample| most.max(sample.abs()));
    assert!(loudest > 1e-3, "there is something to compare");
    for (found, wanted) in found[0].iter().zip(&wanted) {
        assert!((found - wanted).abs() < 1e-5 * loudest.max(1.0), "{found} {wanted}");
    }
}

#[test]
fn an_export_is_a_model() {
    let (config, device) = (config(), Device::flex());
    device.seed(12);
    let network = SpeechNetwork::new(&config, &device);
    let samples = sound(3 * PACKET_FRAMES * HOP);
    let latents = host_values(network.encoder.forward(map(Features::default().of(&samples), FEATURES)));
    let mut learner = Learner::new(&config);
    learner.start(&latents, 5);
    let mut params = export_params(&network);
    params.extend(learner.books.to_params());
    let manifest = SpeechManifest {
        id: "speech-test-v1".into(),
        codec: SPEECH_CODEC.into(),
        config,
        training: TrainingRecord::default(),
    };
    let (bytes, report) = export_speech(&manifest, &params, [Ok(samples)].into_iter(), |_| {}).unwrap();
    assert_eq!(report.bytes, bytes.len());
    assert!(report.bits_per_index > 0.0 && report.bits_per_index < 5.5);
    assert_eq!(SpeechModel::load(&bytes).unwrap().id(), manifest.id);
}
