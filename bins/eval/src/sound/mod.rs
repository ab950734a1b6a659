//! The part that knows sound: metrics, codecs, and excerpts to look at and listen to.
//!
//! All codecs get the same 16-bit samples. What they give back is brought to the rate of the original, moved back by the
//! delay that a cross-correlation finds, and cut or filled up to the length of the original before it is measured.

pub mod codecs;
pub mod metrics;

mod align;
mod excerpts;
mod fft;
mod media;
mod pcm;
mod resample;
mod wav;

pub use align::notes as alignment_notes;
pub use media::Exchange;
pub use pcm::Sound;
