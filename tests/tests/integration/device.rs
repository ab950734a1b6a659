//! Devices: symbols and pixels are the same on all of them, and the fast pixels of a GPU are nearly those.

use std::sync::{Arc, OnceLock};

use lmc_codec::{DecodeOptions, Image, ImageDecoder, ImageEncoder, Unwatched};
use lmc_models::device::{DeviceChoice, OpenDevice, available, open};
use lmc_models::wavelet::WaveletModel;
use lmc_models::zoo;
use lmc_tests::models::{decoder, encoder, options, verifier, with_model};
use lmc_tests::pictures::{distance, part, psnr_db, sample};

/// All GPUs that answer, real ones and software. Where CI runs without any, that is a failure and not a reason to skip.
pub(crate) fn gpus() -> &'static [OpenDevice] {
    static GPUS: OnceLock<Vec<OpenDevice>> = OnceLock::new();
    let gpus = GPUS.get_or_init(|| available().into_iter().skip(1).collect());
    if gpus.is_empty() {
        let help = "NO GPU ANSWERS, not even a software one, so nothing was compared. See 'Software Vulkan' in CONTRIBUTING.md";
        assert!(std::env::var_os("CI").is_none(), "{help}");
        eprintln!("\n!!!! SKIPPED: {help} !!!!\n");
    }
    gpus
}

/// The default model on a device.
fn model_on(device: &OpenDevice) -> Arc<WaveletModel> {
    let model = WaveletModel::load(zoo::image_model(zoo::Tune::default()).bytes, &device.device);
    Arc::new(model.unwrap_or_else(|error| panic!("{}: {error}", device.description)))
}

fn picture() -> Image {
    part(&sample(), 120, 60, 128, 128)
}

#[test]
fn symbols_do_not_depend_on_the_device() {
    for gpu in gpus() {
        let name = &gpu.description;
        let model = model_on(gpu);
        let on_gpu = ImageDecoder::new(with_model(model.clone()), DecodeOptions::default());
        let weights = zoo::image_model(zoo::Tune::default()).bytes;
        let fast = WaveletModel::load(weights, &gpu.device)
            .expect("shipped models load")
            .with_fast(true);
        let fast = ImageDecoder::new(with_model(Arc::new(fast)), DecodeOptions::default());
        for (quality, tile_size) in [(30.0, 1024), (75.0, 64)] {
            let from_cpu = encoder(quality, tile_size).encode(&picture()).expect("the CPU encodes");
            let from_gpu = ImageEncoder::new(with_model(model.clone()), options(quality, tile_size)).encode(&picture());
            let from_gpu = from_gpu.unwrap_or_else(|error| panic!("{name}: {error}"));
            // The transforms round otherwise, so the two may choose other symbols now and then, no more.
            let (a, b) = (from_cpu.bytes.len(), from_gpu.bytes.len());
            assert!(a.abs_diff(b) * 100 <= a, "{name} needs {b} bytes, the CPU {a}");
            for encoded in [from_cpu, from_gpu] {
                let verified = verifier().verify(&encoded.bytes).expect("the stream is verified");
                assert_eq!(verified.symbol_hash, Some(encoded.stats.symbol_hash), "{name}");
                let here = decoder(false).decode(&encoded.bytes).expect("the CPU decodes").picture;
                let there = on_gpu
                    .decode(&encoded.bytes)
                    .unwrap_or_else(|error| panic!("{name}: {error}"))
                    .picture;
                assert_eq!(here.pixel_hash(), there.pixel_hash(), "{name}");
                let fast = fast.decode(&encoded.bytes).expect("the GPU decodes").picture;
                // Floats are not the integers: a sample may round to the other side, and the filter behind may move it on.
                let (distance, likeness) = (distance(&here, &fast), psnr_db(&here, &fast));
                assert!(
                    distance <= 8 && likeness > 50.0,
                    "fast pixels on {name} are {distance} levels from those of the integers, {likeness} dB"
                );
            }
        }
    }
}

#[test]
fn a_gpu_knows_what_it_makes() {
    for gpu in gpus() {
        let model = model_on(gpu);
        let encoder = ImageEncoder::new(with_model(model.clone()), options(50.0, 1024));
        let (encoded, reconstruction) = encoder
            .encode_and_reconstruct(&picture(), &mut Unwatched)
            .expect("the GPU encodes");
        let decoded = ImageDecoder::new(with_model(model), DecodeOptions::default()).decode(&encoded.bytes);
        let decoded = decoded.unwrap_or_else(|error| panic!("{}: {error}", gpu.description));
        assert_eq!(
            decoded.picture.pixel_hash(),
            reconstruction.pixel_hash(),
            "{}",
            gpu.description
        );
    }
}

#[test]
fn devices_are_chosen_by_name() {
    let found = gpus().len();
    let cpu = open(DeviceChoice::Cpu).expect("there is always a CPU");
    assert_eq!((cpu.description.as_str(), cpu.hardware_gpu), ("cpu", false));
    let auto = open(DeviceChoice::Auto).expect("auto takes what there is");
    assert_eq!(
        auto.hardware_gpu,
        gpus().iter().any(|gpu| gpu.hardware_gpu),
        "software is no reason to leave the CPU"
    );
    assert!(open(DeviceChoice::Gpu(found + 50)).is_err());
    assert_eq!("gpu:3".parse::<DeviceChoice>().ok(), Some(DeviceChoice::Gpu(3)));
    assert!("gpu:x".parse::<DeviceChoice>().is_err() && "tpu".parse::<DeviceChoice>().is_err());
}
