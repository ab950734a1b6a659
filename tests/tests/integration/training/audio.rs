//! The audio codec: learns without gradients, one sound a step.

use lmc_codec::sound::SampleFormat;
use lmc_tests::sounds::{music, spec, wav};

use super::{kill, learned, rows, same};
use crate::cli::Bench;

fn bench() -> Bench {
    let bench = Bench::new();
    let format = SampleFormat::Int16;
    bench.write(
        "config.json",
        br#"{"passes": 3, "checkpoint_every": 4, "evaluate_every": 6}"#,
    );
    bench.write("data/deep/left.wav", &wav(&music(spec(48_000, 2, format), 150_000)));
    bench.write("data/right.WAV", &wav(&music(spec(44_100, 1, format), 140_000)));
    bench.write("data/short.wav", &wav(&music(spec(48_000, 1, format), 1_000)));
    bench.write("data/last.wav", &wav(&music(spec(48_000, 2, format), 110_000)));
    bench.write("data/broken.wav", b"RIFF");
    bench.write("data/telephone.wav", &wav(&music(spec(8_000, 1, format), 20_000)));
    bench.write("aside/held-out.wav", &wav(&music(spec(48_000, 1, format), 120_000)));
    bench
}

fn train(out: &str, more: &str) -> String {
    format!("train audio --data data --out {out} --held-out aside --config config.json --device cpu --quiet {more}")
}

#[test]
fn an_audio_run_goes_on_as_if_it_had_never_stopped() {
    let bench = bench();
    bench.run(&train("whole", "--export whole.safetensors")).good();
    // Four of the sounds suit; three passes.
    assert_eq!(learned(&bench, "whole").0, "checkpoint-000000012");
    assert_eq!(rows(&bench, "whole/held-out.csv"), [6, 12]);

    bench.run(&train("stopped", "--steps 6")).good();
    bench.run(&train("stopped", "")).bad(2, &["--resume"]);
    bench.run(&train("stopped", "--resume --set steps=0")).good();
    same(&bench, "stopped", "whole", 12);

    // Behind the checkpoint of step 4, so that steps are done twice.
    kill(&bench, &train("killed", ""), "killed", 6);
    bench.run(&train("killed", "--resume")).good();
    same(&bench, "killed", "whole", 12);

    bench
        .run("train audio --out killed --export mine.safetensors --id audio-mine-v1 --device cpu")
        .good();
    let call = "train audio --out killed --export mine.safetensors --device cpu";
    bench.run(call).bad(1, &["exists", "--force"]);
    bench
        .run("encode aside/held-out.wav -o a.lmc --codec audio --model mine.safetensors --device cpu --quality 30")
        .good();
    bench
        .run("encode aside/held-out.wav -o whole.lmc --codec audio --model whole.safetensors --device cpu --quality 30")
        .good();
    assert_eq!(bench.read("a.lmc").len(), bench.read("whole.lmc").len());
    bench
        .run("decode a.lmc -o b.wav --model mine.safetensors --device cpu")
        .good();
}

#[test]
fn an_audio_run_starts_from_weights_and_reports() {
    let bench = bench();
    bench.run(&train("first", "--export first.safetensors")).good();
    let report = bench
        .run(&train(
            "second",
            "--init first.safetensors --steps 2 --json --export second.safetensors",
        ))
        .good()
        .json();
    assert_eq!(
        (&report["task"], &report["step"], &report["interrupted"]),
        (&"audio".into(), &2.into(), &false.into())
    );
    assert_eq!(report["exported"]["id"], "audio-local-v1");
    let models = bench
        .run("models first.safetensors second.safetensors --json")
        .good()
        .json();
    let of = |id: &serde_json::Value| {
        let found = models["models"].as_array().into_iter().flatten();
        found.filter(|model| model["hash"] == *id).count()
    };
    assert_eq!(of(&report["exported"]["model"]), 1, "{models}");
    let record = String::from_utf8(bench.read("second/run.json")).expect("records are UTF-8");
    assert!(record.contains("\"start\": \"first.safetensors\""), "{record}");
    // What was learned before makes the first sound cheaper.
    let cost = |run: &str| {
        let log = String::from_utf8(bench.read(&format!("{run}/steps.csv"))).expect("logs are UTF-8");
        let row = log
            .lines()
            .nth(1)
            .and_then(|row| row.split(',').nth(2)?.parse::<f64>().ok());
        row.expect("a row has a cost")
    };
    assert!(
        cost("second") < 0.9 * cost("first"),
        "{} {}",
        cost("second"),
        cost("first")
    );
}
