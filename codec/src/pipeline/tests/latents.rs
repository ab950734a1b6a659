//! Latents without pixels.

use super::*;
use crate::codecs::image::MaxError;
use crate::container::{Mode, StreamReader};

fn latents(bytes: &[u8]) -> Result<ImageLatents> {
    ImageLatents::read(&codecs(), StreamReader::new(bytes, &Limits::default(), Mode::Strict)?)
}

#[test]
fn tiles_lie_where_their_pixels_are() {
    let original = picture(200, 130, Color::Rgb, Depth::Eight, true);
    let found = latents(&encoder(64).encode(&original).unwrap().bytes).unwrap();
    assert_eq!((found.latents.height(), found.latents.width()), (9, 13));
    assert_eq!((found.hyper.height(), found.hyper.width()), (3, 4));
    assert_eq!(found.latents.channels(), CHANNELS);
    // A latent of the toy is the mean of 8 x 8 pixels: the first channel is the red of the upper left quarter of a cell.
    let Samples::U8(samples) = original.samples() else {
        panic!("the picture has 8 bits");
    };
    let values = found.values();
    for (row, column) in [(0, 0), (3, 4), (7, 11)] {
        let pixels = (0..64).map(|at| (row * 16 + at / 8) * 200 + column * 16 + at % 8);
        let mean = pixels.map(|pixel| f32::from(samples[pixel * 3])).sum::<f32>() / 64.0;
        let latent = values[(row * 13 + column) * CHANNELS];
        assert!((latent - mean).abs() <= 3.0, "{latent} for {mean}");
    }
    // Each tile of this model begins its hyper-latents anew.
    assert_eq!(&found.hyper.data()[..4], &found.hyper.data()[4..8]);
    assert_eq!(found.hyper.data()[..4], [-3, -2, -1, 0]);
}

#[test]
fn streams_without_latents_say_so() {
    let exact = EncodeOptions::default().with_max_error(Some(MaxError::default()));
    let original = picture(70, 30, Color::Gray, Depth::Eight, false);
    let lossless = ImageEncoder::new(codecs(), exact).encode(&original).unwrap().bytes;
    assert!(matches!(latents(&lossless), Err(CodecError::Unsupported(_))));
}

#[test]
fn damage_is_an_error() {
    let original = picture(130, 70, Color::Rgb, Depth::Eight, false);
    let mut bytes = encoder(64).encode(&original).unwrap().bytes;
    let at = bytes.len() / 2;
    bytes[at] ^= 4;
    assert!(latents(&bytes).is_err());
}
