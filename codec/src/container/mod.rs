//! The container: header, checked segments, and readers that survive damage.
//!
//! `FORMAT.md` is its specification.
//! Nothing here knows what a tile's bytes mean, and nothing here needs a model or a device.

mod header;
mod info;
mod leb;
mod limits;
mod reader;
mod scan;
mod segment;
mod sound;
mod writer;

#[cfg(test)]
mod tests;

pub use header::{Header, ImageCodec, MAGIC, VERSION};
pub use info::{SegmentInfo, StreamInfo, info};
pub use limits::Limits;
pub use reader::{Container, Mode, TilePart, read_limited};
pub use segment::SegmentId;
pub use sound::{
    MAX_SOUND_PAYLOAD, Media, PacketPart, SoundHeader, SoundInfo, SoundKind, SoundReader, SoundWriter, sound_info,
};
pub use writer::ContainerWriter;

pub(crate) use leb::{read_leb, write_leb};
pub(crate) use sound::{PacketGrid, coded_samples, kbps};
