//! What a stream holds.

use lmc::codec::container::{Metadata, Track};
use lmc::{Color, Header, Media, MediaKind};

use crate::border::bytes_of;
use crate::{LMC_IMAGE, LMC_NONE, LMC_PROBE_BYTES, LMC_SOUND, LMC_VIDEO};

/// What a stream holds, as its header says. Fields of other media are 0.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Info {
    /// LMC_IMAGE, LMC_SOUND or LMC_VIDEO.
    pub kind: i32,
    /// The number of the codec.
    pub codec: u32,
    /// The id of the model that decodes it; zeros where none is needed.
    pub model: [u8; 16],
    /// Width of the whole image, or of the frames of a video, in pixels.
    pub width: u32,
    /// Height of the whole image, or of the frames of a video, in pixels.
    pub height: u32,
    /// Colours of a pixel without alpha: 1 for gray, 3 for RGB and for the planes of a video in colour.
    pub colors: u32,
    /// Bits of a sample of an image, 8 or 16, or of a video, 8, 10 or 12; of a sound as it was given to the encoder, 8,
    /// 16, 24 or 32.
    pub bits: u32,
    /// 1 if there is alpha.
    pub alpha: u32,
    /// Samples a second of each channel of a sound, that of a video too; 0 for a video without one.
    pub rate: u32,
    /// Channels of a sound, that of a video too; 0 for a video without one.
    pub channels: u32,
    /// How many texts lmc_tag has.
    pub tags: u32,
    /// Samples of each channel of a sound.
    pub samples: u64,
    /// Frames of a video; 0 if they are not known before all are decoded.
    pub frames: u64,
    /// Frames a second of a video, the usual ones where they vary: this over `frame_rate_denominator`.
    pub frame_rate_numerator: u32,
    /// See `frame_rate_numerator`.
    pub frame_rate_denominator: u32,
    /// 0.
    pub reserved: [u64; 6],
}

impl Info {
    pub(crate) fn new(header: &Header, metadata: &Metadata, track: Option<&Track>) -> Self {
        let known = Self {
            kind: kind_of(header.media.kind()),
            codec: u32::from(header.codec.0),
            model: header.model.0,
            tags: metadata.tags.entries().count().try_into().unwrap_or(u32::MAX),
            ..Self::default()
        };
        match &header.media {
            Media::Image(image) => Self {
                width: image.width,
                height: image.height,
                colors: match image.color {
                    Color::Gray => 1,
                    Color::Rgb => 3,
                },
                bits: image.depth.bits(),
                alpha: u32::from(image.alpha),
                ..known
            },
            Media::Sound(sound) => Self {
                rate: sound.rate,
                channels: u32::from(sound.channels),
                bits: u32::from(sound.format.bits()),
                samples: sound.samples,
                ..known
            },
            Media::Video(video) => Self {
                width: video.format.width,
                height: video.format.height,
                colors: video.format.chroma.planes() as u32,
                bits: u32::from(video.format.depth),
                frames: video.frames.unwrap_or(0),
                frame_rate_numerator: video.format.frame_rate.numerator,
                frame_rate_denominator: video.format.frame_rate.denominator,
                rate: track.and_then(Track::sound).map_or(0, |sound| sound.rate),
                channels: track
                    .and_then(Track::sound)
                    .map_or(0, |sound| u32::from(sound.channels)),
                samples: track.and_then(Track::samples).unwrap_or(0),
                ..known
            },
        }
    }
}

fn kind_of(kind: MediaKind) -> i32 {
    match kind {
        MediaKind::Image => LMC_IMAGE,
        MediaKind::Sound => LMC_SOUND,
        MediaKind::Video => LMC_VIDEO,
    }
}

/// What bytes begin: LMC_IMAGE, LMC_SOUND, LMC_VIDEO, or LMC_NONE for anything else and for fewer than LMC_PROBE_BYTES.
/// Decodes nothing and does not touch the last error.
///
/// # Safety
/// `bytes` is NULL or points to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lmc_probe(bytes: *const u8, length: usize) -> i32 {
    // SAFETY: as promised by the caller.
    let start = unsafe { bytes_of(bytes, length.min(LMC_PROBE_BYTES)) };
    let kind = start.and_then(Header::media_kind);
    kind.map_or(LMC_NONE, kind_of)
}
