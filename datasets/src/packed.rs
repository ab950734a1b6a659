//! Reading crops from a packed file, by index.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::batches::{BatchOptions, Batches};
use crate::folder::ImageFolder;
use crate::pack::{HEADER_BYTES, MAGIC, VERSION, key, pack};
use crate::{CropOptions, Error, Result};

/// An open file of crops, read at random; the system's file cache keeps it in memory where there is room.
#[derive(Clone, Debug)]
pub struct PackedCrops {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: Mutex<File>,
    size: usize,
    key: u64,
    sources: Vec<u32>,
}

impl PackedCrops {
    /// Opens a file that [`pack`](crate::pack()) wrote.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where it cannot be read, [`Error::Malformed`] where it is no file of crops, or one cut short.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let io = |source| Error::io(path, source);
        let malformed = |reason: String| Error::Malformed {
            path: path.to_path_buf(),
            reason,
        };
        let mut file = File::open(path).map_err(io)?;
        let len = file.metadata().map_err(io)?.len();
        if len < HEADER_BYTES {
            return Err(malformed(format!("only {len} bytes")));
        }
        let mut header = [0; HEADER_BYTES as usize];
        file.read_exact(&mut header).map_err(io)?;
        if &header[..8] != MAGIC {
            return Err(malformed("not a file of crops".into()));
        }
        let [version, size] = [8, 12].map(|at| number(&header[at..at + 4]));
        let [count, key] = [16, 24].map(|at| number(&header[at..at + 8]));
        if version != u64::from(VERSION) {
            return Err(malformed(format!("version {version}, not {VERSION}")));
        }
        let expected = u128::from(count) * (3 * u128::from(size).pow(2) + 4);
        if expected + u128::from(HEADER_BYTES) != u128::from(len) || count == 0 || size == 0 {
            let reason = format!("{len} bytes do not hold {count} crops of {size}x{size}");
            return Err(malformed(reason));
        }
        // The checks above bound the allocation by the file's own length.
        let mut table = vec![0; count as usize * 4];
        file.seek(SeekFrom::End(-(table.len() as i64))).map_err(io)?;
        file.read_exact(&mut table).map_err(io)?;
        let sources = table.chunks_exact(4).map(|b| number(b) as u32).collect();
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.to_path_buf(),
                file: Mutex::new(file),
                size: size as usize,
                key,
                sources,
            }),
        })
    }

    /// Opens `path` if it holds just these crops of these pictures, else packs it anew.
    ///
    /// # Errors
    ///
    /// As [`pack`](crate::pack()) and [`PackedCrops::open`].
    pub fn open_or_pack(
        path: impl AsRef<Path>,
        folder: &ImageFolder,
        options: &CropOptions,
        count: usize,
        progress: impl FnMut(usize, usize),
    ) -> Result<Self> {
        let path = path.as_ref();
        if let Ok(crops) = Self::open(path)
            && crops.inner.key == key(folder, options, count)
        {
            return Ok(crops);
        }
        pack(path, folder, options, count, progress)?;
        Self::open(path)
    }

    /// Names what the file holds: equal keys, equal bytes.
    pub(crate) fn key(&self) -> u64 {
        self.inner.key
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Number of crops, at least 1.
    pub fn len(&self) -> usize {
        self.inner.sources.len()
    }

    /// Never true: a file without crops is not opened.
    pub fn is_empty(&self) -> bool {
        self.inner.sources.is_empty()
    }

    /// Width and height of a crop in pixels.
    pub fn size(&self) -> usize {
        self.inner.size
    }

    /// For each crop the index of its picture in the folder it was packed from.
    pub fn sources(&self) -> &[u32] {
        &self.inner.sources
    }

    /// The pixels of crop `index`, interleaved RGB.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] past the end, [`Error::Io`] where the file fails.
    pub fn crop(&self, index: usize) -> Result<Vec<u8>> {
        let mut rgb = Vec::new();
        self.read(index, &mut rgb)?;
        Ok(rgb)
    }

    /// Batches for training: endless, shuffled anew each epoch, read ahead by background threads.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] for options out of range.
    pub fn batches(&self, options: BatchOptions) -> Result<Batches> {
        Batches::new(self.clone(), options)
    }

    /// Reads crop `index` into `rgb`, which is resized.
    pub(crate) fn read(&self, index: usize, rgb: &mut Vec<u8>) -> Result<()> {
        if index >= self.len() {
            return Err(Error::parameter("index", index, "there are fewer crops"));
        }
        let bytes = 3 * self.inner.size * self.inner.size;
        rgb.resize(bytes, 0);
        // A reader that panicked left the file at some position, which the seek below sets anyway.
        let mut file = self.inner.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(HEADER_BYTES + (index * bytes) as u64))
            .and_then(|_| file.read_exact(rgb))
            .map_err(|source| Error::io(&self.inner.path, source))
    }
}

pub(crate) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b))
}
