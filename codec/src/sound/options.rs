//! How to encode a sound, and what came of it.

use crate::Quality;

use super::SoundSource;
use crate::limits::Limits;

/// How to encode a sound.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundEncodeOptions {
    /// Quality, 0 to 100. Default 60.
    pub quality: Quality,
    /// Whether tags go into the stream. Default true.
    pub keep_tags: bool,
    /// Which loudspeakers the channels are for, as `dwChannelMask` of WAV files says it. Default `None`, for which
    /// [`encode_sound`](super::encode_sound) takes what the source says.
    pub channel_mask: Option<u32>,
    /// What a sound may be, at most, so that a decoder with the same limits accepts it.
    pub limits: Limits,
}

impl Default for SoundEncodeOptions {
    fn default() -> Self {
        Self {
            quality: Quality::default(),
            keep_tags: true,
            channel_mask: None,
            limits: Limits::default(),
        }
    }
}

impl SoundEncodeOptions {
    /// The same with what a source says of its channels, unless that is set.
    pub(super) fn for_source(self, source: &dyn SoundSource) -> Self {
        Self {
            channel_mask: self.channel_mask.or_else(|| said_mask(source)),
            ..self
        }
    }
}

/// What a source says of its channels, unless that goes without saying: mono in the middle, and stereo.
fn said_mask(source: &dyn SoundSource) -> Option<u32> {
    let usual = match source.spec().channels {
        1 => Some(0x4),
        2 => Some(0x3),
        _ => None,
    };
    source.channel_mask().filter(|&mask| Some(mask) != usual)
}

/// What a stream of sound consists of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoundStats {
    /// Samples of each channel.
    pub samples: u64,
    /// Length in seconds.
    pub seconds: f64,
    /// Number of packets.
    pub packets: u32,
    /// Symbols that were coded, as the codec counts them.
    pub symbols: u64,
    /// Hash of all symbols, as [`verify_sound`](super::verify_sound) finds it.
    pub symbol_hash: u64,
    /// Where the bytes went.
    pub bytes: SoundBytes,
    /// Thousand bits a second: all bytes of the stream over the length; 0 for an empty sound.
    pub kbps: f64,
    /// Samples that were no numbers, or beyond all bounds, and were replaced by 0 or the bound.
    pub cleaned: u64,
}

/// Bytes of a stream by kind; segments with their heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SoundBytes {
    /// All of the stream.
    pub total: u64,
    /// The packets.
    pub packets: u64,
    /// The tags.
    pub tags: u64,
}
