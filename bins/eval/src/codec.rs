//! What a codec must do to be measured.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::media::Media;
use crate::{EvalError, Result};

/// A codec with its settings; the one that makes its curve, a quality or a rate, is given for each file.
pub trait Codec<M: Media>: Send + Sync {
    /// Versions of all that decides what comes out, hashes of weights included.
    fn version(&self) -> &str;

    /// How a file is encoded, for a reader who wants to do it again.
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

    /// Encodes.
    ///
    /// # Errors
    /// `Codec` with what went wrong.
    fn encode(&self, input: &Input<'_, M>, quality: f64) -> Result<Encoded>;

    /// Decodes a stream; `work` is a folder for files in between.
    ///
    /// # Errors
    /// `Codec` with what went wrong.
    fn decode(&self, stream: &[u8], work: &Path) -> Result<Decoded<M>>;
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
pub struct Decoded<M> {
    /// The picture or sound.
    pub media: M,
    /// Wall time.
    pub seconds: f64,
    /// Most memory of the process.
    pub peak_bytes: Option<u64>,
    /// What else it said.
    pub details: BTreeMap<String, serde_json::Value>,
}

/// An original, and a folder in which it lies as a file once a program asks.
#[derive(Debug)]
pub struct Input<'a, M: Media> {
    original: &'a M,
    work: &'a Path,
    files: RefCell<Vec<(M::Exchange, PathBuf)>>,
}

impl<'a, M: Media> Input<'a, M> {
    /// An original that is written to `work` where that is needed.
    pub fn new(original: &'a M, work: &'a Path) -> Self {
        Self {
            original,
            work,
            files: RefCell::default(),
        }
    }

    /// The original.
    pub fn original(&self) -> &M {
        self.original
    }

    /// The folder.
    pub fn work(&self) -> &Path {
        self.work
    }

    /// The original as a file, written when first asked for.
    pub(crate) fn file(&self, format: M::Exchange) -> Result<PathBuf> {
        let mut files = self.files.borrow_mut();
        if let Some((_, path)) = files.iter().find(|(known, _)| *known == format) {
            return Ok(path.clone());
        }
        let path = self.work.join("input").with_extension(M::ending(format));
        fs::write(&path, self.original.to_file(format)?).map_err(EvalError::io("write", &path))?;
        files.push((format, path.clone()));
        Ok(path)
    }
}
