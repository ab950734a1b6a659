//! What the integration tests and the fuzz targets share: pictures, models, damage, and the bodies of the targets.

pub mod corpus;
pub mod damage;
pub mod models;
pub mod pictures;
pub mod sounds;
pub mod targets;

use std::path::{Path, PathBuf};

/// A path in the repository.
pub fn repository(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
