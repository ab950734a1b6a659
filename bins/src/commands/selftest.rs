//! `lmc selftest`: do all devices of this machine agree?
//!
//! The streams are those bundled with the program, whose symbol hashes are known, and a drawn picture and a made-up sound
//! that each device encodes. Each device decodes each stream. Symbols must be the same everywhere; pixels and samples may
//! differ in the last bit.

use std::any::Any;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use lmc::Tune;
use lmc_codec::codecs::{Codecs, Registry, Row};
use lmc_codec::container::{Mode, StreamReader};
use lmc_codec::sound::{self, SampleFormat, Sound, SoundEncodeOptions, SoundSpec};
use lmc_codec::{
    Color, DecodeOptions, EncodeOptions, Header, Image, ImageDecoder, ImageEncoder, Limits, MaxError, MediaKind,
    Samples,
};
use serde::Serialize;

use crate::cli::SelftestArgs;
use crate::device;
use crate::golden;
use crate::models::{self, Loaded};
use crate::output::write_stdout;
use crate::report::print_json;
use crate::talk::Talk;
use crate::usage::FAILURE;

/// Devices whose pixels differ by more are wrong: rounding moves a sample by one step, and rarely by two.
const TOLERANCE: u16 = 2;
/// The same for sounds, in steps of 16 bits.
const SOUND_TOLERANCE: u16 = 32;
/// Codecs of sound, of those that ship.
const SOUND_CODECS: [&str; 2] = ["audio", "speech"];

/// The errors that the drawn picture is encoded within, in steps of 8 bits: 0 is lossless.
const NEAR_LOSSLESS: [u8; 3] = [0, 1, 4];

#[derive(Debug, Serialize)]
struct Report {
    program: &'static str,
    version: &'static str,
    command: &'static str,
    devices: Vec<String>,
    streams: Vec<StreamReport>,
    agree: bool,
}

#[derive(Debug, Serialize)]
struct StreamReport {
    name: String,
    bytes: usize,
    /// The hash that the encoder found.
    symbol_hash: String,
    devices: Vec<Outcome>,
}

/// What one device made of one stream.
#[derive(Debug, Serialize)]
struct Outcome {
    device: String,
    agrees: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol_hash: Option<String>,
    /// Largest difference of a sample from those of the first device, in 8-bit steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_pixel_difference: Option<u16>,
    /// Largest difference of a sample of sound from those of the first device, in 16-bit steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_sample_difference: Option<u16>,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

struct Stream {
    name: String,
    bytes: Vec<u8>,
    symbol_hash: u64,
    /// How far samples may be from those of [`drawn`], where the stream promises that.
    max_error: Option<u16>,
}

/// What a device makes of a stream.
#[derive(Debug, Clone, PartialEq)]
enum Made {
    Image(Image),
    Sound(Sound),
}

/// A codec that each device encodes with.
enum Work<'a> {
    Image(&'a Row),
    Sound(&'static str),
}

struct Bench {
    name: String,
    loaded: Loaded,
}

/// Runs `lmc selftest`.
pub(crate) fn run(args: &SelftestArgs, talk: &Talk) -> Result<ExitCode> {
    let mut benches = Vec::new();
    for device in device::available() {
        let name = device.description.clone();
        talk.detail(format_args!("found {name}"));
        benches.push(Bench {
            name,
            loaded: Loaded::new(models::find(None)?, device),
        });
    }
    let (streams, mut failures) = streams(&mut benches, talk);
    let streams: Vec<StreamReport> = streams
        .iter()
        .map(|stream| compare(stream, &mut benches, talk))
        .collect();
    failures += streams.iter().flat_map(|s| &s.devices).filter(|d| !d.agrees).count();
    let report = Report {
        program: "lmc",
        version: env!("CARGO_PKG_VERSION"),
        command: "selftest",
        devices: benches.into_iter().map(|bench| bench.name).collect(),
        agree: failures == 0,
        streams,
    };
    if args.json {
        print_json(&report)?;
    } else {
        write_stdout(text(&report).as_bytes())?;
    }
    Ok(if report.agree {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILURE)
    })
}

/// The bundled streams, and one that each device makes; with the number of devices that failed to.
fn streams(benches: &mut [Bench], talk: &Talk) -> (Vec<Stream>, usize) {
    let mut streams = Vec::new();
    let mut failures = 0;
    for golden in golden::all() {
        match golden.symbol_hash() {
            Some(symbol_hash) => streams.push(Stream {
                name: format!("{}/{}", golden.model, golden.name),
                bytes: golden.bytes.to_vec(),
                symbol_hash,
                max_error: None,
            }),
            None => {
                failures += 1;
                talk.error(format_args!("the bundled stream {} has no hash", golden.name));
            }
        }
    }
    for steps in NEAR_LOSSLESS {
        match encode_exactly(steps) {
            Ok(stream) => streams.push(stream),
            Err(error) => {
                failures += 1;
                talk.error(format_args!("lossless encoding fails: {error:#}"));
            }
        }
    }
    let sounds = SOUND_CODECS
        .into_iter()
        .filter(|codec| lmc_weights::of_codec(codec).is_some());
    let registry = Registry::default();
    let images = registry.of(MediaKind::Image).map(Work::Image);
    let all: Vec<Work<'_>> = images.chain(sounds.map(Work::Sound)).collect();
    for bench in benches {
        for work in &all {
            let encoded = guarded(|| match work {
                Work::Image(row) => encode(bench, row),
                Work::Sound(codec) => encode_sound(bench, codec),
            });
            match encoded {
                Ok(stream) => streams.push(stream),
                Err(error) => {
                    failures += 1;
                    talk.error(format_args!("{} does not encode: {error:#}", bench.name));
                }
            }
        }
    }
    (streams, failures)
}

fn encode(bench: &mut Bench, row: &Row) -> Result<Stream> {
    let (codecs, _) = bench.loaded.for_images(&[row], Tune::default())?;
    let options = EncodeOptions::default().with_codec(Some(row.id));
    let encoder = ImageEncoder::new(codecs, options);
    let encoded = encoder.encode(&drawn()?)?;
    Ok(Stream {
        name: format!("drawn, encoded as {} on {}", row.name, bench.name),
        bytes: encoded.bytes,
        symbol_hash: encoded.stats.symbol_hash,
        max_error: None,
    })
}

/// The drawn picture, lossless or within an error of so many steps.
fn encode_exactly(steps: u8) -> Result<Stream> {
    let options = EncodeOptions::default().with_max_error(Some(MaxError::new(steps)?));
    let encoded = ImageEncoder::new(Codecs::default(), options).encode(&drawn()?)?;
    Ok(Stream {
        name: format!("drawn, encoded within an error of {steps}"),
        bytes: encoded.bytes,
        symbol_hash: encoded.stats.symbol_hash,
        max_error: Some(u16::from(steps)),
    })
}

fn encode_sound(bench: &mut Bench, name: &str) -> Result<Stream> {
    let (_, codec) = bench.loaded.for_sounds(name)?;
    let options = SoundEncodeOptions::default();
    let out = Cursor::new(Vec::new());
    let (out, stats) = sound::encode_sound(&codec, &mut made_up()?, &options, out, &mut |_| {})?;
    Ok(Stream {
        name: format!("made up, encoded as {name} on {}", bench.name),
        bytes: out.into_inner(),
        symbol_hash: stats.symbol_hash,
        max_error: None,
    })
}

/// Two seconds of falling tones, in stereo at a rate that no codec works at.
fn made_up() -> Result<Sound> {
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
    Ok(Sound::new(spec, (0..2 * 88_200).map(sample).collect())?)
}

/// A picture with gradients, edges and texture; its sides are no multiples of anything.
fn drawn() -> Result<Image> {
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
    Ok(Image::new(width, height, Color::Rgb, Samples::U8(samples), None)?)
}

/// Decodes one stream on each device.
fn compare(stream: &Stream, benches: &mut [Bench], talk: &Talk) -> StreamReport {
    let mut first: Option<Made> = None;
    let mut devices = Vec::new();
    for bench in benches {
        let start = Instant::now();
        let decoded = guarded(|| decode(stream, bench));
        let mut outcome = Outcome {
            device: bench.name.clone(),
            agrees: false,
            symbol_hash: None,
            max_pixel_difference: None,
            max_sample_difference: None,
            seconds: start.elapsed().as_secs_f64(),
            error: None,
        };
        match decoded {
            Ok((hash, made)) => {
                let first = first.get_or_insert_with(|| made.clone());
                let difference = difference(first, &made);
                outcome.symbol_hash = Some(format!("{hash:016x}"));
                let (place, tolerance) = match made {
                    Made::Image(_) => (&mut outcome.max_pixel_difference, TOLERANCE),
                    Made::Sound(_) => (&mut outcome.max_sample_difference, SOUND_TOLERANCE),
                };
                *place = Some(difference);
                let promised = keeps_promise(stream, &made);
                outcome.agrees = hash == stream.symbol_hash && difference <= tolerance && promised;
            }
            Err(error) => {
                talk.error(format_args!("{} on {}: {error:#}", stream.name, bench.name));
                outcome.error = Some(format!("{error:#}"));
            }
        }
        devices.push(outcome);
    }
    StreamReport {
        name: stream.name.clone(),
        bytes: stream.bytes.len(),
        symbol_hash: format!("{:016x}", stream.symbol_hash),
        devices,
    }
}

/// Whether what was decoded is as close to the drawn picture as the stream promises.
fn keeps_promise(stream: &Stream, made: &Made) -> bool {
    let Some(max_error) = stream.max_error else {
        return true;
    };
    drawn().is_ok_and(|drawn| difference(&Made::Image(drawn), made) <= max_error)
}

fn decode(stream: &Stream, bench: &mut Bench) -> Result<(u64, Made)> {
    let limits = Limits::default();
    if Header::media_kind(&stream.bytes)? == MediaKind::Sound {
        let reader = StreamReader::new(&stream.bytes[..], &limits, Mode::Tolerant)?;
        let codec = bench.loaded.sound_for_stream(reader.header())?;
        let hash = sound::verify_sound(&codec, reader)?.symbol_hash;
        let hash = hash.context("a packet does not decode")?;
        let (sound, _) = sound::decode_sound(&codec, &stream.bytes[..], &limits, Mode::Strict)?;
        return Ok((hash, Made::Sound(sound)));
    }
    let (header, _) = Header::parse(&stream.bytes)?;
    let codecs = bench.loaded.for_stream(&header)?;
    let decoder = ImageDecoder::new(codecs, DecodeOptions::default());
    let verified = decoder.verify(&stream.bytes)?;
    let hash = verified.symbol_hash.context("a tile does not decode")?;
    Ok((hash, Made::Image(decoder.decode(&stream.bytes)?.picture)))
}

/// The largest difference of two samples of the same place, in steps of 8 bits for pictures and of 16 for sounds; the most
/// there is for shapes that differ.
fn difference(a: &Made, b: &Made) -> u16 {
    match (a, b) {
        (Made::Image(a), Made::Image(b)) => {
            let (a, b) = (a.samples().to_u8(), b.samples().to_u8());
            if a.len() != b.len() {
                return u16::MAX;
            }
            let differences = a.iter().zip(b.iter()).map(|(a, b)| u16::from(a.abs_diff(*b)));
            differences.max().unwrap_or(0)
        }
        (Made::Sound(a), Made::Sound(b)) if a.samples().len() == b.samples().len() => {
            let differences = a.samples().iter().zip(b.samples()).map(|(a, b)| (a - b).abs());
            // Casts saturate, and take what is no number for 0, which `max` would too.
            (differences.fold(0.0, f32::max) * 32_768.0).ceil() as u16
        }
        _ => u16::MAX,
    }
}

/// Drivers panic where others return errors; one that does so must not hide what the other devices do.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(anyhow!(words(&*panic))))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("the device failed: {}", text.unwrap_or("it did not say how"))
}

fn text(report: &Report) -> String {
    let mut out = String::new();
    for stream in &report.streams {
        out += &format!(
            "{} ({} bytes, symbols {})\n",
            stream.name, stream.bytes, stream.symbol_hash
        );
        for outcome in &stream.devices {
            let verdict = match (outcome.agrees, &outcome.symbol_hash) {
                (true, _) => "agrees".to_owned(),
                (false, None) => "FAILS".to_owned(),
                (false, Some(hash)) if *hash != stream.symbol_hash => format!("OTHER SYMBOLS {hash}"),
                (false, Some(_)) if outcome.max_sample_difference.is_some() => "OTHER SAMPLES".to_owned(),
                (false, Some(_)) => "OTHER PIXELS".to_owned(),
            };
            let difference = match (outcome.max_pixel_difference, outcome.max_sample_difference) {
                (Some(difference), _) => format!(", pixels within {difference}"),
                (None, Some(difference)) => format!(", samples within {difference}"),
                (None, None) => String::new(),
            };
            out += &format!(
                "  {verdict:8} {}{difference}, {:.2} s\n",
                outcome.device, outcome.seconds
            );
        }
    }
    out += match (report.agree, report.devices.len()) {
        (true, 1) => "the only device agrees with all streams\n",
        (true, _) => "all devices agree\n",
        (false, _) => "NOT ALL DEVICES AGREE: use those that do, and please report this\n",
    };
    out
}

#[cfg(test)]
mod tests {
    use lmc_codec::sound::SoundSource;

    use super::*;

    #[test]
    fn differences_are_found() {
        let picture = drawn().unwrap();
        let made = Made::Image(picture.clone());
        assert_eq!(difference(&made, &made), 0);
        let Samples::U8(mut samples) = picture.samples().clone() else {
            panic!("drawn in 8 bits")
        };
        samples[1000] = samples[1000].abs_diff(7);
        let other = Image::new(203, 157, Color::Rgb, Samples::U8(samples), None).unwrap();
        assert!(difference(&made, &Made::Image(other)) > 0);
        let small = Image::new(1, 1, Color::Gray, Samples::U8(vec![0]), None).unwrap();
        assert_eq!(difference(&made, &Made::Image(small)), u16::MAX);

        let sound = made_up().unwrap();
        let mut samples = sound.samples().to_vec();
        samples[777] += 3.0 / 32_768.0;
        let other = Made::Sound(Sound::new(sound.spec(), samples).unwrap());
        let sound = Made::Sound(sound);
        assert_eq!((difference(&sound, &sound), difference(&sound, &other)), (0, 3));
        assert_eq!(difference(&sound, &made), u16::MAX);
    }

    #[test]
    fn lossless_streams_that_give_other_samples_fail() {
        let exact = encode_exactly(0).unwrap();
        assert!(keeps_promise(&exact, &Made::Image(drawn().unwrap())));
        let Samples::U8(mut samples) = drawn().unwrap().samples().clone() else {
            panic!("drawn in 8 bits")
        };
        // Two steps away, whatever it was.
        samples[1000] ^= 2;
        let other = Image::new(203, 157, Color::Rgb, Samples::U8(samples), None).unwrap();
        assert!(!keeps_promise(&exact, &Made::Image(other.clone())));
        assert!(!keeps_promise(&encode_exactly(1).unwrap(), &Made::Image(other.clone())));
        assert!(keeps_promise(&encode_exactly(4).unwrap(), &Made::Image(other)));
    }

    #[test]
    fn panics_of_drivers_become_errors() {
        let error = guarded::<()>(|| panic!("no adapter")).unwrap_err();
        assert!(error.to_string().contains("no adapter"));
    }
}
