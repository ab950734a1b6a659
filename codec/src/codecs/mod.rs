//! The codecs, a folder each.

pub mod audio;
pub mod sound;
pub mod speech;
pub mod wavelet;
