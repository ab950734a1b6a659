//! Which format a sound file has, by its content.

use super::pcm::W64_START;
use super::tags::{ape, id3v2};
use crate::error::{CodecError, Result};

/// Endings of the files that can be read.
pub const ENDINGS: [&str; 28] = [
    "wav", "wave", "rf64", "bw64", "w64", "bwf", "aif", "aiff", "aifc", "caf", "au", "snd", "flac", "ogg", "oga",
    "opus", "mp3", "mp2", "mp1", "m4a", "m4b", "mp4", "m4v", "mov", "aac", "mka", "mkv", "webm",
];

/// A format of sound files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SoundFormat {
    /// RIFF WAVE and its kin: RF64, BW64, W64 and RIFX.
    Wav,
    /// AIFF and AIFF-C.
    Aiff,
    /// Core Audio Format.
    Caf,
    /// AU of Sun and NeXT.
    Au,
    /// Free Lossless Audio Codec.
    Flac,
    /// Vorbis, Opus or FLAC in Ogg.
    Ogg,
    /// MPEG audio, layers 1 to 3.
    Mp3,
    /// The sound of MP4 and QuickTime files.
    M4a,
    /// AAC in ADTS.
    Aac,
    /// The sound of Matroska and WebM files.
    Matroska,
    /// Anything that an installed ffmpeg program reads.
    Ffmpeg,
    /// Samples without a header.
    Raw,
}

impl SoundFormat {
    /// The formats that can be read.
    pub const READABLE: &str = "WAV (RF64, BW64, W64, RIFX), AIFF, CAF, AU, FLAC, Ogg (Vorbis, Opus, FLAC), MP3, AAC, \
                                and the sound of MP4 and Matroska";

    /// Bytes of a file that suffice to tell its format, tags in front of it left out.
    pub const HEAD_BYTES: usize = 16;

    /// The format of a file that begins with `head`, of which [`HEAD_BYTES`](Self::HEAD_BYTES) suffice. Tags in front of
    /// a file are taken for those of MP3.
    ///
    /// # Errors
    /// `Unsupported` for other content, naming it where it is known.
    pub fn from_content(head: &[u8]) -> Result<Self> {
        if head.starts_with(&W64_START) {
            return Ok(Self::Wav);
        }
        match head {
            [b'R', b'I', b'F', b'F' | b'X', _, _, _, _, b'W', b'A', b'V', b'E', ..]
            | [b'R', b'F', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..]
            | [b'B', b'W', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => return Ok(Self::Wav),
            [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C', ..] => return Ok(Self::Aiff),
            [b'c', b'a', b'f', b'f', 0, 1, ..] => return Ok(Self::Caf),
            [b'.', b's', b'n', b'd', ..] | [b'd', b'n', b's', b'.', ..] => return Ok(Self::Au),
            [b'f', b'L', b'a', b'C', ..] => return Ok(Self::Flac),
            [b'O', b'g', b'g', b'S', ..] => return Ok(Self::Ogg),
            [0x1a, 0x45, 0xdf, 0xa3, ..] => return Ok(Self::Matroska),
            [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, ..] => return Ok(Self::Aac),
            [b'I', b'D', b'3', ..] | [b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X', ..] => return Ok(Self::Mp3),
            [0xff, second, third, ..] if second & 0xe0 == 0xe0 && second & 6 != 0 && third >> 4 != 15 => {
                return Ok(Self::Mp3);
            }
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if !is_picture(brand) => return Ok(Self::M4a),
            [_, _, _, _, b'm' | b'w', b'o' | b'i', b'o' | b'd', b'v' | b'e', ..] => return Ok(Self::M4a),
            _ => {}
        }
        let other =
            Self::known_by_name(head).unwrap_or("of an unknown format; an installed ffmpeg may read it: --via ffmpeg");
        let readable = Self::READABLE;
        Err(CodecError::Unsupported(format!(
            "the sound file is {other}; readable are {readable}"
        )))
    }

    /// What the content of a file is that cannot be read, where that is known.
    pub(crate) fn known_by_name(head: &[u8]) -> Option<&'static str> {
        Some(match head {
            [0x30, 0x26, 0xb2, 0x75, ..] => "Windows Media (--via ffmpeg may read it)",
            [b'w', b'v', b'p', b'k', ..] => "WavPack (--via ffmpeg may read it)",
            [b'M', b'A', b'C', b' ', ..] => "Monkey's Audio (--via ffmpeg may read it)",
            [b'#', b'!', b'A', b'M', b'R', ..] => "AMR (--via ffmpeg may read it)",
            [b'D', b'S', b'D', b' ', ..] | [b'F', b'R', b'M', b'8', ..] => "DSD (--via ffmpeg may read it)",
            [b'T', b'T', b'A', b'1', ..] => "True Audio (--via ffmpeg may read it)",
            // Transport streams have no name, but a mark every 188 bytes; the first packets tell of programs.
            [0x47, 0x40, _, 0x10..=0x1f, ..] => "an MPEG transport stream (--via ffmpeg may read its sound)",
            [0x0b, 0x77, ..] => "AC-3 (--via ffmpeg may read it)",
            [b'M', b'T', b'h', b'd', ..] => "MIDI, which has no samples",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => "AVI (--via ffmpeg may read its sound)",
            [0x8d, b'L', b'M', b'C', ..] => "an lmc stream, which is decoded and not encoded",
            [] => "empty",
            _ => return None,
        })
    }

    /// How many bytes of tags of other formats `head` says to stand in front of a file.
    pub(super) fn tag_bytes(head: &[u8]) -> Option<u64> {
        id3v2::length(head).or_else(|| ape::Ape::read(head.get(..32)?).map(|tag| 32 + tag.bytes))
    }

    /// The name of the format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Aiff => "AIFF",
            Self::Caf => "CAF",
            Self::Au => "AU",
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg",
            Self::Mp3 => "MP3",
            Self::M4a => "MP4",
            Self::Aac => "AAC",
            Self::Matroska => "Matroska",
            Self::Ffmpeg => "ffmpeg",
            Self::Raw => "raw samples",
        }
    }

    /// An error in a file of this format.
    pub(crate) fn error(self, reason: impl Into<String>) -> CodecError {
        CodecError::Media {
            format: self.name(),
            reason: reason.into(),
        }
    }

    /// The error of a file that ends early.
    pub(super) fn cut(self, what: impl std::fmt::Display) -> CodecError {
        self.error(format!("the file ends early: {what}; --salvage takes what there is"))
    }

    /// What a file of this format holds and this library cannot read.
    pub(super) fn unsupported(self, what: impl std::fmt::Display) -> CodecError {
        let name = self.name();
        CodecError::Unsupported(format!(
            "{name} with {what}; an installed ffmpeg may read it: --via ffmpeg"
        ))
    }
}

/// Whether the brand of an MP4 file is that of a picture.
fn is_picture(brand: &[u8]) -> bool {
    [
        &b"avif"[..],
        b"avis",
        b"heic",
        b"heix",
        b"heif",
        b"mif1",
        b"msf1",
        b"crx ",
    ]
    .iter()
    .any(|other| brand.starts_with(other))
}
