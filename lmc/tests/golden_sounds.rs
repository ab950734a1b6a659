//! Golden streams of sound decode to the very samples that every machine makes of them: the hashes of `index.txt`.
//!
//! All forms of inner loops give the same samples: run these tests with `LMC_ISA=portable` and `LMC_ISA=avx2`, too.

use std::fs;
use std::path::Path;

/// The hash of samples and the name of each golden stream of a model.
fn records(folder: &Path) -> Vec<(String, String)> {
    let index = fs::read_to_string(folder.join("index.txt")).unwrap();
    let parse = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields[3].to_owned(), fields[4].to_owned())
    };
    index.lines().map(parse).collect()
}

fn check(model: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/golden")
        .join(model);
    let records = records(&folder);
    assert!(records.len() >= 8, "{model} has {} golden streams", records.len());
    let mut others = Vec::new();
    for (wanted, name) in records {
        let stream = fs::read(folder.join(&name).with_extension("lmc")).unwrap();
        let sound = lmc::decode(&stream).and_then(lmc::Output::sound).unwrap();
        let found = sound.sample_hash().to_string();
        if found != wanted {
            others.push(format!("{name}: {found}, not {wanted}"));
        }
    }
    assert!(others.is_empty(), "other samples of {model}:\n{}", others.join("\n"));
}

#[test]
fn music_has_the_same_samples_everywhere() {
    check("audio-v1");
}

#[test]
fn voices_have_the_same_samples_everywhere() {
    check("speech-v1");
}
