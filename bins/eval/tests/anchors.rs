//! BD-rates of published curves are those that are known of them.

use std::path::PathBuf;

use lmc_eval::anchors;
use lmc_eval::averages::average_curve;
use lmc_eval::compare;
use lmc_eval::metric::Metric;
use lmc_eval::results::Results;

fn curves() -> Results {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("tests/fixtures/anchors");
    let mut results = Results {
        metrics: vec![Metric::Psnr],
        ..Results::default()
    };
    anchors::add(&mut results, anchors::read(&folder).unwrap());
    results
}

fn percent(results: &Results, series: &str) -> f64 {
    let found = results.bd.iter().find(|bd| bd.series == series).unwrap();
    found.average_curve.rate_percent.unwrap()
}

/// Average curves, PSNR over RGB, against VTM; figures found with another program.
#[test]
fn bd_rates_against_vtm_are_known() {
    let mut results = curves();
    compare::fill(&mut results, "vtm");
    let known = [
        ("webp", 79.0),
        ("bpg", 22.0),
        ("av1", 16.0),
        ("hyperprior", 31.0),
        ("cheng2020", 4.0),
        ("jpeg", 208.0),
    ];
    for (series, expected) in known {
        let percent = percent(&results, series);
        println!("{series}: {percent:+.2}%");
        assert!(
            (percent - expected).abs() <= 1.0,
            "{series}: {percent:.2}, not {expected}"
        );
    }
}

#[test]
fn bd_rates_against_jpeg_are_known() {
    let mut results = curves();
    compare::fill(&mut results, "jpeg");
    for (series, expected) in [
        ("webp", -36.0),
        ("bpg", -59.0),
        ("av1", -62.0),
        ("hyperprior", -55.0),
        ("cheng2020", -65.0),
    ] {
        let percent = percent(&results, series);
        assert!(
            (percent - expected).abs() <= 1.0,
            "{series}: {percent:.2}, not {expected}"
        );
    }
}

#[test]
fn a_curve_equals_itself() {
    let results = curves();
    let vtm = average_curve(&results, "vtm", Metric::Psnr);
    assert_eq!(vtm.len(), 8);
    assert!(lmc_eval::bd::bd_rate(&vtm, &vtm).unwrap().abs() < 1e-9);
    assert!(lmc_eval::bd::bd_quality(&vtm, &vtm).unwrap().abs() < 1e-9);
}
