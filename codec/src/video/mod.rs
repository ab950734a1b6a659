//! Encoders and decoders of videos.
//!
//! A [`VideoSource`] gives frames, one at a time; a [`VideoEncoder`] turns them into the parts of a stream, with a sound
//! beside them, and a [`VideoDecoder`] gives frames again. Both hold a few frames, however long the video is. A
//! [`VideoCodec`] does the coding itself.
//!
//! ```text
//! VideoSource -> VideoEncoder -> frames, key frames at most every two seconds ┐
//! SoundSource ->              -> packets, about where their time is           ┴> stream -> VideoDecoder -> frames
//!                                                                                       -> VideoSound -> samples
//! ```
//!
//! - [`verify_video`] decodes all and compares checksums; [`list_frames`] tells kind, time and bytes of each frame.
//! - [`cut_video`] and [`join_videos`] work at key frames, without decoding one.
//! - Where frames are lost, the last good one goes on until the next key frame.

mod cut;
mod decode;
mod encode;
mod frames;
mod join;
mod list;
mod options;
mod picture;
mod rate;
mod sound;
mod verify;

#[cfg(feature = "files")]
pub mod files;

pub use crate::codecs::frames::{FrameKind, FrameOptions, VideoCodec};
pub use crate::media::video::{Chroma, ChromaSite, Ratio, VideoFormat, VideoFrame, VideoSource};
pub use cut::{Cut, CutStats, cut_video};
pub use decode::{Range, Shown, VideoDecoder};
pub use encode::{VideoEncoder, encode_video, encode_video_to_pipe};
pub use join::{JoinStats, Opener, join_videos};
pub use list::{ListedFrame, list_frames};
pub use options::{VideoBytes, VideoEncodeOptions, VideoStats};
pub use picture::image_of;
pub use sound::{SoundInput, VideoSound};
pub use verify::{VideoVerified, verify_video};

use crate::container::{Header, Media, VideoMedia};
use crate::error::{CodecError, Result};

/// The video of a header.
///
/// # Errors
/// `Unsupported` for other media.
pub(crate) fn media_of(header: &Header) -> Result<&VideoMedia> {
    match &header.media {
        Media::Video(video) => Ok(video),
        other => Err(CodecError::Unsupported(format!(
            "the stream is of {} and not of video",
            other.kind().name()
        ))),
    }
}
