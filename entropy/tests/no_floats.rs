//! The exact world knows no floating point: not in code, tests or comments.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn sources_hold_no_floating_point_types() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("src");
    let files = rust_files(&root);
    assert!(files.len() > 15, "only {} sources found", files.len());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            for word in ["f16", "f32", "f64", "f128"] {
                let place = format!("{}:{}", file.display(), number + 1);
                assert!(!line.contains(word), "{place} holds {word}: {line}");
            }
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}
