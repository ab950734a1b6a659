//! The container of all media: a header, and checked segments that a reader finds again behind damage.
//!
//! `FORMAT.md` is its specification. Nothing here knows what a part's bytes mean, and nothing needs a model or a
//! device. The codec block of a header and codec segments are opaque bytes.
//!
//! - [`StreamReader`] gives out the parts of a stream in order, one at a time; [`StreamParts`] holds all of them.
//! - [`info()`] walks through a stream without decoding it.
//! - [`StreamWriter`] writes a stream.
//! - [`SEGMENTS`] is the one list of segments, [`DamageReport`] the one report of damage.

mod damage;
mod extras;
mod fields;
mod frame_head;
mod frame_index;
mod head;
mod header;
mod info;
mod leb;
mod log;
mod media;
mod metadata;
mod order;
mod parts;
mod profile;
mod reader;
mod segments;
mod table;
mod tags;
mod track;
mod track_reader;
mod writer;

#[cfg(test)]
mod tests;

pub use crate::media::image::{Cicp, ExtraName, Extras};
pub use crate::media::video::{Chroma, ChromaSite, Ratio, VideoFormat};
pub use crate::media::{Tag, TagKey, Tags};
pub use damage::{Cause, Damage, DamageReport, MAX_DAMAGE, PartKind, Places};
pub use frame_head::FrameHead;
pub use frame_index::{FrameIndex, KeyFrame};
pub use header::{CodecId, Header, MAGIC, VERSION};
pub use info::{PartSum, StreamInfo, info};
pub(crate) use leb::{read_leb, write_leb};
pub use log::{SegmentInfo, SegmentLog, SegmentSum};
pub(crate) use media::coded_samples;
pub use media::{ImageMedia, Media, MediaKind, PacketGrid, SoundMedia, TilePlaces, VideoMedia};
pub use metadata::Metadata;
pub use parts::StreamParts;
pub use reader::{Mode, Part, StreamReader};
pub use table::{Place, SEGMENTS, SegmentId, SegmentRow};
pub use track::Track;
pub use track_reader::TrackReader;
pub use writer::StreamWriter;
