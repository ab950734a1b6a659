//! Golden streams: what was encoded once decodes to the same symbols and to the same pixels for ever.
//!
//! `LMC_REGENERATE=1 cargo test --release --workspace --test integration golden` writes those of the shipped models anew,
//! which only a new model, or a new version of the format, may make necessary. `LMC_REGENERATE=pixels` keeps the streams and
//! writes what they decode to, for a new synthesis of the same symbols.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use lmc_codec::files::{self, Format};
use lmc_codec::{DecodeOptions, Effort, Image, ImageDecoder, ImageEncoder, Limits, ModelHash};
use lmc_models::wavelet::WaveletModel;
use lmc_models::zoo::{self, ShippedModel, Tune};
use lmc_tests::models::{options, shipped_on_cpu, verifier, with_model};
use lmc_tests::pictures::{deep, distance, gray, part, psnr_db, sample, see_through};
use lmc_tests::repository;

/// A picture and how it is encoded.
struct Case {
    name: &'static str,
    picture: Image,
    quality: f32,
    tile_size: u32,
    effort: u8,
}

fn cases() -> Vec<Case> {
    let sample = sample();
    let case = |name, picture, quality, tile_size| Case {
        name,
        picture,
        quality,
        tile_size,
        effort: 1,
    };
    let metadata = |picture: Image| picture.with_icc(Some(vec![0x5a; 64])).with_exif(Some(vec![0x45; 32]));
    vec![
        case("sample-20", sample.clone(), 20.0, 1024),
        case("sample-60", sample.clone(), 60.0, 1024),
        case("sample-90", sample.clone(), 90.0, 1024),
        case("gray", gray(&part(&sample, 60, 40, 120, 90)), 50.0, 1024),
        case(
            "alpha",
            metadata(see_through(&part(&sample, 150, 80, 100, 75))),
            50.5,
            1024,
        ),
        case("16-bit", deep(&part(&sample, 200, 50, 96, 64)), 80.0, 1024),
        case("one-pixel", part(&sample, 77, 99, 1, 1), 50.0, 1024),
        case("odd", part(&sample, 31, 5, 17, 33), 50.0, 1024),
        case("tiles-of-64", see_through(&part(&sample, 90, 60, 150, 130)), 40.0, 64),
        case("tiles-of-128", part(&sample, 20, 20, 300, 140), 70.0, 128),
        Case {
            effort: 7,
            ..case("effort-7", part(&sample, 60, 30, 100, 72), 40.0, 1024)
        },
        Case {
            effort: 2,
            ..case("effort-2", part(&sample, 100, 40, 200, 150), 60.0, 1024)
        },
    ]
}

/// What is known of a golden stream: a line of `index.txt`.
#[derive(Debug, PartialEq)]
struct Record {
    name: String,
    symbol_hash: u64,
    symbols: u64,
    psnr_db: f64,
    pixel_hash: String,
}

impl Record {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split_whitespace();
        Some(Self {
            symbol_hash: u64::from_str_radix(fields.next()?, 16).ok()?,
            symbols: fields.next()?.parse().ok()?,
            psnr_db: fields.next()?.parse().ok()?,
            pixel_hash: fields.next()?.to_owned(),
            name: fields.next()?.to_owned(),
        })
    }
}

/// The folder of golden streams, one folder for each model in it; written anew first where that is asked for.
fn root() -> PathBuf {
    static ONCE: Once = Once::new();
    let root = repository("tests/golden");
    ONCE.call_once(|| {
        if let Some(what) = std::env::var_os("LMC_REGENERATE") {
            let keep = what == "pixels";
            wavelets().for_each(|shipped| regenerate(shipped, &root.join(shipped.id), keep));
        }
    });
    root
}

/// The models that pictures are encoded with.
fn wavelets() -> impl Iterator<Item = &'static ShippedModel> {
    [Tune::Psnr, Tune::Perceptual].into_iter().map(zoo::image_model)
}

fn encoder(case: &Case, model: &Arc<WaveletModel>) -> ImageEncoder {
    let effort = Effort::new(case.effort).expect("the effort is in range");
    let options = options(case.quality, case.tile_size).with_effort(effort);
    ImageEncoder::new(with_model(model.clone()), options)
}

fn decoder(model: Arc<WaveletModel>) -> ImageDecoder {
    ImageDecoder::new(with_model(model), DecodeOptions::default())
}

fn regenerate(shipped: &ShippedModel, folder: &Path, keep_streams: bool) {
    let model = shipped_on_cpu(shipped);
    fs::create_dir_all(folder).expect("the folder can be made");
    let mut index = String::new();
    for case in cases() {
        let path = folder.join(case.name).with_extension("lmc");
        if !keep_streams {
            let encoded = encoder(&case, &model).encode(&case.picture);
            fs::write(&path, encoded.expect("the picture is encoded").bytes).expect("the stream is written");
        }
        let (stream, decoder) = (fs::read(&path).expect("the stream is read"), decoder(model.clone()));
        let decoded = decoder.decode(&stream).expect("the stream is decoded").picture;
        let verified = decoder.verify(&stream).expect("the stream is verified");
        let (png, _) = files::to_bytes(&decoded, Format::Png).expect("PNG holds every picture");
        fs::write(path.with_extension("png"), png).expect("the picture is written");
        let hash = verified.symbol_hash.expect("no tile is lost");
        let (symbols, psnr) = (verified.symbols, psnr_db(&decoded, &case.picture));
        let pixels = decoded.pixel_hash();
        writeln!(index, "{hash:016x} {symbols:>7} {psnr:7.3} {pixels} {}", case.name).expect("strings grow");
    }
    fs::write(folder.join("index.txt"), index).expect("the index is written");
}

/// The records in the folder of a model.
fn records(folder: &Path) -> Vec<Record> {
    let index = fs::read_to_string(folder.join("index.txt")).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let parse = |line: &str| Record::parse(line).unwrap_or_else(|| panic!("{folder:?}: {line}"));
    index.lines().map(parse).collect()
}

/// The folders of all models that pictures were ever released of; what needs no model, and sounds, have tests of their
/// own.
fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(root()).expect("there are golden streams");
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|folder| {
            folder
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("wavelet-"))
        })
        .collect();
    folders.sort();
    folders
}

#[test]
fn golden_streams_decode_as_ever() {
    let folders = folders();
    assert!(!folders.is_empty(), "there are golden streams");
    for folder in folders {
        let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let shipped = zoo::shipped().iter().find(|model| model.id == id);
        let shipped = shipped.unwrap_or_else(|| panic!("{id} has golden streams, so it must ship"));
        let decoder = decoder(shipped_on_cpu(shipped));
        let records = records(&folder);
        assert!(records.len() >= 10, "{id} has {} golden streams", records.len());
        for record in records {
            check(&folder, &record, &decoder, ModelHash(shipped.model));
        }
    }
}

fn check(folder: &Path, record: &Record, decoder: &ImageDecoder, model: ModelHash) {
    let name = &record.name;
    let read = |ending: &str| {
        let path = folder.join(name).with_extension(ending);
        fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
    };
    let stream = read("lmc");
    let info = lmc_codec::info(&stream[..], &Limits::default()).expect("golden streams are whole");
    let stale = "if the weights were replaced before they were released, see 'Golden streams' in CONTRIBUTING.md";
    assert_eq!(info.header.model, model, "{name} is of other weights: {stale}");
    let verified = decoder.verify(&stream).expect("golden streams are verified");
    assert!(verified.is_good(), "{name}: {:?}", verified.damage);
    assert_eq!(
        verified.symbol_hash,
        Some(record.symbol_hash),
        "{name} decodes to other symbols"
    );
    assert_eq!(verified.symbols, record.symbols, "{name}");
    let decoded = decoder.decode(&stream).expect("golden streams are decoded").picture;
    let wanted = files::read_bytes(&read("png"), &Limits::default()).expect("golden pictures are PNG files");
    assert_eq!(
        (decoded.width(), decoded.height()),
        (wanted.width(), wanted.height()),
        "{name}"
    );
    assert_eq!(
        (decoded.color(), decoded.depth()),
        (wanted.color(), wanted.depth()),
        "{name}"
    );
    assert_eq!(decoded.alpha(), wanted.alpha(), "{name}");
    // A file with the profile of sRGB is read as an image with the code points of sRGB.
    if wanted.cicp().is_none() {
        assert_eq!(decoded.icc(), wanted.icc(), "{name}");
    }
    assert_eq!(decoded.exif(), wanted.exif(), "{name}");
    let distance = distance(&decoded, &wanted);
    assert!(distance == 0, "pixels of {name} are {distance} levels away");
    assert_eq!(decoded.pixel_hash().to_string(), record.pixel_hash, "{name}");
}

/// The recorded fidelity is that of the picture that was encoded, so the golden pictures themselves are right.
#[test]
fn golden_streams_are_good_pictures() {
    for shipped in wavelets() {
        let folder = root().join(shipped.id);
        let records = records(&folder);
        for case in cases() {
            let name = format!("{} of {}", case.name, shipped.id);
            let record = records.iter().find(|record| record.name == case.name);
            let record = record.unwrap_or_else(|| panic!("{name} has no golden stream"));
            let path = folder.join(case.name).with_extension("png");
            let golden = files::read_path(&path, &Limits::default()).expect("a golden picture");
            let psnr = psnr_db(&golden, &case.picture);
            let wanted = record.psnr_db;
            assert!(
                (psnr - wanted).abs() < 0.001,
                "{name}: {psnr:.3} dB instead of {wanted}"
            );
            assert!(psnr > 20.0, "{name}: {psnr:.1} dB");
        }
    }
}

/// Encoding today what was encoded then gives streams as good, and symbols that the verifier confirms.
#[test]
fn the_encoder_keeps_up_with_the_golden_streams() {
    let shipped = zoo::image_model(Tune::Psnr);
    let (folder, model) = (root().join(shipped.id), shipped_on_cpu(shipped));
    for case in cases() {
        let golden = fs::read(folder.join(case.name).with_extension("lmc")).expect("the stream can be read");
        let encoded = encoder(&case, &model)
            .encode(&case.picture)
            .expect("the picture is encoded");
        let (now, then) = (encoded.bytes.len(), golden.len());
        assert!(
            now <= then + then / 50 + 8,
            "{} takes {now} bytes, took {then}",
            case.name
        );
        let verified = verifier().verify(&encoded.bytes).expect("the stream is verified");
        assert_eq!(verified.symbol_hash, Some(encoded.stats.symbol_hash), "{}", case.name);
    }
}
