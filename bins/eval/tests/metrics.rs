//! Metrics agree with other implementations, whose values `fixtures/metrics/reference.json` records.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lmc_eval::media::Medium;
use lmc_eval::metric::Metric;
use lmc_eval::pictures::metrics::measure;
use lmc_eval::pictures::{Rgb, codecs};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    sources: BTreeMap<Metric, String>,
    tolerances: BTreeMap<Metric, f64>,
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    original: String,
    decoded: String,
    values: BTreeMap<Metric, f64>,
}

fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("tests/fixtures/metrics")
}

fn picture(name: &str) -> Rgb {
    let webp = codecs::open("webp", &[]).unwrap().unwrap();
    let bytes = fs::read(folder().join(name)).unwrap();
    webp.decode(&bytes, Path::new(".")).unwrap().media
}

#[test]
fn metrics_agree_with_other_implementations() {
    let text = fs::read_to_string(folder().join("reference.json")).unwrap();
    let reference: Reference = serde_json::from_str(&text).unwrap();
    assert_eq!(reference.pairs.len(), 5);
    let mut wrong = Vec::new();
    for pair in &reference.pairs {
        let (original, decoded) = (picture(&pair.original), picture(&pair.decoded));
        // Those of looks need a file that is not here; their tests are beside their networks.
        let of_looks = [Metric::StLpips, Metric::StLpipsAlex, Metric::DistsLike];
        for metric in Metric::of(Medium::Pictures).filter(|metric| !of_looks.contains(metric)) {
            let (expected, tolerance) = (pair.values[&metric], reference.tolerances[&metric]);
            let value = measure(metric, &original, &decoded).unwrap();
            println!("{:24} {:12} {value:12.6} {expected:12.6}", pair.decoded, metric.id());
            if (value - expected).abs() > tolerance {
                let source = &reference.sources[&metric];
                wrong.push(format!(
                    "{} {}: {value}, but {expected} by {source}",
                    pair.decoded,
                    metric.id()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
