//! Reading one picture, whole, as 8-bit RGB.

use std::path::{Path, PathBuf};

use lmc_codec::{Limits, files};

use crate::{Error, Result};

/// A whole picture as 8-bit RGB, for evaluation and as the source of crops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Where it was read from.
    pub path: PathBuf,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Interleaved RGB, `height * width * 3` bytes. Alpha is dropped and deeper samples are rounded to 8 bits.
    pub rgb: Vec<u8>,
}

impl Image {
    /// Reads the picture at `path` as the encoder does: its contents tell the format, not the ending of its name, and its
    /// EXIF orientation is applied.
    ///
    /// # Errors
    ///
    /// [`Error::Image`] where the file cannot be read, or its picture not decoded.
    pub fn read(path: &Path) -> Result<Self> {
        let picture = files::read_path(path, &Limits::default()).map_err(|source| Error::picture(path, source))?;
        Ok(Self {
            path: path.to_path_buf(),
            width: picture.width(),
            height: picture.height(),
            rgb: picture.to_rgb8(),
        })
    }
}

/// Width and height of the upright picture at `path`, from its headers alone.
pub(crate) fn dimensions(path: &Path) -> Result<(u32, u32)> {
    files::size_of(path, &Limits::default()).map_err(|source| Error::picture(path, source))
}
