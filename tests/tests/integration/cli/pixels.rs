//! Pixels: the same with every form of inner loops, in streams and in reports.

use lmc_tests::pictures::{part, sample, see_through};
use lmc_tests::repository;
use serde_json::Value;

use super::Bench;

/// The hash of pixels in a report of `lmc verify --pixels`.
fn pixels(report: &Value, at: usize) -> &Value {
    &report["files"][at]["pixel_hash"]
}

/// The forms that this machine has, by what it says to a wrong name.
fn forms() -> Vec<String> {
    let wrong = Bench::new().run_with("LMC_ISA", "mmx", "models").bad(2, &["LMC_ISA"]);
    let forms = wrong
        .stderr
        .split("this machine has ")
        .nth(1)
        .expect("it lists them")
        .lines();
    forms
        .take(1)
        .flat_map(|line| line.split(", "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn all_forms_make_the_golden_pixels() {
    let folder = repository("tests/golden/wavelet-psnr-v2");
    let command = format!("verify --pixels --json {}", folder.display());
    let index = std::fs::read_to_string(folder.join("index.txt")).expect("there is an index");
    let forms = forms();
    assert!(forms.contains(&"portable".to_owned()), "{forms:?}");
    for form in forms {
        let report = Bench::new().run_with("LMC_ISA", &form, &command).good().json();
        let files = report["files"].as_array().expect("a list");
        assert!(files.len() >= 10);
        for file in files {
            let hash = file["pixel_hash"].as_str().expect("a hash");
            assert!(index.contains(hash), "{form}: {file}");
        }
    }
}

#[test]
fn streams_may_hold_the_hash_of_their_pixels() {
    let bench = Bench::new();
    bench.picture("a.png", &see_through(&part(&sample(), 30, 20, 90, 70)));
    for codec in ["wavelet", "lossless"] {
        let encode = format!("encode a.png -o a.lmc --force --codec {codec} --pixel-hash --device cpu");
        bench.run(&encode).good();
        let report = bench.run("verify --pixels --json a.lmc").good().json();
        assert_eq!(report["files"][0]["pixel_hash_in_stream"], true, "{codec}");
        bench.run("decode a.lmc -o b.png --force --device cpu").good();
        bench
            .run("encode b.png -o b.lmc --force --lossless --keep-hidden")
            .good();
        let again = bench.run("verify --pixels --json b.lmc").good().json();
        assert_eq!(again["files"][0]["pixel_hash_in_stream"], false);
        assert_eq!(
            pixels(&report, 0),
            pixels(&again, 0),
            "{codec}: the file has the pixels"
        );
    }
}

#[test]
fn other_pixels_than_the_stream_says_are_an_error() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 30, 20, 90, 70));
    bench.run("encode a.png -o a.lmc --pixel-hash --device cpu").good();
    let mut stream = bench.read("a.lmc");
    // END is 7 bytes, and before it stands the hash: its segment's CRC-32 is of id, length and payload.
    let end = stream.len() - 7;
    let start = end - 17 - 7;
    assert_eq!(stream[start], 133);
    stream[end - 1] ^= 1;
    let head = [stream[start], stream[start + 1]];
    let checked = [&head[..], &stream[end - 17..end]].concat();
    let check = crc32(&checked);
    stream[start + 3..start + 7].copy_from_slice(&check.to_le_bytes());
    bench.write("b.lmc", &stream);
    bench.run("verify b.lmc").good();
    bench.run("verify --pixels b.lmc").bad(1, &["other pixels"]);
    bench
        .run("decode b.lmc -o b.png --device cpu")
        .bad(1, &["other pixels"]);
    // A part of the picture has no hash to compare with.
    bench.run("decode b.lmc -o b.png --region 0,0,9,9 --device cpu").good();
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    };
    !bytes.iter().fold(!0, step)
}
