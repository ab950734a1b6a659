//! The part that knows pictures: metrics, codecs, the run over files, and crops to look at.

pub mod codec;
pub mod codecs;
pub mod crops;
pub mod metrics;
pub mod rgb;
pub mod run;

mod png_file;
mod pnm;

pub use codec::{Codec, Decoded, Encoded, Input};
pub use rgb::Rgb;

/// For tests of drawings.
#[cfg(test)]
pub(crate) fn png_file_for_tests(bytes: &[u8]) -> Rgb {
    png_file::parse(bytes).unwrap()
}
