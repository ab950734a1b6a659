//! What a tolerant reader found broken, and what it made of it.

use std::fmt;

/// One thing that is wrong with a stream that was read all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// Bytes in which no whole segment was found; they were skipped.
    Unreadable {
        /// Offset of the first byte skipped.
        offset: u64,
        /// How many bytes were skipped.
        bytes: u64,
    },
    /// A whole segment that the stream already has, or that does not fit; it was ignored.
    Ignored {
        /// Offset of the segment.
        offset: u64,
        /// The name of its kind and what is wrong.
        reason: String,
    },
    /// The segment that ends every stream is missing: the stream was cut.
    Truncated {
        /// Where the stream ends.
        offset: u64,
    },
    /// Bytes behind the end of the stream; they were ignored.
    Trailing {
        /// Offset of the first of them.
        offset: u64,
        /// How many there are.
        bytes: u64,
    },
    /// Packets of sound are lost; they were faded over.
    Packets {
        /// Index of the first.
        first: u32,
        /// How many there are in a row.
        count: u32,
        /// Where they begin in the sound, in milliseconds.
        from_ms: u64,
        /// Where they end.
        to_ms: u64,
        /// Why.
        cause: Cause,
    },
}

/// Why a tile's colours or alpha, or a packet, are lost.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// No whole segment of it is in the stream.
    Missing,
    /// Its bytes are whole but do not decode.
    Undecodable(String),
    /// It decodes to other symbols than were encoded.
    Desync {
        /// The checksum in the stream.
        expected: u32,
        /// The checksum of what was decoded.
        found: u32,
    },
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Undecodable(reason) => write!(f, "does not decode: {reason}"),
            Self::Desync { expected, found } => {
                write!(
                    f,
                    "decodes to other symbols (checksum {found:08x}, expected {expected:08x})"
                )
            }
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { offset, bytes } => {
                write!(f, "{bytes} unreadable bytes from byte {offset} on")
            }
            Self::Ignored { offset, reason } => {
                write!(f, "segment at byte {offset} ignored: {reason}")
            }
            Self::Truncated { offset } => write!(f, "the stream is cut at byte {offset}"),
            Self::Trailing { offset, bytes } => {
                write!(f, "{bytes} bytes behind the end of the stream, from byte {offset} on")
            }
            Self::Packets {
                first,
                count,
                from_ms,
                to_ms,
                cause,
            } => {
                match count {
                    1 => write!(f, "packet {first}")?,
                    _ => write!(f, "packets {first} to {}", u64::from(*first) + u64::from(*count) - 1)?,
                }
                let seconds = |ms: &u64| *ms as f64 / 1000.0;
                write!(f, " ({:.3} s to {:.3} s): {cause}", seconds(from_ms), seconds(to_ms))
            }
        }
    }
}
