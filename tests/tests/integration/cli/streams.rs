//! Pictures to streams and back: files, folders, pipes, and what is in the way of them.

use std::fs;

use lmc_tests::pictures::{deep, gray, part, psnr_db, sample, see_through};
use lmc_tests::repository;

use super::Bench;

/// A TIFF block with no entries.
const EXIF: &[u8] = b"II*\0\x08\0\0\0\0\0\0\0\0\0";

#[test]
fn the_first_command_of_the_readme() {
    let bench = Bench::new();
    fs::copy(repository("tests/samples/chelsea.png"), bench.path("chelsea.png")).expect("the sample is there");
    let said = bench.run("encode chelsea.png -o sample.lmc").good();
    assert!(
        said.stderr.contains("sample.lmc") && said.stdout.is_empty(),
        "{}",
        said.stderr
    );
    bench.run("decode sample.lmc -o sample.png").good();
    let psnr = psnr_db(&bench.read_picture("sample.png"), &sample());
    assert!(psnr > 30.0, "{psnr:.1} dB");
}

#[test]
fn every_kind_of_picture_and_format() {
    let bench = Bench::new();
    let small = part(&sample(), 100, 60, 70, 50);
    let rich = see_through(&deep(&small))
        .with_icc(Some(vec![1; 200]))
        .with_exif(Some(EXIF.to_vec()));
    bench.picture("in/rich.png", &rich);
    bench.picture("in/gray.pgm", &gray(&small));
    bench.picture("in/plain.jpg", &small);
    bench.picture("in/deeper/clear.webp", &see_through(&small));
    bench.picture("in/page.tif", &small);
    bench.write("in/notes.txt", b"no picture");
    bench.run("encode in -o out --device cpu --quality 85").good();
    assert_eq!(
        bench.names("out"),
        ["clear.lmc", "gray.lmc", "page.lmc", "plain.lmc", "rich.lmc"]
    );
    bench.run("decode out -o back --device cpu").good();
    assert_eq!(
        bench.names("back"),
        ["clear.png", "gray.png", "page.png", "plain.png", "rich.png"]
    );
    let back = bench.read_picture("back/rich.png");
    assert_eq!(
        (back.depth(), back.alpha()),
        (rich.depth(), rich.alpha()),
        "16 bits and alpha are kept"
    );
    assert_eq!(
        (back.icc(), back.exif()),
        (rich.icc(), rich.exif()),
        "metadata are kept"
    );
    assert_eq!(bench.read_picture("back/gray.png").color(), gray(&small).color());
    for ending in ["jpg", "ppm", "webp", "tif"] {
        bench
            .run(&format!("decode out/plain.lmc -o plain.{ending} --device cpu"))
            .good();
        let psnr = psnr_db(&bench.read_picture(&format!("plain.{ending}")), &small);
        assert!(psnr > 28.0, "{ending}: {psnr:.1} dB");
    }
    let said = bench.run("decode out/rich.lmc -o rich.tif --device cpu").good();
    assert!(
        said.stderr.contains("EXIF"),
        "what TIFF does not hold is told: {}",
        said.stderr
    );
    bench
        .run("decode out/rich.lmc -o rich.jpg --device cpu")
        .bad(1, &["transparen"]);
    assert!(!bench.path("rich.jpg").exists());
}

#[test]
fn pipes() {
    let bench = Bench::new();
    let small = part(&sample(), 90, 70, 64, 40);
    bench.picture("a.png", &small);
    let stream = bench
        .run_with_stdin("encode - -o - --device cpu", &bench.read("a.png"))
        .good()
        .stdout;
    bench.run("encode a.png -o a.lmc --device cpu").good();
    assert_eq!(stream, bench.read("a.lmc"), "the way in and out changes nothing");
    let picture = bench
        .run_with_stdin("decode - -o - --device cpu", &stream)
        .good()
        .stdout;
    bench.run("decode a.lmc -o b.png --device cpu").good();
    assert_eq!(picture, bench.read("b.png"), "PNG where no name says otherwise");
    let info = bench.run_with_stdin("info - --json", &stream).good().json();
    assert_eq!(info["files"][0]["bytes"], stream.len());
    bench.run_with_stdin("verify -", &stream).good();
    bench
        .run_with_stdin("encode - -o - --device cpu", b"")
        .bad(1, &["empty"]);
    bench
        .run_with_stdin("decode - -o - --device cpu", b"")
        .bad(1, &["empty"]);
}

#[test]
fn nothing_is_overwritten_unasked() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 90, 70, 20, 20));
    bench.picture("b.png", &part(&sample(), 20, 70, 20, 20));
    bench.write("out/a.lmc", b"precious");
    bench.write("back.png", b"precious");
    for inputs in ["a.png -o out/a.lmc", "a.png b.png -o out"] {
        bench
            .run(&format!("encode {inputs} --device cpu"))
            .bad(1, &["exists", "--force"]);
        assert_eq!(bench.names("out"), ["a.lmc"]);
        assert_eq!(bench.read("out/a.lmc"), b"precious");
    }
    bench.run("encode a.png b.png -o out --force --device cpu").good();
    assert_eq!(bench.names("out"), ["a.lmc", "b.lmc"], "and no temporary file is left");
    bench
        .run("decode out/a.lmc -o back.png --device cpu")
        .bad(1, &["back.png", "exists", "--force"]);
    assert_eq!(bench.read("back.png"), b"precious");
    bench.run("decode out/a.lmc -o back.png --force --device cpu").good();
    assert_eq!(bench.read_picture("back.png").width(), 20);
}

#[test]
fn outputs_that_cannot_be() {
    let bench = Bench::new();
    let small = part(&sample(), 90, 70, 20, 20);
    for name in ["a.png", "a.ppm", "b.png", "sub/a.png"] {
        bench.picture(name, &small);
    }
    bench.write("file.lmc", b"a file");
    bench.run("encode a.png a.ppm -o both --device cpu").good();
    assert!(bench.path("both/a.png.lmc").exists() && bench.path("both/a.ppm.lmc").exists());
    bench
        .run("encode a.png sub -o out --device cpu")
        .bad(2, &["sub/a.png", "out/a.png.lmc"]);
    assert!(!bench.path("out").exists(), "nothing is begun that cannot end");
    bench
        .run("encode a.png b.png -o file.lmc --device cpu")
        .bad(2, &["folder", "file.lmc"]);
    bench
        .run("encode a.png -o a.png --device cpu")
        .bad(2, &["a.png", "input"]);
    bench.run("encode a.png b.png -o - --device cpu").bad(2, &["stdout"]);
    bench
        .run("encode a.png -o - --json --device cpu")
        .bad(2, &["--json", "stdout"]);
    bench
        .run("encode a.png -o nowhere/a.lmc --device cpu")
        .bad(1, &["nowhere"]);
    bench.run("encode a.png -o a.lmc --device cpu").good();
    bench
        .run("decode a.lmc -o a.xyz --device cpu")
        .bad(2, &["a.xyz", "png"]);
    bench.run("decode a.lmc -o a.lmc --device cpu").bad(2, &["a.lmc"]);
}

#[test]
fn one_bad_input_leaves_the_others_alone() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 90, 70, 20, 20));
    bench.picture("z.png", &part(&sample(), 90, 70, 20, 20));
    bench.write("broken.png", b"\x89PNG\r\n\x1a\nand nothing else");
    let said = bench.run("encode a.png broken.png missing.png z.png -o out --device cpu --json");
    let report = said.bad(1, &["broken.png", "missing.png", "2 of 4"]).json();
    assert_eq!(bench.names("out"), ["a.lmc", "z.lmc"]);
    assert_eq!(report["failed"], 2);
    let ok: Vec<_> = report["files"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|file| file["ok"] == true)
        .collect();
    assert_eq!(ok, [true, false, false, true]);
    assert!(report["files"][2]["error"].is_string() && report["files"][2].get("output").is_none());
}

#[test]
fn threads_do_not_change_bytes() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 0, 0, 300, 200));
    for threads in [1, 2, 5] {
        bench
            .run(&format!(
                "encode a.png -o {threads}.lmc --device cpu --threads {threads} --tile-size 128"
            ))
            .good();
        let (one, many) = (bench.read("1.lmc"), bench.read(&format!("{threads}.lmc")));
        assert!(one == many, "{threads} threads give other bytes");
        let verified = bench
            .run(&format!("verify 1.lmc --json --threads {threads}"))
            .good()
            .json();
        let encoded = bench.run("verify 1.lmc --json").good().json();
        assert_eq!(verified["files"][0]["symbol_hash"], encoded["files"][0]["symbol_hash"]);
    }
}

/// A program that a signal ends, or that writes more than it may, leaves nothing of its output.
#[cfg(unix)]
#[test]
fn nothing_is_left_of_outputs_that_are_not_whole() {
    use std::io::Write;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use lmc_codec::sound::SampleFormat;
    use lmc_tests::sounds::{music, spec, wav};

    let bench = Bench::new();
    bench.picture("in.png", &part(&sample(), 0, 0, 300, 200));
    bench.run("encode --lossless in.png -o x.lmc").good();
    fs::create_dir(bench.path("out")).expect("the folder can be made");
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(super::bench::program());
        command.current_dir(bench.path("."));
        command.output().expect("there is a shell")
    };
    // A block is 512 or 1024 bytes, and the picture has 180,000.
    let limited = shell("ulimit -f 20; exec \"$1\" decode x.lmc -o out/x.ppm");
    assert_eq!(
        limited.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&limited.stderr)
    );
    assert!(String::from_utf8_lossy(&limited.stderr).contains("cannot write"));
    // Under `nohup` the last is ignored, and should be.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(1);
    let signals = if ignored & 1 == 1 {
        &["INT", "TERM"][..]
    } else {
        &["INT", "TERM", "HUP"]
    };
    for signal in signals {
        // A sound that never ends: the encoder waits for more of it.
        let mut encoder = bench.command("encode --codec audio - -o out/y.lmc");
        encoder.stdin(Stdio::piped()).stderr(Stdio::null());
        let mut encoder = encoder.spawn().expect("the program starts");
        let sound = wav(&music(spec(48_000, 2, SampleFormat::Int16), 400_000));
        let mut stdin = encoder.stdin.take().expect("stdin is a pipe");
        stdin.write_all(&sound[..sound.len() / 2]).expect("the program reads");
        std::thread::sleep(Duration::from_millis(300));
        let kill = Command::new("kill")
            .args(["-s", signal, &encoder.id().to_string()])
            .status();
        assert!(kill.expect("there is kill").success());
        let status = encoder.wait().expect("the program ends");
        assert!(status.signal().is_some(), "{signal}: {status}");
    }
    assert_eq!(bench.names("out"), Vec::<String>::new());
}
