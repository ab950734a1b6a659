//! The speech codec: networks by gradients, codebooks by running means.

use lmc_codec::sound::SampleFormat;
use lmc_tests::sounds::{music, spec, wav};

use super::{kill, learned, rows, same};
use crate::cli::Bench;

const CONFIG: &[u8] = br#"{
    "model": {
        "encoder_width": 8, "encoder_blocks": 1, "decoder_width": 8, "decoder_blocks": 1, "late_width": 8, "late_blocks": 1,
        "stages": 2, "code_bits": 3, "code_dims": 4
    },
    "stage_weights": [1, 1], "batch": 2, "frames": 10, "free_steps": 2, "start_frames": 60, "warmup": 10,
    "checkpoint_every": 1, "evaluate_every": 4
}"#;

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("config.json", CONFIG);
    let format = SampleFormat::Int16;
    bench.write("data/deep/left.wav", &wav(&music(spec(16_000, 1, format), 40_000)));
    bench.write("data/right.WAV", &wav(&music(spec(24_000, 2, format), 30_000)));
    bench.write("data/broken.wav", b"RIFF");
    bench.write("aside/held-out.wav", &wav(&music(spec(16_000, 1, format), 20_000)));
    bench
}

fn train(out: &str, steps: u32, more: &str) -> String {
    let run = format!("train speech --data data --held-out aside --out {out} --config config.json --steps {steps}");
    format!("{run} --device cpu --quiet {more}")
}

#[test]
fn a_speech_run_goes_on_as_if_it_had_never_stopped() {
    let bench = bench();
    bench.run(&train("whole", 8, "")).good();
    assert_eq!(learned(&bench, "whole").0, "checkpoint-000000008");
    assert_eq!(
        rows(&bench, "whole/held-out.csv"),
        [4, 4, 4, 4, 8, 8, 8, 8],
        "a row for each rate, twice"
    );
    // Once before the codebooks are started, once behind.
    for stop in [1, 4] {
        let out = format!("stopped-{stop}");
        bench.run(&train(&out, stop, "")).good();
        bench.run(&train(&out, 8, "")).bad(2, &["--resume"]);
        bench.run(&train(&out, 8, "--resume")).good();
        assert!(
            learned(&bench, &out) == learned(&bench, "whole"),
            "a run that was stopped at step {stop} and went on has other weights"
        );
    }
    same(&bench, "stopped-4", "whole", 8);
    // Behind its checkpoint, so that steps are done twice.
    kill(&bench, &train("killed", 8, "--set checkpoint_every=3"), "killed", 5);
    bench.run(&train("killed", 8, "--resume")).good();
    same(&bench, "killed", "whole", 8);

    bench
        .run("train speech --out whole --export mine.safetensors --id speech-mine-v1 --device cpu")
        .good();
    bench
        .run("train speech --out whole --export mine.safetensors --device cpu")
        .bad(1, &["exists", "--force"]);
    bench
        .run("encode aside/held-out.wav -o a.lmc --codec speech --model mine.safetensors --device cpu --quality 80")
        .good();
    bench
        .run("decode a.lmc -o b.wav --model mine.safetensors --device cpu")
        .good();
    bench.run("verify a.lmc --model mine.safetensors").good();
}
