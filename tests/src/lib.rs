//! What the integration tests and the fuzz targets share: pictures, models, damage, and the bodies of the targets.

pub mod attack;
pub mod corpus;
pub mod damage;
pub mod models;
pub mod pictures;
pub mod sounds;
pub mod targets;

use std::path::{Path, PathBuf};

/// A path in the repository that runs the tests, which may be another clone than the one that built them; cargo names its
/// packages, all of which are folders at the top.
pub fn repository(path: impl AsRef<Path>) -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).join("..").join(path)
}
