//! The header of every stream: which codec and model decode it, and what it holds.

use std::fmt;
use std::io::Read;

use super::leb::{LebError, MAX_LEB_BYTES, read_leb, write_leb};
use super::media::{Media, MediaKind};
use super::segments::SegmentReader;
use crate::error::{CodecError, ModelHash, Result};

/// The first four bytes of every stream. The first is no ASCII and no UTF-8 start, so no text begins so.
pub const MAGIC: [u8; 4] = [0x8d, b'L', b'M', b'C'];
/// The version of the format that this crate writes, and the only one it reads.
pub const VERSION: u8 = 1;
/// Bytes of magic, version, codec and model id.
const FIXED_BYTES: usize = 22;
/// Bytes of the CRC-32 that ends a header.
const CRC_BYTES: usize = 4;
/// The most bytes of a media block and of a codec block.
pub(super) const MAX_BLOCK_BYTES: u32 = 4096;

/// Which codec decodes a stream. Numbers are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodecId(pub u8);

impl fmt::Display for CodecId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "codec {}", self.0)
    }
}

/// The header of a stream, without its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The codec.
    pub codec: CodecId,
    /// Id of the model that the stream needs; zeros where the codec needs none.
    pub model: ModelHash,
    /// What the stream holds.
    pub media: Media,
    /// The codec's own parameters, at most 4096 bytes. Only the codec knows what they mean.
    pub codec_block: Vec<u8>,
}

/// Whether a header is whole.
enum Extent {
    /// It takes this many bytes.
    Whole(usize),
    /// This many bytes are needed to tell.
    Needs(usize),
}

impl Header {
    /// The bytes of the header, with its CRC-32. Their number depends neither on the samples of a sound nor on the
    /// frames of a video.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] when a field is out of its range.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let media = self.media.to_bytes()?;
        if self.codec_block.len() > MAX_BLOCK_BYTES as usize {
            let reason = format!("a codec block of {} bytes exceeds 4096", self.codec_block.len());
            return Err(CodecError::Parameter(reason));
        }
        let mut out = Vec::with_capacity(FIXED_BYTES + media.len() + self.codec_block.len() + 8);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[VERSION, self.codec.0]);
        out.extend_from_slice(&self.model.0);
        for block in [&media, &self.codec_block] {
            write_leb(&mut out, block.len() as u32);
            out.extend_from_slice(block);
        }
        let crc = crc32fast::hash(&out);
        out.extend_from_slice(&crc.to_le_bytes());
        Ok(out)
    }

    /// Reads the header at the start of `bytes`; returns it and its length in bytes.
    ///
    /// # Errors
    /// `Malformed` for bytes that are no header, `Unsupported` for another version of the format or of a media block.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize)> {
        match Extent::of(bytes)? {
            Extent::Whole(length) if length <= bytes.len() => {
                Self::parse_whole(bytes.get(..length).unwrap_or_default()).map(|header| (header, length))
            }
            _ => Err(cut()),
        }
    }

    /// The number of bytes at the start of a stream that tell its kind of media. Every header is longer.
    pub const START_BYTES: usize = FIXED_BYTES + 3;

    /// The kind of media of a stream that begins with these [`START_BYTES`](Self::START_BYTES).
    ///
    /// # Errors
    /// `Malformed` for bytes that begin no stream, `Unsupported` for another version of the format or newer media.
    pub fn media_kind(start: &[u8]) -> Result<MediaKind> {
        check_start(start)?;
        let block = Block::at(start, FIXED_BYTES)?;
        MediaKind::from_byte(*start.get(block.start).ok_or_else(cut)?)
    }

    /// Reads the header at the start of a stream and steps over it; returns it and its length in bytes.
    pub(super) fn read<R: Read>(segments: &mut SegmentReader<R>) -> Result<(Self, usize)> {
        let mut wanted = MAGIC.len() + 2;
        loop {
            // A live stream may send its header and then nothing for a while: never ask for more than there must be.
            let bytes = segments.peek(wanted)?;
            match Extent::of(bytes)? {
                Extent::Needs(_) if bytes.len() < wanted => return Err(cut()),
                Extent::Needs(more) => wanted = more,
                Extent::Whole(_) => {
                    let (header, length) = Self::parse(bytes)?;
                    segments.skip(length);
                    return Ok((header, length));
                }
            }
        }
    }

    /// Reads a header of exactly these bytes.
    fn parse_whole(bytes: &[u8]) -> Result<Self> {
        let (fields, crc) = bytes.split_last_chunk::<CRC_BYTES>().ok_or_else(cut)?;
        if u32::from_le_bytes(*crc) != crc32fast::hash(fields) {
            let reason = "the header is damaged (its CRC-32 differs)";
            return Err(CodecError::malformed(fields.len(), reason));
        }
        let (&[_, _, _, _, _, codec, ref model @ ..], _) = fields.split_first_chunk::<FIXED_BYTES>().ok_or_else(cut)?;
        let media = Block::at(fields, FIXED_BYTES)?;
        let own = Block::at(fields, media.end)?;
        let bytes_of = |block: &Block| fields.get(block.start..block.end).unwrap_or_default();
        Ok(Self {
            codec: CodecId(codec),
            model: ModelHash(*model),
            media: Media::parse(bytes_of(&media), media.start)?,
            codec_block: bytes_of(&own).to_vec(),
        })
    }
}

impl Extent {
    /// Finds the length of the header that `bytes` begin with. Magic and version are checked first.
    fn of(bytes: &[u8]) -> Result<Self> {
        check_start(bytes)?;
        let mut at = FIXED_BYTES;
        // Behind the media block there are at least the length of the codec block and the CRC-32.
        for behind in [1 + CRC_BYTES, CRC_BYTES] {
            match Block::at(bytes, at) {
                Ok(block) => at = block.end,
                Err(_) if bytes.len() < at + MAX_LEB_BYTES => return Ok(Self::Needs(at + 1 + behind).max(bytes.len())),
                Err(error) => return Err(error),
            }
            if bytes.len() < at + behind {
                return Ok(Self::Needs(at + behind));
            }
        }
        Ok(Self::Whole(at + CRC_BYTES))
    }

    /// Asks for at least one byte more than the `known` ones.
    fn max(self, known: usize) -> Self {
        match self {
            Self::Needs(wanted) => Self::Needs(wanted.max(known + 1)),
            whole => whole,
        }
    }
}

/// Where one of the blocks of a header lies, its length not counted.
struct Block {
    start: usize,
    end: usize,
}

impl Block {
    /// The block whose length is written at `at`.
    fn at(bytes: &[u8], at: usize) -> Result<Self> {
        let (length, leb_bytes) = read_leb(bytes.get(at..).unwrap_or_default()).map_err(|error| match error {
            LebError::Cut => cut(),
            LebError::Invalid => CodecError::malformed(at, error.reason()),
        })?;
        if length > MAX_BLOCK_BYTES {
            let reason = format!("a block of the header of {length} bytes: there may be 4096");
            return Err(CodecError::malformed(at, reason));
        }
        let start = at + leb_bytes;
        Ok(Self {
            start,
            end: start + length as usize,
        })
    }
}

/// Checks the fields whose meaning is fixed for all versions.
fn check_start(bytes: &[u8]) -> Result<()> {
    let known = bytes.len().min(MAGIC.len());
    if bytes[..known] != MAGIC[..known] {
        return Err(CodecError::malformed(0, "this is no lmc stream (other first bytes)"));
    }
    match bytes.get(MAGIC.len()) {
        None | Some(&VERSION) => Ok(()),
        Some(version) => {
            let what = format!("format version {version}: this version reads version {VERSION}");
            Err(CodecError::Unsupported(what))
        }
    }
}

fn cut() -> CodecError {
    CodecError::malformed(0, "the stream ends inside its header")
}
