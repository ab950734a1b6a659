//! The page of a report says what its `results.json` says, and is drawn by a browser without a network.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lmc_eval::metric::Metric;
use lmc_eval::report::{self, Shown, View};
use lmc_eval::results::{FileInfo, Record, Results, Series};
use lmc_eval::views::Exhibit;
use lmc_eval::{averages, compare};
use serde_json::Value;

fn results() -> Results {
    let series = ["anchor", "better <i>", "few"];
    let mut results = Results {
        format: 1,
        rate_unit: "bpp".into(),
        metrics: vec![Metric::Psnr, Metric::MsSsim, Metric::Butteraugli],
        series: series
            .map(|name| Series {
                name: name.into(),
                ..Series::default()
            })
            .into(),
        notes: vec!["a note with & and <".into()],
        ..Results::default()
    };
    for file in ["a.png", "b \"quoted\".png"] {
        results.files.push(FileInfo {
            name: file.into(),
            units: 65_536,
            details: BTreeMap::from([("width".into(), 256.into()), ("height".into(), 256.into())]),
            ..FileInfo::default()
        });
        for (s, name) in series.into_iter().enumerate() {
            for i in 0..(if name == "few" { 2 } else { 5 }) {
                results.records.push(record(name, file, s as f64, f64::from(i)));
            }
        }
    }
    averages::fill(&mut results);
    compare::fill(&mut results, "anchor");
    results
}

fn record(series: &str, file: &str, s: f64, i: f64) -> Record {
    let values = [
        (Metric::Psnr, 27.1 + 2.9 * i + 0.7 * s),
        (Metric::MsSsim, 1.0 - 0.08 / (i + 1.0 + s)),
        (Metric::Butteraugli, 4.0 / (i + 1.3)),
    ];
    Record {
        series: series.into(),
        file: file.into(),
        setting: 10.0 * i,
        bytes: 1000 + 900 * i as u64,
        rate: (0.12 + 0.11 * i) * (1.0 - 0.03 * s),
        values: values.into(),
        encode_seconds: Some(0.1 / 3.0 + i),
        decode_seconds: Some(1e-7),
        details: BTreeMap::from([("bits a/b~c of it".into(), (7000.1 * i).into())]),
        ..Record::default()
    }
}

fn write(folder: &Path) -> (Value, String) {
    let png = fs::read(PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("tests/fixtures/dot.png"))
        .unwrap();
    let shown = |name: &str| Shown {
        name: name.into(),
        caption: format!("{name}: 1 bpp"),
        exhibit: Exhibit {
            png: png.clone(),
            wav: None,
        },
    };
    let view = View {
        title: "a crop".into(),
        versions: ["original", "anchor", "better"].map(shown).into(),
    };
    let page = report::write(&results(), &[view], folder).unwrap();
    let json = fs::read_to_string(folder.join("results.json")).unwrap();
    (serde_json::from_str(&json).unwrap(), fs::read_to_string(page).unwrap())
}

/// What stands between `before` and the next quotation mark.
fn attribute<'a>(tag: &'a str, before: &str) -> Option<&'a str> {
    tag.split_once(before)?.1.split_once('"').map(|(value, _)| value)
}

/// Compares every cell with a pointer with the value it points to; returns how many there are.
fn compare_cells(html: &str, json: &Value) -> usize {
    let mut cells = 0;
    for cell in html.split("<td").skip(1) {
        let (tag, rest) = cell.split_once('>').unwrap();
        let Some(pointer) = attribute(tag, "data-p=\"") else {
            continue;
        };
        let value = json
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{pointer} is not in the results"));
        let value = value.as_f64().unwrap();
        let whole = attribute(tag, "data-v=\"").unwrap().parse::<f64>().unwrap();
        // The parser of JSON may miss the last bit.
        assert!(
            (whole - value).abs() <= 1e-15 * value.abs(),
            "{pointer}: {whole} is not {value}"
        );
        let shown = rest.split_once('<').unwrap().0;
        let digits = shown.split_once('.').map_or(0, |(_, digits)| digits.len());
        let step = 10f64.powi(-(digits as i32));
        assert!(
            (shown.parse::<f64>().unwrap() - value).abs() <= 0.5001 * step,
            "{pointer}: {shown} is not {value}"
        );
        cells += 1;
    }
    cells
}

#[test]
fn numbers_on_the_page_are_those_of_the_results() {
    let folder = tempfile::tempdir().unwrap();
    let (json, html) = write(folder.path());
    let cells = compare_cells(&html, &json);
    // Points, means and comparisons, with each of their numbers.
    let (points, means) = (
        json["records"].as_array().unwrap().len(),
        json["averages"].as_array().unwrap().len(),
    );
    assert!(cells >= points * 8 + means * 9 + 6, "{cells} cells");
    assert!(html.contains("bits a/b~c<br>of it"));
    assert!(html.contains("better &lt;i&gt;") && !html.contains("better <i>"));
    for outside in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn reports_hold_every_file() {
    let folder = tempfile::tempdir().unwrap();
    let (json, _) = write(folder.path());
    for name in ["rd-psnr", "rd-ms-ssim", "rd-butteraugli", "time-encode", "time-decode"] {
        let path = folder.path().join("plots").join(name);
        let svg = fs::read_to_string(path.with_extension("svg")).unwrap();
        assert!(
            svg.starts_with("<svg") && svg.contains("anchor") && !svg.contains("NaN"),
            "{name}"
        );
        assert!(
            fs::read(path.with_extension("png")).unwrap().starts_with(b"\x89PNG"),
            "{name}"
        );
    }
    let csv = fs::read_to_string(folder.path().join("results.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + json["records"].as_array().unwrap().len());
    let few = json["bd"]
        .as_array()
        .unwrap()
        .iter()
        .find(|bd| bd["series"] == "few")
        .unwrap();
    assert!(few["average_curve"]["refused"].as_str().unwrap().contains("2 points"));
    let table = fs::read_to_string(folder.path().join("bd.md")).unwrap();
    assert!(table.contains("| few | none | none | none |"), "{table}");
}

/// Where Chromium is installed; it runs the script of the page, too.
#[test]
fn a_browser_shows_the_numbers_and_the_crops() {
    let folder = tempfile::tempdir().unwrap();
    let (json, _) = write(folder.path());
    let url = format!("file://{}", folder.path().join("index.html").display());
    let shot = folder.path().join("shot.png");
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=1200,3000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(&url)
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: chromium is not installed");
        return;
    };
    let dom = String::from_utf8_lossy(&output.stdout);
    assert!(
        compare_cells(&dom, &json) > 100,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(dom.contains("anchor: 1 bpp") && dom.contains("<option value=\"2\">better</option>"));
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,3000"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("--screenshot={}", shot.display()))
        .arg(&url)
        .output();
    assert!(output.is_ok());
    // A blank page takes a few kilobytes.
    assert!(fs::metadata(&shot).unwrap().len() > 50_000);
}
