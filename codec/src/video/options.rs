//! How to encode a video, and what came of it.

use crate::codecs::frames::FrameOptions;
use crate::limits::Limits;
use crate::media::Tags;
use crate::media::video::VideoFormat;
use crate::quality::Quality;

/// How to encode a video.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct VideoEncodeOptions {
    /// Quality and effort of frames.
    pub frames: FrameOptions,
    /// Quality of the sound. Default 60.
    pub sound_quality: Quality,
    /// The most frames from a key frame to the next, at least 1. Default `None`: two seconds.
    pub key_interval: Option<u32>,
    /// Bits a second of the whole file that are aimed at; the quality of frames is then where the search begins. Default
    /// `None`: the quality stays.
    pub bitrate: Option<f64>,
    /// Title, artist and other texts for the stream.
    pub tags: Tags,
    /// What a video may be, at most, so that a decoder with the same limits accepts it.
    pub limits: Limits,
}

/// Seconds from a key frame to the next, where nothing else is asked for: what a decoder decodes in vain, at most, to
/// show the frame that a user jumps to.
const KEY_SECONDS: f64 = 2.0;

impl VideoEncodeOptions {
    /// With other options of frames.
    pub fn with_frames(self, frames: FrameOptions) -> Self {
        Self { frames, ..self }
    }

    /// With another quality of the sound.
    pub fn with_sound_quality(self, sound_quality: Quality) -> Self {
        Self { sound_quality, ..self }
    }

    /// With another distance of key frames.
    pub fn with_key_interval(self, key_interval: Option<u32>) -> Self {
        Self { key_interval, ..self }
    }

    /// With a bit rate to aim at.
    pub fn with_bitrate(self, bitrate: Option<f64>) -> Self {
        Self { bitrate, ..self }
    }

    /// With texts.
    pub fn with_tags(self, tags: Tags) -> Self {
        Self { tags, ..self }
    }

    /// With other limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The most frames from a key frame to the next.
    pub(super) fn interval(&self, format: &VideoFormat) -> u32 {
        let usual = (format.frame_rate.value() * KEY_SECONDS).round().clamp(1.0, 10_000.0) as u32;
        self.key_interval.unwrap_or(usual).max(1)
    }
}

/// What a stream of video consists of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VideoStats {
    /// Number of frames.
    pub frames: u64,
    /// Those of them that are key frames.
    pub keys: u64,
    /// Length in seconds.
    pub seconds: f64,
    /// Symbols of frames that were coded, as the codec counts them.
    pub symbols: u64,
    /// Hash of all symbols of frames, as [`verify_video`](super::verify_video) finds it.
    pub symbol_hash: u64,
    /// Samples of each channel of the sound.
    pub samples: u64,
    /// Where the bytes went.
    pub bytes: VideoBytes,
    /// Thousand bits a second: all bytes of the stream over the length; 0 for an empty video.
    pub kbps: f64,
}

/// Bytes of a stream by kind; segments with their heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VideoBytes {
    /// All of the stream.
    pub total: u64,
    /// Key frames.
    pub keys: u64,
    /// Predicted frames.
    pub predicted: u64,
    /// The packets of the sound.
    pub sound: u64,
}
