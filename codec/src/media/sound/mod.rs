//! Sounds in memory: sample formats, sources that give samples in pieces, and the mix to one channel.

mod format;
mod hash;
mod mono;
mod notes;
mod source;

pub use format::{SampleFormat, SoundSpec};
pub use mono::mono_at;
pub use notes::SoundNotes;
pub use source::{Sound, SoundSource};

pub(crate) use format::interleave;
