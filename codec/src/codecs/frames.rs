//! What the pipeline asks of a codec of video.
//!
//! A codec turns frames into bytes and back, one after the other and in the order in which they are shown. Files,
//! the container, times, sound, the distance of key frames and lost frames are the pipeline's part.

use crate::codecs::image::Effort;
use crate::container::CodecId;
pub use crate::media::video::FrameKind;
use crate::media::video::{VideoFormat, VideoFrame};
use crate::{ModelHash, Quality, Result};

/// How a codec encodes a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FrameOptions {
    /// The quality of the first frames; see [`FrameEncoder::set_quality`].
    pub quality: Quality,
    /// How much work the encoder does.
    pub effort: Effort,
}

impl FrameOptions {
    /// With another quality.
    pub fn with_quality(self, quality: Quality) -> Self {
        Self { quality, ..self }
    }

    /// With another effort.
    pub fn with_effort(self, effort: Effort) -> Self {
        Self { effort, ..self }
    }
}

/// One frame as the encoder made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedFrame {
    /// The coded symbols: all of the frame, as the stream carries them.
    pub bytes: Vec<u8>,
    /// What it became.
    pub kind: FrameKind,
    /// The checksum that [`FrameDecoder::decode`] finds again: of the symbols, in 32 bits.
    pub checksum: u32,
    /// The same in 64 bits.
    pub symbol_hash: u64,
    /// The number of coded symbols, for reports.
    pub symbols: usize,
}

/// One frame as the decoder made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedFrame {
    /// The samples. Its time is that of no frame: the pipeline sets it.
    pub frame: VideoFrame,
    /// The checksum of the symbols in 32 bits, which the stream carries too.
    pub checksum: u32,
    /// The same in 64 bits.
    pub symbol_hash: u64,
    /// The number of coded symbols, for reports.
    pub symbols: usize,
}

/// A codec of video. What streams of it share is in the codec block; everything that changes from frame to frame, its
/// quality for example, is in the bytes of the frame.
pub trait VideoCodec: Send + Sync {
    /// Its number in headers.
    fn id(&self) -> CodecId;

    /// What users call it.
    fn name(&self) -> &'static str;

    /// What streams name its model by.
    fn model(&self) -> ModelHash;

    /// Whether it codes videos of this format. Where it does not, callers may convert to 4:2:0 or 4:4:4 of 8 bits.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`](crate::CodecError::Unsupported) with the reason.
    fn check(&self, format: &VideoFormat) -> Result<()>;

    /// The codec block of a stream.
    fn block(&self, options: &FrameOptions) -> Vec<u8>;

    /// The quality that a codec block states.
    ///
    /// # Errors
    /// [`CodecError::Malformed`](crate::CodecError::Malformed) for a block that [`block`](Self::block) does not write.
    fn quality(&self, block: &[u8]) -> Result<Quality>;

    /// An encoder of one video.
    ///
    /// # Errors
    /// As [`check`](Self::check) and [`quality`](Self::quality).
    fn encoder(&self, format: &VideoFormat, block: &[u8], options: &FrameOptions) -> Result<Box<dyn FrameEncoder>>;

    /// A decoder of one video.
    ///
    /// # Errors
    /// As [`check`](Self::check) and [`quality`](Self::quality).
    fn decoder(&self, format: &VideoFormat, block: &[u8]) -> Result<Box<dyn FrameDecoder>>;
}

/// Encodes the frames of one video in their order.
pub trait FrameEncoder: Send {
    /// The quality of frames from the next one on.
    fn set_quality(&mut self, quality: Quality);

    /// Encodes one frame. For [`FrameKind::Predicted`] it may answer with a key frame, at a cut for example; the first
    /// frame always becomes one. The bytes are a function of the frames since the last key frame, on any number of
    /// threads.
    ///
    /// # Errors
    /// [`CodecError::Parameter`](crate::CodecError::Parameter) for a frame of another format; failures of the coder.
    fn encode(&mut self, frame: &VideoFrame, kind: FrameKind) -> Result<EncodedFrame>;
}

/// Decodes the frames of one video.
pub trait FrameDecoder: Send {
    /// Decodes the next frame. A key frame may follow any frame, an error too, and forgets all before it. A predicted
    /// frame follows the frame that came before it when it was encoded: the pipeline sees to that. Never panics, and
    /// work and memory are at most in proportion to the size of a frame, whatever the bytes.
    ///
    /// # Errors
    /// [`CodecError::Symbols`](crate::CodecError::Symbols) or
    /// [`CodecError::Malformed`](crate::CodecError::Malformed) for bytes that no encoder wrote, and for a predicted frame
    /// without one before it.
    fn decode(&mut self, bytes: &[u8], kind: FrameKind) -> Result<DecodedFrame>;
}
