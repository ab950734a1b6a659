//! Sounds for training: files decoded once into one file of 16-bit samples, random windows out of it.
//!
//! What sound files are like is not known here: whoever packs them brings a function that reads one.

mod packed;
mod windows;

pub use packed::{PackedSounds, SoundFiles, SoundReport};
pub use windows::WindowOptions;
