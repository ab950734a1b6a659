//! Has anything become worse? Two runs compared point by point.

use std::collections::BTreeMap;

use crate::metric::Metric;
use crate::results::{Record, Results};

/// How far a point may be off.
#[derive(Debug, Clone, PartialEq)]
pub struct Tolerance {
    /// More rate, in percent.
    pub rate_percent: f64,
    /// Loss of quality by metric, in the unit of the metric.
    pub values: BTreeMap<Metric, f64>,
}

impl Default for Tolerance {
    /// 1% of rate; 0.05 dB, 0.001 MS-SSIM, 0.5 SSIMULACRA2, 0.05 butteraugli, 0.002 ST-LPIPS, 0.001
    /// DISTS-like, 0.2 VMAF; 0.02 of opinion scores, 0.05 dB of distances
    /// and ratios, 0.005 STOI.
    fn default() -> Self {
        let values = [
            (Metric::Psnr, 0.05),
            (Metric::PsnrY, 0.05),
            (Metric::PsnrYuv, 0.05),
            (Metric::MsSsim, 0.001),
            (Metric::Ssimulacra2, 0.5),
            (Metric::Butteraugli, 0.05),
            (Metric::StLpips, 0.002),
            (Metric::StLpipsAlex, 0.002),
            (Metric::DistsLike, 0.001),
            (Metric::Vmaf, 0.2),
            (Metric::Visqol, 0.02),
            (Metric::VisqolSpeech, 0.02),
            (Metric::SiSdr, 0.05),
            (Metric::Mel, 0.05),
            (Metric::Stoi, 0.005),
            (Metric::Pesq, 0.02),
        ];
        Self {
            rate_percent: 1.0,
            values: values.into(),
        }
    }
}

impl Tolerance {
    /// The default with what `text` changes: `rate=1%,psnr=0.05`.
    ///
    /// # Errors
    /// The fault of the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tolerance = Self::default();
        for part in text.split(',') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("'{part}' is not NAME=VALUE"))?;
            let number = value.trim().trim_end_matches('%').parse::<f64>();
            let number = number.ok().filter(|number| *number >= 0.0 && number.is_finite());
            let number = number.ok_or_else(|| format!("'{value}' is no number of 0 or more"))?;
            match (name.trim(), Metric::from_id(name.trim())) {
                ("rate", _) => tolerance.rate_percent = number,
                (_, Some(metric)) => drop(tolerance.values.insert(metric, number)),
                (name, None) => return Err(format!("'{name}' is neither rate nor a metric")),
            }
        }
        Ok(tolerance)
    }
}

/// What two runs have in common.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Points of the baseline that were compared.
    pub compared: usize,
    /// A line for each value that is worse than allowed, or missing.
    pub failures: Vec<String>,
}

/// Compares every point of `baseline` with the same one of `results`. Points that are better, or new, are fine.
pub fn check(results: &Results, baseline: &Results, tolerance: &Tolerance) -> Verdict {
    let key = |record: &Record| (record.series.clone(), record.file.clone(), record.setting.to_bits());
    let now: BTreeMap<_, &Record> = results.records.iter().map(|record| (key(record), record)).collect();
    let mut verdict = Verdict::default();
    for then in baseline.records.iter().filter(|record| record.error.is_none()) {
        verdict.compared += 1;
        let point = format!("{} {} at {}", then.series, then.file, then.setting);
        match now.get(&key(then)) {
            None => verdict.failures.push(format!("{point}: missing")),
            Some(Record { error: Some(error), .. }) => verdict.failures.push(format!("{point}: {error}")),
            Some(now) => verdict.failures.extend(worse(&point, now, then, tolerance)),
        }
    }
    if verdict.compared == 0 {
        verdict.failures.push("the baseline has no points".to_owned());
    }
    verdict
}

fn worse(point: &str, now: &Record, then: &Record, tolerance: &Tolerance) -> Vec<String> {
    let mut failures = Vec::new();
    let percent = (now.rate / then.rate - 1.0) * 100.0;
    if exceeds(percent, tolerance.rate_percent) {
        failures.push(format!(
            "{point}: rate {:.4} was {:.4} ({percent:+.2}%)",
            now.rate, then.rate
        ));
    }
    for (metric, was) in &then.values {
        let id = metric.id();
        let Some(is) = now.values.get(metric) else {
            failures.push(format!("{point}: no {id}"));
            continue;
        };
        let loss = if metric.falls() { is - was } else { was - is };
        if exceeds(loss, tolerance.values.get(metric).copied().unwrap_or_default()) {
            failures.push(format!("{point}: {id} {is:.4} was {was:.4}"));
        }
    }
    failures
}

/// Whether a loss exceeds the tolerance; NaN does.
fn exceeds(loss: f64, most: f64) -> bool {
    loss.is_nan() || loss > most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rate: f64, psnr: f64) -> Results {
        let record = Record {
            series: "s".into(),
            file: "f".into(),
            setting: 50.0,
            rate,
            values: BTreeMap::from([(Metric::Psnr, psnr)]),
            ..Record::default()
        };
        Results {
            records: vec![record],
            ..Results::default()
        }
    }

    #[test]
    fn worse_points_fail_and_better_ones_do_not() {
        let failures = |now: &Results| check(now, &run(1.0, 30.0), &Tolerance::default()).failures.len();
        assert_eq!(failures(&run(1.005, 29.96)), 0);
        assert_eq!(failures(&run(0.5, 40.0)), 0);
        assert_eq!(failures(&run(1.02, 30.0)), 1);
        assert_eq!(failures(&run(1.02, 29.9)), 2);
        assert_eq!(failures(&Results::default()), 1);
        assert_eq!(
            check(&run(1.0, 30.0), &Results::default(), &Tolerance::default())
                .failures
                .len(),
            1
        );
    }

    #[test]
    fn tolerances_are_read() {
        let tolerance = Tolerance::parse("rate=2.5%,psnr=0.1").unwrap();
        assert_eq!((tolerance.rate_percent, tolerance.values[&Metric::Psnr]), (2.5, 0.1));
        for bad in ["", "rate", "rate=-1", "rate=NaN", "size=3"] {
            assert!(Tolerance::parse(bad).is_err(), "{bad}");
        }
    }
}
