//! Whole sounds there and back, in pieces of every size, damaged in every way.

use std::io::Cursor;
use std::sync::Arc;

use crate::Quality;

use super::testing::Rounding;
use super::units::{kbps, media_of};
use super::*;
use crate::container::{
    Cause, Damage, DamageReport, Mode, PartKind, SoundMedia, StreamInfo, StreamReader, StreamWriter,
};
use crate::error::{CodecError, Result};
use crate::limits::Limits;

mod damaged;
mod rates;
mod whole;

fn spec(rate: u32, channels: u16, format: SampleFormat) -> SoundSpec {
    SoundSpec { rate, channels, format }
}

/// A few tones under a slow swell, different in each channel.
fn tones(spec: SoundSpec, length: usize) -> Sound {
    let mut samples = Vec::with_capacity(length * usize::from(spec.channels));
    for at in 0..length {
        let seconds = at as f32 / spec.rate as f32;
        for channel in 0..spec.channels {
            let hz = 220.0 * f32::from(channel + 1);
            let tone = (seconds * hz * std::f32::consts::TAU).sin() + 0.3 * (seconds * hz * 4.7).cos();
            samples.push(spec.format.rounded(0.5 * tone * (0.6 + 0.4 * (seconds * 3.0).sin())));
        }
    }
    Sound::new(spec, samples).unwrap()
}

fn at_quality(quality: f32) -> SoundEncodeOptions {
    SoundEncodeOptions {
        quality: Quality::new(quality).unwrap(),
        ..SoundEncodeOptions::default()
    }
}

fn encode(codec: &Arc<dyn SoundCodec>, sound: &Sound, quality: f32) -> (Vec<u8>, SoundStats) {
    let out = Cursor::new(Vec::new());
    let encoded = encode_sound(codec, &mut sound.clone(), &at_quality(quality), out, &mut |_| {});
    let (out, stats) = encoded.unwrap();
    (out.into_inner(), stats)
}

fn decode(codec: &Arc<dyn SoundCodec>, bytes: &[u8], mode: Mode) -> Result<(Sound, DamageReport)> {
    decode_sound(codec, bytes, &Limits::default(), mode)
}

fn info(bytes: &[u8]) -> StreamInfo {
    crate::container::info(bytes, &Limits::default()).unwrap()
}

fn media(info: &StreamInfo) -> SoundMedia {
    media_of(&info.header).unwrap()
}

fn verify(codec: &Arc<dyn SoundCodec>, bytes: &[u8]) -> Result<SoundVerified> {
    verify_sound(codec, StreamReader::new(bytes, &Limits::default(), Mode::Tolerant)?)
}

/// The largest difference of two samples of the same place.
fn distance(a: &Sound, b: &Sound) -> f32 {
    assert_eq!((a.spec(), a.samples().len()), (b.spec(), b.samples().len()));
    let differences = a.samples().iter().zip(b.samples()).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f32::max)
}
