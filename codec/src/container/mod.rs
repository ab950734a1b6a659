//! The container of sounds until they move to [`stream`](crate::stream).
//!
//! Nothing here knows what a tile's bytes mean, and nothing here needs a model or a device.

mod header;
mod leb;
mod limits;
mod reader;
mod scan;
mod segment;
mod sound;

pub use header::{MAGIC, VERSION};
pub use limits::Limits;
pub use reader::{Mode, read_limited};
pub use segment::SegmentId;
pub use sound::{
    MAX_SOUND_PAYLOAD, Media, PacketPart, SoundHeader, SoundInfo, SoundKind, SoundReader, SoundWriter, sound_info,
};

pub(crate) use leb::{read_leb, write_leb};
pub(crate) use sound::{PacketGrid, coded_samples, kbps};
