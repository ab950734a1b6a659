//! Image files become an [`Image`](crate::Image), and back.
//!
//! Read are PNG, JPEG, TIFF, WebP, portable any-maps, BMP, GIF, QOI and TGA; written are PNG, JPEG, TIFF, WebP and
//! portable any-maps. Files are recognised by their content when read and chosen by their ending when written. What an
//! [`Image`](crate::Image) cannot hold is refused by name (CMYK, camera raw, animations) or noted ([`Notes`]), and what
//! a file format cannot hold is reported as [`Lost`].
//!
//! Files of any kind are found in folders by [`walk`] and written whole or not at all by [`WholeFile`].

mod color;
mod content;
mod damaged;
mod density;
mod ends;
mod exif;
mod fields;
mod gif;
mod jpeg;
mod loaded;
mod lost;
mod notes;
mod orient;
mod others;
mod png;
mod pnm;
mod read;
mod rows;
#[cfg(test)]
mod tests;
mod tiff;
mod walk;
mod webp;
mod whole;
mod write;

use std::path::Path;

use crate::error::{CodecError, Result};

pub use crate::guard::is_guarded;
pub use content::{Content, HEAD_BYTES};
use fields::inflate;
pub use lost::Lost;
pub use notes::{FileImage, Notes, ReadOptions};
pub use read::{read, read_bytes, read_noted, read_path, size_of};
pub use walk::{Walked, has_ending, walk, walk_what_can_be_read};
pub use whole::{WholeFile, remove_unfinished, write_whole};
pub use write::{JPEG_QUALITY, to_bytes, write};

/// Endings of the image files that can be read.
pub const ENDINGS: [&str; 19] = [
    "png", "apng", "jpg", "jpeg", "jpe", "jfif", "webp", "ppm", "pgm", "pbm", "pnm", "pam", "tif", "tiff", "bmp",
    "dib", "gif", "qoi", "tga",
];

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
    /// Windows bitmap; only read.
    Bmp,
    /// GIF, one frame; only read.
    Gif,
    /// Quite OK Image; only read.
    Qoi,
    /// Truevision TGA; only read.
    Tga,
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
            [0xff, 0xd8, 0xff, 0xf7, ..] => {}
            [0xff, 0xd8, 0xff, ..] => return Ok(Self::Jpeg),
            [b'P', b'1'..=b'6', b' ' | b'\t' | b'\r' | b'\n' | b'#', ..] => return Ok(Self::Pnm),
            [b'P', b'7', b'\n', ..] => return Ok(Self::Pam),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
                return Ok(Self::WebP);
            }
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => return Ok(Self::Tiff),
            [b'G', b'I', b'F', b'8', ..] => return Ok(Self::Gif),
            [b'q', b'o', b'i', b'f', ..] => return Ok(Self::Qoi),
            [b'B', b'M', _, _, _, _, _, _, _, _, _, _, _, 0, ..] => return Ok(Self::Bmp),
            _ => {}
        }
        let other = Self::known_by_name(head).unwrap_or("of an unknown format");
        Err(CodecError::Unsupported(format!(
            "the picture file is {other}; readable are {}",
            Self::READABLE
        )))
    }

    /// The formats that can be read.
    pub const READABLE: &str = "PNG, JPEG, TIFF, WebP, PNM, BMP, GIF, QOI and TGA";

    /// What the content of a file is that cannot be read, where that is known.
    pub(crate) fn known_by_name(head: &[u8]) -> Option<&'static str> {
        match head {
            [0xff, 0xd8, 0xff, 0xf7, ..] => Some("JPEG-LS (convert it to PNG first)"),
            [b'I', b'I', b'R', b'O' | b'S', ..] | [b'M', b'M', b'O', b'R', ..] => {
                Some("camera raw (Olympus ORF; develop it to TIFF or PNG first)")
            }
            [b'I', b'I', b'U', 0, ..] => Some("camera raw (Panasonic RW2; develop it to TIFF or PNG first)"),
            [b'F', b'U', b'J', b'I', b'F', b'I', b'L', b'M', ..] => {
                Some("camera raw (Fujifilm RAF; develop it to TIFF or PNG first)")
            }
            [_, _, _, _, b'f', b't', b'y', b'p', b'c', b'r', b'x', ..] => {
                Some("camera raw (Canon CR3; develop it to TIFF or PNG first)")
            }
            [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => Some("JPEG XL (convert it to PNG first)"),
            [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] | [0xff, 0x4f, 0xff, 0x51, ..] => {
                Some("JPEG 2000 (convert it to PNG first)")
            }
            [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', _, ..] => Some("AVIF (convert it to PNG first)"),
            [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', ..] => Some("HEIC (convert it to PNG first)"),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("a film or of the family of MP4"),
            [b'8', b'B', b'P', b'S', ..] => Some("a Photoshop document (convert it to PNG first)"),
            [0x76, 0x2f, 0x31, 0x01, ..] => Some("OpenEXR (convert it to PNG first)"),
            [b'#', b'?', b'R' | b'r', ..] => Some("Radiance HDR (convert it to PNG first)"),
            [b'P', b'F' | b'f', b' ' | b'\t' | b'\r' | b'\n', ..] => {
                Some("a floating-point PFM (convert it to PNG first)")
            }
            [0x0a, 0..=5, 0 | 1, 1 | 2 | 4 | 8, ..] => Some("PCX (convert it to PNG first)"),
            [0x01, 0xda, 0 | 1, 1 | 2, ..] => Some("SGI RGB (convert it to PNG first)"),
            [0x59, 0xa6, 0x6a, 0x95, ..] => Some("a Sun raster image (convert it to PNG first)"),
            [b'S', b'D', b'P', b'X', ..] | [b'X', b'P', b'D', b'S', ..] => Some("DPX (convert it to PNG first)"),
            [b'F', b'L', b'I', b'F', ..] => Some("FLIF (convert it to PNG first)"),
            [b'B', b'P', b'G', 0xfb, ..] => Some("BPG (convert it to PNG first)"),
            [b'I', b'I', 0xbc, ..] => Some("JPEG XR (convert it to PNG first)"),
            [b'g', b'i', b'm', b'p', b' ', b'x', b'c', b'f', ..] => Some("a drawing of GIMP (export it to PNG first)"),
            [b'i', b'c', b'n', b's', ..] => Some("an Apple icon (convert it to PNG first)"),
            [b'f', b'a', b'r', b'b', b'f', b'e', b'l', b'd', ..] => Some("farbfeld (convert it to PNG first)"),
            head if head.starts_with(b"SIMPLE  =") => Some("FITS (convert it to PNG first)"),
            head if head.starts_with(b"/* XPM") => Some("XPM (convert it to PNG first)"),
            [0, 0, 1 | 2, 0, ..] => Some("a Windows icon or cursor (convert it to PNG first)"),
            [b'D', b'D', b'S', b' ', ..] => Some("a DDS texture (convert it to PNG first)"),
            [b'%', b'P', b'D', b'F', ..] => Some("a PDF document (convert it to PNG first)"),
            [b'%', b'!', b'P', b'S', ..] => Some("PostScript (convert it to PNG first)"),
            [b'P', b'K', 3, 4, ..] => Some("a ZIP archive (unpack it first)"),
            [0x1f, 0x8b, ..] => Some("compressed with gzip (unpack it first)"),
            [b'<', b's', b'v', b'g', ..] => Some("an SVG drawing (convert it to PNG first)"),
            [b'<', b'!' | b'h' | b'?', ..] => Some("a document of HTML or XML"),
            [0x8d, b'L', b'M', b'C', ..] => Some("an lmc stream, which is decoded and not encoded"),
            [] => Some("empty"),
            head if head.starts_with(b"version https:") => {
                Some("the pointer of Git LFS to a file (git lfs pull fetches it)")
            }
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
            Self::Bmp => "BMP",
            Self::Gif => "GIF",
            Self::Qoi => "QOI",
            Self::Tga => "TGA",
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
