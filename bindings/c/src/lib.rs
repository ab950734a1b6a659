//! The decoder for C and for all that can call C. `include/lmc.h` is made of the files here; `README.md` beside it
//! shows how to use it.
//!
//! No call unwinds into its caller, and none trusts a pointer that is NULL. Everything else that C cannot say in types
//! stands under *Safety* of each function.
#![allow(unsafe_code, reason = "pointers of C: each use says why it holds")]

mod border;
mod code;
mod decoder;
mod image;
mod info;
mod options;
mod sound;
mod text;
mod video;
mod weights;

pub use code::*;
pub use decoder::{Decoder, lmc_close, lmc_damage, lmc_get_info, lmc_metadata, lmc_open, lmc_tag};
pub use image::{lmc_decode_pixels, lmc_image_size};
pub use info::{Info, lmc_probe};
pub use options::Options;
pub use sound::{lmc_read_f32, lmc_read_i16};
pub use text::{lmc_code_name, lmc_fast_paths, lmc_last_error, lmc_version};
pub use video::{Frame, lmc_next_frame, lmc_plane, lmc_plane_size};
pub use weights::lmc_add_weights;

/// The version of this interface. A library of another number does not fit programs that were compiled with this
/// header.
pub const LMC_ABI_VERSION: u32 = 1;

/// The version of the interface of the library that was loaded: to be compared with LMC_ABI_VERSION.
#[unsafe(no_mangle)]
pub extern "C" fn lmc_abi_version() -> u32 {
    LMC_ABI_VERSION
}

/// How many bytes at the start of a stream lmc_probe needs.
pub const LMC_PROBE_BYTES: usize = 25;

/// Bytes that are no stream.
pub const LMC_NONE: i32 = 0;
/// A stream of one image.
pub const LMC_IMAGE: i32 = 1;
/// A stream of sound.
pub const LMC_SOUND: i32 = 2;
/// A stream of video.
pub const LMC_VIDEO: i32 = 3;

/// Red, green, blue, alpha, 8 bits each.
pub const LMC_RGBA8: i32 = 1;
/// Red, green, blue, 8 bits each.
pub const LMC_RGB8: i32 = 2;
/// Red, green, blue, alpha, 16 bits each in the order of the machine's bytes.
pub const LMC_RGBA16: i32 = 3;

/// A frame that decodes without any other.
pub const LMC_KEY_FRAME: i32 = 1;
/// A frame that is predicted from one before it.
pub const LMC_PREDICTED_FRAME: i32 = 2;
/// A frame that is lost, in whose place the last good one stands.
pub const LMC_LOST_FRAME: i32 = 3;

/// The ICC profile of an image.
pub const LMC_ICC: i32 = 1;
/// The EXIF data of an image: a TIFF block.
pub const LMC_EXIF: i32 = 2;
/// An XMP packet.
pub const LMC_XMP: i32 = 3;

#[cfg(test)]
mod tests;
