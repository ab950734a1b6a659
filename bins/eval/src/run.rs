//! The run: every file through every codec at every quality, in parallel over files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cache::{Cache, Decoding, Key, Point};
use crate::codec::{Codec, Input};
use crate::media::{Media, Medium, Meter};
use crate::metric::Metric;
use crate::results::{FileInfo, Record};
use crate::{EvalError, Result};

/// A codec under the name of its series, and the qualities to measure it at.
pub struct Planned<M: Media> {
    /// Name of the series.
    pub name: String,
    /// The codec with its settings.
    pub codec: Arc<dyn Codec<M>>,
    /// Qualities.
    pub qualities: Vec<f64>,
}

/// A file, and its name in the report.
#[derive(Debug, Clone)]
pub struct Item {
    /// Unique in the run.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// What to measure, and how.
pub struct Plan<'a, M: Media> {
    /// Files, in order.
    pub files: Vec<Item>,
    /// Series, in order.
    pub series: Vec<Planned<M>>,
    /// Metrics.
    pub metrics: Vec<Metric>,
    /// Files at a time.
    pub jobs: usize,
    /// Threads that codecs inside this program may use for a file.
    pub threads: usize,
    /// Where points are kept.
    pub cache: Cache,
    /// Reads a file; the words are remarks about it.
    pub read: &'a Reader<'a, M>,
    /// Computes the metrics.
    pub meter: &'a dyn Meter<M>,
    /// Told of each point.
    pub progress: &'a Progress<'a>,
}

/// Reads a file, with remarks about it.
pub type Reader<'a, M> = dyn Fn(&Path) -> std::result::Result<(M, Option<String>), String> + Sync + 'a;
/// Told of a step that is done, its file and series, and whether it was known already.
pub type Progress<'a> = dyn Fn(&str, &str, Step) + Sync + 'a;

/// A step that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A point was encoded.
    Encoded,
    /// A point was encoded by an earlier run.
    Known,
    /// A point failed.
    Failed,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The files, with their remarks.
    pub files: Vec<FileInfo>,
    /// The points, by series, file and quality.
    pub records: Vec<Record>,
    /// Points that were encoded now.
    pub encoded: usize,
    /// Points that an earlier run had encoded.
    pub known: usize,
}

impl<M: Media> Plan<'_, M> {
    /// Measures everything. A file or a point that fails is recorded, and the others go on.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn run(&self) -> Result<Outcome> {
        let next = AtomicUsize::new(0);
        let worker = || -> Result<Vec<(usize, Outcome)>> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build();
            let pool = pool.map_err(|error| EvalError::Parameter(error.to_string()))?;
            let mut done = Vec::new();
            while let Some((index, item)) = self.take(&next) {
                done.push((index, pool.install(|| self.file(item))?));
            }
            Ok(done)
        };
        let parts = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.jobs.max(1)).map(|_| scope.spawn(worker)).collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined.collect::<Vec<_>>()
        });
        let mut outcomes = Vec::new();
        for part in parts {
            let part = part.map_err(|_| EvalError::Parameter("a worker stopped".to_owned()))?;
            outcomes.extend(part?);
        }
        outcomes.sort_by_key(|(index, _)| *index);
        Ok(self.join(outcomes.into_iter().map(|(_, outcome)| outcome)))
    }

    fn take(&self, next: &AtomicUsize) -> Option<(usize, &Item)> {
        let index = next.fetch_add(1, Ordering::Relaxed);
        Some((index, self.files.get(index)?))
    }

    fn join(&self, parts: impl Iterator<Item = Outcome>) -> Outcome {
        let mut all = Outcome::default();
        for part in parts {
            all.files.extend(part.files);
            all.records.extend(part.records);
            all.encoded += part.encoded;
            all.known += part.known;
        }
        let place = |record: &Record| self.series.iter().position(|series| series.name == record.series);
        // Stable, so that files and qualities stay in their order.
        all.records.sort_by_key(place);
        all
    }

    fn file(&self, item: &Item) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut info = FileInfo {
            name: item.name.clone(),
            ..FileInfo::default()
        };
        match self.open(item) {
            Err(reason) => info.error = Some(reason),
            Ok((hash, original, note)) => {
                info.hash = hash;
                info.units = original.units();
                info.note = notes(&original, note);
                info.details = original.details();
                self.points(&info, &original, &mut outcome)?;
            }
        }
        outcome.files.push(info);
        Ok(outcome)
    }

    fn open(&self, item: &Item) -> std::result::Result<(String, M, Option<String>), String> {
        let bytes = fs::read(&item.path).map_err(|error| error.to_string())?;
        let (original, note) = (self.read)(&item.path)?;
        Ok((blake3::hash(&bytes).to_hex().to_string(), original, note))
    }

    fn points(&self, info: &FileInfo, original: &M, outcome: &mut Outcome) -> Result<()> {
        let work = self.cache.work_folder()?;
        let input = Input::new(original, work.path());
        for series in &self.series {
            for &quality in &series.qualities {
                let mut record = Record {
                    series: series.name.clone(),
                    file: info.name.clone(),
                    setting: quality,
                    ..Record::default()
                };
                let step = self.point(series, quality, info, &input, &mut record);
                match step {
                    Ok(Step::Known) => outcome.known += 1,
                    Ok(_) => outcome.encoded += 1,
                    // What the cache says of itself concerns all points.
                    Err(error @ EvalError::Io { .. }) => return Err(error),
                    Err(ref error) => record.error = Some(error.to_string()),
                }
                (self.progress)(&info.name, &series.name, step.unwrap_or(Step::Failed));
                outcome.records.push(record);
            }
        }
        Ok(())
    }

    fn point(
        &self,
        series: &Planned<M>,
        quality: f64,
        info: &FileInfo,
        input: &Input<'_, M>,
        record: &mut Record,
    ) -> Result<Step> {
        let (key, mut point, stream, step) = self.encoded(series, quality, info, input)?;
        self.measure(series, input, &key, &stream, &mut point)?;
        record.bytes = stream.len() as u64;
        record.rate = M::MEDIUM.rate(record.bytes, info.units);
        record.encode_seconds = Some(point.encode_seconds);
        record.encode_peak_bytes = point.encode_peak_bytes;
        record.decode_seconds = point.decoded.as_ref().map(|decoding| decoding.seconds);
        record.decode_peak_bytes = point.decoded.as_ref().and_then(|decoding| decoding.peak_bytes);
        let wanted = point.values.iter().filter(|(metric, _)| self.metrics.contains(metric));
        record.values = wanted
            .filter_map(|(metric, value)| Some((*metric, (*value)?)))
            .collect();
        record.details = point.details;
        Ok(step)
    }

    /// The stream of a point, encoded now if no run did before.
    pub(crate) fn encoded(
        &self,
        series: &Planned<M>,
        quality: f64,
        info: &FileInfo,
        input: &Input<'_, M>,
    ) -> Result<(Key, Point, Vec<u8>, Step)> {
        let file = match input.original().part() {
            Some(part) => format!("{} {part}", info.hash),
            None => info.hash.clone(),
        };
        let key = Key::new(&file, &identity(&*series.codec), quality);
        if let Some((point, stream)) = self.cache.load(&key) {
            return Ok((key, point, stream, Step::Known));
        }
        let encoded = series.codec.encode(input, quality)?;
        let point = Point {
            encode_seconds: encoded.seconds,
            encode_peak_bytes: encoded.peak_bytes,
            details: encoded.details,
            ..Point::default()
        };
        self.cache.store(&key, &point, &encoded.stream)?;
        Ok((key, point, encoded.stream, Step::Encoded))
    }

    /// Decodes and computes the metrics that are not known yet.
    fn measure(
        &self,
        series: &Planned<M>,
        input: &Input<'_, M>,
        key: &Key,
        stream: &[u8],
        point: &mut Point,
    ) -> Result<()> {
        let version = |metric: Metric| self.meter.version(metric);
        let missing: Vec<Metric> = self
            .metrics
            .iter()
            .copied()
            .filter(|&m| !point.knows(m, version(m)))
            .collect();
        if point.decoded.is_some() && missing.is_empty() {
            return Ok(());
        }
        let decoded = series.codec.decode(stream, input.work())?;
        let (media, details) = decoded
            .media
            .fit(input.original())
            .map_err(|reason| EvalError::codec(&series.name, reason))?;
        if point.decoded.is_none() {
            point.decoded = Some(Decoding {
                seconds: decoded.seconds,
                peak_bytes: decoded.peak_bytes,
            });
            point.details.extend(decoded.details);
            point.details.extend(details);
            point.details.extend(media.course(input.original()));
        }
        for metric in missing {
            let value = self.meter.measure(metric, input.original(), &media);
            point.learn(metric, value, version(metric));
        }
        if media == *input.original() {
            point.details.insert("identical".into(), true.into());
        }
        self.cache.update(key, point)
    }
}

/// All that decides what a codec does.
fn identity<M: Media>(codec: &dyn Codec<M>) -> String {
    [codec.version(), &codec.encode_command(), &codec.decode_command()].join("\n")
}

/// The remarks of the reader, and the metrics that the file is too small for.
fn notes<M: Media>(original: &M, note: Option<String>) -> Option<String> {
    let medium: Medium = M::MEDIUM;
    let small = original.units() < medium.least_units();
    let small = small.then(|| format!("less than {}: measured, but in no mean", medium.least()));
    let all: Vec<String> = note.into_iter().chain(small).chain(original.notes()).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// A series before any file is measured.
pub fn describe<M: Media>(planned: &Planned<M>) -> crate::results::Series {
    crate::results::Series {
        name: planned.name.clone(),
        version: planned.codec.version().to_owned(),
        encode_command: planned.codec.encode_command(),
        decode_command: planned.codec.decode_command(),
        details: planned.codec.details(),
        ..crate::results::Series::default()
    }
}

/// Names for files: the last part of their paths, or the whole path where two would be the same.
pub fn name_files(paths: Vec<PathBuf>) -> Vec<Item> {
    let short = |path: &Path| {
        path.file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned()
    };
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for path in &paths {
        *count.entry(short(path)).or_default() += 1;
    }
    let item = |path: PathBuf| {
        let name = short(&path);
        let name = if count.get(&name) == Some(&1) {
            name
        } else {
            path.display().to_string()
        };
        Item { name, path }
    };
    paths.into_iter().map(item).collect()
}
