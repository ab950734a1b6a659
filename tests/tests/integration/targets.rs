//! Encoding to a size or a likeness instead of a quality.

use lmc_codec::{CodecError, EncodeOptions, Image, ImageEncoder, MAX_TRIALS, Target, Unwatched};
use lmc_tests::models::{codecs, decoder, encoder};
use lmc_tests::pictures::{part, psnr_db, sample};

use crate::cli::Bench;

fn picture() -> Image {
    part(&sample(), 60, 40, 320, 256)
}

#[test]
fn sizes_are_met_from_below() {
    for (bytes, start) in [(2_000, 60.0), (6_000, 60.0), (6_000, 0.0), (12_000, 100.0)] {
        let found = encoder(start, 1024)
            .encode_to(&picture(), &Target::Bytes(bytes), &mut Unwatched)
            .expect("the size can be reached");
        let size = found.encoded.bytes.len() as f64 / bytes as f64;
        assert!((0.99..=1.0).contains(&size) && found.is_met, "{size} of {bytes}");
        assert!(found.trials <= MAX_TRIALS);
    }
}

#[test]
fn likenesses_are_met() {
    let measure = |a: &Image, b: &Image| Ok(psnr_db(b, a));
    for value in [27.5, 31.0, 34.0] {
        let target = Target::Likeness {
            measure: &measure,
            value,
            tolerance: 0.05,
            name: "a PSNR of",
        };
        let found = encoder(60.0, 1024)
            .encode_to(&picture(), &target, &mut Unwatched)
            .expect("the likeness can be reached");
        let back = decoder(false).decode(&found.encoded.bytes).expect("the stream is good");
        let psnr = psnr_db(&back.picture, &picture());
        assert!((psnr - value).abs() <= 0.05 && found.is_met, "{psnr} dB for {value}");
        assert!(found.trials <= MAX_TRIALS);
    }
}

/// Beyond what the networks reach, pictures are near-lossless: the search goes on there.
#[test]
fn high_likenesses_are_reached_without_networks() {
    let measure = |a: &Image, b: &Image| Ok(psnr_db(b, a));
    let target = Target::Likeness {
        measure: &measure,
        value: 47.0,
        tolerance: 0.05,
        name: "a PSNR of",
    };
    let found = ImageEncoder::new(codecs(), EncodeOptions::default())
        .encode_to(&picture(), &target, &mut Unwatched)
        .expect("quality 100 gives 50 dB");
    let back = decoder(false).decode(&found.encoded.bytes).expect("the stream is good");
    let psnr = psnr_db(&back.picture, &picture());
    assert!(
        (46.95..51.0).contains(&psnr),
        "{psnr} dB at quality {:?}",
        found.quality
    );
}

#[test]
fn what_is_out_of_reach_is_said_so() {
    let measure = |a: &Image, b: &Image| Ok(psnr_db(b, a));
    let psnr = Target::Likeness {
        measure: &measure,
        value: 90.0,
        tolerance: 0.05,
        name: "a PSNR of",
    };
    for (target, words) in [
        (Target::Bytes(60), "60 bytes are out of reach: quality 0 takes"),
        (psnr, "90"),
    ] {
        match encoder(60.0, 1024).encode_to(&picture(), &target, &mut Unwatched) {
            Err(CodecError::Parameter(text)) => assert!(text.contains(words), "{text}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn targets_on_the_command_line() {
    let bench = Bench::new();
    bench.picture("in.png", &picture());
    let said = bench
        .run("encode in.png -o out.lmc --target-size 6k --json --device cpu")
        .good();
    let report: serde_json::Value = serde_json::from_slice(&said.stdout).expect("a report");
    let bytes = report["files"][0]["bytes"].as_u64().expect("a size");
    assert!((5_940..=6_000).contains(&bytes), "{bytes}");
    assert!(report["files"][0]["trials"].as_u64() <= Some(MAX_TRIALS as u64));
    bench
        .run("encode in.png -o b.lmc --target-ssimulacra2 70 --device cpu")
        .good();
    bench
        .run("encode in.png -o c.lmc --target-bpp 0.001 --device cpu")
        .bad(1, &["out of reach"]);
    bench
        .run("encode in.png -o d.lmc --target-bpp 1 --target-psnr 30")
        .bad(2, &["--target-psnr"]);
    // Below what the wavelet codec reaches, another one takes over.
    let said = bench
        .run("encode in.png -o e.lmc --target-bpp 0.035 --json --device cpu")
        .good();
    let report: serde_json::Value = serde_json::from_slice(&said.stdout).expect("a report");
    let file = &report["files"][0];
    assert_eq!(file["codec"], "vq");
    assert!(file["bpp"].as_f64() <= Some(0.035), "{file}");
    bench.run("decode e.lmc -o e.png").good();
    assert_eq!(bench.names("."), ["b.lmc", "e.lmc", "e.png", "in.png", "out.lmc"]);
}
