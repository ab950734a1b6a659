//! Media in memory and the sources that give them: images and sounds, before a codec or a file format is chosen.

pub mod image;
pub mod sound;
pub(crate) mod tags;

pub use tags::{Tag, TagKey, Tags};
