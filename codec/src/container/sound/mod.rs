//! Streams of sound: their header, and readers and writers that hold one segment at a time.

mod grid;
mod header;
mod info;
mod reader;
mod stream;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use grid::{PacketGrid, coded_samples};
pub use header::{Media, SoundHeader, SoundKind};
pub(crate) use info::kbps;
pub use info::{SoundInfo, sound_info};
pub use reader::{PacketPart, SoundReader};
pub use writer::SoundWriter;

/// The longest payload of a segment in a stream of sound, in bytes: what a reader must be able to hold.
pub const MAX_SOUND_PAYLOAD: usize = 1 << 20;
