//! `lmc selftest`: do all devices of this machine agree?
//!
//! The streams are those bundled with the program, whose symbol hashes are known, and a drawn picture that each device
//! encodes. Each device decodes each stream. Symbols must be the same everywhere; pixels may differ in the last bit.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use lmc_codec::container::Header;
use lmc_codec::{Color, DecodeOptions, EncodeOptions, ImageDecoder, ImageEncoder, Limits, Picture, Samples};
use lmc_models::device::{self, OpenDevice};
use serde::Serialize;

use crate::cli::SelftestArgs;
use crate::golden::GOLDEN;
use crate::models::{Loaded, Weights};
use crate::output::write_stdout;
use crate::report::print_json;
use crate::talk::Talk;
use crate::usage::FAILURE;

/// Devices whose pixels differ by more are wrong: rounding moves a sample by one step, and rarely by two.
const TOLERANCE: u16 = 2;

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
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

struct Stream {
    name: String,
    bytes: Vec<u8>,
    symbol_hash: u64,
}

struct Bench {
    name: String,
    loaded: Loaded,
}

/// Runs `lmc selftest`.
pub(crate) fn run(args: &SelftestArgs, talk: &Talk) -> Result<ExitCode> {
    let mut benches = Vec::new();
    for device in device::available() {
        let OpenDevice { description, .. } = &device;
        talk.detail(format_args!("found {description}"));
        let (name, weights) = (description.clone(), Weights::new(None)?);
        benches.push(Bench {
            name,
            loaded: Loaded::new(weights, device),
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
    for golden in &GOLDEN {
        match golden.symbol_hash() {
            Some(symbol_hash) => streams.push(Stream {
                name: golden.name.to_owned(),
                bytes: golden.bytes.to_vec(),
                symbol_hash,
            }),
            None => {
                failures += 1;
                talk.error(format_args!("the bundled stream {} has no hash", golden.name));
            }
        }
    }
    for bench in benches {
        match guarded(|| encode(bench)) {
            Ok(stream) => streams.push(stream),
            Err(error) => {
                failures += 1;
                talk.error(format_args!("{} does not encode: {error:#}", bench.name));
            }
        }
    }
    (streams, failures)
}

fn encode(bench: &mut Bench) -> Result<Stream> {
    let (_, model) = bench.loaded.for_encoding()?;
    let encoder = ImageEncoder::new(model, EncodeOptions::default());
    let encoded = encoder.encode(&drawn()?)?;
    Ok(Stream {
        name: format!("drawn, encoded on {}", bench.name),
        bytes: encoded.bytes,
        symbol_hash: encoded.stats.symbol_hash,
    })
}

/// A picture with gradients, edges and texture; its sides are no multiples of anything.
fn drawn() -> Result<Picture> {
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
    Ok(Picture::new(width, height, Color::Rgb, Samples::U8(samples), None)?)
}

/// Decodes one stream on each device.
fn compare(stream: &Stream, benches: &mut [Bench], talk: &Talk) -> StreamReport {
    let mut first: Option<Picture> = None;
    let mut devices = Vec::new();
    for bench in benches {
        let start = Instant::now();
        let decoded = guarded(|| decode(stream, bench));
        let mut outcome = Outcome {
            device: bench.name.clone(),
            agrees: false,
            symbol_hash: None,
            max_pixel_difference: None,
            seconds: start.elapsed().as_secs_f64(),
            error: None,
        };
        match decoded {
            Ok((hash, picture)) => {
                let first = first.get_or_insert_with(|| picture.clone());
                let difference = difference(first, &picture);
                outcome.symbol_hash = Some(format!("{hash:016x}"));
                outcome.max_pixel_difference = Some(difference);
                outcome.agrees = hash == stream.symbol_hash && difference <= TOLERANCE;
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

fn decode(stream: &Stream, bench: &mut Bench) -> Result<(u64, Picture)> {
    let (header, _) = Header::parse(&stream.bytes, &Limits::default())?;
    let model = bench.loaded.for_stream(header.model)?;
    let decoder = ImageDecoder::new(Arc::clone(&model), DecodeOptions::default());
    let verified = decoder.verify(&stream.bytes)?;
    let hash = verified.symbol_hash.context("a tile does not decode")?;
    Ok((hash, decoder.decode(&stream.bytes)?.picture))
}

/// The largest difference of two samples of the same place; the most there is for pictures of different sizes.
fn difference(a: &Picture, b: &Picture) -> u16 {
    let (a, b) = (a.samples().to_u8(), b.samples().to_u8());
    if a.len() != b.len() {
        return u16::MAX;
    }
    let differences = a.iter().zip(b.iter()).map(|(a, b)| u16::from(a.abs_diff(*b)));
    differences.max().unwrap_or(0)
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
                (false, Some(_)) => "OTHER PIXELS".to_owned(),
            };
            let difference = match outcome.max_pixel_difference {
                Some(difference) => format!(", pixels within {difference}"),
                None => String::new(),
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
    use super::*;

    #[test]
    fn differences_are_found() {
        let picture = drawn().unwrap();
        assert_eq!(difference(&picture, &picture), 0);
        let Samples::U8(mut samples) = picture.samples().clone() else {
            panic!("drawn in 8 bits")
        };
        samples[1000] = samples[1000].abs_diff(7);
        let other = Picture::new(203, 157, Color::Rgb, Samples::U8(samples), None).unwrap();
        assert!(difference(&picture, &other) > 0);
        let small = Picture::new(1, 1, Color::Gray, Samples::U8(vec![0]), None).unwrap();
        assert_eq!(difference(&picture, &small), u16::MAX);
    }

    #[test]
    fn panics_of_drivers_become_errors() {
        let error = guarded::<()>(|| panic!("no adapter")).unwrap_err();
        assert!(error.to_string().contains("no adapter"));
    }
}
