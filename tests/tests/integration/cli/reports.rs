//! Reports for machines: one JSON object each, and true.

use lmc_tests::pictures::{part, sample, see_through};
use serde_json::Value;

use super::Bench;

fn files(report: &Value) -> &[Value] {
    report["files"].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn sizes_in_reports_are_sizes_of_files() {
    let bench = Bench::new();
    bench.picture("in/a.png", &part(&sample(), 0, 0, 200, 150));
    bench.picture(
        "in/b.png",
        &see_through(&part(&sample(), 50, 60, 75, 31)).with_icc(Some(vec![4; 300])),
    );
    bench.picture("in/c.png", &part(&sample(), 9, 9, 1, 1));
    let encoded = bench
        .run("encode in -o out --json --device cpu --quality 47.5")
        .good()
        .json();
    assert_eq!(
        (encoded["command"].as_str(), files(&encoded).len()),
        (Some("encode"), 3)
    );
    for file in files(&encoded) {
        let output = file["output"].as_str().expect("an output is named");
        let bytes = bench.read(output);
        assert_eq!(file["bytes"], bytes.len(), "{output}");
        let pixels = file["width"].as_f64().unwrap_or(0.0) * file["height"].as_f64().unwrap_or(0.0);
        let bpp = bytes.len() as f64 * 8.0 / pixels;
        assert!(
            (file["bpp"].as_f64().unwrap_or(0.0) - bpp).abs() < 1e-9,
            "{output}: {file}"
        );
        assert_eq!(file["quality"], 47.5);
        let number = |key: &str| file[key].as_f64().unwrap_or(f64::NAN);
        let payload_bits = 8.0 * number("tile_payload_bytes");
        assert!(
            number("bits_estimated") > 0.0 && number("bits_estimated") <= payload_bits,
            "{file}"
        );
        assert!(payload_bits < 8.0 * number("tile_bytes"), "{file}");
    }
    let shown = bench.run("info out --json").good().json();
    let verified = bench.run("verify out --json").good().json();
    let decoded = bench.run("decode out -o back --json --device cpu").good().json();
    for (index, file) in files(&encoded).iter().enumerate() {
        let (info, verify, decode) = (&files(&shown)[index], &files(&verified)[index], &files(&decoded)[index]);
        for key in ["bytes", "width", "height"] {
            assert_eq!([&info[key], &verify[key], &decode[key]], [&file[key]; 3], "{key}");
        }
        assert_eq!(verify["symbol_hash"], file["symbol_hash"]);
        assert_eq!(verify["symbols"], file["symbols"]);
        let segments: u64 = info["segments"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|s| s["bytes"].as_u64())
            .sum();
        assert_eq!(
            Some(segments + info["header_bytes"].as_u64().unwrap_or(0)),
            file["bytes"].as_u64()
        );
        let output = decode["output"].as_str().expect("an output is named");
        assert_eq!(decode["output_bytes"], bench.read(output).len());
    }
}

#[test]
fn info_for_people_tells_what_is_needed() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 0, 0, 100, 50));
    bench.run("encode a.png -o a.lmc --device cpu").good();
    let said = String::from_utf8(bench.run("info a.lmc").good().stdout).expect("reports are UTF-8");
    for word in [
        "100x50",
        "wavelet-psnr",
        "bpp",
        "tile",
        "quality  60",
        "trellis states 128",
    ] {
        assert!(said.contains(word), "'{word}' is not in: {said}");
    }
}

#[test]
fn models_are_listed() {
    let bench = Bench::new();
    let report = bench.run("models --json").good().json();
    let models = report["models"].as_array().expect("a list");
    let default = models
        .iter()
        .find(|model| model["default"] == true)
        .expect("there is a default");
    assert_eq!(
        (&default["codec"], &default["shipped"]),
        (&"wavelet".into(), &true.into())
    );
    assert_eq!(default["hash"].as_str().map(str::len), Some(32));
    let chosen: Vec<_> = models.iter().filter_map(|model| model["flag"].as_str()).collect();
    assert_eq!(chosen, ["--tune perceptual"]);
    let said = bench.run("models").good().stdout;
    let id = default["id"].as_str().expect("models have ids");
    assert!(String::from_utf8_lossy(&said).contains(id));
    bench.write("bad.safetensors", b"no weights");
    bench.run("models bad.safetensors").bad(1, &["bad.safetensors"]);
}

#[test]
fn the_selftest_passes_on_every_device() {
    let report = Bench::new().run("selftest --json").good().json();
    assert_eq!(report["agree"], true);
    assert_eq!(report["devices"][0], "cpu");
    let streams = report["streams"].as_array().expect("a list");
    assert!(!streams.is_empty());
    let names: Vec<&str> = streams.iter().filter_map(|stream| stream["name"].as_str()).collect();
    for kind in [
        "wavelet-psnr-v2/",
        "wavelet-perceptual-v1/",
        "lossless/",
        "audio-v1/",
        "speech-v1/",
        "vq-v1/",
        "within an error of 0",
        "within an error of 1",
    ] {
        assert!(names.iter().any(|name| name.contains(kind)), "no {kind} in {names:?}");
    }
    let devices = report["devices"].as_array().map(Vec::len);
    for stream in streams {
        assert_eq!(stream["devices"].as_array().map(Vec::len), devices);
    }
}
