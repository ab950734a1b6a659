//! Media in memory and the sources that give them: images, sounds and videos, before a codec or a file format is chosen.

pub mod image;
pub mod sound;
pub(crate) mod tags;
pub mod video;

pub use tags::{Tag, TagKey, Tags};
