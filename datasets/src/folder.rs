//! Finding the pictures in folders, and splitting them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lmc_codec::files::{has_ending, walk};
use rayon::prelude::*;

use crate::picture::{Image, dimensions};
use crate::rng::Fnv;
use crate::{Error, Result};

/// Endings, in lower case, that make a file a picture.
const ENDINGS: [&str; 10] = ["png", "jpg", "jpeg", "webp", "ppm", "pgm", "pnm", "pbm", "tif", "tiff"];

/// One picture of a folder: what its header says, not yet its pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file.
    pub path: PathBuf,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Entry {
    /// Pixels in the picture.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The name without its folder, which is what seeds and splits depend on: a folder may be moved.
    pub(crate) fn name(&self) -> Vec<u8> {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned().into_bytes()
    }
}

/// A file that looks like a picture but could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// Why it was left out.
    pub reason: String,
}

/// The pictures found under some paths, sorted, each readable as far as its header.
#[derive(Clone, Debug, Default)]
pub struct ImageFolder {
    entries: Vec<Entry>,
    skipped: Vec<Skipped>,
}

impl ImageFolder {
    /// Looks for PNG, JPEG, WebP, PNM and TIFF files, by the ending of their names, in files and (recursively) folders.
    ///
    /// Files with a broken header are listed in [`ImageFolder::skipped`]. Links to folders are followed only where they
    /// are named in `paths`; names that begin with a dot are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where one of `paths` or a folder in it cannot be read, [`Error::Empty`] where no picture is left.
    pub fn scan<P: AsRef<Path>>(paths: &[P]) -> Result<Self> {
        let files = files_of(paths, &ENDINGS)?;
        let read: Vec<_> = files.into_par_iter().map(entry).collect();
        let mut folder = Self::default();
        for result in read {
            match result {
                Ok(entry) => folder.entries.push(entry),
                Err(skipped) => folder.skipped.push(skipped),
            }
        }
        if folder.entries.is_empty() {
            let names = paths.iter().map(|p| p.as_ref().display().to_string());
            let reason = format!(
                "none of PNG, JPEG, WebP, PNM or TIFF in {} ({} unreadable)",
                names.collect::<Vec<_>>().join(", "),
                folder.skipped.len()
            );
            return Err(Error::Empty { reason });
        }
        Ok(folder)
    }

    /// The pictures, sorted by path.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Files that look like pictures but could not be read.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no pictures, as a split may leave none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Pixels of all pictures together.
    pub fn pixels(&self) -> u64 {
        self.entries.iter().map(Entry::pixels).sum()
    }

    /// Splits off about `fraction` (0..=1) of the pictures: `(the others, held out)`.
    ///
    /// Each picture's file name and `seed` decide alone, so a picture keeps its side when others come or go.
    pub fn split(&self, fraction: f64, seed: u64) -> (Self, Self) {
        let threshold = (fraction.clamp(0.0, 1.0) * u64::MAX as f64) as u64;
        let (held_out, rest) = self.entries.iter().cloned().partition(|entry| {
            let hash = Fnv::new().number(seed).bytes(&entry.name()).finish();
            hash < threshold
        });
        let side = |entries| Self {
            entries,
            skipped: Vec::new(),
        };
        (side(rest), side(held_out))
    }

    /// The pictures that are not in `other` as well, whatever names and links they are reached by.
    pub fn without(&self, other: &Self) -> Self {
        let real = |entry: &Entry| fs::canonicalize(&entry.path).unwrap_or(entry.path.clone());
        let others: BTreeSet<PathBuf> = other.entries.iter().map(real).collect();
        let entries = self.entries.iter().cloned();
        Self {
            entries: entries.filter(|entry| !others.contains(&real(entry))).collect(),
            skipped: self.skipped.clone(),
        }
    }

    /// The pictures, whole, one after another, for evaluation: only one is held at a time.
    pub fn pictures(&self) -> impl Iterator<Item = Result<Image>> + '_ {
        self.entries.iter().map(|entry| Image::read(&entry.path))
    }
}

/// Named files, and the files of named folders that have one of `endings`, sorted.
pub(crate) fn files_of<P: AsRef<Path>>(paths: &[P], endings: &[&str]) -> Result<Vec<PathBuf>> {
    let mut files = BTreeSet::new();
    for path in paths {
        let path = path.as_ref();
        let metadata = fs::metadata(path).map_err(|source| Error::io(path, source))?;
        if metadata.is_dir() {
            let below = walk(path).map_err(|source| Error::io(path, source))?;
            files.extend(below.into_iter().filter(|path| has_ending(path, endings)));
        } else {
            files.insert(path.to_path_buf());
        }
    }
    Ok(files.into_iter().collect())
}

fn entry(path: PathBuf) -> std::result::Result<Entry, Skipped> {
    match dimensions(&path) {
        Ok((width, height)) => Ok(Entry { path, width, height }),
        Err(error) => Err(Skipped {
            path,
            reason: error.to_string(),
        }),
    }
}
