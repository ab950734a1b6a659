//! Pipes and what is open already, by their names: read once, written to and never replaced.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Output};

use lmc_codec::sound::SampleFormat;
use lmc_tests::pictures::{part, sample};
use lmc_tests::sounds::{music, spec, wav};

use super::Bench;
use super::bench::program;

/// A bench with a picture and a sound, and their streams.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.picture("p.png", &part(&sample(), 90, 70, 64, 48));
    bench.write("s.wav", &wav(&music(spec(16_000, 1, SampleFormat::Int16), 8000)));
    bench.run("encode p.png s.wav -o streams --device cpu").good();
    bench
}

/// Runs a script in which `$1` is the program.
fn bash(bench: &Bench, script: &str) -> Output {
    let mut command = Command::new("bash");
    command.args(["-c", script, "bash"]).arg(program());
    let output = command.current_dir(bench.path(".")).env_remove("LMC_MODELS").output();
    output.expect("there is bash")
}

fn good(bench: &Bench, script: &str) -> Vec<u8> {
    let output = bash(bench, script);
    assert!(
        output.status.success(),
        "{script}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

#[test]
fn inputs_that_cannot_seek_are_read_as_stdin_is() {
    let bench = bench();
    for (name, stream) in [("p.png", "p.lmc"), ("s.wav", "s.lmc")] {
        let whole = bench.read(&format!("streams/{stream}"));
        for (at, script) in [
            "\"$1\" encode <(cat FILE) -o OUT",
            "cat FILE | \"$1\" encode /dev/stdin -o OUT",
            "\"$1\" encode /dev/stdin -o OUT < FILE",
            "mkfifo pipe.png; cat FILE > pipe.png & \"$1\" encode pipe.png -o OUT; code=$?; rm pipe.png; exit $code",
        ]
        .iter()
        .enumerate()
        {
            let out = format!("{at}-{stream}");
            good(&bench, &script.replace("FILE", name).replace("OUT", &out));
            assert!(bench.read(&out) == whole, "{script} of {name} gives another stream");
        }
        for command in ["info", "verify", "decode -o"] {
            let output = if command == "decode -o" {
                format!(" {stream}.wav")
            } else {
                String::new()
            };
            let output = output.replace("p.lmc.wav", "p.lmc.png");
            good(&bench, &format!("\"$1\" {command}{output} <(cat streams/{stream})"));
            let fifo = format!("\"$1\" {command}{output} -- f < /dev/null");
            let script = format!(
                "mkfifo f; cat streams/{stream} > f & {}; code=$?; rm f; exit $code",
                fifo.replace("-o ", "-f -o ")
            );
            let script = script.replace("info -f", "info").replace("verify -f", "verify");
            good(&bench, &script);
        }
    }
    bench.run("decode streams/p.lmc -o again.png --device cpu").good();
    assert!(bench.read("p.lmc.png") == bench.read("again.png"));
}

#[test]
fn empty_pipes_are_named_as_empty() {
    let bench = bench();
    for command in [
        "encode /dev/null -o x.lmc",
        "decode /dev/null -o x.png",
        "info /dev/null",
        "verify /dev/null",
    ] {
        bench.run(command).bad(1, &["/dev/null", "empty"]);
    }
    bench.run("encode - -o x.lmc").bad(1, &["empty"]);
    assert!(!bench.path("x.lmc").exists() && !bench.path("x.png").exists());
}

#[test]
fn what_is_open_is_written_to_and_never_replaced() {
    let bench = bench();
    let stream = bench.read("streams/p.lmc");
    assert!(good(&bench, "\"$1\" encode p.png -o /dev/stdout | cat") == stream);
    for (name, open) in [
        ("/dev/stdout", ""),
        ("/dev/fd/1", ""),
        ("/dev/fd/7", "7>&1"),
        ("/proc/self/fd/7", "7>&1"),
    ] {
        bench.write("kept", b"head");
        good(&bench, &format!("\"$1\" encode p.png -o {name} >> kept {open}"));
        let kept = bench.read("kept");
        assert!(kept.starts_with(b"head") && kept[4..] == stream, "{name} with >>");
        // In the middle of what others write.
        good(
            &bench,
            &format!("(echo one; \"$1\" encode p.png -o {name} {open}; echo two) > kept"),
        );
        let kept = bench.read("kept");
        assert!(
            kept == [b"one\n", &stream[..], b"two\n"].concat(),
            "{name} between others"
        );
    }
    let sound = good(&bench, "\"$1\" decode streams/s.lmc -o /dev/stdout | cat");
    assert!(sound.starts_with(b"RIFF"), "WAV where no name says otherwise");
    assert!(
        good(
            &bench,
            "\"$1\" decode streams/s.lmc -o >(cat > heard); wait $!; cat heard"
        )
        .starts_with(b"RIFF")
    );
    assert!(good(&bench, "\"$1\" decode streams/p.lmc -o /dev/stdout > q.png; cat q.png").starts_with(b"\x89PNG"));
    good(
        &bench,
        "mkfifo of.png; cat of.png > got.png & \"$1\" decode streams/p.lmc -o of.png; wait; test -p of.png",
    );
    assert_eq!(bench.read_picture("got.png").width(), 64);
    bench.run("encode p.png -o /dev/fd/199").bad(1, &["/dev/fd/199"]);
    bench.run("encode p.png -o /dev/full").bad(1, &["/dev/full"]);
    assert!(fs::metadata("/dev/full").is_ok_and(|file| !file.is_file()));
}

#[test]
fn a_failed_file_before_a_closed_stdout_is_not_forgotten() {
    let bench = bench();
    let mut bad = bench.read("streams/p.lmc");
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    bench.write("bad.lmc", &bad);
    let code = |files: &str| {
        let script = format!("\"$1\" verify {files} | true; exit ${{PIPESTATUS[0]}}");
        bash(&bench, &script).status.code()
    };
    let many = "streams/p.lmc ".repeat(4);
    assert_eq!(code(&many), Some(0));
    for files in [
        format!("bad.lmc {many}"),
        format!("{many} bad.lmc"),
        format!("{many} bad.lmc {many}"),
    ] {
        assert_eq!(code(&files), Some(1), "{files}");
    }
    let json = bash(
        &bench,
        "\"$1\" verify --json bad.lmc streams/p.lmc | true; exit ${PIPESTATUS[0]}",
    );
    assert_eq!(json.status.code(), Some(1));
    let info = bash(
        &bench,
        "\"$1\" info missing.lmc streams/p.lmc streams/p.lmc | true; exit ${PIPESTATUS[0]}",
    );
    assert_eq!(info.status.code(), Some(1));
}
