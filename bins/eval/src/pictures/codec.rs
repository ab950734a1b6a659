//! What a codec must do to be measured.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use png::Compression;

use super::{Rgb, png_file, pnm};
use crate::{EvalError, Result};

/// A codec with its settings; the quality is given for each picture.
pub trait Codec: Send + Sync {
    /// Versions of all that decides what comes out, hashes of weights included.
    fn version(&self) -> &str;

    /// How a picture is encoded, for a reader who wants to do it again.
    fn encode_command(&self) -> String;

    /// How a stream is decoded.
    fn decode_command(&self) -> String;

    /// The qualities to measure where nobody says otherwise.
    fn default_qualities(&self) -> Vec<f64>;

    /// Lowest and highest quality.
    fn quality_range(&self) -> (f64, f64);

    /// What a reader may want to know of it, such as costs of networks.
    fn details(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::new()
    }

    /// Encodes a picture.
    ///
    /// # Errors
    /// `Codec` with what went wrong.
    fn encode(&self, input: &Input<'_>, quality: f64) -> Result<Encoded>;

    /// Decodes a stream; `work` is a folder for files in between.
    ///
    /// # Errors
    /// `Codec` with what went wrong.
    fn decode(&self, stream: &[u8], work: &Path) -> Result<Decoded>;
}

/// What an encoder made.
#[derive(Debug, Clone, Default)]
pub struct Encoded {
    /// All bytes of the file.
    pub stream: Vec<u8>,
    /// Wall time.
    pub seconds: f64,
    /// Most memory of the process.
    pub peak_bytes: Option<u64>,
    /// What else it said.
    pub details: BTreeMap<String, serde_json::Value>,
}

/// What a decoder made.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The picture.
    pub picture: Rgb,
    /// Wall time.
    pub seconds: f64,
    /// Most memory of the process.
    pub peak_bytes: Option<u64>,
    /// What else it said.
    pub details: BTreeMap<String, serde_json::Value>,
}

/// Formats in which programs take pictures and give them back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exchange {
    Ppm,
    Png,
}

/// A picture, and a folder in which it lies as a file once a program asks.
#[derive(Debug)]
pub struct Input<'a> {
    picture: &'a Rgb,
    work: &'a Path,
    ppm: OnceCell<PathBuf>,
    png: OnceCell<PathBuf>,
}

impl<'a> Input<'a> {
    /// A picture that is written to `work` where that is needed.
    pub fn new(picture: &'a Rgb, work: &'a Path) -> Self {
        Self {
            picture,
            work,
            ppm: OnceCell::new(),
            png: OnceCell::new(),
        }
    }

    /// The picture.
    pub fn picture(&self) -> &Rgb {
        self.picture
    }

    /// The folder.
    pub fn work(&self) -> &Path {
        self.work
    }

    /// The picture as a file, written when first asked for.
    pub(crate) fn file(&self, format: Exchange) -> Result<&Path> {
        let cell = match format {
            Exchange::Ppm => &self.ppm,
            Exchange::Png => &self.png,
        };
        if let Some(path) = cell.get() {
            return Ok(path);
        }
        let (name, bytes) = match format {
            Exchange::Ppm => ("input.ppm", pnm::to_ppm(self.picture)),
            Exchange::Png => ("input.png", png_file::to_png(self.picture, Compression::Fast)?),
        };
        let path = self.work.join(name);
        fs::write(&path, bytes).map_err(EvalError::io("write", &path))?;
        Ok(cell.get_or_init(|| path))
    }
}
