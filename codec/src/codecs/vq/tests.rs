//! The whole codec with a small model that is fitted to drawn pictures.

use std::sync::{Arc, OnceLock};

use super::fit::fit;
use super::fit::tests::{Drawn, small};
use super::*;
use crate::codecs::image::Scale;
use crate::codecs::{AnyCodec, Codecs, Registry};
use crate::container::{Mode, PartKind, StreamParts, StreamWriter};
use crate::error::CodecError;
use crate::media::image::{Color, Depth, Image, Samples};
use crate::tiles::Rect;
use crate::watch::Unwatched;
use crate::weights::{Manifest, TensorFile, WeightsFile};
use crate::{DecodeOptions, EncodeOptions, ImageDecoder, ImageEncoder, Limits, Quality};

/// The weights file of a small model.
pub(super) fn weights() -> &'static [u8] {
    static WEIGHTS: OnceLock<Vec<u8>> = OnceLock::new();
    WEIGHTS.get_or_init(|| {
        let parts = fit(&small(), &Drawn(48), &mut |_| ()).unwrap();
        let manifest = Manifest {
            id: "vq-drawn-v1".into(),
            codec: VQ_CODEC.into(),
            ..Manifest::default()
        };
        parts.serialize(manifest).unwrap()
    })
}

fn codecs() -> Codecs {
    let registry = Registry::default();
    let row = registry.named(VQ_CODEC).unwrap();
    let codec = (row.open)(Some(&WeightsFile::new(weights())), &crate::codecs::Cpu).unwrap();
    let AnyCodec::Image(codec) = codec else {
        panic!("no codec of images")
    };
    Codecs::default().with_image(codec)
}

fn encoder(quality: f32, tile_size: u32) -> ImageEncoder {
    let registry = Registry::default();
    let options = EncodeOptions::default()
        .with_codec(registry.named(VQ_CODEC).map(|row| row.id))
        .with_quality(Quality::new(quality).unwrap())
        .with_tile_size(tile_size);
    ImageEncoder::new(codecs(), options)
}

fn decoder(options: DecodeOptions) -> ImageDecoder {
    ImageDecoder::new(codecs(), options)
}

/// A slope with an edge and some grain.
pub(super) fn scene(width: u32, height: u32, color: Color, alpha: bool) -> Image {
    let channels = color.channels();
    let sample = |at: usize| {
        let (pixel, channel) = (at / channels, at % channels);
        let (x, y) = (pixel as u32 % width, pixel as u32 / width);
        let edge = if 2 * x > y + width / 2 { 70 } else { 0 };
        let grain = texture::mixed(3, pixel as u32) >> 29;
        (20 + edge + x / 4 + y / 8 + 15 * channel as u32 + grain).min(255) as u8
    };
    let samples = (0..(width * height) as usize * channels).map(sample).collect();
    let alpha = alpha.then(|| Samples::U8((0..width * height).map(|at| (at % 251) as u8).collect()));
    Image::new(width, height, color, Samples::U8(samples), alpha).unwrap()
}

fn distance(a: &Image, b: &Image) -> f64 {
    let (a, b) = (a.samples().to_u8(), b.samples().to_u8());
    let squares = a.iter().zip(b.iter()).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
    squares.sum::<f64>() / a.len() as f64
}

#[test]
fn pictures_of_all_sizes_and_kinds_come_back() {
    for (width, height) in [(1, 1), (15, 17), (130, 65), (257, 100)] {
        for color in [Color::Gray, Color::Rgb] {
            for alpha in [false, true] {
                let original = scene(width, height, color, alpha);
                let encoder = encoder(100.0, 64);
                let (encoded, expected) = encoder.encode_and_reconstruct(&original, &mut Unwatched).unwrap();
                let decoded = decoder(DecodeOptions::default())
                    .decode(&encoded.bytes)
                    .unwrap()
                    .picture;
                assert!(decoded == expected, "{width}x{height} {color:?} {alpha}");
                assert_eq!((decoded.width(), decoded.height()), (width, height));
                assert_eq!(decoded.alpha(), original.alpha());
                assert!(distance(&decoded, &original) < 2500.0);
            }
        }
    }
}

#[test]
fn deep_samples_are_painted_too() {
    let eight = scene(90, 70, Color::Rgb, false);
    let samples = eight
        .samples()
        .to_u8()
        .iter()
        .map(|&value| u16::from(value) * 257)
        .collect();
    let deep = Image::new(90, 70, Color::Rgb, Samples::U16(samples), None).unwrap();
    let bytes = encoder(100.0, 64).encode(&deep).unwrap().bytes;
    let decoded = decoder(DecodeOptions::default()).decode(&bytes).unwrap().picture;
    assert_eq!(decoded.depth(), Depth::Sixteen);
    assert!(distance(&decoded, &eight) < 600.0);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes_and_pixels() {
    let original = scene(300, 200, Color::Rgb, false);
    let run = || {
        let bytes = encoder(70.0, 128).encode(&original).unwrap().bytes;
        let picture = decoder(DecodeOptions::default()).decode(&bytes).unwrap().picture;
        (bytes, picture)
    };
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap()
        .install(run);
    let three = rayon::ThreadPoolBuilder::new()
        .num_threads(3)
        .build()
        .unwrap()
        .install(run);
    assert!(one == three);
}

#[test]
fn regions_are_parts_of_the_whole_and_small_versions_are_like_it() {
    let original = scene(310, 190, Color::Rgb, false);
    let bytes = encoder(100.0, 64).encode(&original).unwrap().bytes;
    let whole = decoder(DecodeOptions::default()).decode(&bytes).unwrap().picture;
    for (x, y, width, height) in [(0, 0, 310, 190), (37, 51, 101, 77), (250, 150, 60, 40)] {
        let region = Rect { x, y, width, height };
        let options = DecodeOptions {
            region: Some(region),
            ..DecodeOptions::default()
        };
        let part = decoder(options).decode(&bytes).unwrap().picture;
        assert!(part == whole.clone().part(&region).unwrap(), "{region}");
    }
    for (scale, width) in [(Scale::Half, 155), (Scale::Quarter, 78), (Scale::Eighth, 39)] {
        let small = decoder(DecodeOptions::default().with_scale(scale))
            .decode(&bytes)
            .unwrap();
        assert_eq!(small.picture.width(), width);
    }
}

#[test]
fn bytes_grow_with_quality() {
    let original = scene(256, 256, Color::Rgb, false);
    let bytes = [0.0, 40.0, 100.0].map(|quality| encoder(quality, 1024).encode(&original).unwrap().bytes.len());
    assert!(bytes[0] < bytes[1] && bytes[1] < bytes[2], "{bytes:?}");
}

/// The stream without one of its tiles, or with its symbols changed.
fn without(bytes: &[u8], tile: u32) -> Vec<u8> {
    let stream = StreamParts::read(bytes, &Limits::default(), Mode::Strict).unwrap();
    let mut writer = StreamWriter::new(Vec::new(), &stream.header).unwrap();
    for part in stream.all(PartKind::Symbols) {
        let checksum = part.checksum ^ u32::from(part.index == tile);
        writer.part(part.index, checksum, &part.bytes).unwrap();
    }
    writer.finish().unwrap().0
}

#[test]
fn damage_stays_local_and_lost_tiles_continue_what_is_around() {
    let original = scene(320, 320, Color::Rgb, false);
    let bytes = encoder(100.0, 64).encode(&original).unwrap().bytes;
    let whole = decoder(DecodeOptions::default()).decode(&bytes).unwrap().picture;
    let damaged = without(&bytes, 12);
    assert!(matches!(
        decoder(DecodeOptions::default()).decode(&damaged),
        Err(CodecError::Desync { tile: 12, .. })
    ));
    let mended = decoder(DecodeOptions::default().with_conceal(true))
        .decode(&damaged)
        .unwrap();
    assert_eq!(mended.damage.lost(PartKind::Symbols), 1);
    let hole = Rect {
        x: 128,
        y: 128,
        width: 64,
        height: 64,
    };
    let (near, inside) = (hole.grown(48, 320, 320), |image: &Image| {
        image.clone().part(&hole).unwrap()
    });
    let gray = Image::new(64, 64, Color::Rgb, Samples::U8(vec![128; 64 * 64 * 3]), None).unwrap();
    let [found, worst] = [&inside(&mended.picture), &gray].map(|part| distance(part, &inside(&original)));
    assert!(found < worst, "{found} is not better than gray, {worst}");
    let (found, wanted) = (mended.picture.samples().to_u8(), whole.samples().to_u8());
    for at in 0..320 * 320 {
        let (x, y) = (at % 320, at / 320);
        let is_near = x >= near.x && x < near.right() && y >= near.y && y < near.bottom();
        let pixel = 3 * at as usize..3 * at as usize + 3;
        assert!(is_near || found[pixel.clone()] == wanted[pixel], "{x}, {y}");
    }
}

#[test]
fn other_bytes_are_errors_or_pictures_and_never_panics() {
    let bytes = encoder(60.0, 64)
        .encode(&scene(100, 70, Color::Rgb, false))
        .unwrap()
        .bytes;
    let stream = StreamParts::read(&bytes[..], &Limits::default(), Mode::Strict).unwrap();
    for seed in 0..300u32 {
        let mut writer = StreamWriter::new(Vec::new(), &stream.header).unwrap();
        for part in stream.all(PartKind::Symbols) {
            let mut coded = part.bytes.clone();
            let place = texture::mixed(seed, part.index) as usize % coded.len().max(1);
            match seed % 3 {
                0 => coded.truncate(place),
                1 => coded[place] ^= 1 << (seed % 8),
                _ => coded.extend([seed as u8; 4]),
            }
            writer.part(part.index, part.checksum, &coded).unwrap();
        }
        let changed = writer.finish().unwrap().0;
        assert!(decoder(DecodeOptions::default()).decode(&changed).is_err(), "{seed}");
    }
}

#[test]
fn streams_of_other_models_and_blocks_are_refused() {
    let codecs = codecs();
    let bytes = encoder(60.0, 64)
        .encode(&scene(40, 40, Color::Gray, false))
        .unwrap()
        .bytes;
    let stream = StreamParts::read(&bytes[..], &Limits::default(), Mode::Strict).unwrap();
    for block in [vec![7, 0], vec![12, 0], vec![0, 0], vec![3, 17], vec![3], vec![3, 0, 0]] {
        let mut header = stream.header.clone();
        header.codec_block = block;
        let mut writer = StreamWriter::new(Vec::new(), &header).unwrap();
        for part in stream.all(PartKind::Symbols) {
            writer.part(part.index, part.checksum, &part.bytes).unwrap();
        }
        let changed = writer.finish().unwrap().0;
        let decoder = ImageDecoder::new(codecs.clone(), DecodeOptions::default());
        assert!(matches!(decoder.decode(&changed), Err(CodecError::Malformed { .. })));
    }
}

#[test]
fn weights_come_back_and_damaged_ones_are_refused() {
    let bytes = weights();
    let model = VqModel::load(bytes).unwrap();
    let parts = VqParts::parse(bytes).unwrap();
    assert_eq!(model.config(), &small().model);
    let file = TensorFile::parse(bytes).unwrap();
    let mut part = file.clone();
    part.tensors.retain(|name, _| !name.starts_with("encoder"));
    let part = part.serialize().unwrap();
    assert_eq!(VqModel::load(&part).unwrap().hash, model.hash);
    let decoder_only = Arc::new(VqModel::load(&part).unwrap());
    assert!(matches!(decoder_only.encoder(), Err(CodecError::Unsupported(_))));
    for name in ["codebook", "prior", "synthesis", "textures"] {
        let mut cut = file.clone();
        let tensor = cut.tensors.get_mut(name).unwrap();
        let mut data = tensor.bytes.to_vec();
        data.pop();
        tensor.shape = vec![data.len()];
        tensor.bytes = data.into();
        assert!(VqModel::load(&cut.serialize().unwrap()).is_err(), "{name}");
    }
    let mut loud = parts;
    loud.synthesis.inverse.values.fill(i16::MAX);
    let refused = VqModel::new(loud, model.hash);
    assert!(matches!(refused, Err(CodecError::Weights(_))));
}
