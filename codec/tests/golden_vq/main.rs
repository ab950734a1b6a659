//! Golden streams of the codec `vq`: the shipped model decodes them to the same symbols and pixels for ever.
//!
//! `LMC_REGENERATE=1 cargo test --release -p lmc-codec --test golden_vq` writes them anew, which only a new model before its
//! release, or a new version of the format, may make necessary.

use std::fs;
use std::path::{Path, PathBuf};

use lmc_codec::codecs::{Codecs, Cpu, Registry};
use lmc_codec::files::read_path;
use lmc_codec::weights::WeightsFile;
use lmc_codec::{
    Color, DecodeOptions, EncodeOptions, Image, ImageDecoder, ImageEncoder, Limits, Quality, Rect, Samples, Scale,
};

const MODEL: &str = "vq-v1";

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn codecs() -> Codecs {
    let bytes = fs::read(repository("weights/files").join(MODEL).with_extension("safetensors")).unwrap();
    let registry = Registry::default();
    let row = registry.named("vq").unwrap();
    let codec = (row.open)(Some(&WeightsFile::new(&bytes)), &Cpu).unwrap();
    Codecs::default().with_image(codec.image().unwrap())
}

/// A photograph, as another codec once decoded it.
fn photograph() -> Image {
    read_path(&repository("codec/tests/golden_vq/photograph.png"), &Limits::default()).unwrap()
}

fn part(image: &Image, [x, y, width, height]: [u32; 4]) -> Image {
    let samples = image.samples().to_u8();
    let rows = (y..y + height).flat_map(|row| {
        let start = ((row * image.width() + x) * 3) as usize;
        samples[start..start + 3 * width as usize].to_vec()
    });
    Image::new(width, height, Color::Rgb, Samples::U8(rows.collect()), None).unwrap()
}

fn gray(image: &Image) -> Image {
    let samples = image.samples().to_u8();
    let mean = samples
        .chunks(3)
        .map(|pixel| (pixel.iter().map(|&v| u16::from(v)).sum::<u16>() / 3) as u8);
    Image::new(
        image.width(),
        image.height(),
        Color::Gray,
        Samples::U8(mean.collect()),
        None,
    )
    .unwrap()
}

fn see_through(image: Image) -> Image {
    let alpha = (0..image.width() * image.height())
        .map(|at| (at % image.width()) as u8)
        .collect();
    image.with_alpha(Some(Samples::U8(alpha))).unwrap()
}

/// Name, picture, quality and tile size.
fn cases() -> Vec<(&'static str, Image, f32, u32)> {
    let whole = photograph();
    vec![
        ("sample-100", whole.clone(), 100.0, 1024),
        ("sample-50", whole.clone(), 50.0, 1024),
        ("sample-0", whole.clone(), 0.0, 1024),
        ("gray", gray(&part(&whole, [60, 40, 120, 90])), 80.0, 1024),
        ("alpha", see_through(part(&whole, [100, 80, 100, 75])), 70.5, 1024),
        ("one-pixel", part(&whole, [77, 99, 1, 1]), 90.0, 1024),
        ("odd", part(&whole, [31, 5, 17, 33]), 90.0, 1024),
        ("tiles-of-64", part(&whole, [40, 30, 150, 130]), 95.0, 64),
    ]
}

fn encode(picture: &Image, quality: f32, tile_size: u32) -> Vec<u8> {
    let options = EncodeOptions::default()
        .with_codec(Registry::default().named("vq").map(|row| row.id))
        .with_quality(Quality::new(quality).unwrap())
        .with_tile_size(tile_size);
    ImageEncoder::new(codecs(), options).encode(picture).unwrap().bytes
}

fn psnr_db(a: &Image, b: &Image) -> f64 {
    let (a, b) = (a.samples().to_u8(), b.samples().to_u8());
    let sum: f64 = a
        .iter()
        .zip(b.iter())
        .map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2))
        .sum();
    10.0 * (255.0f64.powi(2) * a.len() as f64 / sum.max(1e-9)).log10()
}

#[test]
fn golden_streams_decode_to_the_same_symbols_and_pixels() {
    let folder = repository("tests/golden").join(MODEL);
    let path = |name: &str| folder.join(name).with_extension("lmc");
    let decoder = ImageDecoder::new(codecs(), DecodeOptions::default());
    let regenerate = std::env::var_os("LMC_REGENERATE").is_some();
    let mut index = String::new();
    for (name, picture, quality, tile_size) in cases() {
        if regenerate {
            fs::create_dir_all(&folder).unwrap();
            fs::write(path(name), encode(&picture, quality, tile_size)).unwrap();
        }
        let bytes = fs::read(path(name)).unwrap();
        let decoded = decoder.decode(&bytes).unwrap().picture;
        let verified = decoder.verify(&bytes).unwrap();
        let (hash, symbols) = (verified.symbol_hash.unwrap(), verified.symbols);
        let (psnr, pixels) = (psnr_db(&decoded, &picture), decoded.pixel_hash());
        index += &format!("{hash:016x} {symbols:>7} {psnr:7.3} {pixels} {name}\n");
    }
    if regenerate {
        fs::write(folder.join("index.txt"), &index).unwrap();
    }
    assert_eq!(fs::read_to_string(folder.join("index.txt")).unwrap(), index);
}

#[test]
fn photographs_are_recognised_at_every_rate_and_scale() {
    let original = photograph();
    let pixels = f64::from(original.width() * original.height());
    let mut last = (0.0, 0.0);
    for (quality, least_db) in [(30.0, 15.0), (60.0, 18.0), (100.0, 20.0)] {
        let bytes = encode(&original, quality, 1024);
        let decoded = ImageDecoder::new(codecs(), DecodeOptions::default())
            .decode(&bytes)
            .unwrap();
        let now = (bytes.len() as f64 * 8.0 / pixels, psnr_db(&decoded.picture, &original));
        assert!(
            now.0 > last.0 && now.1 > last.1 && now.1 > least_db && now.0 < 0.08,
            "{now:?} after {last:?}"
        );
        last = now;
        let small = DecodeOptions::default().with_scale(Scale::Quarter);
        let small = ImageDecoder::new(codecs(), small).decode(&bytes).unwrap().picture;
        assert_eq!(
            (small.width(), small.height()),
            (original.width().div_ceil(4), original.height().div_ceil(4))
        );
        let region = Rect {
            x: 17,
            y: 33,
            width: 80,
            height: 50,
        };
        let options = DecodeOptions::default().with_region(Some(region));
        let found = ImageDecoder::new(codecs(), options).decode(&bytes).unwrap().picture;
        assert_eq!(found.samples(), part(&decoded.picture, [17, 33, 80, 50]).samples());
    }
}
