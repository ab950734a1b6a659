//! A file of sounds, one after the other.
//!
//! ```text
//! offset  bytes      what (little-endian)
//!      0  8          "LMCSOUND"
//!      8  4          version, 1
//!     12  4          samples per second
//!     16  8          number of sounds
//!     24  8          key: hash of the rate and the files
//!     32  32         zero
//!     64  2 n        samples of all sounds, 16 bits
//!      ?  count * 8  samples of each sound
//! ```

use std::fs::{self, File};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lmc_codec::files::WholeFile;
use rayon::prelude::*;

use crate::folder::{Skipped, files_of};
use crate::rng::Fnv;
use crate::{Error, Result};

const MAGIC: &[u8; 8] = b"LMCSOUND";
const VERSION: u32 = 1;
const HEADER_BYTES: u64 = 64;
/// The largest number of sounds whose table is read.
const MAX_SOUNDS: u64 = 1 << 24;
/// Files that are decoded together, and are in memory together.
const WAVE: usize = 8;

/// What became of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoundReport {
    /// Files packed.
    pub sounds: usize,
    /// Files that could not be read.
    pub skipped: Vec<Skipped>,
}

/// An open file of sounds, read at random.
#[derive(Clone, Debug)]
pub struct PackedSounds {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: Mutex<File>,
    rate: u32,
    key: u64,
    /// First sample of each sound, and the end of the last.
    starts: Vec<u64>,
}

impl PackedSounds {
    /// Opens `path` if it holds just these files at this rate, else packs them anew.
    ///
    /// `read` gives the samples of a file, one channel at `rate`, full scale 1; files for which it gives an error are left
    /// out and reported. `progress` is told `(files done, files)`.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] where nothing is left, and those of [`Self::open`].
    pub fn open_or_pack(
        path: impl AsRef<Path>,
        files: &SoundFiles,
        rate: u32,
        read: impl Fn(&Path) -> std::result::Result<Vec<f32>, String> + Sync,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<(Self, SoundReport)> {
        let path = path.as_ref();
        let key = files.key(rate);
        if let Ok(found) = Self::open(path)
            && found.inner.key == key
        {
            let report = SoundReport {
                sounds: found.len(),
                skipped: Vec::new(),
            };
            return Ok((found, report));
        }
        let report = write(path, files, rate, &read, &mut progress)?;
        Ok((Self::open(path)?, report))
    }

    /// Opens a file that [`Self::open_or_pack`] wrote.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where it cannot be read, [`Error::Malformed`] where it is no file of sounds, or one cut short.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let io = |source| Error::io(path, source);
        let malformed = |reason: &str| Error::Malformed {
            path: path.to_path_buf(),
            reason: reason.to_owned(),
        };
        let mut file = File::open(path).map_err(io)?;
        let len = file.metadata().map_err(io)?.len();
        let mut header = [0; HEADER_BYTES as usize];
        if len < HEADER_BYTES {
            return Err(malformed("it is cut short"));
        }
        file.read_exact(&mut header).map_err(io)?;
        if &header[..8] != MAGIC || number(&header[8..12]) != u64::from(VERSION) {
            return Err(malformed("not a file of sounds of this version"));
        }
        let (rate, count, key) = (
            number(&header[12..16]),
            number(&header[16..24]),
            number(&header[24..32]),
        );
        if count == 0 || count > MAX_SOUNDS || count * 8 > len - HEADER_BYTES {
            return Err(malformed("its table cannot be there"));
        }
        let mut table = vec![0; count as usize * 8];
        file.seek(SeekFrom::Start(len - count * 8)).map_err(io)?;
        file.read_exact(&mut table).map_err(io)?;
        let mut starts = vec![0u64];
        for entry in table.chunks_exact(8) {
            let last = starts.last().copied().unwrap_or(0);
            starts.push(
                last.checked_add(number(entry))
                    .ok_or_else(|| malformed("its table overflows"))?,
            );
        }
        let samples = starts.last().copied().unwrap_or(0);
        if samples == 0 || samples.checked_mul(2) != Some(len - HEADER_BYTES - count * 8) {
            return Err(malformed("its table does not fit its length"));
        }
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.to_path_buf(),
                file: Mutex::new(file),
                rate: rate as u32,
                key,
                starts,
            }),
        })
    }

    /// Samples per second.
    pub fn rate(&self) -> u32 {
        self.inner.rate
    }

    /// Sounds.
    pub fn len(&self) -> usize {
        self.inner.starts.len() - 1
    }

    /// Whether there are no sounds, which no file has.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Samples of all sounds.
    pub fn samples(&self) -> u64 {
        self.inner.starts.last().copied().unwrap_or(0)
    }

    /// All samples of a sound, or none past the last.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the file cannot be read.
    pub fn sound(&self, index: usize) -> Result<Vec<f32>> {
        match self.inner.starts.get(index..index + 2) {
            Some(&[start, end]) => self.around(start, 0, (end - start) as usize),
            _ => Ok(Vec::new()),
        }
    }

    /// `len` samples of the sound that holds the sample `at` of all, from `before` samples before it; zeros outside of
    /// that sound.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the file cannot be read.
    pub(super) fn around(&self, at: u64, before: usize, len: usize) -> Result<Vec<f32>> {
        let sound = self
            .inner
            .starts
            .partition_point(|start| *start <= at)
            .saturating_sub(1);
        let sound = sound.min(self.len() - 1);
        let (low, high) = (self.inner.starts[sound] as i64, self.inner.starts[sound + 1] as i64);
        let first = at as i64 - before as i64;
        let (from, to) = (first.clamp(low, high), (first + len as i64).clamp(low, high));
        let mut bytes = vec![0; (to - from) as usize * 2];
        {
            let mut file = self.inner.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(HEADER_BYTES + 2 * from as u64))
                .and_then(|_| file.read_exact(&mut bytes))
                .map_err(|source| Error::io(&self.inner.path, source))?;
        }
        let mut out = vec![0.0; len];
        let skipped = (from - first) as usize;
        let samples = bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair));
        for (out, sample) in out[skipped.min(len)..].iter_mut().zip(samples) {
            *out = f32::from(sample) / 32_768.0;
        }
        Ok(out)
    }
}

/// Sound files, known by the endings of their names, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoundFiles(Vec<PathBuf>);

impl SoundFiles {
    /// Looks in files and (recursively) folders for files with one of `endings`, in lower case. Files that are named in
    /// `paths` count whatever their ending.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where one of `paths` or a folder in it cannot be read, [`Error::Empty`] where there are none.
    pub fn scan<P: AsRef<Path>>(paths: &[P], endings: &[&str]) -> Result<Self> {
        let files = files_of(paths, endings)?;
        if files.is_empty() {
            let names = paths.iter().map(|p| p.as_ref().display().to_string());
            let reason = format!("no sound files in {}", names.collect::<Vec<_>>().join(", "));
            return Err(Error::Empty { reason });
        }
        Ok(Self(files))
    }

    /// The files.
    pub fn paths(&self) -> &[PathBuf] {
        &self.0
    }

    /// Names what packing them gives: equal keys, equal bytes.
    fn key(&self, rate: u32) -> u64 {
        let hash = Fnv::new().number(u64::from(rate));
        let hash = self.0.iter().fold(hash, |hash, path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = fs::metadata(path).map_or(0, |m| m.len());
            hash.bytes(name.as_bytes()).number(bytes)
        });
        hash.finish()
    }
}

fn write(
    path: &Path,
    files: &SoundFiles,
    rate: u32,
    read: &(impl Fn(&Path) -> std::result::Result<Vec<f32>, String> + Sync),
    progress: &mut impl FnMut(usize, usize),
) -> Result<SoundReport> {
    let io = |source| Error::io(path, source);
    let mut out = BufWriter::with_capacity(1 << 20, WholeFile::create(path).map_err(io)?);
    out.write_all(&[0; HEADER_BYTES as usize]).map_err(io)?;
    let mut report = SoundReport::default();
    let mut table = Vec::new();
    let mut done = 0;
    for wave in files.0.chunks(WAVE) {
        let sounds: Vec<_> = wave.par_iter().map(|file| read(file)).collect();
        for (file, sound) in wave.iter().zip(sounds) {
            match sound {
                Ok(samples) => {
                    for sample in &samples {
                        let value = (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16;
                        out.write_all(&value.to_le_bytes()).map_err(io)?;
                    }
                    table.extend((samples.len() as u64).to_le_bytes());
                    report.sounds += 1;
                }
                Err(reason) => report.skipped.push(Skipped {
                    path: file.clone(),
                    reason,
                }),
            }
        }
        done += wave.len();
        progress(done, files.0.len());
    }
    if report.sounds == 0 {
        let first = report.skipped.first().map_or("", |skipped| &skipped.reason);
        return Err(Error::Empty {
            reason: format!("none of {} sound files can be read ({first})", files.0.len()),
        });
    }
    out.write_all(&table).map_err(io)?;
    let mut header = MAGIC.to_vec();
    header.extend(VERSION.to_le_bytes());
    header.extend(rate.to_le_bytes());
    header.extend((report.sounds as u64).to_le_bytes());
    header.extend(files.key(rate).to_le_bytes());
    out.seek(SeekFrom::Start(0)).map_err(io)?;
    out.write_all(&header).map_err(io)?;
    let file = out.into_inner().map_err(|error| io(error.into_error()))?;
    file.commit(true).map_err(io)?;
    Ok(report)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
