//! Learned media codecs for apps: open, decode and encode `.lmc` streams, with the weights inside.
//!
//! ```
//! use lmc::{Color, Image, Samples};
//!
//! let samples = Samples::U8((0..64 * 48 * 3).map(|i| (i % 251) as u8).collect());
//! let picture = Image::new(64, 48, Color::Rgb, samples, None)?;
//! let stream = lmc::encode_image(&picture, &lmc::EncodeOptions::default())?;
//! let decoded = lmc::decode(&stream)?.image()?;
//! assert_eq!((decoded.width(), decoded.height()), (64, 48));
//! # Ok::<(), lmc::Error>(())
//! ```
//!
//! Start with two pages: [`decode_in_an_app`] and [`add_a_codec`].
//!
//! - [`open`] reads a header and tells what a stream holds; its [`Decoder`] makes pixels or samples.
//! - [`decode`] does both for bytes in memory, [`encode_image`] and [`encode_sound`] go the other way.
//! - [`Models`] finds weights: those inside, those that you pass, those in a folder. It also chooses what computes.
//! - [`write_rgba8`](PixelBuffers::write_rgba8) and its siblings fill buffers that you own.
//! - [`code`] gives every error a stable number.
//!
//! Everything here is `Send` and `Sync`, and no call panics, whatever the bytes.

mod buffers;
mod code;
mod decoder;
mod encode;
#[cfg(feature = "image")]
mod hook;
mod models;
mod threads;

pub use buffers::PixelBuffers;
pub use code::{Code, code};
pub use decoder::{Decoder, Output, decode, open, open_with};
pub use encode::{encode_image, encode_sound};
#[cfg(feature = "image")]
pub use hook::register_image_hook;
/// The codecs and pipelines underneath, for those who add to them.
pub use lmc_codec as codec;
pub use lmc_codec::codecs::{AnyCodec, Backend, Cpu, Registry, Row};
#[cfg(feature = "files")]
pub use lmc_codec::files;
pub use lmc_codec::sound::{SampleFormat, Sound, SoundDecoder, SoundEncodeOptions, SoundSource, SoundSpec};
pub use lmc_codec::video::{FrameKind, Shown, VideoDecoder, VideoFormat, VideoFrame, VideoSound, image_of};
pub use lmc_codec::{
    CodecError as Error, Color, DamageReport, DecodeOptions, Depth, Effort, EncodeOptions, Header, Image, ImageLatents,
    Limits, MaxError, Media, MediaKind, Quality, Rect, Result, Samples, Scale, StreamInfo, Unwatched, Watch, info,
};
pub use models::{Models, Tune};
pub use threads::Threads;

#[doc = include_str!("decode_in_an_app.md")]
pub mod decode_in_an_app {}

#[doc = include_str!("add_a_codec.md")]
pub mod add_a_codec {}

/// The fast paths of this build on this machine, such as `avx512`, `gpu`: for reports and bug reports.
///
/// ```
/// assert!(!lmc::fast_paths().is_empty());
/// ```
pub fn fast_paths() -> Vec<&'static str> {
    let mut paths: Vec<_> = lmc_kernels::isa::Isa::available()
        .iter()
        .map(|isa| isa.name())
        .collect();
    if cfg!(feature = "gpu") {
        paths.push("gpu");
    }
    paths
}

/// Compiles and runs the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ReadmeExample;
