//! Every series against the anchor.

use std::collections::BTreeMap;

use crate::averages::{average_curve, file_curve};
use crate::bd::{Point, bd_quality, bd_rate};
use crate::metric::Metric;
use crate::results::{Comparison, Difference, Results};

/// Fills in `bd`: each series but the anchor, for each metric.
pub fn fill(results: &mut Results, anchor: &str) {
    let mut all = Vec::new();
    for &metric in &results.metrics {
        for series in results
            .series
            .iter()
            .filter(|series| series.name != anchor && series.error.is_none())
        {
            all.push(compare(results, metric, &series.name, anchor));
        }
    }
    results.bd = all;
}

fn compare(results: &Results, metric: Metric, series: &str, anchor: &str) -> Comparison {
    let average = difference(
        &average_curve(results, anchor, metric),
        &average_curve(results, series, metric),
    );
    let mut files = BTreeMap::new();
    for file in &results.files {
        let curve = |series| file_curve(results, series, &file.name, metric);
        let (reference, test) = (curve(anchor), curve(series));
        if !reference.is_empty() && !test.is_empty() {
            files.insert(file.name.clone(), difference(&reference, &test));
        }
    }
    Comparison {
        metric,
        series: series.to_owned(),
        anchor: anchor.to_owned(),
        average_curve: average,
        mean_of_files: mean(&files, &results.averaged_files),
        files,
    }
}

fn difference(reference: &[Point], test: &[Point]) -> Difference {
    let (rate, quality) = (bd_rate(reference, test), bd_quality(reference, test));
    let refused = rate.as_ref().err().or(quality.as_ref().err()).map(ToString::to_string);
    Difference {
        rate_percent: rate.ok(),
        quality: quality.ok(),
        refused,
    }
}

/// The mean over the files of the average curves that can be compared; how many cannot is said.
fn mean(files: &BTreeMap<String, Difference>, averaged: &[String]) -> Difference {
    let used: Vec<&Difference> = averaged.iter().filter_map(|name| files.get(name)).collect();
    if used.is_empty() {
        return Difference {
            refused: Some("no file has both curves".to_owned()),
            ..Difference::default()
        };
    }
    let mean = |value: fn(&Difference) -> Option<f64>| {
        let values: Vec<f64> = used.iter().filter_map(|difference| value(difference)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let refused = used.iter().filter(|difference| difference.refused.is_some()).count();
    Difference {
        rate_percent: mean(|difference| difference.rate_percent),
        quality: mean(|difference| difference.quality),
        refused: (refused > 0).then(|| format!("{refused} of {} files cannot be compared", used.len())),
    }
}
