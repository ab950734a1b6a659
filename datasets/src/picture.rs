//! Reading one picture, whole, as 8-bit RGB.

use std::path::{Path, PathBuf};

use image::{ImageReader, Limits};

use crate::{Error, Result};

/// Decoding one picture may take this much memory.
const MAX_DECODE_BYTES: u64 = 1 << 30;

/// A whole picture as 8-bit RGB, for evaluation and as the source of crops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Where it was read from.
    pub path: PathBuf,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Interleaved RGB, `height * width * 3` bytes. Alpha is dropped and deeper samples are rounded to 8 bits.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// Reads the picture at `path`; its contents tell the format, not the ending of its name.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the file cannot be read, [`Error::Picture`] where it cannot be decoded within 1 GiB.
    pub fn read(path: &Path) -> Result<Self> {
        let image = reader(path)?.decode().map_err(|source| Error::Picture {
            path: path.to_path_buf(),
            source,
        })?;
        let image = image.into_rgb8();
        Ok(Self {
            path: path.to_path_buf(),
            width: image.width(),
            height: image.height(),
            rgb: image.into_raw(),
        })
    }
}

/// Width and height of the picture at `path`, from its header alone.
pub(crate) fn dimensions(path: &Path) -> Result<(u32, u32)> {
    let dimensions = reader(path)?.into_dimensions();
    dimensions.map_err(|source| Error::Picture {
        path: path.to_path_buf(),
        source,
    })
}

fn reader(path: &Path) -> Result<ImageReader<std::io::BufReader<std::fs::File>>> {
    let mut reader = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|source| Error::io(path, source))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODE_BYTES);
    reader.limits(limits);
    Ok(reader)
}
