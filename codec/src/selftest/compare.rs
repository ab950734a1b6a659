//! What devices make of a stream.

use std::time::Instant;

use super::samples::drawn;
use super::{Bench, Stream, guarded};
use crate::container::{Header, MediaKind, Mode, StreamReader};
use crate::error::{CodecError, Result};
use crate::limits::Limits;
use crate::media::image::{Image, PixelHash};
use crate::media::sound::Sound;
use crate::pipeline::{DecodeOptions, ImageDecoder};
use crate::sound::{decode_sound, verify_sound};
use crate::video::{VideoDecoder, verify_video};
use crate::watch::Unwatched;

/// What one device made of one stream.
#[derive(Debug)]
pub struct Verdict {
    /// The name of the device.
    pub device: String,
    /// Whether it has the right symbols and pixels, or samples.
    pub agrees: bool,
    /// The hash of what it made: of the pixels of an image or of all frames of a video, or of samples of sound.
    pub hash: Option<PixelHash>,
    /// The hash of the symbols that it read, and how far its pixels or samples are from those of the first device.
    pub made: Result<(u64, Difference)>,
    /// The time that decoding took.
    pub seconds: f64,
}

/// The largest difference of two samples of the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Of images, in steps of 8 bits.
    Pixels(u16),
    /// Of sounds, in steps of 16 bits.
    Samples(u16),
}

impl Difference {
    fn is_none(self) -> bool {
        matches!(self, Self::Pixels(0) | Self::Samples(0))
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Made {
    Image(Image),
    Sound(Sound),
    /// The hash of all frames.
    Video(PixelHash),
}

impl Made {
    fn hash(&self) -> PixelHash {
        match self {
            Self::Image(image) => image.pixel_hash(),
            Self::Sound(sound) => sound.sample_hash(),
            Self::Video(hash) => *hash,
        }
    }
}

/// Decodes one stream on each device, and compares with the first that succeeds.
pub fn compare(stream: &Stream, benches: &[Bench]) -> Vec<Verdict> {
    let mut first: Option<Made> = None;
    let mut verdicts = Vec::new();
    for bench in benches {
        let start = Instant::now();
        let decoded = guarded(|| decode(stream, bench));
        let seconds = start.elapsed().as_secs_f64();
        let (mut kept, mut made_hash) = (true, None);
        let made = decoded.map(|(hash, made)| {
            let own = made.hash();
            let first = first.get_or_insert_with(|| made.clone());
            kept = keeps_promise(stream, &made) && first.hash() == own && stream.hash.is_none_or(|hash| hash == own);
            made_hash = Some(own);
            (hash, difference(first, &made))
        });
        let right = |(hash, difference): &(u64, Difference)| *hash == stream.symbol_hash && difference.is_none();
        verdicts.push(Verdict {
            device: bench.name.clone(),
            agrees: made.as_ref().is_ok_and(right) && kept,
            hash: made_hash,
            made,
            seconds,
        });
    }
    verdicts
}

/// Whether what was decoded is as close to the drawn image as the stream promises.
fn keeps_promise(stream: &Stream, made: &Made) -> bool {
    let (Some(max_error), Ok(drawn)) = (stream.max_error, drawn()) else {
        return stream.max_error.is_none();
    };
    matches!(difference(&Made::Image(drawn), made), Difference::Pixels(steps) if steps <= max_error)
}

fn decode(stream: &Stream, bench: &Bench) -> Result<(u64, Made)> {
    let (bytes, limits) = (&stream.bytes[..], Limits::default());
    let lost = || CodecError::Internal("a part of the stream does not decode".into());
    match Header::media_kind(bytes)? {
        MediaKind::Image => {
            let decoder = ImageDecoder::new(bench.codecs.clone(), DecodeOptions::default());
            let hash = decoder.verify(bytes)?.symbol_hash.ok_or_else(lost)?;
            Ok((hash, Made::Image(decoder.decode(bytes)?.picture)))
        }
        MediaKind::Sound => {
            let reader = StreamReader::new(bytes, &limits, Mode::Tolerant)?;
            let header = reader.header();
            let codec = bench.codecs.sound_of(header.codec, header.model)?;
            let hash = verify_sound(&codec, reader)?.symbol_hash.ok_or_else(lost)?;
            let (sound, _) = decode_sound(&codec, bytes, &limits, Mode::Strict)?;
            Ok((hash, Made::Sound(sound)))
        }
        MediaKind::Video => {
            let reader = StreamReader::new(bytes, &limits, Mode::Tolerant)?;
            let header = reader.header();
            let codec = bench.codecs.video_of(header.codec, header.model)?;
            let hash = verify_video(&*codec, None, reader, &mut Unwatched)?
                .symbol_hash
                .ok_or_else(lost)?;
            let reader = StreamReader::new(bytes, &limits, Mode::Strict)?;
            Ok((hash, Made::Video(frames_hash(VideoDecoder::new(&*codec, reader)?)?)))
        }
    }
}

/// The hash of all samples of all frames, 16 bits each.
fn frames_hash(mut decoder: VideoDecoder<&[u8]>) -> Result<PixelHash> {
    let mut hasher = blake3::Hasher::new();
    while let Some(shown) = decoder.next_frame()? {
        for plane in shown.frame.planes() {
            let bytes: Vec<u8> = plane.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            hasher.update(&bytes);
        }
    }
    Ok(PixelHash::of_hasher(&hasher))
}

/// The largest difference there is for shapes that differ.
fn difference(a: &Made, b: &Made) -> Difference {
    match (a, b) {
        (Made::Image(a), Made::Image(b)) => {
            let (a, b) = (a.samples().to_u8(), b.samples().to_u8());
            if a.len() != b.len() {
                return Difference::Pixels(u16::MAX);
            }
            let steps = a.iter().zip(b.iter()).map(|(a, b)| u16::from(a.abs_diff(*b)));
            Difference::Pixels(steps.max().unwrap_or(0))
        }
        (Made::Sound(a), Made::Sound(b)) if a.samples().len() == b.samples().len() => {
            let steps = a.samples().iter().zip(b.samples()).map(|(a, b)| (a - b).abs());
            // Casts saturate, and turn NaN into 0, as `max` would.
            Difference::Samples((steps.fold(0.0, f32::max) * 32_768.0).ceil() as u16)
        }
        (Made::Video(a), Made::Video(b)) if a == b => Difference::Pixels(0),
        (_, Made::Image(_) | Made::Video(_)) => Difference::Pixels(u16::MAX),
        (_, Made::Sound(_)) => Difference::Samples(u16::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::made_up;
    use super::super::streams::within;
    use super::*;
    use crate::codecs::Codecs;
    use crate::media::image::{Color, Samples};
    use crate::sound::SoundSource;

    fn drawn_with(change: impl Fn(&mut Vec<u8>)) -> Made {
        let Samples::U8(mut samples) = drawn().unwrap().samples().clone() else {
            panic!("drawn in 8 bits")
        };
        change(&mut samples);
        Made::Image(Image::new(203, 157, Color::Rgb, Samples::U8(samples), None).unwrap())
    }

    #[test]
    fn differences_are_found() {
        let image = drawn_with(|_| ());
        assert_eq!(difference(&image, &image), Difference::Pixels(0));
        let other = drawn_with(|samples| samples[1000] ^= 4);
        assert_eq!(difference(&image, &other), Difference::Pixels(4));
        let small = Image::new(1, 1, Color::Gray, Samples::U8(vec![0]), None).unwrap();
        assert_eq!(difference(&image, &Made::Image(small)), Difference::Pixels(u16::MAX));

        let sound = made_up().unwrap();
        let mut samples = sound.samples().to_vec();
        samples[777] += 3.0 / 32_768.0;
        let other = Made::Sound(Sound::new(sound.spec(), samples).unwrap());
        let sound = Made::Sound(sound);
        assert_eq!(difference(&sound, &sound), Difference::Samples(0));
        assert_eq!(difference(&sound, &other), Difference::Samples(3));
        assert_eq!(difference(&image, &sound), Difference::Samples(u16::MAX));
    }

    #[test]
    fn lossless_streams_that_give_other_samples_fail() {
        let exact = |steps| within(&Codecs::default(), steps).unwrap();
        assert!(keeps_promise(&exact(0), &drawn_with(|_| ())));
        // Two steps away, whatever it was.
        let other = drawn_with(|samples| samples[1000] ^= 2);
        assert!(!keeps_promise(&exact(0), &other));
        assert!(!keeps_promise(&exact(1), &other));
        assert!(keeps_promise(&exact(4), &other));
    }

    #[test]
    fn devices_with_other_symbols_or_failures_do_not_agree() {
        let benches = ["one", "two"].map(|name| Bench::new(name, Codecs::default()));
        let agree = |stream: &Stream| compare(stream, &benches).iter().map(|v| v.agrees).collect::<Vec<_>>();
        let mut stream = within(&Codecs::default(), 0).unwrap();
        assert_eq!(agree(&stream), [true, true]);
        let hash = drawn().unwrap().pixel_hash();
        stream = stream.with_hash(Some(hash));
        assert_eq!(agree(&stream), [true, true]);
        assert_eq!(
            agree(&stream.clone().with_hash(Some(PixelHash([1; 16])))),
            [false, false]
        );
        stream.symbol_hash ^= 1;
        assert_eq!(agree(&stream), [false, false]);
        stream.bytes = b"no stream".as_slice().into();
        assert!(compare(&stream, &benches).iter().all(|verdict| verdict.made.is_err()));
        assert_eq!(agree(&stream), [false, false]);
    }
}
