//! One error type for everything this crate does.

use std::fmt;
use std::ops::RangeInclusive;

/// The first 16 bytes of the hash of a model's weights: which model a stream needs.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModelHash(pub [u8; 16]);

impl fmt::Display for ModelHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ModelHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelHash({self})")
    }
}

/// Why a picture or a stream could not be read, written, encoded or decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// Reading or writing failed; the data themselves were not judged.
    #[error("input or output failed")]
    Io(#[from] std::io::Error),
    /// The bytes are not a valid stream: damaged, cut, or no such stream at all.
    #[error("malformed stream at byte {offset}: {reason}")]
    Malformed {
        /// Distance in bytes from the start of the stream.
        offset: u64,
        /// What was found there.
        reason: String,
    },
    /// Valid, but not something that this version can do.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// A declared size exceeds what the caller allows; nothing was allocated for it.
    #[error("{what} is {value}, over the limit of {limit}")]
    Limit {
        /// The quantity, with its unit.
        what: &'static str,
        /// The value that the input declares.
        value: u64,
        /// The largest value allowed.
        limit: u64,
    },
    /// The stream was made with another model than the one given.
    #[error("the stream needs the model {needed}, but the model given is {given}")]
    ModelMismatch {
        /// The model that the stream names.
        needed: ModelHash,
        /// The model that the caller passed.
        given: ModelHash,
    },
    /// The bytes are whole, but this decoder found other symbols than the encoder wrote.
    #[error(
        "tile {tile} decodes to other symbols than were encoded \
         (checksum {found:08x}, expected {expected:08x})"
    )]
    Desync {
        /// Index of the tile in raster order.
        tile: u32,
        /// The checksum in the stream.
        expected: u32,
        /// The checksum of what was decoded.
        found: u32,
    },
    /// The same of a frame of a video.
    #[error("frame {frame} decodes to other symbols than were encoded (checksum {found:08x}, expected {expected:08x})")]
    FrameDesync {
        /// Index of the frame.
        frame: u32,
        /// The checksum in the stream.
        expected: u32,
        /// The checksum of what was decoded.
        found: u32,
    },
    /// The same of the alpha of a tile.
    #[error(
        "the alpha of tile {tile} decodes to other samples than were encoded (checksum {found:08x}, expected {expected:08x})"
    )]
    AlphaDesync {
        /// Index of the tile in raster order.
        tile: u32,
        /// The checksum in the stream.
        expected: u32,
        /// The checksum of what was decoded.
        found: u32,
    },
    /// The same of a packet of sound.
    #[error(
        "packet {packet} at byte {offset} decodes to other symbols than were encoded \
         (checksum {found:08x}, expected {expected:08x})"
    )]
    PacketDesync {
        /// Index of the packet.
        packet: u32,
        /// Distance in bytes from the start of the stream.
        offset: u64,
        /// The checksum in the stream.
        expected: u32,
        /// The checksum of what was decoded.
        found: u32,
    },
    /// The symbols are those that were encoded, but the pixels are others than the stream says.
    #[error("the stream decodes to other pixels than it says (hash {found}, expected {expected})")]
    PixelMismatch {
        /// The hash in the stream.
        expected: crate::hash::PixelHash,
        /// That of what was decoded.
        found: crate::hash::PixelHash,
    },
    /// An option or an argument has a value that makes no sense.
    #[error("invalid parameter: {0}")]
    Parameter(String),
    /// The caller's [`Watch`](crate::Watch) ended the work.
    #[error("cancelled")]
    Cancelled,
    /// A caller inside this program broke a rule, for example wrote segments out of order: a mistake of the program, not
    /// of its user or of a file.
    #[error("internal error: {0}")]
    Internal(String),
    /// A picture or sound file (PNG, WAV, ...) could not be read or written.
    #[error("{format} file: {reason}")]
    Media {
        /// The name of the file format.
        format: &'static str,
        /// The fault.
        reason: String,
    },
    /// The weights are not what they should be.
    #[error("the weights are malformed: {0}")]
    Weights(String),
    /// Coded symbols, or the integer networks and tables that they are coded with, break their contract.
    #[error(transparent)]
    Symbols(#[from] lmc_entropy::EntropyError),
    /// The neural network or its device failed.
    #[error("{context}: {source}")]
    Model {
        /// What was being computed.
        context: &'static str,
        /// The error of the network or the device.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The result of this crate's functions.
pub type Result<T, E = CodecError> = std::result::Result<T, E>;

impl CodecError {
    /// A [`CodecError::Malformed`] at `offset`.
    pub(crate) fn malformed(offset: usize, reason: impl Into<String>) -> Self {
        Self::malformed_at(offset as u64, reason)
    }

    /// The same, for streams that may exceed memory.
    pub(crate) fn malformed_at(offset: u64, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Malformed { offset, reason }
    }

    /// A [`CodecError::Model`] that says what was being computed.
    pub fn model(context: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let source = source.into();
        Self::Model { context, source }
    }
}

/// Refuses `value` when it exceeds `limit`.
/// Refuses to encode in builds without encoders. What stands behind it is no part of those: linkers see that it is never
/// reached.
#[inline(always)]
pub(crate) fn check_encoders() -> Result<()> {
    if cfg!(feature = "encode") {
        return Ok(());
    }
    Err(CodecError::Unsupported(
        "this build has no encoders: it lacks the feature `encode`".into(),
    ))
}

pub(crate) fn check_limit(what: &'static str, value: u64, limit: u64) -> Result<()> {
    if value > limit {
        return Err(CodecError::Limit { what, value, limit });
    }
    Ok(())
}

/// Refuses the first of some named sizes that is out of its range.
pub(crate) fn check_ranges(
    sizes: impl IntoIterator<Item = (&'static str, usize, RangeInclusive<usize>)>,
) -> Result<()> {
    for (name, value, range) in sizes {
        if !range.contains(&value) {
            let reason = format!("{name} is {value}, but must be in {range:?}");
            return Err(CodecError::Parameter(reason));
        }
    }
    Ok(())
}
