//! Reading clips from a packed file, by index.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lmc_codec::codecs::video::motion::{CELL, Vector, VectorField};

use super::pack::{Clips, HEADER_BYTES, MAGIC, VERSION, key, pack};
use super::{ClipFolder, ClipOptions, Reference};
use crate::packed::{PackedCrops, number};
use crate::{Error, Result};

/// Gives the reference of a clip from its index, its first frame and the side of that.
pub type ReferenceCoder<'a> = dyn Fn(usize, &[u8], usize) -> Result<Reference> + Sync + 'a;

/// A clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// Width and height of the frames.
    pub side: usize,
    /// The reference, then the frames that follow it; interleaved RGB.
    pub frames: Vec<Vec<u8>>,
    /// How each frame but the reference follows from the one before.
    pub fields: Vec<VectorField>,
    /// The quality of the reference, in hundredths.
    pub quality: u16,
    /// Whether it is a scene of photographs.
    pub is_staged: bool,
}

impl Clip {
    /// Its mirror image, left and right exchanged.
    pub fn flipped(mut self) -> Self {
        for frame in &mut self.frames {
            for row in frame.chunks_exact_mut(3 * self.side) {
                let pixels: Vec<[u8; 3]> = row.as_chunks().0.iter().rev().copied().collect();
                row.copy_from_slice(pixels.as_flattened());
            }
        }
        for field in &mut self.fields {
            for row in field.vectors.chunks_exact_mut(field.columns) {
                row.reverse();
                row.iter_mut().for_each(|vector| vector.x = vector.x.saturating_neg());
            }
        }
        self
    }
}

/// An open file of clips, read at random.
#[derive(Clone, Debug)]
pub struct PackedClips {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: Mutex<File>,
    side: usize,
    frames: usize,
    count: usize,
    key: u64,
}

impl PackedClips {
    /// Opens a file of clips.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read, [`Error::Malformed`] where it is no file of clips, or one cut short.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let io = |source| Error::io(path, source);
        let malformed = |reason: String| Error::Malformed {
            path: path.to_path_buf(),
            reason,
        };
        let mut file = File::open(path).map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len();
        let mut header = [0; HEADER_BYTES as usize];
        if bytes < HEADER_BYTES {
            return Err(malformed(format!("only {bytes} bytes")));
        }
        file.read_exact(&mut header).map_err(io)?;
        if &header[..8] != MAGIC || number(&header[8..12]) != u64::from(VERSION) {
            return Err(malformed("not a file of clips of this version".into()));
        }
        let [side, frames] = [12, 16].map(|at| number(&header[at..at + 4]) as usize);
        let [count, key] = [24, 32].map(|at| number(&header[at..at + 8]));
        let sizes = (16..=1024).contains(&side) && side.is_multiple_of(16) && (1..=16).contains(&frames) && count > 0;
        let expected = u128::from(count) * record_bytes(side, frames) as u128 + u128::from(HEADER_BYTES);
        if !sizes || expected != u128::from(bytes) {
            let reason = format!("{bytes} bytes do not hold {count} clips of {side}x{side}");
            return Err(malformed(reason));
        }
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.to_path_buf(),
                file: Mutex::new(file),
                side,
                frames,
                count: count as usize,
                key,
            }),
        })
    }

    /// Opens `path` if it holds just these clips, else makes and packs them. Where there are no photographs all clips
    /// are real ones, and where no real clip is large enough all are scenes. `coder` gives the reference of a clip
    /// from its index, its first frame and the side of that; `coder_key` names it.
    ///
    /// # Errors
    /// [`Error::Parameter`] for options out of range, [`Error::Empty`] where nothing can be used, [`Error::Io`] where
    /// files fail, and what `coder` refuses.
    pub fn open_or_pack(
        path: impl AsRef<Path>,
        (photographs, folder): (Option<&PackedCrops>, &ClipFolder),
        options: &ClipOptions,
        (coder, coder_key): (&ReferenceCoder<'_>, u64),
        progress: impl FnMut(usize, usize),
    ) -> Result<Self> {
        let path = path.as_ref();
        let clips = Clips { photographs, folder };
        let wanted = key(clips, options, coder_key);
        if let Ok(packed) = Self::open(path)
            && packed.inner.key == wanted
        {
            return Ok(packed);
        }
        pack(path, clips, options, (coder, wanted), progress)?;
        Self::open(path)
    }

    /// Number of clips, at least 1.
    pub fn len(&self) -> usize {
        self.inner.count
    }

    /// Never true: a file without clips is not opened.
    pub fn is_empty(&self) -> bool {
        self.inner.count == 0
    }

    /// Width and height of the frames.
    pub fn side(&self) -> usize {
        self.inner.side
    }

    /// Frames that follow the reference.
    pub fn frames(&self) -> usize {
        self.inner.frames
    }

    /// Clip `index`.
    ///
    /// # Errors
    /// [`Error::Parameter`] past the end, [`Error::Io`] where the file fails.
    pub fn clip(&self, index: usize) -> Result<Clip> {
        let (side, count) = (self.inner.side, self.inner.frames);
        if index >= self.len() {
            return Err(Error::parameter("index", index, "there are fewer clips"));
        }
        let mut record = vec![0; record_bytes(side, count)];
        let start = HEADER_BYTES + (index * record.len()) as u64;
        // A reader that panicked left the file at some position, which the seek below sets anyway.
        let mut file = self.inner.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))
            .and_then(|_| file.read_exact(&mut record))
            .map_err(|source| Error::io(&self.inner.path, source))?;
        drop(file);
        let (frames, rest) = record.split_at((count + 1) * 3 * side * side);
        let (vectors, rest) = rest.split_at(count * vector_bytes(side));
        Ok(Clip {
            side,
            frames: frames.chunks_exact(3 * side * side).map(<[u8]>::to_vec).collect(),
            fields: vectors
                .chunks_exact(vector_bytes(side))
                .map(|bytes| field(bytes, side))
                .collect(),
            quality: number(&rest[..2]) as u16,
            is_staged: rest[2] != 0,
        })
    }
}

fn field(bytes: &[u8], side: usize) -> VectorField {
    let component = |bytes: &[u8]| i16::from_le_bytes([bytes[0], bytes[1]]);
    let vectors = bytes.chunks_exact(4).map(|bytes| Vector {
        x: component(&bytes[..2]),
        y: component(&bytes[2..]),
    });
    VectorField {
        columns: side / CELL,
        rows: side / CELL,
        vectors: vectors.collect(),
    }
}

fn vector_bytes(side: usize) -> usize {
    4 * (side / CELL) * (side / CELL)
}

fn record_bytes(side: usize, frames: usize) -> usize {
    (frames + 1) * 3 * side * side + frames * vector_bytes(side) + 4
}
