//! What a stream may claim before anything is allocated for it.

use std::io::Read;

use crate::error::{Result, check_limit};

/// Upper bounds on what a stream declares. They are checked before any allocation.
///
/// ```
/// use lmc_codec::Limits;
///
/// let small = Limits { max_pixels: 1 << 20, ..Limits::default() };
/// assert!(small.check_size(1024, 1024).is_ok());
/// assert!(small.check_size(1024, 1025).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels of a picture (width x height). Default 2^28, about 268 megapixels.
    pub max_pixels: u64,
    /// Longest width or height, in pixels. Default 2^20.
    pub max_side: u32,
    /// Most bytes of ICC profile and EXIF data together. Default 64 MiB.
    pub max_metadata_bytes: u64,
    /// Longest stream, in bytes. Default 2 GiB. One of video, which is never held as a whole, may have
    /// [`VIDEO_FACTOR`](Self::VIDEO_FACTOR) times as many.
    pub max_file_bytes: u64,
    /// Longest payload of one segment, in bytes. Default 128 MiB.
    pub max_segment_bytes: u64,
    /// Most ancillary segments (id 128 and above) in a stream. Default 1024.
    pub max_ancillary_segments: u32,
    /// Most samples of a sound in each of its channels. Default 2^33, two days at 48 kHz.
    pub max_samples: u64,
    /// Most channels of a sound. Default 32.
    pub max_channels: u16,
    /// Most bytes of memory for the work on one picture or sound, by the bounds of [`memory`](crate::memory), which
    /// follow from what a header states. Default 2^63: the other limits decide.
    pub max_memory_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pixels: 1 << 28,
            max_side: 1 << 20,
            max_metadata_bytes: 64 << 20,
            max_file_bytes: 2 << 30,
            max_segment_bytes: 128 << 20,
            max_ancillary_segments: 1024,
            max_samples: 1 << 33,
            max_channels: 32,
            max_memory_bytes: 1 << 63,
        }
    }
}

impl Limits {
    /// By how much streams of video may be longer than others: by default they may have 2 TiB.
    pub const VIDEO_FACTOR: u64 = 1024;

    /// The most bytes of a stream of video.
    pub fn max_video_bytes(&self) -> u64 {
        self.max_file_bytes.saturating_mul(Self::VIDEO_FACTOR)
    }

    /// With a bound on memory, which also bounds what is held of a stream beside pixels.
    pub fn with_max_memory(self, bytes: u64) -> Self {
        Self {
            max_memory_bytes: bytes,
            max_segment_bytes: self.max_segment_bytes.min(bytes / 4),
            max_metadata_bytes: self.max_metadata_bytes.min(bytes / 4),
            ..self
        }
    }

    /// Checks a bound on memory.
    ///
    /// # Errors
    /// [`CodecError::Limit`](crate::CodecError::Limit) when it is too large.
    pub fn check_memory(&self, bytes: u64) -> Result<()> {
        check_limit("the bytes of memory needed", bytes, self.max_memory_bytes)
    }

    /// Checks the size of a picture, in pixels.
    ///
    /// # Errors
    /// [`CodecError::Limit`](crate::CodecError::Limit) when a side or the area is too large.
    pub fn check_size(&self, width: u32, height: u32) -> Result<()> {
        let (width, height) = (u64::from(width), u64::from(height));
        let side = u64::from(self.max_side);
        check_limit("the width in pixels", width, side)?;
        check_limit("the height in pixels", height, side)?;
        check_limit("the number of pixels", width * height, self.max_pixels)
    }

    /// Checks the length of a sound, in samples of a channel, and the number of its channels.
    ///
    /// # Errors
    /// [`CodecError::Limit`](crate::CodecError::Limit) when one is too large.
    pub fn check_sound(&self, samples: u64, channels: u16) -> Result<()> {
        let most = u64::from(self.max_channels);
        check_limit("the number of channels", u64::from(channels), most)?;
        check_limit("the number of samples in a channel", samples, self.max_samples)
    }
}

/// Reads all of `reader`, at most [`Limits::max_file_bytes`].
///
/// # Errors
/// `Io`, or `Limit` when there are more bytes.
pub fn read_limited(reader: impl Read, limits: &Limits) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader
        .take(limits.max_file_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    check_limit("the number of bytes", bytes.len() as u64, limits.max_file_bytes)?;
    Ok(bytes)
}
