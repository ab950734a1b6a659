//! Pictures that decide about their codec.

use super::*;
use crate::media::image::Samples;
use crate::watch::Unwatched;

/// Boxes of a few colours.
fn drawn() -> Image {
    let sample = |at: usize| {
        let (x, y) = (at / 3 % 320, at / 3 / 320);
        ((x / 40 + y / 25) * (3 + at % 3) * 23 % 256) as u8
    };
    let samples = (0..320 * 200 * 3).map(sample).collect();
    Image::new(320, 200, Color::Rgb, Samples::U8(samples), None).unwrap()
}

fn auto(quality: f32) -> ImageEncoder {
    let options = EncodeOptions::default().with_quality(Quality::new(quality).unwrap());
    ImageEncoder::new(codecs(), options.with_auto(true))
}

/// The codec of a stream, and whether its pixels are those of the picture.
fn made(encoded: &Encoded, picture: &Image) -> (bool, bool) {
    let decoded = decoder(false).decode(&encoded.bytes).unwrap().picture;
    (encoded.is_exact_instead, decoded.samples() == picture.samples())
}

#[test]
fn drawn_pictures_are_exact_where_that_is_smaller() {
    let picture = drawn();
    let encoded = auto(60.0).encode(&picture).unwrap();
    assert_eq!(made(&encoded, &picture), (true, true));
    let lossy = auto(60.0).as_asked().encode(&picture).unwrap();
    assert!(encoded.bytes.len() <= lossy.bytes.len() && !lossy.is_exact_instead);
    let (again, pixels) = auto(60.0).encode_and_reconstruct(&picture, &mut Unwatched).unwrap();
    assert_eq!(again.bytes, encoded.bytes);
    assert_eq!(pixels.samples(), picture.samples());
}

#[test]
fn photographs_named_codecs_and_largest_errors_decide_themselves() {
    let photo = picture(320, 200, Color::Rgb, Depth::Eight, true);
    let plain = auto(60.0).as_asked().encode(&photo).unwrap();
    assert_eq!(auto(60.0).encode(&photo).unwrap(), plain);
    let wavelet = codecs().registry().named("wavelet").map(|row| row.id);
    let two = Some(crate::MaxError::new(2).unwrap());
    let asked = auto(60.0).options().clone();
    for options in [asked.clone().with_codec(wavelet), asked.with_max_error(two)] {
        let encoded = ImageEncoder::new(codecs(), options).encode(&drawn()).unwrap();
        assert!(!encoded.is_exact_instead);
    }
}

#[test]
fn tiles_that_the_exact_codec_does_not_have_are_lossy() {
    let options = auto(60.0).options().clone().with_tile_size(2048);
    let encoded = ImageEncoder::new(codecs(), options).encode(&drawn()).unwrap();
    assert!(!encoded.is_exact_instead);
}

#[test]
fn a_higher_quality_lets_the_exact_stream_be_a_tenth_larger() {
    let lossy = auto(60.0).as_asked().encode(&drawn()).unwrap();
    let bytes = lossy.bytes.len() as u64;
    assert_eq!(auto(74.0).worth_of(&lossy), bytes);
    assert_eq!(auto(75.0).worth_of(&lossy), bytes * 11 / 10);
}

#[test]
fn targets_are_met_by_exact_streams_that_are_small_enough() {
    let picture = drawn();
    let exact = auto(60.0).encode(&picture).unwrap().bytes.len() as u64;
    let found = |target: &Target<'_>| auto(60.0).encode_to(&picture, target, &mut Unwatched);
    let least = found(&Target::Bytes(exact)).unwrap();
    assert_eq!(
        (made(&least.encoded, &picture), least.is_met, least.trials),
        ((true, true), true, 1)
    );
    if let Ok(smaller) = found(&Target::Bytes(exact - 1)) {
        assert!(!smaller.encoded.is_exact_instead);
    }
    // Beyond what the toy model reaches.
    let measure = |a: &Image, b: &Image| Ok(100.0 - f64::from(distance(a, b)));
    let like = found(&Target::Likeness {
        measure: &measure,
        value: 99.9,
        tolerance: 0.01,
        name: "a likeness of",
    });
    let like = like.unwrap();
    assert_eq!((made(&like.encoded, &picture), like.is_met), ((true, true), true));
}
