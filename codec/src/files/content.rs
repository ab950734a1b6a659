//! What a file holds, by its first bytes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Format;
use crate::container::MAGIC;
use crate::error::CodecError;
use crate::sound::files::SoundFormat;

/// Bytes that tell what a file holds.
pub const HEAD_BYTES: usize = 16;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Nothing: it has no bytes.
    Empty,
    /// A picture that can be read.
    Image(Format),
    /// A sound that can be read.
    Sound(SoundFormat),
    /// A stream of this project.
    Stream,
    /// Something else, with its name where that is known.
    Other(Option<&'static str>),
}

impl Content {
    /// What a file holds that begins with `head`, [`HEAD_BYTES`] of it or all.
    pub fn of(head: &[u8]) -> Self {
        if head.is_empty() {
            return Self::Empty;
        }
        if head.starts_with(&MAGIC) {
            return Self::Stream;
        }
        match (Format::from_content(head), SoundFormat::from_content(head)) {
            (Ok(format), _) => Self::Image(format),
            (_, Ok(format)) => Self::Sound(format),
            _ => Self::Other(Format::known_by_name(head).or_else(|| SoundFormat::known_by_name(head))),
        }
    }

    /// What the file at `path` holds.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_path(path: &Path) -> io::Result<Self> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        File::open(path)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        Ok(Self::of(&head))
    }

    /// Why such a file is not encoded; only for what is neither picture nor sound.
    pub fn refusal(self) -> CodecError {
        let is = match self {
            Self::Empty => "empty",
            Self::Stream => "an lmc stream, which is decoded and not encoded",
            Self::Other(Some(name)) => name,
            Self::Image(_) | Self::Sound(_) | Self::Other(None) => "of an unknown format",
        };
        let (pictures, sounds) = (Format::READABLE, SoundFormat::READABLE);
        CodecError::Unsupported(format!(
            "the file is {is}; readable are the pictures {pictures}, and the sounds {sounds}"
        ))
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn content_tells_what_a_file_is() {
        let cases: [(&[u8], Content); 7] = [
            (b"", Content::Empty),
            (b"\x89PNG\r\n\x1a\n....", Content::Image(Format::Png)),
            (b"RIFF....WAVEfmt ", Content::Sound(SoundFormat::Wav)),
            (b"RIFF....WEBPVP8 ", Content::Image(Format::WebP)),
            (b"\x8dLMC\x01", Content::Stream),
            (
                b"%PDF-1.7",
                Content::Other(Some("a PDF document (convert it to PNG first)")),
            ),
            (b"MThd\0\0\0\x06", Content::Other(Some("MIDI, which has no samples"))),
        ];
        for (head, content) in cases {
            assert_eq!(Content::of(head), content, "{head:?}");
        }
        let said = Content::of(b"hello").refusal().to_string();
        assert!(
            said.contains(Format::READABLE) && said.contains(SoundFormat::READABLE),
            "{said}"
        );
    }
}
