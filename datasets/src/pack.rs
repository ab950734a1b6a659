//! Writing a file of crops: each picture is decoded once, pictures are worked on in parallel.
//!
//! ```text
//! offset  bytes            what (little-endian)
//!      0  8                "LMCCROPS"
//!      8  4                version, 1
//!     12  4                width and height of a crop
//!     16  8                number of crops
//!     24  8                key: hash of the options, the wanted number and the pictures
//!     32  32               zero
//!     64  count * 3 s * s  crops, interleaved 8-bit RGB
//!      ?  count * 4        index of the picture of each crop, in the folder's order
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::iter;
use std::ops::Range;
use std::path::Path;

use lmc_codec::files::WholeFile;
use rayon::prelude::*;

use crate::folder::{Entry, ImageFolder, Skipped};
use crate::picture::Image;
use crate::rng::Fnv;
use crate::{CropOptions, Error, Result};

pub(crate) const MAGIC: &[u8; 8] = b"LMCCROPS";
pub(crate) const VERSION: u32 = 1;
pub(crate) const HEADER_BYTES: u64 = 64;
/// Jobs that are worked on together, and whose crops are in memory together.
const WAVE: usize = 16;
/// A job yields this many bytes of crops or a single crop.
const JOB_BYTES: usize = 4 << 20;

/// What became of the pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackReport {
    /// The number of crops written, which is the number asked for.
    pub crops: usize,
    /// Pictures that gave crops.
    pub pictures: usize,
    /// Pictures too small for a crop or that could not be decoded.
    pub skipped: Vec<Skipped>,
}

/// Draws `count` crops from the pictures of `folder`, in proportion to their pixels, and writes them to `path`.
///
/// The file is complete or absent. Its bytes depend on pictures, options and count only. `progress` is told `(crops written, count)`. In memory are one
/// picture for each thread and some 64 MiB of crops.
///
/// # Errors
///
/// [`Error::Parameter`] for options out of range, [`Error::Empty`] where no picture gives crops, [`Error::Io`] where
/// the file cannot be written. Pictures that fail are skipped and their crops drawn from the others.
pub fn pack(
    path: impl AsRef<Path>,
    folder: &ImageFolder,
    options: &CropOptions,
    count: usize,
    mut progress: impl FnMut(usize, usize),
) -> Result<PackReport> {
    let path = path.as_ref();
    options.check()?;
    if count == 0 || u32::try_from(count).is_err() {
        return Err(Error::parameter("count", count, "must be in 1..2^32"));
    }
    write(path, folder, options, count, &mut progress)
}

/// Names what a file of crops holds: equal keys, equal bytes.
pub(crate) fn key(folder: &ImageFolder, options: &CropOptions, count: usize) -> u64 {
    let hash = options.hash(Fnv::new()).number(count as u64);
    let entries = folder.entries().iter();
    let hash = entries.fold(hash, |hash, entry| {
        let bytes = fs::metadata(&entry.path).map_or(0, |m| m.len());
        hash.bytes(&entry.name())
            .number(u64::from(entry.width))
            .number(u64::from(entry.height))
            .number(bytes)
    });
    hash.finish()
}

fn write(
    path: &Path,
    folder: &ImageFolder,
    options: &CropOptions,
    count: usize,
    progress: &mut impl FnMut(usize, usize),
) -> Result<PackReport> {
    let io = |source| Error::io(path, source);
    let mut file = BufWriter::with_capacity(1 << 20, WholeFile::create(path).map_err(io)?);
    file.write_all(&[0; HEADER_BYTES as usize]).map_err(io)?;

    let (mut usable, mut report) = usable(folder, options);
    let mut sources = Vec::with_capacity(count);
    // A second round, and rarely a third, makes up for pictures that could not be decoded.
    while sources.len() < count && !usable.is_empty() {
        let quotas = quotas(&usable, count - sources.len());
        let mut failed = BTreeSet::new();
        for jobs in jobs(&usable, &quotas, options).chunks(WAVE) {
            let drawn: Vec<_> = jobs.par_iter().map(|job| job.draw(options)).collect();
            for (job, crops) in jobs.iter().zip(drawn) {
                match crops {
                    Ok(crops) => {
                        file.write_all(&crops).map_err(io)?;
                        sources.extend(iter::repeat_n(job.index, job.crops.len()));
                        report.pictures += usize::from(job.crops.start == 0);
                    }
                    Err(error) if failed.insert(job.index) => report.skipped.push(Skipped {
                        path: job.entry.path.clone(),
                        reason: error.to_string(),
                    }),
                    Err(_) => {}
                }
            }
            progress(sources.len(), count);
        }
        for (usable, quota) in usable.iter_mut().zip(quotas) {
            usable.given += quota;
        }
        usable.retain(|usable| !failed.contains(&usable.index));
    }
    if sources.len() < count {
        let reason = format!(
            "none of {} is readable and at least {} pixels wide and high",
            folder.len(),
            options.size
        );
        return Err(Error::Empty { reason });
    }
    report.crops = sources.len();
    let header = header(options, count, key(folder, options, count));
    finish(file, &header, &sources).map_err(io)?;
    Ok(report)
}

/// Writes the table behind the crops and the header before them, and waits until all is on disk.
fn finish(mut file: BufWriter<WholeFile>, header: &[u8], sources: &[u32]) -> io::Result<()> {
    for source in sources {
        file.write_all(&source.to_le_bytes())?;
    }
    file.seek(SeekFrom::Start(0))?;
    file.write_all(header)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.commit(true).map(drop)
}

/// A picture that is large enough.
struct Usable<'a> {
    index: u32,
    entry: &'a Entry,
    /// Crops it gave in earlier rounds.
    given: usize,
}

fn usable<'a>(folder: &'a ImageFolder, options: &CropOptions) -> (Vec<Usable<'a>>, PackReport) {
    let mut report = PackReport::default();
    let mut usable = Vec::new();
    for (index, entry) in (0u32..).zip(folder.entries()) {
        if options.fits(entry.width, entry.height) {
            usable.push(Usable { index, entry, given: 0 });
        } else {
            report.skipped.push(Skipped {
                path: entry.path.clone(),
                reason: format!(
                    "{}x{} is smaller than a crop of {}",
                    entry.width, entry.height, options.size
                ),
            });
        }
    }
    (usable, report)
}

/// How many of the `wanted` crops each picture gives, in proportion to its pixels; they add up.
fn quotas(usable: &[Usable], wanted: usize) -> Vec<usize> {
    let mut wanted = wanted as u128;
    let mut pixels_left: u128 = usable.iter().map(|u| u128::from(u.entry.pixels())).sum();
    let quota = |usable: &Usable| {
        let pixels = u128::from(usable.entry.pixels());
        // Rounding to nearest and dividing what is left keeps the sum exact.
        let quota = (wanted * pixels + pixels_left / 2) / pixels_left.max(1);
        let quota = quota.min(wanted);
        wanted -= quota;
        pixels_left -= pixels;
        quota as usize
    };
    usable.iter().map(quota).collect()
}

/// Some crops of one picture: few enough to be held in memory along with those of a wave of other jobs.
struct Job<'a> {
    index: u32,
    entry: &'a Entry,
    crops: Range<usize>,
}

fn jobs<'a>(usable: &[Usable<'a>], quotas: &[usize], options: &CropOptions) -> Vec<Job<'a>> {
    let most = (JOB_BYTES / (3 * options.size * options.size)).max(1);
    let pictures = usable.iter().zip(quotas);
    let jobs = pictures.flat_map(|(usable, &quota)| {
        let end = usable.given + quota;
        (usable.given..end).step_by(most).map(move |start| Job {
            index: usable.index,
            entry: usable.entry,
            crops: start..end.min(start + most),
        })
    });
    jobs.collect()
}

impl Job<'_> {
    fn draw(&self, options: &CropOptions) -> Result<Vec<u8>> {
        let picture = Image::read(&self.entry.path)?;
        let mut crops = Vec::with_capacity(self.crops.len() * 3 * options.size * options.size);
        let name = self.entry.name();
        options.draw(&picture, &name, self.crops.clone(), &mut crops);
        Ok(crops)
    }
}

fn header(options: &CropOptions, count: usize, key: u64) -> [u8; HEADER_BYTES as usize] {
    let mut header = [0; HEADER_BYTES as usize];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&(options.size as u32).to_le_bytes());
    header[16..24].copy_from_slice(&(count as u64).to_le_bytes());
    header[24..32].copy_from_slice(&key.to_le_bytes());
    header
}
