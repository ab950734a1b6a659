//! The task on small clips.

use burn::optim::GradientsParams;
use burn::tensor::Device;
use lmc_codec::codecs::video::VideoConfig;
use lmc_codec::codecs::video::motion::{Vector, VectorField};
use lmc_datasets::{Clip, ClipSample};
use lmc_entropy::prior::{Given, LatentPrior, PriorSpec, SideNetwork, SideSpec};
use lmc_entropy::trellis::Quantisation;

use super::loss::{draw_positions, loss};
use super::start::{completed, started};
use super::*;
use crate::export::{Ranges, export_video};
use crate::train::Settings;
use crate::wavelet::{WaveletConfig, export_params, host_values};

const SIDE: usize = 128;

fn config() -> VideoTrainConfig {
    VideoTrainConfig {
        model: VideoConfig {
            image: WaveletConfig {
                width: 16,
                latents: 12,
                hyper: 4,
                prior_width: 8,
                encoder_blocks: 1,
                decoder_blocks: 1,
                anchors: 3,
                ..WaveletConfig::default()
            },
            side_features: true,
            side_width: 8,
        },
        crop: 64,
        clip_side: SIDE,
        ..VideoTrainConfig::default()
    }
}

/// A pattern that moves three pixels to the left with each frame and gets lighter; vectors are a quarter of a pixel off.
fn sample() -> ClipSample {
    let frame = |index: usize| {
        let pixel = move |at: usize| {
            let (x, y) = ((at % SIDE + 3 * index) as f32, (at / SIDE) as f32);
            let value = 110.0 + 3.0 * index as f32 + 60.0 * (x * 0.3).sin() + 40.0 * (y * 0.21 + x * 0.05).cos();
            [value as u8, (value * 0.8) as u8, (y * 1.5) as u8]
        };
        (0..SIDE * SIDE).flat_map(pixel).collect::<Vec<u8>>()
    };
    let mut field = VectorField::still(SIDE, SIDE);
    field.vectors.fill(Vector { x: 13, y: 0 });
    let clip = Clip {
        side: SIDE,
        frames: (0..4).map(frame).collect(),
        fields: vec![field; 3],
        quality: 5_000,
        is_staged: false,
    };
    ClipSample { clip, place: [32, 16] }
}

/// A codec whose random weights do not depend on what other tests draw meanwhile.
fn codec(config: &VideoTrainConfig, device: &Device) -> (VideoTask, VideoCodec) {
    let task = VideoTask::new(config).unwrap();
    let module = task.module(device);
    let mut params = export_params(&module);
    let mut state = 7u32;
    let drawn = |name: &str| name.ends_with(".weight") && !OWN_ZERO.contains(&name) && !name.starts_with("z_prior");
    for (_, tensor) in params.iter_mut().filter(|(name, _)| drawn(name)) {
        let bound = 1.0 / (tensor.shape[0] as f32).sqrt();
        for value in &mut tensor.data {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *value = ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * bound;
        }
    }
    (task, import_params(module, &params, device).unwrap())
}

/// Weights that start at zero.
const OWN_ZERO: [&str; 5] = [
    "seen.analysis.weight",
    "seen.synthesis.weight",
    "side.output.weight",
    "g_a.skip.weight",
    "g_s.skip.weight",
];

#[test]
fn frames_in_a_row_have_a_loss_with_gradients() {
    let device = Device::flex().autodiff();
    let config = config();
    config.check().unwrap();
    let (task, codec) = codec(&config, &device);
    let samples = [sample(), sample()];
    let loss = loss(&config, (&codec, task.coding(Phase::Train)), &samples, 0, &device).unwrap();
    assert!(loss.value.is_finite() && loss.value > 0.0);
    let prediction = loss
        .scores
        .iter()
        .find(|score| score.name == "prediction_db")
        .unwrap()
        .value;
    assert!((25.0..60.0).contains(&prediction), "{prediction} dB");
    let gradients = loss.total.backward();
    let side = codec.side.as_ref().unwrap();
    let seen = [&codec.seen.analysis, &codec.seen.synthesis, &side.output];
    for (index, layer) in seen.into_iter().enumerate() {
        let gradient = layer.weight.val().grad(&gradients).unwrap();
        let size: f32 = gradient.abs().sum().into_scalar();
        assert!(size > 0.0, "layer {index}: {size}");
    }
}

/// The loss, and its gradient for the last biases of the synthesis.
fn slope(config: &VideoTrainConfig, device: &Device) -> (f32, Vec<f32>) {
    let (task, codec) = codec(config, device);
    let loss = loss(config, (&codec, task.coding(Phase::Evaluate)), &[sample()], 0, device).unwrap();
    let own = GradientsParams::from_grads(loss.total.backward(), &codec);
    let gradients = loss.earlier.into_iter().chain([own]);
    let of = |gradients: GradientsParams| gradients.get::<1>(codec.g_s.output.bias.id).map(host_values);
    let parts: Vec<Vec<f32>> = gradients.filter_map(of).collect();
    let sums = (0..parts[0].len()).map(|at| parts.iter().map(|part| part[at]).sum());
    (loss.value, sums.collect())
}

#[test]
fn gradients_go_through_the_loop() {
    let device = Device::flex().autodiff();
    let plain = VideoTrainConfig {
        frames: 3,
        cycle: vec![0.0],
        ..config()
    };
    let through = VideoTrainConfig {
        through_loop: true,
        ..plain.clone()
    };
    let ((value, apart), (same, joint)) = (slope(&plain, &device), slope(&through, &device));
    assert_eq!(value, same);
    let size = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>().sqrt();
    let more: Vec<f32> = joint.iter().zip(&apart).map(|(joint, apart)| joint - apart).collect();
    let share = size(&more) / size(&apart);
    assert!((0.05..5.0).contains(&share), "{share}");
}

#[test]
fn one_frame_has_no_loop() {
    let device = Device::flex().autodiff();
    let plain = VideoTrainConfig { frames: 1, ..config() };
    let through = VideoTrainConfig {
        through_loop: true,
        ..plain.clone()
    };
    assert_eq!(slope(&plain, &device), slope(&through, &device));
}

#[test]
fn side_features_change_nothing_at_the_start() {
    let device = Device::flex();
    let with = config();
    let mut without = config();
    without.model.side_features = false;
    let (task, module) = codec(&with, &device);
    let fresh = export_params(&codec(&without, &device).1);
    let params = completed(&without.model, fresh, export_params(&module));
    assert!(params.keys().all(|name| !name.starts_with("side.")));
    let (plain_task, plain) = codec(&without, &device);
    let plain = import_params(plain, &params, &device).unwrap();
    let samples = [sample()];
    let measure = |config: &VideoTrainConfig, task: &VideoTask, codec: &VideoCodec| {
        let coding = task.coding(Phase::Evaluate);
        loss(config, (codec, coding), &samples, 5, &device).unwrap().value
    };
    assert_eq!(measure(&with, &task, &module), measure(&without, &plain_task, &plain));
}

#[test]
fn a_model_of_images_is_a_start() {
    let device = Device::flex();
    let config = config();
    let image = crate::wavelet::WaveletCodec::new(&config.model.image, &device);
    let (_, fresh) = codec(&config, &device);
    let params = completed(&config.model, export_params(&fresh), export_params(&image));
    let module = import_params(fresh, &params, &device).unwrap();
    assert_eq!(export_params(&module.g_a), export_params(&image.g_a));
    let weight: f32 = module.seen.synthesis.weight.val().abs().sum().into_scalar();
    assert_eq!(weight, 0.0);
}

#[test]
fn integers_of_the_prior_code_about_what_the_twin_expects() {
    let device = Device::flex();
    let config = config();
    let (task, codec) = codec(&config, &device);
    let mut params = export_params(&codec);
    // The side features start without any effect: here they shall have one.
    let output = params.get_mut("side.output.weight").unwrap();
    output
        .data
        .iter_mut()
        .enumerate()
        .for_each(|(at, value)| *value = (at % 7) as f32 - 3.0);
    let codec = import_params(codec, &params, &device).unwrap();
    let coding = task.coding(Phase::Evaluate);
    let (mut ranges, samples) = (Ranges::default(), [sample(), sample()]);
    let observed = |ranges: &mut Ranges| {
        let frames = export::observe(&config, (&codec, coding), (&samples, 3), ranges, &device).unwrap();
        frames.0.into_iter().next().unwrap()
    };
    let (frames, crops) = export::observe(&config, (&codec, coding), (&samples, 3), &mut ranges, &device).unwrap();
    assert_eq!(frames.len(), config.frames * samples.len());
    let manifest = Manifest {
        id: "video-test-v1".into(),
        codec: "video".into(),
        config: config.model.clone(),
        training: Default::default(),
    };
    let (bytes, report) = export_video(&manifest, &params, &ranges, (frames, crops), &device).unwrap();
    assert!(report.counted_bits.is_finite());

    let contents = crate::zoo::read_tensors(&bytes).unwrap();
    let prior = LatentPrior::new(PriorSpec::from_bytes(&contents.blobs["prior"]).unwrap()).unwrap();
    let side = SideSpec::from_bytes(&contents.blobs["side"]).unwrap();
    let side = SideNetwork::new(side, &prior).unwrap();
    let frame = observed(&mut ranges);
    let (height, width) = (frame.latents.height, frame.latents.width);
    let features = side.run(frame.bands, &frame.inputs).unwrap();
    assert!(features.data.iter().any(|value| value.unsigned_abs() > 3));
    let given = Given {
        coding: Quantisation::Rounding.into(),
        side: Some(&features),
        skipped: None,
    };
    let coded = prior.compress(&frame.latents, given).unwrap();
    let back = prior.decompress(&coded.bytes, height, width, given).unwrap();
    assert_eq!(back.checksum, coded.checksum);

    // What goes on from the file computes nearly the same.
    let again = started(&config.model, export_params(&codec), &bytes).unwrap();
    let again = import_params(self::codec(&config, &device).1, &again, &device).unwrap();
    let cost = |codec: &VideoCodec| loss(&config, (codec, coding), &samples, 3, &device).unwrap().scores[0].value;
    let (before, after) = (cost(&codec), cost(&again));
    assert!((after / before - 1.0).abs() < 0.15, "{before}, {after} bits per pixel");
}

#[test]
fn the_prior_alone_can_be_trained() {
    let device = Device::flex().autodiff();
    let config = VideoTrainConfig {
        part: VideoPart::Prior,
        ..config()
    };
    let (task, codec) = codec(&config, &device);
    let codec = task.trained(codec);
    let loss = loss(&config, (&codec, task.coding(Phase::Train)), &[sample()], 0, &device).unwrap();
    let gradients = loss.total.backward();
    assert!(codec.g_a.input.weight.val().grad(&gradients).is_none());
    assert!(codec.prior.first.input.weight.val().grad(&gradients).is_some());
}

#[test]
fn positions_follow_the_cycle_within_the_anchors() {
    let config = config();
    let samples = [sample(), sample()];
    let positions = draw_positions(&config, 7, &samples);
    assert_eq!(positions, draw_positions(&config, 7, &samples));
    assert_ne!(positions, draw_positions(&config, 8, &samples));
    assert_eq!(positions.len(), config.frames);
    assert!(
        positions
            .iter()
            .flatten()
            .all(|position| (0.0..=2.0).contains(position))
    );
}

#[test]
fn settings_that_cannot_work_are_refused() {
    for bad in [
        VideoTrainConfig { crop: 100, ..config() },
        VideoTrainConfig { frames: 4, ..config() },
        VideoTrainConfig {
            cycle: Vec::new(),
            ..config()
        },
        VideoTrainConfig {
            offset: [1.0, -1.0],
            ..config()
        },
        VideoTrainConfig { clips: 0, ..config() },
    ] {
        assert!(bad.check().is_err());
    }
}
