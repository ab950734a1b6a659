//! What was measured already: one pair of files for each point, so that a run that was killed goes on where it was.
//!
//! A stream is stored as soon as it is encoded, before it is decoded and measured, so that no encoding is ever done twice.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::metric::Metric;
use crate::{EvalError, Result, whole_file};

/// The version of the stored form; part of every key.
const VERSION: &str = "lmc-eval cache 1";
/// What folders of work in progress begin with.
const WORK: &str = "work-";

/// A folder of points.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

/// The results of a point, besides its stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Wall time of encoding.
    pub encode_seconds: f64,
    /// Most memory while encoding.
    pub encode_peak_bytes: Option<u64>,
    /// What else the encoder said.
    pub details: BTreeMap<String, serde_json::Value>,
    /// Of the decoding, once done.
    pub decoded: Option<Decoding>,
    /// Values of the metrics that were computed; nothing for one that the file has none of.
    pub values: BTreeMap<Metric, Option<f64>>,
    /// What computed them, where that was another program.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measured_by: BTreeMap<Metric, String>,
}

impl Point {
    /// Whether a metric was computed, and by this version of what computes it.
    pub fn knows(&self, metric: Metric, version: Option<String>) -> bool {
        self.values.contains_key(&metric) && self.measured_by.get(&metric) == version.as_ref()
    }

    /// Takes in what a computation gave. Why there is no value goes into the details.
    pub fn learn(&mut self, metric: Metric, value: std::result::Result<Option<f64>, String>, version: Option<String>) {
        let why = format!("no {}", metric.id());
        match value {
            Ok(_) => drop(self.details.remove(&why)),
            Err(ref reason) => drop(self.details.insert(why, reason.clone().into())),
        }
        self.values.insert(metric, value.ok().flatten());
        match version {
            Some(version) => drop(self.measured_by.insert(metric, version)),
            None => drop(self.measured_by.remove(&metric)),
        }
    }
}

/// How decoding went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decoding {
    /// Wall time.
    pub seconds: f64,
    /// Most memory.
    pub peak_bytes: Option<u64>,
}

/// The name of a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Of a file by the hash of its bytes, a codec by all that decides what it does, and a setting.
    pub fn new(file_hash: &str, codec: &str, setting: f64) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [VERSION, file_hash, codec, &format!("{setting}")] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut hash = hasher.finalize().to_hex().to_string();
        hash.truncate(40);
        Self(hash)
    }
}

impl Cache {
    /// Opens a folder, made where it is not there, and removes what a killed run left unfinished in it.
    ///
    /// # Errors
    /// `Io` when the folder cannot be made or read.
    pub fn open(folder: &Path) -> Result<Self> {
        whole_file::make_folder(folder)?;
        for entry in fs::read_dir(folder).map_err(EvalError::io("read", folder))? {
            let path = entry.map_err(EvalError::io("read", folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with(WORK) && path.is_dir() {
                fs::remove_dir_all(&path).map_err(EvalError::io("remove", &path))?;
            } else if name.starts_with(".lmc-") && name.ends_with(".tmp") {
                fs::remove_file(&path).map_err(EvalError::io("remove", &path))?;
            }
        }
        // Programs run in folders of their own, where a relative path would lead elsewhere.
        let folder = fs::canonicalize(folder).map_err(EvalError::io("read", folder))?;
        Ok(Self { folder })
    }

    /// A folder for work in progress, removed when dropped.
    ///
    /// # Errors
    /// `Io` when it cannot be made.
    pub fn work_folder(&self) -> Result<tempfile::TempDir> {
        let made = tempfile::Builder::new().prefix(WORK).tempdir_in(&self.folder);
        made.map_err(EvalError::io("make a folder in", &self.folder))
    }

    /// The point and its stream; nothing where one of them is missing or damaged.
    pub fn load(&self, key: &Key) -> Option<(Point, Vec<u8>)> {
        let point = fs::read(self.path(key, "json")).ok()?;
        let point = serde_json::from_slice(&point).ok()?;
        Some((point, fs::read(self.path(key, "stream")).ok()?))
    }

    /// Stores a new point.
    ///
    /// # Errors
    /// `Io` when the folder cannot be written.
    pub fn store(&self, key: &Key, point: &Point, stream: &[u8]) -> Result<()> {
        whole_file::write(&self.path(key, "stream"), stream)?;
        self.update(key, point)
    }

    /// Stores the results so far of a point whose stream is here.
    ///
    /// # Errors
    /// `Io` when the folder cannot be written.
    pub fn update(&self, key: &Key, point: &Point) -> Result<()> {
        let json = serde_json::to_vec(point).map_err(|e| EvalError::malformed("a point", e))?;
        whole_file::write(&self.path(key, "json"), &json)
    }

    fn path(&self, Key(key): &Key, ending: &str) -> PathBuf {
        self.folder.join(key).with_extension(ending)
    }
}

/// The hash of a file's bytes, hexadecimal.
///
/// # Errors
/// `Io` when it cannot be read.
pub fn hash_of_file(path: &Path) -> Result<String> {
    let bytes = fs::read(path).map_err(EvalError::io("read", path))?;
    Ok(blake3::hash(&bytes).to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_come_back_and_halves_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let key = Key::new("hash", "codec 1", 50.0);
        assert_eq!(cache.load(&key), None);
        let point = Point {
            encode_seconds: 0.1 + 0.2,
            values: BTreeMap::from([(Metric::Psnr, Some(31.234567890123)), (Metric::MsSsim, None)]),
            ..Point::default()
        };
        cache.store(&key, &point, b"stream").unwrap();
        assert_eq!(cache.load(&key), Some((point, b"stream".to_vec())));
        fs::write(cache.path(&key, "json"), b"{").unwrap();
        assert_eq!(cache.load(&key), None);
    }

    #[test]
    fn values_of_another_version_do_not_count() {
        let (mut point, version) = (Point::default(), |text: &str| Some(text.to_owned()));
        point.learn(Metric::Visqol, Err("too short".into()), version("1"));
        assert!(point.knows(Metric::Visqol, version("1")) && !point.knows(Metric::Visqol, version("2")));
        assert_eq!(point.details["no visqol"], "too short");
        point.learn(Metric::Visqol, Ok(Some(4.0)), version("2"));
        assert!(point.details.is_empty() && point.values[&Metric::Visqol] == Some(4.0));
        assert!(!point.knows(Metric::Stoi, None));
    }

    #[test]
    fn keys_differ_by_every_part() {
        let key = Key::new("a", "b", 1.0);
        for other in [
            Key::new("b", "a", 1.0),
            Key::new("ab", "", 1.0),
            Key::new("a", "b", 1.5),
        ] {
            assert_ne!(key, other);
        }
    }

    #[test]
    fn what_a_killed_run_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let left = cache.work_folder().unwrap().keep();
        assert!(left.is_dir());
        Cache::open(folder.path()).unwrap();
        assert!(!left.exists());
    }
}
