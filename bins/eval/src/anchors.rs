//! Published curves: JSON of CompressAI and of DCVC, and Cool-Chic's tables, as further series.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::metric::{Metric, similarity_of_db};
use crate::results::{Average, Record, Results, Series};
use crate::{EvalError, Result};

/// A published curve; its records are single files, where those were published.
#[derive(Debug, Clone, PartialEq)]
pub struct Anchor {
    /// The series, named by the file.
    pub series: Series,
    /// The average curve.
    pub averages: Vec<Average>,
    /// Points of single files, named without an ending.
    pub records: Vec<Record>,
}

/// Reads a `.json` or `.tsv` file, or all of them in a folder, in the order of their names.
///
/// # Errors
/// `Io` when something cannot be read, `Malformed` for a file of another layout.
pub fn read(path: &Path) -> Result<Vec<Anchor>> {
    let is_curve = |path: &PathBuf| matches!(ending(path).as_str(), "json" | "tsv");
    if !path.is_dir() {
        return read_file(path);
    }
    let io = || EvalError::io("read", path);
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(io())? {
        files.push(entry.map_err(io())?.path());
    }
    files.retain(is_curve);
    files.sort();
    let anchors: Result<Vec<_>> = files.iter().map(|file| read_file(file)).collect();
    Ok(anchors?.concat())
}

fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn read_file(path: &Path) -> Result<Vec<Anchor>> {
    let text = fs::read_to_string(path).map_err(EvalError::io("read", path))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let anchor = match ending(path).as_str() {
        "tsv" => parse_tsv(&name, &text).map(|anchor| vec![anchor]),
        // Data sets of DCVC have names of their own.
        _ => parse_json(&name, &text).map(|anchor| vec![anchor]).or_else(|reason| {
            let of_videos = crate::videos::parse_dcvc(&name, &text);
            of_videos.map_err(|other| format!("{reason}; as results of videos: {other}"))
        }),
    };
    anchor.map_err(|reason| EvalError::malformed(path.display(), reason))
}

/// A name of a column, and how its values become those of a metric.
type Column = (&'static str, Metric, fn(f64) -> f64);

const COLUMNS: [Column; 8] = [
    ("psnr-rgb", Metric::Psnr, |value| value),
    ("psnr", Metric::Psnr, |value| value),
    ("psnr_db", Metric::Psnr, |value| value),
    ("psnr-y", Metric::PsnrY, |value| value),
    ("ms-ssim-rgb", Metric::MsSsim, |value| value),
    ("ms-ssim", Metric::MsSsim, |value| value),
    ("ms-ssim-db-rgb", Metric::MsSsim, similarity_of_db),
    ("ms-ssim-db", Metric::MsSsim, similarity_of_db),
];

#[derive(Deserialize)]
struct Published {
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    results: BTreeMap<String, Vec<f64>>,
}

/// CompressAI's layout: lists of equal length, one value for each rate.
fn parse_json(stem: &str, text: &str) -> std::result::Result<Anchor, String> {
    let published: Published = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let rates = published.results.get("bpp").ok_or("it has no list bpp")?;
    if let Some((name, _)) = published.results.iter().find(|(_, list)| list.len() != rates.len()) {
        return Err(format!("the lists bpp and {name} have different lengths"));
    }
    let at = |name: &str, i: usize| published.results.get(name).and_then(|list| list.get(i)).copied();
    let average = |(i, &rate): (usize, &f64)| {
        let value = |(name, metric, convert): &Column| Some((*metric, convert(at(name, i)?)));
        Average {
            series: stem.to_owned(),
            setting: i as f64,
            rate,
            values: COLUMNS.iter().rev().filter_map(value).collect(),
            encode_seconds: at("encoding_time", i),
            decode_seconds: at("decoding_time", i),
            ..Average::default()
        }
    };
    let title = format!("{}: {}", published.name, published.description);
    Ok(Anchor {
        series: series(stem, &title),
        averages: rates.iter().enumerate().map(average).collect(),
        records: Vec::new(),
    })
}

pub(crate) fn series(stem: &str, title: &str) -> Series {
    Series {
        name: stem.to_owned(),
        version: "as published".to_owned(),
        published: Some(title.trim_matches([':', ' ']).to_owned()),
        ..Series::default()
    }
}

/// Cool-Chic's layout: a row for each file and setting, with columns `lmbda`, `seq_name`, `rate_bpp` and `psnr_db`. A
/// larger lambda is a smaller file.
fn parse_tsv(stem: &str, text: &str) -> std::result::Result<Anchor, String> {
    let mut lines = text
        .lines()
        .map(|line| line.split('\t').map(str::trim).collect::<Vec<_>>());
    let head = lines.next().ok_or("it is empty")?;
    let place = |name: &str| head.iter().position(|column| *column == name);
    let need = |name: &str| place(name).ok_or_else(|| format!("it has no column {name}"));
    let (setting, file, rate) = (need("lmbda")?, need("seq_name")?, need("rate_bpp")?);
    let columns = COLUMNS
        .iter()
        .filter_map(|(name, metric, convert)| Some((place(name)?, *metric, convert)));
    let columns: Vec<_> = columns.collect();
    let mut records = Vec::new();
    for line in lines.filter(|line| line.len() > 1) {
        let cell = |place: usize| line.get(place).copied().unwrap_or_default();
        let number = |place: usize| {
            let text = cell(place);
            text.parse::<f64>().map_err(|_| format!("'{text}' is no number"))
        };
        let mut values = BTreeMap::new();
        for (place, metric, convert) in &columns {
            values.insert(*metric, convert(number(*place)?));
        }
        records.push(Record {
            series: stem.to_owned(),
            file: cell(file).to_owned(),
            setting: number(setting)?,
            rate: number(rate)?,
            values,
            ..Record::default()
        });
    }
    Ok(Anchor {
        series: series(stem, stem),
        averages: means(stem, &records),
        records,
    })
}

/// The means of records by their settings.
pub(crate) fn means(stem: &str, records: &[Record]) -> Vec<Average> {
    let mut groups: BTreeMap<u64, Vec<&Record>> = BTreeMap::new();
    for record in records {
        groups.entry(record.setting.to_bits()).or_default().push(record);
    }
    let mean = |(bits, group): (u64, Vec<&Record>)| {
        let count = group.len() as f64;
        let metrics = group
            .first()
            .map(|record| record.values.keys().copied().collect::<Vec<_>>());
        let sum = |metric| {
            group
                .iter()
                .filter_map(|record| record.values.get(&metric))
                .sum::<f64>()
        };
        Average {
            series: stem.to_owned(),
            setting: f64::from_bits(bits),
            rate: group.iter().map(|record| record.rate).sum::<f64>() / count,
            values: metrics
                .unwrap_or_default()
                .into_iter()
                .map(|m| (m, sum(m) / count))
                .collect(),
            ..Average::default()
        }
    };
    groups.into_iter().map(mean).collect()
}

/// Adds anchors to results. Points of single files are kept where the run has a file of that name, its ending aside.
pub fn add(results: &mut Results, anchors: Vec<Anchor>) {
    if !anchors.is_empty() {
        let note = "published curves are means over the files of their publication, and compare with the others where these \
                    are the same files";
        results.notes.push(note.to_owned());
    }
    for mut anchor in anchors {
        for record in &mut anchor.records {
            let stem = |name: &str| {
                Path::new(name)
                    .file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned())
            };
            let file = results
                .files
                .iter()
                .find(|file| stem(&file.name).is_some_and(|s| s == record.file));
            if let Some(file) = file {
                record.file.clone_from(&file.name);
                results.records.push(record.clone());
            }
        }
        results.series.push(anchor.series);
        results.averages.extend(anchor.averages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_are_read() {
        let json = r#"{"name": "n", "results": {"bpp": [0.1, 0.2], "psnr-rgb": [30, 33], "ms-ssim-db-rgb": [10, 20]}}"#;
        let anchor = parse_json("paper", json).unwrap();
        assert_eq!(anchor.averages[1].rate, 0.2);
        assert!((anchor.averages[1].values[&Metric::MsSsim] - 0.99).abs() < 1e-12);
        let tsv = "lmbda\tseq_name\tpsnr_db\trate_bpp\n0.1\ta\t30\t0.1\n0.1\tb\t32\t0.3\n0.2\ta\t28\t0.05\n";
        let anchor = parse_tsv("table", tsv).unwrap();
        assert_eq!((anchor.records.len(), anchor.averages.len()), (3, 2));
        assert!((anchor.averages[0].rate - 0.2).abs() < 1e-12);
        assert_eq!(anchor.averages[0].values[&Metric::Psnr], 31.0);
    }

    #[test]
    fn other_files_are_refused() {
        assert!(parse_json("x", "{}").is_err());
        assert!(parse_json("x", r#"{"results": {"bpp": [1], "psnr-rgb": []}}"#).is_err());
        assert!(parse_tsv("x", "").is_err());
        assert!(parse_tsv("x", "lmbda\tseq_name\trate_bpp\n1\tb\tmany\n").is_err());
    }
}
