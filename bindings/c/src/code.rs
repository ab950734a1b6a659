//! Codes of errors. Numbers never change their meaning; new kinds get new numbers.

/// All went well.
pub const LMC_OK: i32 = 0;
/// Reading or writing failed.
pub const LMC_ERROR_IO: i32 = 1;
/// The bytes are damaged, cut, or no such stream.
pub const LMC_ERROR_MALFORMED: i32 = 2;
/// Valid, but this library cannot do it.
pub const LMC_ERROR_UNSUPPORTED: i32 = 3;
/// A declared size exceeds the limits.
pub const LMC_ERROR_LIMIT: i32 = 4;
/// The stream needs other weights.
pub const LMC_ERROR_MODEL: i32 = 5;
/// The bytes are whole, but decode to other symbols than were encoded.
pub const LMC_ERROR_DESYNC: i32 = 6;
/// An argument makes no sense: a NULL pointer, a short buffer, a region outside of the image.
pub const LMC_ERROR_PARAMETER: i32 = 7;
/// A picture or sound file could not be read or written.
pub const LMC_ERROR_FILE: i32 = 8;
/// The work was cancelled.
pub const LMC_ERROR_CANCELLED: i32 = 9;
/// A device, or the library itself failed.
pub const LMC_ERROR_INTERNAL: i32 = 10;
