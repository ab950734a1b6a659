//! Limits: what a few bytes claim is refused before memory or time is spent on it, and little is said of much damage.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use lmc_codec::Header;
use lmc_codec::Media;
use lmc_codec::container::{Mode, PartKind, StreamParts, StreamWriter};
use lmc_codec::sound::SampleFormat;
use lmc_codec::{Image, Limits};
use lmc_tests::pictures::{part, sample};
use lmc_tests::sounds::{music, spec, wav};

use super::Bench;
use super::bench::Outcome;

/// Runs the program, which must not take long.
fn soon(bench: &Bench, line: &str) -> Outcome {
    let start = Instant::now();
    let outcome = bench.run(line);
    // The machine may be busy with other tests; what is wrong took half a minute and more.
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "{line}: {:?}",
        start.elapsed()
    );
    outcome
}

/// The stream of a picture or a sound that this program makes of a file.
fn encoded(bench: &Bench, name: &str, flags: &str) -> Vec<u8> {
    bench
        .run(&format!("encode {name} -o encoded.lmc -f --device cpu {flags}"))
        .good();
    bench.read("encoded.lmc")
}

/// A header alone that claims other sizes than it had.
fn claiming(stream: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let (mut header, _) = Header::parse(stream).expect("the stream is whole");
    change(&mut header);
    header.to_bytes().expect("the fields are in their range")
}

fn small() -> Image {
    part(&sample(), 90, 70, 150, 130)
}

#[test]
fn days_of_sound_claimed_in_a_few_bytes_take_no_time() {
    let bench = Bench::new();
    bench.write("s.wav", &wav(&music(spec(48_000, 1, SampleFormat::Int16), 30_000)));
    for codec in ["audio", "speech"] {
        let stream = encoded(&bench, "s.wav", &format!("--codec {codec}"));
        let most = |header: &mut Header| {
            if let Media::Sound(sound) = &mut header.media {
                sound.samples = 1 << 33;
            }
        };
        let mut bytes = claiming(&stream, most);
        assert!(bytes.len() < 80, "{}", bytes.len());
        for part in ["nothing", "one packet"] {
            bench.write("tiny.lmc", &bytes);
            let said = soon(&bench, "info tiny.lmc").good();
            assert!(said.stdout.len() < 2000, "{}", said.stdout.len());
            assert!(soon(&bench, "verify tiny.lmc").bad(1, &["packet"]).stderr.len() < 2000);
            soon(&bench, "decode tiny.lmc -o x.wav").bad(1, &["tiny.lmc"]);
            soon(&bench, "decode tiny.lmc -o x.wav --conceal").bad(1, &["lost"]);
            assert!(!bench.path("x.wav").exists(), "{part}");
            let (_, length) = Header::parse(&stream).expect("the stream is whole");
            bytes.extend_from_slice(&stream[length..]);
        }
    }
}

#[test]
fn a_picture_of_which_nothing_decodes_is_a_failure() {
    let bench = Bench::new();
    bench.picture("p.png", &small());
    for flags in ["--codec wavelet --tile-size 64", "--lossless --tile-size 64"] {
        let stream = encoded(&bench, "p.png", flags);
        let largest = |header: &mut Header| {
            if let Media::Image(image) = &mut header.media {
                (image.width, image.height) = (1 << 14, 1 << 14);
            }
        };
        bench.write("tiny.lmc", &claiming(&stream, largest));
        assert!(soon(&bench, "info tiny.lmc").good().stdout.len() < 2000);
        assert!(soon(&bench, "verify tiny.lmc").bad(1, &["tile"]).stderr.len() < 2000);
        soon(&bench, "decode tiny.lmc -o x.png --conceal").bad(1, &["nothing is left"]);
        assert!(!bench.path("x.png").exists(), "{flags}");
    }
}

/// One of nine tiles: the picture is written, and the exit code says that it is mostly made up.
#[test]
fn a_picture_that_is_mostly_lost_is_a_failure_that_is_written() {
    let bench = Bench::new();
    bench.picture("p.png", &small());
    let stream = encoded(&bench, "p.png", "--lossless --tile-size 64");
    let parts = StreamParts::read(&stream[..], &Limits::default(), Mode::Strict).expect("the stream is whole");
    let mut writer = StreamWriter::new(Vec::new(), &parts.header).expect("the header is valid");
    for part in parts.all(PartKind::Symbols) {
        writer
            .part(part.index, part.checksum, &part.bytes)
            .expect("the tile is due");
    }
    let whole = writer.finish().expect("nothing is missing").0;
    // All behind the first tile is cut.
    let second = parts.get(PartKind::Symbols, 1).expect("there are nine").offset as usize;
    bench.write("cut.lmc", &whole[..second + 3]);
    let report = bench
        .run("decode cut.lmc -o x.png --conceal --json")
        .bad(1, &["8 of 9"])
        .json();
    let file = &report["files"][0];
    assert_eq!((&file["output"], &file["lost_parts"]), (&"x.png".into(), &8.into()));
    assert_eq!(bench.read_picture("x.png").width(), 150);
}

#[test]
fn much_damage_is_summed_up() {
    let bench = Bench::new();
    bench.picture("p.png", &part(&sample(), 0, 0, 384, 256));
    let stream = encoded(&bench, "p.png", "--lossless --tile-size 64");
    let info = lmc_codec::info(&stream[..], &Limits::default()).expect("the stream is whole");
    let mut bad = stream.clone();
    for tile in info
        .log
        .listed()
        .iter()
        .filter(|segment| segment.part.is_some_and(|tile| tile % 2 == 1))
    {
        bad[(tile.offset + tile.bytes) as usize - 2] ^= 0x55;
    }
    // And again and again behind the end.
    for _ in 0..3000 {
        bad.extend_from_slice(&stream[stream.len() - 7..]);
        bad.push(0);
    }
    bench.write("bad.lmc", &bad);
    for command in ["info bad.lmc", "verify bad.lmc", "decode bad.lmc -o x.png -f --conceal"] {
        let said = soon(&bench, command);
        assert!(
            said.stderr.lines().count() + said.stdout.len() / 40 < 80,
            "{}",
            said.stderr
        );
        let report = soon(&bench, &format!("{command} --json")).json();
        let file = &report["files"][0];
        assert_eq!(file["lost_parts"], 12, "{command}");
        assert!(file["damage"].as_array().is_some_and(|damage| damage.len() <= 20));
        assert!(file["damage_count"].as_u64().is_some_and(|count| count >= 12));
    }
}

/// What decode refuses, verify refuses too.
#[test]
fn parts_out_of_order_are_refused_by_all() {
    let bench = Bench::new();
    bench.picture("p.png", &small());
    bench.write("s.wav", &wav(&music(spec(48_000, 1, SampleFormat::Int16), 60_000)));
    for (name, out) in [("p.png", "x.png"), ("s.wav", "x.wav")] {
        let stream = encoded(&bench, name, if name == "p.png" { "--tile-size 64" } else { "" });
        let info = lmc_codec::info(&stream[..], &Limits::default()).expect("the stream is whole");
        let parts: Vec<_> = info
            .log
            .listed()
            .iter()
            .filter(|segment| segment.part.is_some())
            .collect();
        let range = |at: usize| parts[at].offset as usize..(parts[at].offset + parts[at].bytes) as usize;
        let (first, second) = (range(0), range(1));
        let swapped = [
            &stream[..first.start],
            &stream[second.clone()],
            &stream[first.clone()],
            &stream[second.end..],
        ]
        .concat();
        let twice = [&stream[..first.end], &stream[first.start..]].concat();
        for bytes in [swapped, twice] {
            bench.write("odd.lmc", &bytes);
            bench.run("verify odd.lmc").bad(1, &["odd.lmc"]);
            bench.run(&format!("decode odd.lmc -o {out}")).bad(1, &["odd.lmc"]);
            assert!(!bench.path(out).exists());
        }
    }
}

#[test]
fn pixels_and_memory_have_limits_that_can_be_set() {
    let bench = Bench::new();
    bench.picture("p.png", &small());
    bench.run("encode p.png -o p.lmc --device cpu").good();
    for command in [
        "encode p.png -o x.lmc",
        "decode p.lmc -o x.png",
        "decode p.lmc -o x.png --scale 1/8",
        "info p.lmc",
        "verify p.lmc",
    ] {
        bench
            .run(&format!("{command} --max-pixels 19k"))
            .bad(1, &["pixels is 19500, over the limit of 19000"]);
        if command != "info p.lmc" {
            bench
                .run(&format!("{command} --max-memory 1M"))
                .bad(1, &["memory", "limit of 1000000"]);
        }
        assert!(!bench.path("x.lmc").exists() && !bench.path("x.png").exists());
    }
    bench
        .run("encode p.png -o x.lmc --max-pixels 19500 --max-memory 2G --device cpu")
        .good();
    bench
        .run("decode x.lmc -o x.png --max-pixels 19500 --max-memory 2G --device cpu")
        .good();
}

/// What is no stream is refused when its first bytes are read, not when all are.
#[test]
fn the_header_is_checked_before_the_rest_is_read() {
    let bench = Bench::new();
    bench.picture("p.png", &small());
    let stream = encoded(&bench, "p.png", "");
    let wide = claiming(&stream, |header| {
        if let Media::Image(image) = &mut header.media {
            (image.width, image.height) = (1 << 20, 1 << 20);
        }
    });
    for (start, word) in [(&b"this is no stream"[..], "no lmc stream"), (&wide[..], "pixels")] {
        for line in ["decode - -o x.png --device cpu", "info -", "verify -"] {
            let mut command = bench.command(line);
            command.stdin(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().expect("the program starts");
            let mut stdin = child.stdin.take().expect("stdin is a pipe");
            stdin.write_all(start).expect("the program reads");
            stdin.write_all(&[0; 4096]).expect("a pipe holds so much");
            // The pipe stays open: who wants all of it waits forever.
            let output = child.wait_with_output().expect("the program ends");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.code() == Some(1) && said.contains(word), "{line}: {said}");
            drop(stdin);
        }
    }
}

#[cfg(unix)]
#[test]
fn weights_that_never_end_are_refused() {
    let bench = Bench::new();
    bench.picture("p.png", &small());
    for line in [
        "encode p.png -o x.lmc --model /dev/zero",
        "verify p.png --model /dev/zero",
        "models /dev/zero",
    ] {
        soon(&bench, line).bad(1, &["/dev/zero", "limit"]);
    }
}
