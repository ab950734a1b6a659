//! Pixels on a GPU are those of the CPU, bit for bit: full images, tiles, regions, small versions, filters.

use lmc_codec::codecs::wavelet::WaveletCpu;
use lmc_codec::{Color, DecodeOptions, Image, ImageDecoder, ImageEncoder, ImageModel, Quality, Rect, Samples, Scale};
use lmc_models::wavelet::WaveletModel;
use lmc_models::zoo::{self, ShippedModel, Tune};
use lmc_tests::models::{options, shipped_on_cpu, with_model};
use lmc_tests::pictures::{deep, grainy, gray, part, sample};

use crate::device::gpus;

const QUALITIES: [f32; 5] = [15.0, 40.0, 60.0, 80.0, 98.0];

fn models() -> [&'static ShippedModel; 2] {
    [Tune::Psnr, Tune::Perceptual].map(zoo::image_model)
}

/// Numbers of -bound to bound that follow from a seed.
fn random(seed: u64) -> impl FnMut(i64) -> i64 {
    let mut state = seed;
    move |bound| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64 % (2 * bound + 1) - bound
    }
}

/// Decodes with both models, in full, a region and small, and compares all samples.
fn compare(stream: &[u8], models: [&std::sync::Arc<WaveletModel>; 2], what: &str) {
    let region = Rect {
        x: 31,
        y: 17,
        width: 45,
        height: 38,
    };
    let mut views = vec![(None, Scale::Full), (Some(region), Scale::Full)];
    views.extend([Scale::Half, Scale::Quarter, Scale::Eighth].map(|scale| (None, scale)));
    views.push((Some(region), Scale::Half));
    for (region, scale) in views {
        let view = DecodeOptions::default().with_region(region).with_scale(scale);
        let [here, there] = models.map(|model| {
            let decoder = ImageDecoder::new(with_model(model.clone()), view.clone());
            let decoded = decoder.decode(stream).unwrap_or_else(|error| panic!("{what}: {error}"));
            decoded.picture
        });
        assert!(here == there, "{what}: {region:?} {scale:?} has other pixels");
    }
}

#[test]
fn a_gpu_makes_the_pixels_of_the_cpu() {
    for (gpu, shipped) in gpus().iter().flat_map(|gpu| models().map(|model| (gpu, model))) {
        let cpu = shipped_on_cpu(shipped);
        let there = WaveletModel::load(shipped.bytes, &gpu.device).expect("shipped models load");
        assert!(there.paints_on_device() && !cpu.paints_on_device());
        let there = std::sync::Arc::new(there);
        let image = part(&sample(), 90, 40, 118, 85);
        for (at, quality) in QUALITIES.into_iter().enumerate() {
            let image = match at {
                1 => gray(&image),
                2 => deep(&image),
                3 => grainy(&image),
                4 => deep(&gray(&image)),
                _ => image.clone(),
            };
            let tile_size = [1024, 64][at % 2];
            let encoder = ImageEncoder::new(with_model(cpu.clone()), options(quality, tile_size));
            let encoded = encoder.encode(&image).expect("the CPU encodes");
            let what = format!("{} {} at {quality}", gpu.description, shipped.id);
            compare(&encoded.bytes, [&cpu, &there], &what);
        }
    }
}

/// Signs and sizes that no image has: every clamp and every edge, in one row or column, too.
#[test]
fn any_latents_give_the_same_pixels() {
    for (gpu, shipped) in gpus().iter().flat_map(|gpu| models().map(|model| (gpu, model))) {
        let cpu = WaveletCpu::load(shipped.bytes).expect("shipped models load");
        let there = WaveletModel::load(shipped.bytes, &gpu.device).expect("shipped models load");
        let mut next = random(5);
        for (at, [height, width]) in [[1, 1], [1, 5], [4, 1], [3, 3], [2, 9]].into_iter().enumerate() {
            let y_hat: Vec<i16> = (0..height * width * there.channels())
                .map(|_| match at {
                    0 => next(1) as i16 * i16::MAX,
                    1 => next(32_767) as i16,
                    _ => (next(60) * next(60) / 4) as i16,
                })
                .collect();
            for (hundredths, scale) in [
                (0, Scale::Full),
                (3_333, Scale::Full),
                (6_000, Scale::Half),
                (9_898, Scale::Quarter),
                (9_898, Scale::Eighth),
            ] {
                let quality = Quality::from_hundredths(hundredths).expect("a quality");
                let wanted = cpu.synthesise(&y_hat, height, width, quality, scale).expect("the CPU");
                let found = there.synthesise(&y_hat, height, width, quality, scale);
                let found = found.unwrap_or_else(|error| panic!("{}: {error}", gpu.description));
                assert!(found == wanted, "{} {height}x{width} {scale:?}", gpu.description);
            }
        }
    }
}

#[test]
fn filters_give_the_same_samples() {
    for (gpu, shipped) in gpus().iter().flat_map(|gpu| models().map(|model| (gpu, model))) {
        let cpu = WaveletCpu::load(shipped.bytes).expect("shipped models load");
        let there = WaveletModel::load(shipped.bytes, &gpu.device).expect("shipped models load");
        let mut next = random(9);
        for (width, height) in [(1, 1), (1, 7), (3, 2), (67, 5), (130, 33)] {
            let mut eights = || (0..3 * width * height).map(|_| (next(1_000) & 255) as u8).collect();
            let image = Image::new(width, height, Color::Rgb, Samples::U8(eights()), None).expect("the size fits");
            for image in [image.clone(), deep(&image)] {
                for quality in QUALITIES.map(|quality| Quality::new(quality).expect("a quality")) {
                    let filter = cpu.restoration(quality).expect("shipped models have filters");
                    let wanted = cpu.restored(&image, &filter).expect("the CPU");
                    let found = there.restored(&image, &filter);
                    let found = found.unwrap_or_else(|error| panic!("{}: {error}", gpu.description));
                    assert!(found == wanted, "{} {width}x{height}", gpu.description);
                }
            }
        }
    }
}
