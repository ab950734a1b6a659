//! The lossless image codec: exact for every kind of picture, for ever, and damage stays where it is.

use std::fs;

use lmc_codec::codecs::Codecs;
use lmc_codec::container::PartKind;
use lmc_codec::{
    CodecError, DecodeOptions, EncodeOptions, Encoded, Image, ImageDecoder, ImageEncoder, MaxError, verify,
};
use lmc_tests::models::{decoder, encoder};
use lmc_tests::pictures::{deep, distance, gray, part, sample, see_through};
use lmc_tests::repository;

use crate::cli::Bench;

fn encode(picture: &Image, tile_size: u32) -> Encoded {
    encoder_of(tile_size)
        .encode(picture)
        .expect("every picture can be encoded")
}

fn encoder_of(tile_size: u32) -> ImageEncoder {
    let options = EncodeOptions::default()
        .with_tile_size(tile_size)
        .with_max_error(Some(MaxError::default()));
    ImageEncoder::new(Codecs::default(), options)
}

fn decode(bytes: &[u8], conceal: bool) -> Result<lmc_codec::Decoded, CodecError> {
    ImageDecoder::new(Codecs::default(), DecodeOptions::default().with_conceal(conceal)).decode(bytes)
}

/// Streams of earlier encoders, which did not deflate profiles and knew the plain method alone: they are decoded as ever,
/// and no longer made.
const EARLIER: [&str; 5] = [
    "rgb-plain-profile",
    "rgb-plain",
    "gray-plain",
    "alpha-plain",
    "16-bit-plain",
];

/// Pictures of every kind with the tile size they are coded with.
fn cases() -> Vec<(&'static str, Image, u32)> {
    let sample = sample();
    let metadata = |picture: Image| picture.with_icc(Some(vec![0x5a; 64])).with_exif(Some(vec![0x45; 32]));
    vec![
        ("rgb", metadata(part(&sample, 60, 40, 90, 70)), 1024),
        ("rgb-plain-profile", metadata(part(&sample, 60, 40, 90, 70)), 1024),
        ("rgb-plain", metadata(part(&sample, 60, 40, 90, 70)), 1024),
        ("gray", gray(&part(&sample, 10, 20, 64, 65)), 64),
        ("gray-plain", gray(&part(&sample, 10, 20, 64, 65)), 64),
        ("alpha", see_through(&part(&sample, 150, 80, 100, 75)), 64),
        ("alpha-plain", see_through(&part(&sample, 150, 80, 100, 75)), 64),
        ("16-bit", deep(&part(&sample, 200, 50, 40, 30)), 1024),
        ("16-bit-plain", deep(&part(&sample, 200, 50, 40, 30)), 1024),
        ("one-pixel", part(&sample, 77, 99, 1, 1), 1024),
    ]
}

#[test]
fn golden_streams_decode_to_the_very_samples() {
    let folder = repository("tests/golden/lossless");
    let regenerate = std::env::var_os("LMC_REGENERATE").is_some();
    let mut index = String::new();
    for (name, picture, tile_size) in cases() {
        let path = folder.join(name).with_extension("lmc");
        if regenerate && !EARLIER.contains(&name) {
            fs::create_dir_all(&folder).expect("the folder can be made");
            fs::write(&path, encode(&picture, tile_size).bytes).expect("the stream can be written");
        }
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let decoded = decode(&bytes, false).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(decoded.picture == picture, "{name} is another picture");
        if EARLIER.contains(&name) {
            continue;
        }
        assert!(
            encode(&picture, tile_size).bytes == bytes,
            "{name} is coded in another way"
        );
        let hash = encode(&picture, tile_size).stats.symbol_hash;
        let verified = verify(&Codecs::default(), &bytes, &lmc_codec::Limits::default()).expect("the stream is good");
        assert_eq!(verified.symbol_hash, Some(hash), "{name}");
        index += &format!("{hash:016x} {:7}   exact {name}\n", verified.symbols);
    }
    let path = folder.join("index.txt");
    if regenerate {
        fs::write(&path, &index).expect("the index can be written");
    }
    assert_eq!(fs::read_to_string(&path).expect("there is an index"), index);
}

#[test]
fn is_smaller_than_png() {
    let picture = part(&sample(), 0, 0, 300, 200);
    let (png, _) = lmc_codec::files::to_bytes(&picture, lmc_codec::files::Format::Png).expect("PNG holds all");
    let bytes = encode(&picture, 1024).bytes.len();
    assert!(bytes * 100 < png.len() * 85, "{bytes} bytes, PNG {}", png.len());
}

#[test]
fn decoders_with_a_model_take_it_too_and_others_are_refused() {
    let picture = part(&sample(), 60, 40, 30, 20);
    let lossless = encode(&picture, 1024).bytes;
    assert!(decoder(false).decode(&lossless).expect("it needs no model").picture == picture);
    assert!(decoder(false).verify(&lossless).expect("nor does this").is_good());
    let learned = encoder(50.0, 1024).encode(&picture).expect("it is encoded").bytes;
    assert!(matches!(decode(&learned, false), Err(CodecError::Weights(_))));
}

#[test]
fn tiles_over_the_limit_are_refused() {
    let refused = encoder_of(2048).encode(&part(&sample(), 0, 0, 8, 8));
    assert!(matches!(refused, Err(CodecError::Parameter(text)) if text.contains("1024")));
}

#[test]
fn no_changed_byte_gives_other_samples() {
    let picture = see_through(&part(&sample(), 60, 40, 24, 20));
    let good = encode(&picture, 64).bytes;
    for at in 0..good.len() {
        for change in [1, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] ^= change;
            assert!(decode(&bytes, false).is_err(), "byte {at} changed by {change}");
            if let Ok(decoded) = decode(&bytes, true) {
                assert!(
                    !decoded.damage.is_empty(),
                    "byte {at} changed by {change} is not reported"
                );
            }
        }
        assert!(decode(&good[..at], false).is_err(), "{at} bytes");
    }
}

#[test]
fn damage_stays_in_its_tile() {
    let picture = part(&sample(), 0, 0, 200, 128);
    let mut bytes = encode(&picture, 64).bytes;
    let at = bytes.len() / 2;
    bytes[at] ^= 0xff;
    let decoded = decode(&bytes, true).expect("the rest is whole");
    let (tile, _) = decoded.damage.runs(PartKind::Symbols).next().expect("a tile is lost");
    let rect = decoded.places.rect(tile).expect("the picture has it");
    for y in 0..128 {
        for x in 0..200 {
            let inside = (rect.x..rect.x + rect.width).contains(&x) && (rect.y..rect.y + rect.height).contains(&y);
            let pixel = |picture: &Image| part(picture, x, y, 1, 1).samples().clone();
            assert!(inside || pixel(&decoded.picture) == pixel(&picture), "{x}, {y}");
        }
    }
}

#[test]
fn the_command_line_keeps_every_sample() {
    let bench = Bench::new();
    let picture = deep(&see_through(&part(&sample(), 60, 40, 50, 40)));
    bench.picture("in.png", &picture);
    bench.run("encode --lossless in.png -o x.lmc").good();
    bench.run("decode x.lmc -o out.png").good();
    bench.run("verify x.lmc").good();
    let read = |name| lmc_codec::files::read_path(&bench.path(name), &lmc_codec::Limits::default());
    assert!(read("out.png").expect("a picture") == picture, "the samples changed");
    bench
        .run("encode --lossless --quality 90 in.png -o y.lmc")
        .bad(2, &["--quality"]);
}

#[test]
fn near_lossless_samples_are_within_their_bound() {
    let bench = Bench::new();
    let picture = deep(&see_through(&part(&sample(), 60, 40, 90, 70)));
    bench.picture("in.png", &picture);
    let read = |name| lmc_codec::files::read_path(&bench.path(name), &lmc_codec::Limits::default()).expect("a picture");
    let mut bytes = u64::MAX;
    for (flags, bound) in [("--quality 100", 1), ("--quality 99.5", 2), ("--max-error 4", 4)] {
        bench.run(&format!("encode {flags} in.png -o x.lmc --force")).good();
        bench.run("decode x.lmc -o out.png --force").good();
        bench.run("verify x.lmc").good();
        let info = &bench.run("info x.lmc --json").json()["files"][0];
        assert_eq!(
            (&info["codec"], &info["max_error"]),
            (&"lossless".into(), &bound.into()),
            "{flags}"
        );
        let out = read("out.png");
        let apart = distance(&out, &picture);
        assert!((1..=bound).contains(&apart), "{flags}: {apart} of 255 apart");
        assert_eq!(out.alpha(), picture.alpha(), "alpha is exact");
        let smaller = fs::metadata(bench.path("x.lmc")).expect("a file").len();
        assert!(smaller < bytes, "{flags}: {smaller} bytes");
        bytes = smaller;
    }
    for wrong in [
        "--max-error 0",
        "--max-error 5",
        "--max-error 1 --lossless",
        "--max-error 1 --quality 70",
    ] {
        bench
            .run(&format!("encode {wrong} in.png -o y.lmc"))
            .bad(2, &["--max-error"]);
    }
    // The networks where they are asked for.
    bench.run("encode --codec wavelet --quality 100 in.png -o w.lmc").good();
    assert_eq!(bench.run("info w.lmc --json").json()["files"][0]["codec"], "wavelet");
}
