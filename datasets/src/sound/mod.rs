//! Sounds for training: WAV files packed once into one file of 16-bit samples, random windows out of it.

mod packed;
mod wav;
mod windows;

pub use packed::{PackedSounds, SoundReport};
pub use wav::{Wav, read_wav};
pub use windows::WindowOptions;
