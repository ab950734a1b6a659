//! Stable numbers for errors: what bindings and scripts test for.

use lmc_codec::CodecError;

/// The kind of an error. Numbers never change their meaning; new kinds get new numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum Code {
    /// Reading or writing failed.
    Io = 1,
    /// The bytes are damaged, cut, or no such stream.
    Malformed = 2,
    /// Valid, but this build cannot do it.
    Unsupported = 3,
    /// A declared size exceeds the limits.
    Limit = 4,
    /// The stream needs other weights.
    Model = 5,
    /// The bytes are whole, but decode to other symbols than were encoded.
    Desync = 6,
    /// An argument makes no sense.
    Parameter = 7,
    /// A picture or sound file could not be read or written.
    File = 8,
    /// The work was cancelled.
    Cancelled = 9,
    /// A network, its device, or the library itself failed.
    Internal = 10,
}

/// The kind of an error.
///
/// ```
/// let error = lmc::decode(b"no stream").unwrap_err();
/// assert_eq!(lmc::code(&error), lmc::Code::Malformed);
/// assert_eq!(lmc::code(&error) as i32, 2);
/// ```
pub fn code(error: &CodecError) -> Code {
    match error {
        CodecError::Io(_) => Code::Io,
        CodecError::Malformed { .. } => Code::Malformed,
        CodecError::Unsupported(_) => Code::Unsupported,
        CodecError::Limit { .. } => Code::Limit,
        CodecError::ModelMismatch { .. } | CodecError::Weights(_) => Code::Model,
        CodecError::Desync { .. }
        | CodecError::AlphaDesync { .. }
        | CodecError::FrameDesync { .. }
        | CodecError::PacketDesync { .. }
        | CodecError::PixelMismatch { .. } => Code::Desync,
        CodecError::Parameter(_) => Code::Parameter,
        CodecError::Media { .. } => Code::File,
        CodecError::Cancelled => Code::Cancelled,
        // Coded symbols that break their contract come from bytes.
        CodecError::Symbols(_) => Code::Malformed,
        _ => Code::Internal,
    }
}
