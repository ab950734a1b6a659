//! Writing a file of clips.
//!
//! ```text
//! offset  bytes            what (little-endian)
//!      0  8                "LMCCLIPS"
//!      8  4                version, 1
//!     12  4                width and height of a frame, a multiple of 16
//!     16  4                frames that follow the reference
//!     20  4                zero
//!     24  8                number of clips
//!     32  8                key: hash of the options and the sources
//!     40  24               zero
//!     64  count * record   clips
//! ```
//!
//! A record is the reference and the frames that follow it, interleaved 8-bit RGB; for each of these the vectors of
//! its cells of 8x8 pixels, right and down, 16 bits each; the quality of the reference in hundredths (16 bits); 1 for
//! a scene of photographs, 0 for a real clip (16 bits).

use std::fs;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use lmc_codec::codecs::video::motion::{Frame, Luma, Phases, SearchOptions, VectorField, search};
use lmc_codec::files::WholeFile;
use rayon::prelude::*;

use super::source::{ClipFolder, staged};
use crate::packed::PackedCrops;
use crate::rng::{Fnv, Rng};
use crate::{Error, Result};

pub(super) const MAGIC: &[u8; 8] = b"LMCCLIPS";
pub(super) const VERSION: u32 = 1;
pub(super) const HEADER_BYTES: u64 = 64;
/// Clips that are made together.
const WAVE: usize = 16;

/// How clips are made.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipOptions {
    /// Width and height of a frame in pixels, a multiple of 16.
    pub side: usize,
    /// Frames that follow the reference.
    pub frames: usize,
    /// Clips.
    pub count: usize,
    /// Share of the clips that are scenes of photographs, `0..=1`.
    pub staged: f64,
    /// What all random choices follow from.
    pub seed: u64,
}

impl ClipOptions {
    fn check(&self) -> Result<()> {
        if !self.side.is_multiple_of(16) || !(16..=1024).contains(&self.side) {
            let reason = "must be a multiple of 16 up to 1024";
            return Err(Error::parameter("side", self.side, reason));
        }
        if !(1..=16).contains(&self.frames) {
            return Err(Error::parameter("frames", self.frames, "must be in 1..=16"));
        }
        if self.count == 0 || u32::try_from(self.count).is_err() {
            return Err(Error::parameter("count", self.count, "must be in 1..2^32"));
        }
        if !(0.0..=1.0).contains(&self.staged) {
            return Err(Error::parameter("staged", self.staged, "must be in 0..=1"));
        }
        Ok(())
    }
}

/// The first frame of a clip as a decoder has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Interleaved RGB.
    pub rgb: Vec<u8>,
    /// The quality it was coded with, in hundredths.
    pub quality: u16,
    /// Worth of the bits of vectors at this quality, see [`SearchOptions`].
    pub price: u32,
}

/// Makes the reference from the first frame of the clip of an index: interleaved RGB and its side.
pub(super) type Coder<'a> = &'a (dyn Fn(usize, &[u8], usize) -> Result<Reference> + Sync);

/// Where clips come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clips<'a> {
    pub(super) photographs: Option<&'a PackedCrops>,
    pub(super) folder: &'a ClipFolder,
}

/// Names what a file of clips holds.
pub(super) fn key(clips: Clips<'_>, options: &ClipOptions, coder: u64) -> u64 {
    let hash = Fnv::new()
        .number(options.side as u64)
        .number(options.frames as u64)
        .number(options.count as u64)
        .number(options.staged.to_bits())
        .number(options.seed)
        .number(coder)
        .number(clips.photographs.map_or(0, PackedCrops::key));
    let files = clips.folder.files().iter();
    let hash = files.fold(hash, |hash, file| {
        let name = file.path().file_name().unwrap_or_default();
        let bytes = fs::metadata(file.path()).map_or(0, |metadata| metadata.len());
        hash.bytes(name.as_encoded_bytes()).number(bytes)
    });
    hash.finish()
}

/// Makes all clips and writes them. The file is complete or absent.
pub(super) fn pack(
    path: &Path,
    clips: Clips<'_>,
    options: &ClipOptions,
    (coder, key): (Coder<'_>, u64),
    mut progress: impl FnMut(usize, usize),
) -> Result<()> {
    options.check()?;
    let io = |source| Error::io(path, source);
    let mut file = BufWriter::with_capacity(1 << 20, WholeFile::create(path).map_err(io)?);
    file.write_all(&header(options, key)).map_err(io)?;
    let indices: Vec<usize> = (0..options.count).collect();
    for wave in indices.chunks(WAVE) {
        let made: Vec<_> = wave
            .par_iter()
            .map(|&index| record(clips, options, coder, index))
            .collect();
        for record in made {
            file.write_all(&record?).map_err(io)?;
        }
        progress(wave.last().map_or(0, |last| last + 1), options.count);
    }
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let file = file.into_inner().map_err(|error| io(error.into_error()))?;
    file.commit(true).map(drop).map_err(io)
}

fn record(clips: Clips<'_>, options: &ClipOptions, coder: Coder<'_>, index: usize) -> Result<Vec<u8>> {
    let mut rng = Rng::from_keys(&[options.seed, 7, index as u64]);
    let (side, count) = (options.side, options.frames + 1);
    let real = if rng.unit() < options.staged {
        None
    } else {
        clips.folder.draw(&mut rng, side, count)?
    };
    let is_staged = real.is_none();
    let frames = match (real, clips.photographs) {
        (Some(frames), _) => frames,
        (None, Some(photographs)) => staged(&mut rng, photographs, side, count)?,
        (None, None) => {
            let reason = format!("no clip is {side} pixels wide and high and {count} frames long");
            return Err(Error::Empty { reason });
        }
    };
    let reference = coder(index, &frames[0], side)?;
    let mut record = reference.rgb.clone();
    frames[1..].iter().for_each(|frame| record.extend_from_slice(frame));
    let options = SearchOptions {
        price: reference.price,
        ..SearchOptions::default()
    };
    let mut last = None;
    for pair in std::iter::once(&reference.rgb).chain(&frames[1..]).zip(&frames[1..]) {
        let field = vectors(pair, side, last.as_ref(), &options)?;
        for vector in &field.vectors {
            record.extend(vector.x.to_le_bytes());
            record.extend(vector.y.to_le_bytes());
        }
        last = Some(field);
    }
    record.extend(reference.quality.to_le_bytes());
    record.extend(u16::from(is_staged).to_le_bytes());
    Ok(record)
}

fn vectors(
    (reference, current): (&Vec<u8>, &Vec<u8>),
    side: usize,
    last: Option<&VectorField>,
    options: &SearchOptions,
) -> Result<VectorField> {
    let refused = |_| Error::parameter("side", side, "the frames of a clip do not have it");
    let luma = |rgb: &[u8]| {
        Frame::from_rgb8(side, side, rgb)
            .map(|frame| Luma::of(&frame))
            .map_err(refused)
    };
    let (reference, current) = (luma(reference)?, luma(current)?);
    let phases = Phases::new(&reference);
    let motion = search(&current, (&reference, &phases), last, options).map_err(refused)?;
    Ok(motion.field)
}

fn header(options: &ClipOptions, key: u64) -> [u8; HEADER_BYTES as usize] {
    let mut header = [0; HEADER_BYTES as usize];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&(options.side as u32).to_le_bytes());
    header[16..20].copy_from_slice(&(options.frames as u32).to_le_bytes());
    header[24..32].copy_from_slice(&(options.count as u64).to_le_bytes());
    header[32..40].copy_from_slice(&key.to_le_bytes());
    header
}
