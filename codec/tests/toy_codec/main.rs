//! A codec that this crate does not know takes part in everything, by one row of the registry.

mod toy;

use std::sync::Arc;

use lmc_codec::codecs::{Codecs, Cpu, Registry, Value};
use lmc_codec::container::{PartKind, TilePlaces};
use lmc_codec::selftest::{Bench, Difference, compare, encode_all};
use lmc_codec::{
    CodecError, Color, DamageReport, DecodeOptions, EncodeOptions, Encoded, Image, ImageDecoder, ImageEncoder, Limits,
    Quality, Rect, Samples, Scale, Target, Unwatched, choose, info, verify,
};

fn codecs() -> Codecs {
    Codecs::new(Registry::default().with(toy::ROW), Arc::new(Cpu))
}

fn options(quality: f32) -> EncodeOptions {
    EncodeOptions::default()
        .with_codec(Some(toy::ROW.id))
        .with_quality(Quality::new(quality).unwrap())
        .with_tile_size(64)
}

/// Smooth, with alpha and metadata.
fn picture(width: u32, height: u32) -> Image {
    let wave = |x: u32, y: u32, channel: u32| {
        let (x, y) = (f64::from(x) / 57.0, f64::from(y) / 41.0);
        (128.0 + 90.0 * (x + f64::from(channel)).sin() * (y + 1.0).cos()) as u8
    };
    let pixels = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let samples = pixels().flat_map(|(x, y)| [wave(x, y, 0), wave(x, y, 1), wave(x, y, 2)]);
    let alpha = pixels().map(|(x, y)| wave(y, x, 5));
    let (samples, alpha) = (Samples::U8(samples.collect()), Samples::U8(alpha.collect()));
    let picture = Image::new(width, height, Color::Rgb, samples, Some(alpha)).unwrap();
    picture.with_icc(Some(vec![7; 40]))
}

fn encode(picture: &Image, quality: f32) -> Encoded {
    ImageEncoder::new(codecs(), options(quality)).encode(picture).unwrap()
}

fn decoder(options: DecodeOptions) -> ImageDecoder {
    ImageDecoder::new(codecs(), options)
}

fn psnr_db(a: &Image, b: &Image) -> f64 {
    let (a, b) = (a.samples().to_u8(), b.samples().to_u8());
    assert_eq!(a.len(), b.len());
    let squares = a.iter().zip(b.iter()).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
    -10.0 * (squares.sum::<f64>() / a.len() as f64 / 65_025.0).log10()
}

/// The colours of a pixel.
fn pixel(picture: &Image, x: u32, y: u32) -> [u8; 3] {
    let at = 3 * (y * picture.width() + x) as usize;
    let samples = picture.samples().to_u8();
    [samples[at], samples[at + 1], samples[at + 2]]
}

#[test]
fn it_encodes_decodes_and_verifies() {
    let original = picture(203, 130);
    let encoder = ImageEncoder::new(codecs(), options(90.0));
    let (encoded, reconstruction) = encoder.encode_and_reconstruct(&original, &mut Unwatched).unwrap();
    let decoded = decoder(DecodeOptions::default()).decode(&encoded.bytes).unwrap();
    assert_eq!(decoded.picture, reconstruction);
    assert_eq!(
        (decoded.picture.alpha(), decoded.picture.icc()),
        (original.alpha(), original.icc())
    );
    assert!(psnr_db(&decoded.picture, &original) > 30.0);
    let verified = verify(&codecs(), &encoded.bytes, &Limits::default()).unwrap();
    assert!(verified.is_good());
    assert_eq!(verified.symbol_hash, Some(encoded.stats.symbol_hash));
    assert_eq!(verified.symbols, encoded.stats.symbols);
}

#[test]
fn info_tells_of_it() {
    let encoded = encode(&picture(100, 70), 60.0);
    let info = info(&encoded.bytes[..], &Limits::default()).unwrap();
    let registry = codecs().registry().clone();
    let row = registry.find(info.header.codec).unwrap();
    assert_eq!((row.name, info.parts), ("toy", 4));
    let fields = (row.describe)(&info.header.codec_block).unwrap();
    assert_eq!(fields, [("step", Value::Integer(11))]);
    // A reader without it still tells the size, and which codec is missing.
    let other = ImageDecoder::new(Codecs::default(), DecodeOptions::default()).decode(&encoded.bytes);
    assert!(matches!(other, Err(CodecError::Unsupported(what)) if what.contains("200")));
}

#[test]
fn it_is_chosen_by_name_alone() {
    let registry = Registry::default().with(toy::ROW);
    for quality in [0.0, 60.0, 99.0] {
        assert_eq!(choose(&registry, &options(quality)).unwrap().0.name, "toy");
        let (row, _) = choose(&registry, &options(quality).with_codec(None)).unwrap();
        assert_ne!(row.name, "toy");
    }
}

#[test]
fn it_has_regions_and_small_versions() {
    let encoded = encode(&picture(203, 130), 80.0).bytes;
    let decode = |options: DecodeOptions| decoder(options).decode(&encoded).unwrap().picture;
    let whole = decode(DecodeOptions::default());
    let region = Rect {
        x: 61,
        y: 50,
        width: 80,
        height: 70,
    };
    let part = decode(DecodeOptions::default().with_region(Some(region)));
    assert_eq!((part.width(), part.height()), (80, 70));
    for (x, y) in [(0, 0), (79, 0), (13, 40), (79, 69)] {
        assert_eq!(pixel(&part, x, y), pixel(&whole, x + 61, y + 50), "{x}, {y}");
    }
    for (scale, side) in [(Scale::Half, 2), (Scale::Quarter, 4), (Scale::Eighth, 8)] {
        let small = decode(DecodeOptions::default().with_scale(scale));
        assert_eq!(
            (small.width(), small.height()),
            (203u32.div_ceil(side), 130u32.div_ceil(side))
        );
        assert_eq!(pixel(&small, 3, 2), pixel(&whole, 3 * side, 2 * side));
        let part = decode(DecodeOptions::default().with_scale(scale).with_region(Some(region)));
        assert_eq!(pixel(&part, 0, 0), pixel(&small, 61 / side, 50 / side));
    }
}

#[test]
fn damage_to_it_is_found_and_concealed() {
    let original = picture(203, 130);
    let good = encode(&original, 90.0).bytes;
    let whole = decoder(DecodeOptions::default()).decode(&good).unwrap().picture;
    let start = info(&good[..], &Limits::default()).unwrap();
    let tile = start
        .log
        .listed()
        .iter()
        .find(|segment| segment.part == Some(5))
        .unwrap();
    let mut bad = good.clone();
    bad[(tile.offset + tile.bytes) as usize - 2] ^= 1;
    assert!(matches!(
        decoder(DecodeOptions::default()).decode(&bad),
        Err(CodecError::Malformed { .. })
    ));
    let concealed = decoder(DecodeOptions::default().with_conceal(true))
        .decode(&bad)
        .unwrap();
    let hole = only_hole(&concealed.damage, &concealed.places);
    assert_eq!([hole.x, hole.y], [64, 64]);
    assert!(
        concealed
            .damage
            .lines(&concealed.places)
            .any(|line| line.contains("tile 5 (64x64 at 64,64)"))
    );
    assert!(psnr_db(&concealed.picture, &original) > 25.0);
    for (x, y) in [(0, 0), (40, 80), (150, 70), (100, 40)] {
        assert_eq!(pixel(&concealed.picture, x, y), pixel(&whole, x, y), "{x}, {y}");
    }
    let verified = verify(&codecs(), &bad, &Limits::default()).unwrap();
    assert_eq!((verified.symbol_hash, verified.damage), (None, concealed.damage));
}

fn only_hole(damage: &DamageReport, places: &TilePlaces) -> Rect {
    let runs: Vec<_> = damage.runs(PartKind::Symbols).collect();
    assert_eq!(runs, [(5, 1)]);
    places.rect(5).unwrap()
}

#[test]
fn targets_are_met_with_it() {
    let original = picture(300, 200);
    let encoder = ImageEncoder::new(codecs(), options(60.0));
    let most = encode(&original, 100.0).bytes.len() as u64;
    let least = encode(&original, 0.0).bytes.len() as u64;
    assert!(least < most, "{least} bytes at least, {most} at most");
    let wanted = (least + most) / 2;
    let target = Target::Bytes(wanted);
    let found = encoder.encode_to(&original, &target, &mut Unwatched).unwrap();
    assert!(found.encoded.bytes.len() as u64 <= wanted);
    assert!(found.encoded.bytes.len() as u64 > wanted * 98 / 100);
    let likeness = |encoded: &Encoded| {
        let back = decoder(DecodeOptions::default()).decode(&encoded.bytes).unwrap();
        psnr_db(&back.picture, &original)
    };
    let [low, high] = [0.0, 100.0].map(|quality| likeness(&encode(&original, quality)));
    let (measure, value) = (|a: &Image, b: &Image| Ok(psnr_db(b, a)), (low + high) / 2.0);
    let target = Target::Likeness {
        measure: &measure,
        value,
        tolerance: (high - low) / 8.0,
        name: "a PSNR of",
    };
    let found = encoder.encode_to(&original, &target, &mut Unwatched).unwrap();
    let met = likeness(&found.encoded);
    assert!((met - value).abs() <= (high - low) / 4.0, "{met} dB of {low} to {high}");
    assert_eq!(found.encoded.header.codec, toy::ROW.id);
}

/// What `lmc selftest` does, with two devices.
#[test]
fn the_selftest_takes_it_in() {
    let benches = ["one", "two"].map(|name| Bench::new(name, codecs()));
    let mut names = Vec::new();
    for (name, stream) in encode_all(&benches[0]) {
        let mut stream = stream.unwrap();
        let verdicts = compare(&stream, &benches);
        assert_eq!(verdicts.len(), 2);
        for verdict in verdicts {
            assert_eq!(
                verdict.made.unwrap(),
                (stream.symbol_hash, Difference::Pixels(0)),
                "{name}"
            );
            assert!(verdict.agrees, "{name}");
        }
        stream.symbol_hash ^= 1;
        assert!(compare(&stream, &benches).iter().all(|verdict| !verdict.agrees));
        names.push(name);
    }
    assert_eq!(names, ["lossless", "overfit", "toy"]);
    // A program without it says so, and agrees with nobody.
    let (_, stream) = encode_all(&benches[0]).pop().unwrap();
    let without = [Bench::new("other", Codecs::default())];
    assert!(compare(&stream.unwrap(), &without)[0].made.is_err());
}
