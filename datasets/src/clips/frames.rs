//! Files of frames: PPM images one after the other, as `datasets/clips/unpack.sh` writes them.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// A file of frames, opened as far as its first header: all frames have the same size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameFile {
    path: PathBuf,
    width: usize,
    height: usize,
    count: usize,
    header_bytes: u64,
}

/// Sides up to this many pixels.
const MAX_SIDE: usize = 1 << 14;

impl FrameFile {
    /// Reads the header of the first frame.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::Malformed`] where it does not begin with a whole 8-bit
    /// PPM.
    pub fn open(path: &Path) -> Result<Self> {
        let io = |source| Error::io(path, source);
        let malformed = |reason: &str| Error::Malformed {
            path: path.to_path_buf(),
            reason: reason.into(),
        };
        let file = File::open(path).map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len();
        let mut reader = BufReader::new(file).take(64);
        let mut lines = Vec::new();
        for _ in 0..3 {
            let mut line = String::new();
            reader.read_line(&mut line).map_err(|_| malformed("no PPM"))?;
            lines.push(line);
        }
        let header_bytes = lines.iter().map(String::len).sum::<usize>() as u64;
        let sides: Vec<usize> = lines[1]
            .split_whitespace()
            .filter_map(|side| side.parse().ok())
            .collect();
        let &[width, height] = &sides[..] else {
            return Err(malformed("a PPM without a size"));
        };
        if lines[0] != "P6\n" || lines[2] != "255\n" {
            return Err(malformed("no PPM of 8 bits"));
        }
        if [width, height].iter().any(|side| !(1..=MAX_SIDE).contains(side)) {
            return Err(malformed("a PPM of an odd size"));
        }
        let count = (bytes / (header_bytes + 3 * (width * height) as u64)) as usize;
        if count == 0 {
            return Err(malformed("no whole frame"));
        }
        Ok(Self {
            path: path.to_path_buf(),
            width,
            height,
            count,
            header_bytes,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Width and height of the frames in pixels.
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// Whole frames in the file, at least 1.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Never true: a file without frames is not opened.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// A square of frame `index`, interleaved RGB.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a frame that is not there or a square that is not in it, [`Error::Io`] where the file
    /// fails.
    pub fn square(&self, index: usize, [left, top]: [usize; 2], side: usize) -> Result<Vec<u8>> {
        if index >= self.count || left + side > self.width || top + side > self.height {
            return Err(Error::parameter("index", index, "the square is in no frame"));
        }
        let io = |source| Error::io(&self.path, source);
        let mut file = File::open(&self.path).map_err(io)?;
        let frame = self.header_bytes + 3 * (self.width * self.height) as u64;
        let mut rgb = vec![0; 3 * side * side];
        for (row, line) in rgb.chunks_exact_mut(3 * side).enumerate() {
            let pixel = ((top + row) * self.width + left) as u64;
            let start = index as u64 * frame + self.header_bytes + 3 * pixel;
            file.seek(SeekFrom::Start(start)).map_err(io)?;
            file.read_exact(line).map_err(io)?;
        }
        Ok(rgb)
    }
}
