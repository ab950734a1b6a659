//! What devices encode: an image and a sound that no file holds.

use crate::error::Result;
use crate::media::image::{Color, Image, Samples};
use crate::media::sound::{SampleFormat, Sound, SoundSpec};

/// An image with gradients, edges and texture, 203 x 157 in 8-bit RGB: its sides are no multiples of anything.
pub(super) fn drawn() -> Result<Image> {
    let (width, height) = (203u32, 157u32);
    let mut samples = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let disc = (x as i32 - 120).pow(2) + (y as i32 - 70).pow(2) < 45 * 45;
            let texture = (x * y * 13 % 31) as u8;
            samples.push(if disc { 210 } else { (x * 200 / width) as u8 + texture });
            samples.push((y * 220 / height) as u8 + if disc { 30 } else { 0 });
            samples.push(if (x / 16 + y / 16) % 2 == 0 { 60 } else { 140 + texture });
        }
    }
    Image::new(width, height, Color::Rgb, Samples::U8(samples), None)
}

/// Two seconds of falling tones, in stereo at a rate that no codec works at.
pub(super) fn made_up() -> Result<Sound> {
    let spec = SoundSpec {
        rate: 44_100,
        channels: 2,
        format: SampleFormat::Int16,
    };
    let sample = |at: usize| {
        let (time, channel) = ((at / 2) as f32 / 44_100.0, (at % 2) as f32);
        let tone = (2000.0 * (1.0 - (-time * (1.0 + channel)).exp())).sin();
        spec.format.rounded(0.4 * tone * (8.0 * time).cos())
    };
    Sound::new(spec, (0..2 * 88_200).map(sample).collect())
}
