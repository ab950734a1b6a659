//! Everything that a run found: the content of `results.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::media::Medium;
use crate::metric::Metric;
use crate::{EvalError, Result, whole_file};

/// The version of the layout of `results.json`.
pub const FORMAT: u32 = 1;

/// A run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Results {
    /// Version of this layout.
    pub format: u32,
    /// What measured: program, version, commit, command line, machine, threads, date.
    pub run: BTreeMap<String, String>,
    /// What the files hold.
    pub medium: Medium,
    /// The unit of rates.
    pub rate_unit: String,
    /// The metrics, in the order wanted.
    pub metrics: Vec<Metric>,
    /// The files, in order.
    pub files: Vec<FileInfo>,
    /// The series, in order.
    pub series: Vec<Series>,
    /// A record for each file, series and setting.
    pub records: Vec<Record>,
    /// Means over files.
    pub averages: Vec<Average>,
    /// Names of the files that the means are over.
    pub averaged_files: Vec<String>,
    /// Every series against the anchor, for each metric.
    pub bd: Vec<Comparison>,
    /// What a reader must know: files that could not be read, programs that were missing.
    pub notes: Vec<String>,
}

/// A file that was measured, or could not be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileInfo {
    /// Its name, unique in the run.
    pub name: String,
    /// Hash of its bytes, hexadecimal.
    pub hash: String,
    /// What it holds, such as its size in pixels.
    pub details: BTreeMap<String, serde_json::Value>,
    /// Units that rates are counted over: pixels, or microseconds.
    pub units: u64,
    /// Remarks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why it could not be measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A codec with its settings, over a range of qualities.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Series {
    /// Its name, unique in the run.
    pub name: String,
    /// Versions of all that took part.
    pub version: String,
    /// How a file is encoded.
    pub encode_command: String,
    /// How a stream is decoded.
    pub decode_command: String,
    /// What else is known of it, such as hashes and costs of models.
    pub details: BTreeMap<String, serde_json::Value>,
    /// Where the curve was published, if it was not measured here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Why there are no points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What became of one file with one setting of one series.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// Name of the series.
    pub series: String,
    /// Name of the file.
    pub file: String,
    /// The setting, such as a quality.
    pub setting: f64,
    /// Bytes of the stream.
    pub bytes: u64,
    /// Rate, in the unit of the run, of all bytes of the stream.
    pub rate: f64,
    /// Values of metrics; one that cannot be had for this file is left out.
    pub values: BTreeMap<Metric, f64>,
    /// Wall time of encoding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encode_seconds: Option<f64>,
    /// Wall time of decoding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decode_seconds: Option<f64>,
    /// Most memory that the process that encodes held; for codecs inside this program, the program's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encode_peak_bytes: Option<u64>,
    /// Most memory that the process that decodes held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decode_peak_bytes: Option<u64>,
    /// What else the codec said.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, serde_json::Value>,
    /// Why there is no point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The means of one setting of a series.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Average {
    /// Name of the series.
    pub series: String,
    /// The setting.
    pub setting: f64,
    /// Mean of the files' rates.
    pub rate: f64,
    /// Means of the files' values.
    pub values: BTreeMap<Metric, f64>,
    /// Means of the numbers that the codec said of each file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, f64>,
    /// Mean wall time of encoding a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encode_seconds: Option<f64>,
    /// Mean wall time of decoding a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decode_seconds: Option<f64>,
    /// Millions of units encoded in a second, of all files together: megapixels, or how many times real time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encode_speed: Option<f64>,
    /// The same of decoding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decode_speed: Option<f64>,
}

/// A series against the anchor by one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The metric.
    pub metric: Metric,
    /// Name of the series that is compared.
    pub series: String,
    /// Name of the series that it is compared with.
    pub anchor: String,
    /// Between the average curves.
    pub average_curve: Difference,
    /// Mean over the files that can be compared, where the files of both were measured.
    pub mean_of_files: Difference,
    /// Of each file.
    pub files: BTreeMap<String, Difference>,
}

/// A Bjøntegaard difference, or why there is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Difference of rate at equal quality, in percent.
    pub rate_percent: Option<f64>,
    /// Difference of quality at equal rate, in the unit of the metric (dB for MS-SSIM).
    pub quality: Option<f64>,
    /// Why something is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Record {
    /// Names of the details that are numbers.
    pub fn figures(&self) -> impl Iterator<Item = &str> {
        let numbers = self.details.iter().filter(|(_, value)| value.is_number());
        numbers.map(|(name, _)| name.as_str())
    }

    /// A detail that is a number.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.details.get(name)?.as_f64()
    }
}

impl Results {
    /// Reads a `results.json`, or a baseline with records alone.
    ///
    /// # Errors
    /// `Io` when it cannot be read, `Malformed` when it is no such file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(EvalError::io("read", path))?;
        let results: Self = serde_json::from_str(&text).map_err(|e| EvalError::malformed(path.display(), e))?;
        if results.format != FORMAT {
            let reason = format!("its layout is {}, and {FORMAT} is known", results.format);
            return Err(EvalError::malformed(path.display(), reason));
        }
        Ok(results)
    }

    /// As indented JSON with a newline at its end.
    ///
    /// # Errors
    /// `Malformed` when a number is none.
    pub fn to_json(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|error| EvalError::malformed("the results", error))?;
        Ok(text + "\n")
    }

    /// Writes [`Self::to_json`] to a file.
    ///
    /// # Errors
    /// `Io` when it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        whole_file::write(path, self.to_json()?.as_bytes())
    }

    /// A row for each file, series and setting. What codecs said in numbers has a column each.
    pub fn to_csv(&self) -> String {
        let figures: BTreeSet<&str> = self.records.iter().flat_map(Record::figures).collect();
        let mut out = format!("file,series,setting,bytes,{}", self.rate_unit);
        for metric in &self.metrics {
            let _ = write!(out, ",{}", metric.id());
            if *metric == Metric::MsSsim {
                out.push_str(",ms-ssim-db");
            }
        }
        out.push_str(",encode_seconds,decode_seconds,encode_peak_bytes,decode_peak_bytes");
        for name in &figures {
            let _ = write!(out, ",{}", quoted(name));
        }
        out.push_str(",error\n");
        for record in &self.records {
            self.csv_row(record, &figures, &mut out);
        }
        out
    }

    fn csv_row(&self, record: &Record, figures: &BTreeSet<&str>, out: &mut String) {
        let _ = write!(
            out,
            "{},{},{}",
            quoted(&record.file),
            quoted(&record.series),
            record.setting
        );
        let known = record.error.is_none();
        let _ = write!(
            out,
            ",{},{}",
            cell(known.then_some(record.bytes)),
            cell(known.then_some(record.rate))
        );
        for metric in &self.metrics {
            let value = record.values.get(metric).copied();
            let _ = write!(out, ",{}", cell(value));
            if *metric == Metric::MsSsim {
                let db = value.map(|value| metric.axis(value)).filter(|db| db.is_finite());
                let _ = write!(out, ",{}", cell(db));
            }
        }
        let _ = write!(out, ",{},{}", cell(record.encode_seconds), cell(record.decode_seconds));
        let _ = write!(
            out,
            ",{},{}",
            cell(record.encode_peak_bytes),
            cell(record.decode_peak_bytes)
        );
        for name in figures {
            let _ = write!(out, ",{}", cell(record.figure(name)));
        }
        let _ = writeln!(out, ",{}", quoted(record.error.as_deref().unwrap_or_default()));
    }
}

fn cell(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// As RFC 4180 wants it.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_quote_what_needs_it() {
        let record = Record {
            series: "a,b".into(),
            file: "say \"x\".png".into(),
            setting: 50.0,
            error: Some("two\nlines".into()),
            details: BTreeMap::from([
                ("bits".into(), 7.25.into()),
                ("tiles".into(), 3.into()),
                ("why".into(), "so".into()),
            ]),
            ..Record::default()
        };
        let results = Results {
            rate_unit: "bpp".into(),
            metrics: vec![Metric::Psnr],
            records: vec![record],
            ..Results::default()
        };
        let csv = results.to_csv();
        let (head, row) = csv.split_once('\n').unwrap();
        assert!(head.starts_with("file,series,setting,bytes,bpp,psnr,encode_seconds"));
        assert!(head.ends_with(",decode_peak_bytes,bits,tiles,error"), "{head}");
        assert_eq!(row, "\"say \"\"x\"\".png\",\"a,b\",50,,,,,,,,7.25,3,\"two\nlines\"\n");
    }
}
