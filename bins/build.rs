//! Tells the program of which commit it is, for reports, and bundles golden streams for `lmc selftest`.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    // The log of HEAD grows with every commit, checkout and merge.
    for file in ["../.git/HEAD", "../.git/logs/HEAD"] {
        if Path::new(file).exists() {
            println!("cargo:rerun-if-changed={file}");
        }
    }
    let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output();
    let commit = output.ok().filter(|output| output.status.success());
    let commit = commit.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    println!(
        "cargo:rustc-env=LMC_COMMIT={}",
        commit.unwrap_or_else(|| "unknown".to_owned())
    );
    let golden = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../tests/golden");
    println!("cargo:rerun-if-changed={}", golden.display());
    let streams = PathBuf::from(env::var("OUT_DIR")?).join("golden.rs");
    fs::write(streams, bundled(&golden)?)?;
    Ok(())
}

/// The streams that each folder of golden streams lists in `bundled.txt`, as an array of `Golden`.
fn bundled(golden: &Path) -> Result<String, Box<dyn Error>> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(golden)? {
        folders.push(entry?.path());
    }
    folders.sort();
    let mut code = "&[".to_owned();
    for folder in folders {
        let folder = folder.canonicalize()?;
        let index = folder.join("index.txt");
        for name in fs::read_to_string(folder.join("bundled.txt"))
            .unwrap_or_default()
            .lines()
        {
            let (model, stream) = (
                folder.file_name().unwrap_or_default(),
                folder.join(format!("{name}.lmc")),
            );
            write!(
                code,
                "Golden {{ model: {:?}, name: {name:?}, bytes: include_bytes!({:?}), index: include_str!({:?}) }},",
                model.to_string_lossy(),
                stream,
                index
            )?;
        }
    }
    Ok(code + "]")
}
