//! Sound files: WAV, FLAC, Ogg Vorbis, MP3 and AAC are read piece by piece, and WAV is written so.
//!
//! Files are recognised by their content. What a stream cannot hold is refused by name.

mod compressed;
mod guard;
mod info_chunk;
mod wav_read;
mod wav_write;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufReader, Cursor, Read, SeekFrom};
use std::path::Path;

/// What a sound file is read from: a file, or a cursor over bytes.
pub use symphonia::core::io::MediaSource;

use super::SoundSource;
use crate::error::{CodecError, Result};

pub use guard::is_guarded;
pub use wav_write::WavWriter;

/// Endings of the files that can be read.
pub const ENDINGS: [&str; 9] = ["wav", "wave", "flac", "ogg", "oga", "mp3", "m4a", "mp4", "aac"];

/// A format of sound files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SoundFormat {
    /// RIFF WAVE: integers of 8 to 32 bits and floats of 32.
    Wav,
    /// Free Lossless Audio Codec.
    Flac,
    /// Vorbis in Ogg.
    Ogg,
    /// MPEG audio, layer 3.
    Mp3,
    /// AAC in MP4.
    M4a,
    /// AAC in ADTS.
    Aac,
}

impl SoundFormat {
    /// The format of a file that begins with `head`; a dozen bytes suffice.
    ///
    /// # Errors
    /// `Unsupported` for other content, naming it where it is known.
    pub fn from_content(head: &[u8]) -> Result<Self> {
        let other = match head {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => return Ok(Self::Wav),
            [b'f', b'L', b'a', b'C', ..] => return Ok(Self::Flac),
            [b'O', b'g', b'g', b'S', ..] => return Ok(Self::Ogg),
            [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, ..] => return Ok(Self::Aac),
            [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xff, ..] => return Ok(Self::Mp3),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if !is_picture(brand) => return Ok(Self::M4a),
            [b'R', b'F', b'6', b'4', ..] | [b'r', b'i', b'f', b'f', ..] => "a WAV file of 64 bits",
            [b'F', b'O', b'R', b'M', ..] => "AIFF",
            [0x1a, 0x45, 0xdf, 0xa3, ..] => "Matroska or WebM",
            [0x8d, b'L', b'M', b'C', ..] => "an lmc stream, which is decoded and not encoded",
            _ => "of an unknown format",
        };
        Err(CodecError::Unsupported(format!(
            "the sound file is {other}; readable are WAV, FLAC, Ogg Vorbis, MP3, M4A and AAC"
        )))
    }

    /// The name of the format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg",
            Self::Mp3 => "MP3",
            Self::M4a => "M4A",
            Self::Aac => "AAC",
        }
    }

    /// An error in a file of this format.
    pub(crate) fn error(self, reason: impl Into<String>) -> CodecError {
        CodecError::Media {
            format: self.name(),
            reason: reason.into(),
        }
    }
}

/// Whether the brand of an MP4 file is that of a picture.
fn is_picture(brand: &[u8]) -> bool {
    [&b"avif"[..], b"avis", b"heic", b"heix", b"mif1", b"msf1"]
        .iter()
        .any(|other| brand.starts_with(other))
}

/// Opens a sound file.
///
/// # Errors
/// As [`open`], and `Io` when there is no such file.
pub fn open_path(path: &Path) -> Result<Box<dyn SoundSource>> {
    open(File::open(path)?)
}

/// Opens the sound file that `bytes` are.
///
/// # Errors
/// As [`open`].
pub fn open_bytes(bytes: Vec<u8>) -> Result<Box<dyn SoundSource>> {
    open(Cursor::new(bytes))
}

/// Opens a sound file whatever its format. Only its beginning is read, and no more than a few packets are held later.
///
/// # Errors
/// `Unsupported` for other formats, and for sounds of other rates and channels than streams may have; `Media` for damaged
/// files; `Io`.
pub fn open<R: MediaSource + 'static>(mut file: R) -> Result<Box<dyn SoundSource>> {
    let mut head = Vec::new();
    file.by_ref().take(16).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    let source: Box<dyn SoundSource> = match SoundFormat::from_content(&head)? {
        SoundFormat::Wav => Box::new(wav_read::WavSource::new(BufReader::new(file))?),
        format => Box::new(guard::guarded(format, || {
            compressed::CompressedSource::new(Box::new(file), format)
        })?),
    };
    source.spec().check()?;
    Ok(source)
}
