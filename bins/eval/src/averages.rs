//! Curves of series: the means over files, and single files.

use std::collections::{BTreeMap, BTreeSet};

use crate::bd::Point;
use crate::metric::Metric;
use crate::results::{Average, Record, Results};

/// Fills in `averages` and `averaged_files` from the records, so that every mean is over the same files: those for which
/// every setting of every series that works at all has every metric that can be had at all. Averages of published
/// series, which have no records, stay.
pub fn fill(results: &mut Results) {
    let published: BTreeSet<String> = published(results).map(str::to_owned).collect();
    let measured: Vec<&Record> = results
        .records
        .iter()
        .filter(|r| !published.contains(&r.series))
        .collect();
    let files = common_files(results, &measured);
    let mut averages = Vec::new();
    for series in results.series.iter().filter(|series| series.published.is_none()) {
        let mine = || measured.iter().filter(|record| record.series == series.name);
        for setting in settings(mine().copied()) {
            let of_setting = mine().filter(|record| record.setting == setting && files.contains(record.file.as_str()));
            let records: Vec<&Record> = of_setting.copied().filter(|r| r.error.is_none()).collect();
            averages
                .extend(mean(&series.name, setting, &records).map(|average| with_speeds(average, results, &records)));
        }
    }
    let in_order = results.files.iter().filter(|file| files.contains(file.name.as_str()));
    results.averaged_files = in_order.map(|file| file.name.clone()).collect();
    results.averages.retain(|average| published.contains(&average.series));
    results.averages.splice(0..0, averages);
}

fn published(results: &Results) -> impl Iterator<Item = &str> {
    let series = results.series.iter().filter(|series| series.published.is_some());
    series.map(|series| series.name.as_str())
}

/// The settings of records, in order, each once.
fn settings<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<f64> {
    let mut settings: Vec<f64> = records.filter(|r| r.error.is_none()).map(|r| r.setting).collect();
    settings.sort_by(f64::total_cmp);
    settings.dedup();
    settings
}

fn common_files(results: &Results, records: &[&Record]) -> BTreeSet<String> {
    let mut wanted: BTreeMap<(&str, u64), BTreeSet<&str>> = BTreeMap::new();
    let possible: BTreeSet<Metric> = records
        .iter()
        .flat_map(|record| record.values.keys().copied())
        .collect();
    for record in records.iter().filter(|record| record.error.is_none()) {
        let point = wanted.entry((&record.series, record.setting.to_bits())).or_default();
        if possible.iter().all(|metric| record.values.contains_key(metric)) {
            point.insert(&record.file);
        }
    }
    let large = results
        .files
        .iter()
        .filter(|file| file.error.is_none() && file.units >= results.medium.least_units());
    let common = large.filter(|file| wanted.values().all(|files| files.contains(file.name.as_str())));
    common.map(|file| file.name.clone()).collect()
}

fn mean(series: &str, setting: f64, records: &[&Record]) -> Option<Average> {
    let rate = mean_of(records, |record| Some(record.rate))?;
    let metrics: BTreeSet<Metric> = records
        .iter()
        .flat_map(|record| record.values.keys().copied())
        .collect();
    let figures: BTreeSet<&str> = records.iter().flat_map(|record| record.figures()).collect();
    let figure = |name: &str| Some((name.to_owned(), mean_of(records, |r| r.figure(name))?));
    let value = |metric: Metric| Some((metric, mean_of(records, |r| r.values.get(&metric).copied())?));
    Some(Average {
        series: series.to_owned(),
        setting,
        rate,
        values: metrics.into_iter().filter_map(value).collect(),
        details: figures.into_iter().filter_map(figure).collect(),
        encode_seconds: mean_of(records, |record| record.encode_seconds),
        decode_seconds: mean_of(records, |record| record.decode_seconds),
        ..Average::default()
    })
}

/// All units over all seconds.
fn with_speeds(average: Average, results: &Results, records: &[&Record]) -> Average {
    let units = |record: &Record| {
        let file = results.files.iter().find(|file| file.name == record.file);
        Some(file?.units as f64 / 1e6)
    };
    let millions = mean_of(records, units);
    let speed = |seconds: Option<f64>| Some(millions? / seconds?).filter(|speed| speed.is_finite());
    Average {
        encode_speed: speed(average.encode_seconds),
        decode_speed: speed(average.decode_seconds),
        ..average
    }
}

/// The mean of a value that all records have, or nothing.
fn mean_of(records: &[&Record], value: impl Fn(&Record) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = records.iter().map(|record| value(record)).collect::<Option<_>>()?;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The average curve of a series.
pub fn average_curve(results: &Results, series: &str, metric: Metric) -> Vec<Point> {
    let averages = results.averages.iter().filter(|average| average.series == series);
    let point = |average: &Average| Some((average.rate, *average.values.get(&metric)?));
    curve(metric, averages.filter_map(point))
}

/// The curve of a series on one file.
pub fn file_curve(results: &Results, series: &str, file: &str, metric: Metric) -> Vec<Point> {
    let records = results.records.iter();
    let records = records.filter(|r| r.series == series && r.file == file && r.error.is_none());
    let point = |record: &Record| Some((record.rate, *record.values.get(&metric)?));
    curve(metric, records.filter_map(point))
}

fn curve(metric: Metric, points: impl Iterator<Item = (f64, f64)>) -> Vec<Point> {
    let point = |(rate, value)| Point {
        rate,
        quality: metric.quality(value),
    };
    points.map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{FileInfo, Series};

    fn results() -> Results {
        let file = |name: &str, units| FileInfo {
            name: name.into(),
            units,
            ..FileInfo::default()
        };
        let record = |series: &str, file: &str, setting, rate, psnr| Record {
            series: series.into(),
            file: file.into(),
            setting,
            rate,
            values: BTreeMap::from([(Metric::Psnr, psnr)]),
            ..Record::default()
        };
        let mut broken = record("b", "two", 1.0, 0.0, 0.0);
        broken.error = Some("no".into());
        broken.values.clear();
        Results {
            files: vec![
                file("one", 5000),
                file("two", 5000),
                file("dot", 1),
                file("three", 5000),
            ],
            series: ["a", "b"]
                .map(|name| Series {
                    name: name.into(),
                    ..Series::default()
                })
                .into(),
            records: vec![
                record("a", "one", 1.0, 0.2, 30.0),
                record("a", "two", 1.0, 0.4, 40.0),
                record("a", "dot", 1.0, 900.0, 50.0),
                record("a", "three", 1.0, 0.6, 34.0),
                record("b", "one", 1.0, 0.1, 20.0),
                broken,
                record("b", "dot", 1.0, 900.0, 50.0),
                record("b", "three", 1.0, 0.3, 22.0),
            ],
            ..Results::default()
        }
    }

    #[test]
    fn all_means_are_over_the_same_files() {
        let mut results = results();
        fill(&mut results);
        assert_eq!(results.averaged_files, ["one", "three"]);
        let a = &results.averages[0];
        assert!((a.rate - 0.4).abs() < 1e-12 && (a.values[&Metric::Psnr] - 32.0).abs() < 1e-12);
        assert_eq!(results.averages.len(), 2);
    }

    #[test]
    fn figures_have_means_where_all_files_have_them() {
        let mut results = results();
        for (record, bits) in results.records.iter_mut().zip([5, 100, 100, 8]) {
            record.details.insert("bits".into(), bits.into());
            record.details.insert("word".into(), "no number".into());
        }
        results.records[0].details.insert("of one".into(), 1.into());
        fill(&mut results);
        assert_eq!(results.averages[0].details, BTreeMap::from([("bits".into(), 6.5)]));
        assert!(results.averages[1].details.is_empty());
    }

    #[test]
    fn published_averages_stay_behind_those_measured() {
        let mut results = results();
        results.series.push(Series {
            name: "p".into(),
            published: Some("x.json".into()),
            ..Series::default()
        });
        results.averages.push(Average {
            series: "p".into(),
            rate: 1.0,
            ..Average::default()
        });
        fill(&mut results);
        fill(&mut results);
        let names: Vec<&str> = results.averages.iter().map(|a| a.series.as_str()).collect();
        assert_eq!(names, ["a", "b", "p"]);
    }
}
