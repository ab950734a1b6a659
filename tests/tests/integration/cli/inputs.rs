//! Inputs that are refused, and damaged streams: what is said, and what can be saved.

use lmc_codec::container::{CodecId, Mode, PartKind, SegmentId, StreamParts, StreamWriter};
use lmc_codec::{Limits, ModelHash};
use lmc_tests::pictures::{part, sample};
use lmc_tests::repository;

use super::Bench;

#[test]
fn pictures_that_are_refused_by_name() {
    let bench = Bench::new();
    let cases = [
        ("cmyk.jpg", "CMYK"),
        ("cmyk.tif", "CMYK"),
        ("animated.png", "anima"),
        ("animated.webp", "animated"),
        ("animated.gif", "GIF"),
        ("pages.tif", "pages"),
    ];
    for (name, word) in cases {
        let bytes = std::fs::read(repository("tests/samples/refused").join(name)).expect("the sample is there");
        bench.write(name, &bytes);
        bench
            .run(&format!("encode {name} -o out.lmc --device cpu"))
            .bad(1, &[name, word]);
    }
    assert!(!bench.path("out.lmc").exists());
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let bench = Bench::new();
    bench.picture("good.png", &part(&sample(), 90, 70, 40, 30));
    bench.run("encode good.png -o good.lmc --device cpu").good();
    let png = bench.read("good.png");
    bench.write("cut.png", &png[..png.len() / 2]);
    bench.write("text.png", b"this is no picture at all");
    bench.write("empty.png", b"");
    bench
        .run("encode cut.png -o x.lmc --device cpu")
        .bad(1, &["cut.png", "PNG"]);
    bench
        .run("encode text.png -o x.lmc --device cpu")
        .bad(1, &["text.png", "PNG, JPEG"]);
    bench
        .run("encode empty.png -o x.lmc --device cpu")
        .bad(1, &["empty.png"]);
    bench
        .run("encode missing.png -o x.lmc --device cpu")
        .bad(1, &["missing.png"]);
    bench
        .run("encode good.lmc -o x.lmc --device cpu")
        .bad(1, &["lmc stream"]);
    bench
        .run("decode good.png -o x.png --device cpu")
        .bad(1, &["good.png", "no lmc stream"]);
    bench
        .run("decode missing.lmc -o x.png --device cpu")
        .bad(1, &["missing.lmc"]);
    bench.run("info good.png").bad(1, &["good.png", "no lmc stream"]);
    bench.run("verify good.png").bad(1, &["good.png", "no lmc stream"]);
    bench.write("empty/notes.txt", b"no picture");
    bench.run("encode empty -o out --device cpu").bad(1, &["empty", "png"]);
    assert!(!bench.path("x.lmc").exists() && !bench.path("x.png").exists());
}

#[test]
fn damaged_streams_are_found_and_concealed() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 0, 0, 200, 150));
    bench.run("encode a.png -o a.lmc --device cpu --tile-size 64").good();
    let good = bench.read("a.lmc");
    let info = lmc_codec::info(&good[..], &Limits::default()).expect("the stream is whole");
    let tile = &info.log.listed()[5];
    assert_eq!(tile.id, SegmentId::PART);
    let mut bad = good.clone();
    bad[(tile.offset + tile.bytes) as usize - 3] ^= 0x40;
    bench.write("bad.lmc", &bad);
    bench
        .run("decode bad.lmc -o x.png --device cpu")
        .bad(1, &["bad.lmc", "damaged"]);
    assert!(!bench.path("x.png").exists(), "no picture of a damaged stream unasked");
    bench.run("verify bad.lmc").bad(1, &["bad.lmc", "--conceal"]);
    let said = bench.run("decode bad.lmc -o x.png --device cpu --conceal").good();
    assert!(said.stderr.contains("tile 5"), "what is lost is told: {}", said.stderr);
    assert_eq!(bench.read_picture("x.png").width(), 200);
    let report = bench
        .run("decode bad.lmc -o y.png --device cpu --conceal --json")
        .good()
        .json();
    assert!(
        report["files"][0]["damage"]
            .as_array()
            .is_some_and(|damage| !damage.is_empty())
    );
    let shown = bench.run("info bad.lmc --json").json();
    assert!(
        shown["files"][0]["damage"]
            .as_array()
            .is_some_and(|damage| !damage.is_empty())
    );
    // 4 tiles in a row: tile 5 is the second of the second row.
    let lost = serde_json::json!([{
        "kind": "symbols", "first_tile": 5, "tiles": 1, "x": 64, "y": 64, "width": 64, "height": 64, "all": true,
    }]);
    assert_eq!(shown["files"][0]["lost_tiles"], lost);
    let said = bench.run("info bad.lmc").stdout;
    assert!(String::from_utf8_lossy(&said).contains("tile 5 (64x64 at 64,64)"));
    bench.write("cut.lmc", &good[..good.len() * 3 / 4]);
    bench.run("decode cut.lmc -o z.png --device cpu").bad(1, &["cut.lmc"]);
    bench.run("decode cut.lmc -o z.png --device cpu --conceal").good();
    let mut header = good.clone();
    header[25] ^= 1;
    bench.write("header.lmc", &header);
    for command in [
        "info header.lmc",
        "verify header.lmc",
        "decode header.lmc -o h.png --device cpu --conceal",
    ] {
        bench.run(command).bad(1, &["header.lmc", "header"]);
    }
}

#[test]
fn streams_of_other_models_and_versions() {
    let bench = Bench::new();
    bench.picture("a.png", &part(&sample(), 0, 0, 30, 30));
    bench.run("encode a.png -o a.lmc --device cpu").good();
    let good = bench.read("a.lmc");
    let parts = StreamParts::read(&good[..], &Limits::default(), Mode::Strict).expect("the stream is whole");
    let mut header = parts.header.clone();
    header.model = ModelHash([0xab; 16]);
    let mut writer = StreamWriter::new(Vec::new(), &header).expect("the header is valid");
    let tile = parts.get(PartKind::Symbols, 0).expect("the tile is there");
    writer.part(0, tile.checksum, &tile.bytes).expect("the tile is due");
    bench.write("other.lmc", &writer.finish().expect("nothing is missing").0);
    let hash = "ab".repeat(16);
    for command in ["decode other.lmc -o x.png --device cpu", "verify other.lmc"] {
        bench.run(command).bad(1, &[&hash, "--model"]);
    }
    let shown = bench.run("info other.lmc --json").good().json();
    assert_eq!(
        (&shown["files"][0]["model"], &shown["files"][0]["model_id"]),
        (&hash.into(), &serde_json::Value::Null)
    );
    let mut version = good.clone();
    version[4] = 9;
    header.codec = CodecId(9);
    let mut writer = StreamWriter::new(Vec::new(), &header).expect("the header is valid");
    writer.part(0, tile.checksum, &tile.bytes).expect("the tile is due");
    let (codec, _) = writer.finish().expect("nothing is missing");
    for (later, word) in [(version, "version"), (codec, "codec")] {
        bench.write("later.lmc", &later);
        bench
            .run("decode later.lmc -o x.png --device cpu")
            .bad(1, &["unsupported", word, "9"]);
    }
    bench.write("model.safetensors", b"no weights");
    bench
        .run("encode a.png -o x.lmc --device cpu --model model.safetensors")
        .bad(1, &["model"]);
    bench
        .run("encode a.png -o x.lmc --device cpu --model missing.safetensors")
        .bad(1, &["missing.safetensors"]);
}
