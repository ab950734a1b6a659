//! `lmc selftest`: do all devices of this machine agree?
//!
//! The streams are those bundled with the program, whose symbol hashes are known, and those that each device encodes with
//! each codec. Each device decodes each stream. Symbols, pixels and samples of sound must be the same everywhere, and
//! those that are known of the bundled streams.

use std::process::ExitCode;

use anyhow::Result;
use lmc_codec::ModelHash;
use lmc_codec::codecs::{Codecs, Registry};
use lmc_codec::selftest::{Bench, Difference, Stream, Verdict, compare, encode_all, encode_exactly, guarded};
use lmc_codec::weights::WeightsFile;
use serde::Serialize;

use crate::cli::SelftestArgs;
use crate::device::{self, OpenDevice};
use crate::golden;
use crate::output::write_stdout;
use crate::report::print_json;
use crate::talk::Talk;
use crate::usage::FAILURE;

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
    devices: Vec<DeviceReport>,
}

/// What one device made of one stream.
#[derive(Debug, Serialize)]
struct DeviceReport {
    device: String,
    agrees: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pixel_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_hash: Option<String>,
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

/// Runs `lmc selftest`.
pub(crate) fn run(args: &SelftestArgs, talk: &Talk) -> Result<ExitCode> {
    let mut failures = Failures { talk, count: 0 };
    let mut benches = Vec::new();
    for device in device::available() {
        talk.detail(format_args!("found {}", device.description));
        benches.push(open(&device, &mut failures));
    }
    let streams = streams(&benches, &mut failures);
    let mut reports = Vec::new();
    for stream in &streams {
        reports.push(report(stream, compare(stream, &benches), &mut failures));
    }
    let report = Report {
        program: "lmc",
        version: env!("CARGO_PKG_VERSION"),
        command: "selftest",
        devices: benches.into_iter().map(|bench| bench.name).collect(),
        agree: failures.count == 0,
        streams: reports,
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

/// Counts what goes wrong, and says it.
struct Failures<'a> {
    talk: &'a Talk,
    count: usize,
}

impl Failures<'_> {
    fn add(&mut self, what: impl std::fmt::Display, error: &impl std::fmt::Display) {
        self.count += 1;
        self.talk.error(format_args!("{what}: {error}"));
    }

    /// What succeeded.
    fn keep<T>(&mut self, what: impl std::fmt::Display, result: lmc_codec::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(what, &error)).ok()
    }
}

/// The codecs of all weights that ship, open on a device.
fn open(device: &OpenDevice, failures: &mut Failures<'_>) -> Bench {
    let (name, registry) = (&device.description, Registry::default());
    let mut codecs = Codecs::new(registry.clone(), device.backend());
    // The default of a codec comes first there; codecs encode with the weights that are opened last.
    for shipped in lmc_weights::SHIPPED.iter().rev() {
        let Some(row) = registry.named(shipped.codec) else {
            continue;
        };
        let weights = WeightsFile::known(shipped.bytes, ModelHash(shipped.model));
        let opened = guarded(|| codecs.open(row, Some(&weights)));
        failures.keep(format_args!("{} on {name}", shipped.id), opened);
    }
    Bench::new(name, codecs)
}

/// The bundled streams, and those that each device makes.
fn streams(benches: &[Bench], failures: &mut Failures<'_>) -> Vec<Stream> {
    let mut streams = Vec::new();
    for golden in golden::all() {
        let name = format!("{}/{}", golden.model, golden.name);
        match golden.symbol_hash() {
            Some(hash) => streams.push(Stream::new(name, golden.bytes, hash).with_hash(golden.hash())),
            None => failures.add(name, &"the bundled stream has no hash"),
        }
    }
    for stream in encode_exactly(&Codecs::default()) {
        streams.extend(failures.keep("lossless encoding fails", stream));
    }
    for bench in benches {
        for (codec, stream) in encode_all(bench) {
            streams.extend(failures.keep(format_args!("{codec} on {} does not encode", bench.name), stream));
        }
    }
    streams
}

fn report(stream: &Stream, verdicts: Vec<Verdict>, failures: &mut Failures<'_>) -> StreamReport {
    let mut devices = Vec::new();
    for verdict in verdicts {
        let mut device = DeviceReport {
            device: verdict.device,
            agrees: verdict.agrees,
            symbol_hash: None,
            pixel_hash: None,
            sample_hash: None,
            max_pixel_difference: None,
            max_sample_difference: None,
            seconds: verdict.seconds,
            error: None,
        };
        match verdict.made {
            Ok((hash, difference)) => {
                device.symbol_hash = Some(format!("{hash:016x}"));
                let made = verdict.hash.map(|hash| hash.to_string());
                match difference {
                    Difference::Pixels(steps) => (device.max_pixel_difference, device.pixel_hash) = (Some(steps), made),
                    Difference::Samples(steps) => {
                        (device.max_sample_difference, device.sample_hash) = (Some(steps), made);
                    }
                }
                failures.count += usize::from(!device.agrees);
            }
            Err(error) => {
                failures.add(format_args!("{} on {}", stream.name, device.device), &error);
                device.error = Some(error.to_string());
            }
        }
        devices.push(device);
    }
    StreamReport {
        name: stream.name.clone(),
        bytes: stream.bytes.len(),
        symbol_hash: format!("{:016x}", stream.symbol_hash),
        devices,
    }
}

fn text(report: &Report) -> String {
    let mut out = String::new();
    for stream in &report.streams {
        let (name, bytes, hash) = (&stream.name, stream.bytes, &stream.symbol_hash);
        out += &format!("{name} ({bytes} bytes, symbols {hash})\n");
        for device in &stream.devices {
            out += &line(device, hash);
        }
    }
    out += match (report.agree, report.devices.len()) {
        (true, 1) => "the only device agrees with all streams\n",
        (true, _) => "all devices agree\n",
        (false, _) => "NOT ALL DEVICES AGREE: use those that do, and please report this\n",
    };
    out
}

fn line(device: &DeviceReport, right: &str) -> String {
    let verdict = match (device.agrees, &device.symbol_hash) {
        (true, _) => "agrees".to_owned(),
        (false, None) => "FAILS".to_owned(),
        (false, Some(hash)) if hash != right => format!("OTHER SYMBOLS {hash}"),
        (false, Some(_)) if device.max_sample_difference.is_some() => "OTHER SAMPLES".to_owned(),
        (false, Some(_)) => "OTHER PIXELS".to_owned(),
    };
    let difference = match (device.max_pixel_difference, device.max_sample_difference) {
        (Some(steps), _) => format!(", pixels within {steps}"),
        (None, Some(steps)) => format!(", samples within {steps}"),
        (None, None) => String::new(),
    };
    format!("  {verdict:8} {}{difference}, {:.2} s\n", device.device, device.seconds)
}
