//! What a stream holds, as any reader can tell: size and colours, or rate and channels, and the number of parts.

mod cicp;
mod image;
mod places;
mod sound;
mod video;

pub use image::ImageMedia;
pub use places::TilePlaces;
pub(crate) use sound::coded_samples;
pub use sound::{PacketGrid, SoundMedia};
pub use video::VideoMedia;

use super::damage::Places;
use super::fields::Fields;
use crate::error::{CodecError, Result};
use crate::limits::Limits;

/// The kinds of media. Numbers are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// One still image, cut into tiles.
    Image = 1,
    /// Sound of any number of channels, cut into packets.
    Sound = 2,
    /// Video, cut into frames.
    Video = 3,
}

impl MediaKind {
    /// What users call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Sound => "sound",
            Self::Video => "video",
        }
    }

    /// The kind of this number.
    pub(super) fn from_byte(byte: u8) -> Result<Self> {
        let kinds = [Self::Image, Self::Sound, Self::Video];
        let kind = kinds.into_iter().find(|kind| *kind as u8 == byte);
        kind.ok_or_else(|| newer(format!("media of kind {byte}")))
    }

    /// The name of one part.
    pub fn part_name(self) -> &'static str {
        match self {
            Self::Image => "tile",
            Self::Sound => "packet",
            Self::Video => "frame",
        }
    }
}

/// The media block of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// An image.
    Image(ImageMedia),
    /// A sound.
    Sound(SoundMedia),
    /// A video.
    Video(VideoMedia),
}

impl Media {
    /// Which kind it is.
    pub fn kind(&self) -> MediaKind {
        match self {
            Self::Image(_) => MediaKind::Image,
            Self::Sound(_) => MediaKind::Sound,
            Self::Video(_) => MediaKind::Video,
        }
    }

    /// The number of parts: the most that there may be where [the length is open](Self::is_open). Headers that were read
    /// or written have at most 2^32 - 1.
    pub fn parts(&self) -> u64 {
        match self {
            Self::Image(image) => image.tiles(),
            Self::Sound(sound) => sound.grid().count(),
            Self::Video(video) => video.frames.unwrap_or(u64::from(u32::MAX)),
        }
    }

    /// Whether the header was written before the number of parts was known: the end of the stream tells it.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Video(VideoMedia { frames: None, .. }))
    }

    /// Whether an ALPHA segment follows each part.
    pub fn has_alpha(&self) -> bool {
        matches!(self, Self::Image(image) if image.alpha)
    }

    /// Refuses media larger than `limits` allow.
    ///
    /// # Errors
    /// [`CodecError::Limit`].
    pub fn check_limits(&self, limits: &Limits) -> Result<()> {
        match self {
            Self::Image(image) => limits.check_size(image.width, image.height),
            Self::Sound(sound) => limits.check_sound(sound.samples, sound.channels),
            Self::Video(video) => limits.check_size(video.format.width, video.format.height),
        }
    }

    /// The rules of the fields; says what breaks them.
    fn check(&self) -> Result<(), String> {
        match self {
            Self::Image(image) => image.check()?,
            Self::Sound(sound) => sound.check()?,
            Self::Video(video) => video.check()?,
        }
        let (parts, name) = (self.parts(), self.kind().part_name());
        if parts > u64::from(u32::MAX) {
            return Err(format!("{parts} {name}s are more than can be counted"));
        }
        Ok(())
    }

    /// The media block. Its length depends neither on the samples of a sound nor on the frames of a video.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] when a field is out of its range.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.check().map_err(CodecError::Parameter)?;
        let mut out = vec![self.kind() as u8];
        match self {
            Self::Image(image) => image.write(&mut out),
            Self::Sound(sound) => sound.write(&mut out),
            Self::Video(video) => video.write(&mut out),
        }
        Ok(out)
    }

    /// Reads the media block `bytes`, which lies at `offset` in the stream. Bytes behind the fields that this version
    /// knows are for information only, and are ignored.
    ///
    /// # Errors
    /// `Malformed` for fields out of their range, `Unsupported` for kinds and flags of newer versions.
    pub fn parse(bytes: &[u8], offset: usize) -> Result<Self> {
        let mut fields = Fields::new(bytes, offset);
        let media = match MediaKind::from_byte(fields.byte()?)? {
            MediaKind::Image => Self::Image(ImageMedia::read(&mut fields)?),
            MediaKind::Sound => Self::Sound(SoundMedia::read(&mut fields)?),
            MediaKind::Video => Self::Video(VideoMedia::read(&mut fields)?),
        };
        media.check().map_err(|reason| CodecError::malformed(offset, reason))?;
        Ok(media)
    }
}

/// Places that any reader can tell: the times of packets and frames. For those of tiles see [`TilePlaces`].
impl Places for Media {
    fn part_name(&self) -> &'static str {
        self.kind().part_name()
    }

    fn place(&self, first: u32, count: u32) -> Option<String> {
        let (from_ms, to_ms) = match self {
            Self::Image(_) => return None,
            Self::Sound(sound) => sound.grid().span_ms(first, count),
            Self::Video(video) => video.span_ms(first, count),
        };
        let seconds = |ms: u64| ms as f64 / 1000.0;
        Some(format!("{:.3} s to {:.3} s", seconds(from_ms), seconds(to_ms)))
    }
}

/// Refuses what only a newer version can have written.
fn newer(what: String) -> CodecError {
    CodecError::Unsupported(format!("{what}: a newer version wrote this stream"))
}

/// Refuses the flags that are not `known`.
fn check_flags(media: MediaKind, flags: u8, known: u8) -> Result<()> {
    match flags & !known {
        0 => Ok(()),
        _ => Err(newer(format!("{} flags {flags:#04x}", media.name()))),
    }
}
