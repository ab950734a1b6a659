//! The part that knows pictures: metrics, codecs, and crops to look at.

pub mod codecs;
pub mod metrics;
pub mod rgb;

mod crops;
mod media;
mod png_file;

pub use media::Exchange;
pub use rgb::Rgb;

pub(crate) use png_file::to_png;

/// For tests of drawings.
#[cfg(test)]
pub(crate) fn png_file_for_tests(bytes: &[u8]) -> Rgb {
    media::parse(bytes).unwrap()
}
