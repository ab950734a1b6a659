//! The BD-rates as a table of Markdown, for a README or a terminal.

use std::fmt::Write;

use crate::results::{Comparison, Difference, Results};

/// A row for each series: BD-rates of the average curve, and in brackets the mean of the files' own.
pub fn bd_table(results: &Results) -> String {
    let Some(anchor) = results.bd.first().map(|bd| &bd.anchor) else {
        return "Nothing to compare with.\n".to_owned();
    };
    let mut out = format!("| BD-rate against {anchor} |");
    for metric in &results.metrics {
        let _ = write!(out, " {} |", metric.label().trim_end_matches(" (dB)"));
    }
    let _ = write!(out, "\n| --- |{}\n", " ---: |".repeat(results.metrics.len()));
    for series in &results.series {
        let find = |metric| {
            results
                .bd
                .iter()
                .find(|bd| bd.series == series.name && bd.metric == metric)
        };
        let row: Vec<&Comparison> = results.metrics.iter().filter_map(|&metric| find(metric)).collect();
        if !row.is_empty() {
            let _ = write!(out, "| {} |", series.name.replace('|', "\\|"));
            for bd in row {
                let _ = write!(out, " {} |", cell(bd));
            }
            out.push('\n');
        }
    }
    out
}

fn cell(bd: &Comparison) -> String {
    let percent = |difference: &Difference| difference.rate_percent.map(|percent| format!("{percent:+.1}%"));
    match (percent(&bd.average_curve), percent(&bd.mean_of_files)) {
        (Some(average), Some(files)) => format!("{average} ({files})"),
        (Some(average), None) => average,
        (None, _) => "none".to_owned(),
    }
}
