//! Makes `include/lmc.h` of the sources of the C library; with `--check` says whether it is up to date.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = here.parent().ok_or("the tool lies beside the library")?;
    let config = cbindgen::Config::from_file(here.join("cbindgen.toml"))?;
    let builder = cbindgen::Builder::new().with_config(config);
    let builder = builder.with_src(library.join("src/lib.rs"));
    let mut made = Vec::new();
    builder.generate()?.write(&mut made);
    let path = library.join("include/lmc.h");
    let old = fs::read(&path).unwrap_or_default();
    if old == made {
        return Ok(ExitCode::SUCCESS);
    }
    if env::args().any(|argument| argument == "--check") {
        eprintln!(
            "{} is not that of the sources: run this without --check",
            path.display()
        );
        return Ok(ExitCode::FAILURE);
    }
    fs::write(&path, made)?;
    Ok(ExitCode::SUCCESS)
}
