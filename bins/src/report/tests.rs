//! The shape of reports.

use super::*;

#[derive(Serialize)]
struct Details {
    bytes: u64,
}

fn record(ok: bool) -> Record<Details> {
    Record {
        input: "a.png".into(),
        output: ok.then(|| "a.lmc".into()),
        ok,
        error: (!ok).then(|| "no".into()),
        seconds: 0.5,
        details: ok.then_some(Details { bytes: 9 }),
        found: None,
    }
}

#[test]
fn details_stand_beside_the_names() {
    let report = Report::new("encode", vec![record(true), record(false)], &[], Instant::now());
    assert_eq!(report.failed(), 1);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["command"], "encode");
    assert_eq!(json["files"][0]["bytes"], 9);
    assert_eq!(json["files"][0]["output"], "a.lmc");
    assert!(json["files"][0].get("error").is_none());
    assert_eq!(json["files"][1]["error"], "no");
    assert!(json["files"][1].get("bytes").is_none());
}
