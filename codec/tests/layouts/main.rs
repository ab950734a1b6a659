//! Image files of random layouts, against what other readers make of them.
//!
//! `generate.py` makes the files, if there is a Python with its libraries: `LMC_PYTHON` names it, else `python3`. The
//! number of files is `LMC_LAYOUTS`, 400 by default; `LMC_LAYOUTS_SEED` changes them, `LMC_LAYOUTS_ONLY` names kinds of
//! them, and `LMC_LAYOUTS_DAMAGES` says how often each is damaged. Without such a Python the comparison is skipped, and
//! says so.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use lmc_codec::files::{FileImage, ReadOptions, read_noted};
use lmc_codec::{CodecError, Image, Limits, Samples};

/// What the error of a library says that panicked.
const GAVE_UP: &str = "its decoder gave up";

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

/// Makes the files in `folder`; false without the libraries for it.
fn generate(folder: &Path) -> bool {
    let python = std::env::var("LMC_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&python)
        .args(["-c", "import numpy, PIL, tifffile, imagecodecs"])
        .output();
    if !probe.is_ok_and(|output| output.status.success()) {
        return false;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layouts/generate.py");
    let output = Command::new(python)
        .arg(script)
        .arg(folder)
        .arg(setting("LMC_LAYOUTS", 400).to_string())
        .arg(setting("LMC_LAYOUTS_SEED", 1).to_string())
        .output()
        .expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

fn read(bytes: &[u8], salvage: bool) -> Result<FileImage, CodecError> {
    let limits = Limits {
        max_pixels: 1 << 22,
        ..Limits::default()
    };
    read_noted(
        Cursor::new(bytes),
        &ReadOptions::default().with_limits(limits).with_salvage(salvage),
    )
}

/// The samples of an image, alpha interleaved.
fn samples(image: &Image) -> (Vec<u16>, usize) {
    let wide = |samples: &Samples| -> Vec<u16> {
        match samples {
            Samples::U8(all) => all.iter().map(|&sample| u16::from(sample)).collect(),
            Samples::U16(all) => all.clone(),
        }
    };
    let (colors, channels) = (wide(image.samples()), image.color().channels());
    match image.alpha() {
        None => (colors, channels),
        Some(alpha) => {
            let pixels = colors.chunks(channels).zip(wide(alpha));
            let all = pixels.flat_map(|(pixel, alpha)| pixel.iter().copied().chain([alpha]).collect::<Vec<_>>());
            (all.collect(), channels + 1)
        }
    }
}

/// What is wrong with an image, by the fields of the index and the samples of `reference`.
fn difference(image: &Image, fields: &[&str], reference: &[u8]) -> Option<String> {
    let number = |at: usize| fields[at].parse::<u32>().expect("the index has numbers");
    let (found, channels) = samples(image);
    let shape = (image.width(), image.height(), channels as u32, image.depth().bits());
    let wanted = (number(3), number(4), number(5), number(6));
    if shape != wanted {
        return Some(format!("is {shape:?} and not {wanted:?}"));
    }
    let wanted: Vec<u16> = match shape.3 {
        8 => reference.iter().map(|&sample| u16::from(sample)).collect(),
        _ => reference
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect(),
    };
    let most = found
        .iter()
        .zip(&wanted)
        .map(|(a, b)| a.abs_diff(*b))
        .max()
        .unwrap_or(0);
    (u32::from(most) > number(2)).then(|| format!("differs by {most}"))
}

/// What is wrong with the reading of one file.
fn judged(bytes: &[u8], fields: &[&str], reference: &Path) -> Option<String> {
    let found = read(bytes, false);
    match (fields[1], found) {
        (_, Err(error)) if error.to_string().contains(GAVE_UP) && !is_of_library(fields[0]) => Some(error.to_string()),
        ("warns", Ok(read)) if read.notes.warnings.is_empty() && read.notes.lost.is_empty() => {
            Some("is read without a word, and others warn".to_owned())
        }
        ("warns", _) | ("if_read", Err(_)) => None,
        ("if_read", Ok(read)) if !read.notes.warnings.is_empty() => None,
        (_, Ok(read)) => difference(&read.image, fields, &fs::read(reference).expect("there is a reference")),
        (_, Err(error)) => Some(error.to_string()),
    }
}

/// Formats that a library reads, whose panics are errors.
fn is_of_library(name: &str) -> bool {
    [".webp", ".bmp", ".gif", ".tga", ".qoi"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

#[test]
fn files_of_random_layouts_are_read_as_others_read_them() {
    let folder = tempfile::tempdir().expect("there is room for files");
    if !generate(folder.path()) {
        eprintln!("SKIPPED: there is no Python with numpy, Pillow, tifffile and imagecodecs (LMC_PYTHON)");
        return;
    }
    let index = fs::read_to_string(folder.path().join("index.txt")).expect("there is an index");
    let (mut counts, mut wrong) = (BTreeMap::<String, [usize; 2]>::new(), Vec::new());
    for line in index.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let path = folder.path().join(fields[0]);
        let reference = folder.path().join(format!("{}.ref", fields[0]));
        let kind = fields[0]
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '_')
            .to_owned();
        let count = counts.entry(kind).or_default();
        count[0] += 1;
        if let Some(what) = judged(&fs::read(&path).expect("the file is there"), &fields, &reference) {
            count[1] += 1;
            wrong.push(format!("{}: {what}", fields[0]));
        }
    }
    eprintln!("files, wrong ones: {counts:?}");
    if let (Ok(keep), false) = (std::env::var("LMC_LAYOUTS_KEEP"), wrong.is_empty()) {
        for line in &wrong {
            let name = line.split(':').next().unwrap_or_default();
            let _ = fs::copy(folder.path().join(name), Path::new(&keep).join(name));
            let _ = fs::copy(
                folder.path().join(format!("{name}.ref")),
                Path::new(&keep).join(format!("{name}.ref")),
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(40)]
    );
    damages(folder.path(), &index);
}

/// Damages each file a few times: nothing panics, and what is salvaged has the size that it claims.
fn damages(folder: &Path, index: &str) {
    let mut state = 9u32;
    let mut random = |bound: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % bound.max(1)
    };
    let (mut count, mut gave_up) = (0, BTreeMap::<&str, usize>::new());
    for name in index.lines().filter_map(|line| line.split(' ').next()) {
        let good = fs::read(folder.join(name)).expect("the file is there");
        for _ in 0..setting("LMC_LAYOUTS_DAMAGES", 5) {
            let mut bytes = good.clone();
            for _ in 0..1 + random(4) {
                let at = random(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random(256) as u8;
                }
            }
            if random(4) == 0 {
                bytes.truncate(random(bytes.len()));
            }
            count += 1;
            for salvage in [false, true] {
                if let Err(error) = read(&bytes, salvage)
                    && error.to_string().contains(GAVE_UP)
                {
                    assert!(is_of_library(name), "{name}: {error}");
                    *gave_up.entry(name.rsplit('.').next().unwrap_or_default()).or_default() += 1;
                }
            }
        }
    }
    eprintln!("{count} damaged files; libraries gave up on {gave_up:?}");
}
