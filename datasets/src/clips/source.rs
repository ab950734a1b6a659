//! Where clips come from: files of frames, and crops of photographs.

use std::path::Path;

use super::frames::FrameFile;
use super::scene::Scene;
use super::texture::Texture;
use crate::folder::files_of;
use crate::packed::PackedCrops;
use crate::rng::Rng;
use crate::{Error, Result};

/// Ending of files of frames.
const ENDING: &str = "frames";
/// How often a square that hardly changes is drawn again.
const REDRAWS: usize = 3;
/// The mean absolute difference of frames, in 8-bit steps, from which on a square is taken.
const CHANGE: f64 = 1.5;

/// The files of frames found under some paths, sorted.
#[derive(Clone, Debug, Default)]
pub struct ClipFolder {
    files: Vec<FrameFile>,
}

impl ClipFolder {
    /// Looks for files that end in `.frames`, in files and (recursively) folders. There may be none.
    ///
    /// # Errors
    /// [`Error::Io`] where a path cannot be read, [`Error::Malformed`] for a file without frames.
    pub fn scan<P: AsRef<Path>>(paths: &[P]) -> Result<Self> {
        let is_file = |path: &Path| path.is_file() && path.extension().is_none_or(|ending| ending != ENDING);
        let paths: Vec<&Path> = paths.iter().map(AsRef::as_ref).filter(|path| !is_file(path)).collect();
        let files = files_of(&paths, &[ENDING])?;
        let files = files.iter().map(|path| FrameFile::open(path)).collect::<Result<_>>()?;
        Ok(Self { files })
    }

    /// The files.
    pub fn files(&self) -> &[FrameFile] {
        &self.files
    }

    /// Frames of all files together.
    pub fn frames(&self) -> usize {
        self.files.iter().map(FrameFile::len).sum()
    }

    /// Successive frames of a random square of a random file, backwards or every other one at times; `None` where no
    /// file has such a square.
    pub(super) fn draw(&self, rng: &mut Rng, side: usize, count: usize) -> Result<Option<Vec<Vec<u8>>>> {
        let usable: Vec<&FrameFile> = self.files.iter().filter(|file| fits(file, side, count)).collect();
        // Long clips repeat themselves: the root of their length decides.
        let weights: Vec<f64> = usable.iter().map(|file| (file.len() as f64).sqrt()).collect();
        let mut best = (-1.0, None);
        for _ in 0..REDRAWS {
            let Some(file) = pick(rng, &usable, &weights) else {
                return Ok(None);
            };
            let frames = square(rng, file, side, count)?;
            let change = change(&frames);
            if change > best.0 {
                best = (change, Some(frames));
            }
            if best.0 >= CHANGE {
                break;
            }
        }
        Ok(best.1)
    }
}

fn fits(file: &FrameFile, side: usize, count: usize) -> bool {
    file.len() >= count && file.size().iter().all(|length| *length >= side)
}

fn pick<'a>(rng: &mut Rng, files: &[&'a FrameFile], weights: &[f64]) -> Option<&'a FrameFile> {
    let mut at = rng.unit() * weights.iter().sum::<f64>();
    for (file, weight) in files.iter().zip(weights) {
        at -= weight;
        if at < 0.0 {
            return Some(file);
        }
    }
    files.last().copied()
}

fn square(rng: &mut Rng, file: &FrameFile, side: usize, count: usize) -> Result<Vec<Vec<u8>>> {
    let step = if rng.below(4) == 0 && file.len() >= 2 * count {
        2
    } else {
        1
    };
    let start = rng.below((file.len() - step * (count - 1)) as u64) as usize;
    let place = file.size().map(|length| rng.below((length - side + 1) as u64) as usize);
    let mut order: Vec<usize> = (0..count).map(|at| start + step * at).collect();
    if rng.coin() {
        order.reverse();
    }
    order.into_iter().map(|index| file.square(index, place, side)).collect()
}

/// The mean absolute difference of the first and the last frame.
fn change(frames: &[Vec<u8>]) -> f64 {
    let (Some(first), Some(last)) = (frames.first(), frames.last()) else {
        return 0.0;
    };
    let sum: u64 = first.iter().zip(last).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / first.len().max(1) as f64
}

/// Frames of a scene made of random photographs.
pub(super) fn staged(rng: &mut Rng, photographs: &PackedCrops, side: usize, count: usize) -> Result<Vec<Vec<u8>>> {
    let texture = |rng: &mut Rng| {
        let index = rng.below(photographs.len() as u64) as usize;
        Ok::<_, Error>(Texture::new(&photographs.crop(index)?, photographs.size()))
    };
    let scene = Scene::draw(rng, side, texture)?;
    Ok(scene.frames(rng, side, count))
}
