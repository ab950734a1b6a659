//! Image files: PNG, JPEG, PNM, WebP and TIFF become an [`Image`](crate::Image), and back.
//!
//! Files are recognised by their content when read and chosen by their ending when written. What a
//! [`Image`](crate::Image) cannot hold is refused by name (CMYK, animations, several pages),
//! and what a file format cannot hold is reported as [`Lost`].
//!
//! Files of any kind are found in folders by [`walk`] and written whole or not at all by [`WholeFile`].

mod content;
mod exif;
mod markers;
mod orient;
mod png;
mod pnm;
mod read;
#[cfg(test)]
mod tests;
mod walk;
mod whole;
mod write;

use std::path::Path;

use crate::error::{CodecError, Result};

pub use content::{Content, HEAD_BYTES};
pub use read::{read, read_bytes, read_path, size_of};
pub use walk::{Walked, has_ending, walk, walk_what_can_be_read};
pub use whole::{WholeFile, remove_unfinished, write_whole};
pub use write::{JPEG_QUALITY, Lost, to_bytes, write};

/// A format of picture files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Portable Network Graphics: everything that a picture has.
    Png,
    /// JPEG: 8 bits, no alpha, lossy.
    Jpeg,
    /// Portable any-map (`P5`, `P6`): no alpha, no metadata. Reads `P1` to `P7`.
    Pnm,
    /// Portable arbitrary map (`P7`): with alpha, no metadata.
    Pam,
    /// WebP, written losslessly: 8 bits, sides of up to 16384 pixels.
    WebP,
    /// TIFF: no EXIF.
    Tiff,
}

impl Format {
    /// The format that the ending of `path` stands for.
    ///
    /// # Errors
    /// `Parameter` for an unknown ending, naming the known ones.
    pub fn from_path(path: &Path) -> Result<Self> {
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_ascii_lowercase();
        match ending.as_str() {
            "png" => Ok(Self::Png),
            "jpg" | "jpeg" | "jpe" | "jfif" => Ok(Self::Jpeg),
            "ppm" | "pgm" | "pnm" => Ok(Self::Pnm),
            "pam" => Ok(Self::Pam),
            "webp" => Ok(Self::WebP),
            "tif" | "tiff" => Ok(Self::Tiff),
            _ => Err(CodecError::Parameter(format!(
                "{} has no known picture ending (png, jpg, ppm, pgm, pnm, pam, webp, tif)",
                path.display()
            ))),
        }
    }

    /// The format of a file that begins with `head`; a dozen bytes suffice.
    ///
    /// # Errors
    /// `Unsupported` for other content, naming it where it is known.
    pub fn from_content(head: &[u8]) -> Result<Self> {
        match head {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => return Ok(Self::Png),
            [0xff, 0xd8, 0xff, ..] => return Ok(Self::Jpeg),
            [b'P', b'1'..=b'6', b' ' | b'\t' | b'\r' | b'\n' | b'#', ..] => return Ok(Self::Pnm),
            [b'P', b'7', b'\n', ..] => return Ok(Self::Pam),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
                return Ok(Self::WebP);
            }
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => return Ok(Self::Tiff),
            _ => {}
        }
        let other = Self::known_by_name(head).unwrap_or("of an unknown format");
        Err(CodecError::Unsupported(format!(
            "the picture file is {other}; readable are {}",
            Self::READABLE
        )))
    }

    /// The formats that can be read.
    pub const READABLE: &str = "PNG, JPEG, PNM, WebP and TIFF";

    /// What the content of a file is that cannot be read, where that is known.
    pub(crate) fn known_by_name(head: &[u8]) -> Option<&'static str> {
        match head {
            [b'G', b'I', b'F', b'8', ..] => Some("GIF"),
            [b'B', b'M', ..] => Some("BMP"),
            [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Some("JPEG XL"),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("AVIF or HEIC"),
            [0x8d, b'L', b'M', b'C', ..] => Some("an lmc stream, which is decoded and not encoded"),
            _ => None,
        }
    }

    /// The name of the format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Pnm => "PNM",
            Self::Pam => "PAM",
            Self::WebP => "WebP",
            Self::Tiff => "TIFF",
        }
    }

    /// An error in a file of this format.
    pub(crate) fn error(self, reason: impl Into<String>) -> CodecError {
        CodecError::Media {
            format: self.name(),
            reason: reason.into(),
        }
    }

    /// An error of the library that reads and writes this format.
    pub(crate) fn library_error(self, error: image::ImageError) -> CodecError {
        use image::ImageError::{IoError, Unsupported};
        match error {
            IoError(error) => match error.kind() {
                std::io::ErrorKind::UnexpectedEof => self.error("the file ends early"),
                // What the libraries wrap in an input error is in truth an error of theirs.
                _ if error.get_ref().is_some() => self.error(error.to_string()),
                _ => CodecError::Io(error),
            },
            Unsupported(error) => CodecError::Unsupported(format!("{}: {error}", self.name())),
            other => self.error(other.to_string()),
        }
    }
}
