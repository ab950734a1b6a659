//! The bytes of a frame.
//!
//! ```text
//! quality (16 bits, hundredths), flags (8 bits)
//! predicted frames: LEB length + motion, with the map of unchanged tiles if the flags say that there is one
//! latents; none where no tile changed
//! ```

use lmc_entropy::prior::Coding;

use crate::codecs::wavelet::{CODING_BITS, coding_bits, coding_of};
use crate::container::{read_leb, write_leb};
use crate::quality::Quality;
use crate::{CodecError, Result};

/// Some tiles are unchanged.
const UNCHANGED: u8 = 32;
/// Bytes of quality and flags.
const HEAD: usize = 3;

/// How a frame is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Its quality.
    pub(super) quality: Quality,
    /// How its latents are coded.
    pub(super) coding: Coding,
    /// Whether a map tells which tiles are those of the prediction.
    pub(super) has_unchanged: bool,
}

impl Head {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let unchanged = if self.has_unchanged { UNCHANGED } else { 0 };
        let [low, high] = self.quality.hundredths().to_le_bytes();
        vec![low, high, coding_bits(self.coding) | unchanged]
    }

    /// The head of a frame, and what follows.
    ///
    /// # Errors
    /// `Malformed` for a cut head or a quality out of range, `Unsupported` for flags of a newer version.
    pub(super) fn parse(bytes: &[u8]) -> Result<(Self, &[u8])> {
        let (head, rest) = bytes.split_first_chunk::<HEAD>().ok_or_else(cut_short)?;
        let [low, high, flags] = *head;
        let quality = Quality::from_hundredths(u16::from_le_bytes([low, high]));
        let quality = quality.map_err(|error| CodecError::malformed(0, error.to_string()))?;
        let newer = || CodecError::Unsupported(format!("frame flags {flags:#04x}: a newer version wrote this stream"));
        if flags & !(CODING_BITS | UNCHANGED) != 0 {
            return Err(newer());
        }
        let head = Self {
            quality,
            coding: coding_of(flags).ok_or_else(newer)?,
            has_unchanged: flags & UNCHANGED != 0,
        };
        Ok((head, rest))
    }
}

fn cut_short() -> CodecError {
    CodecError::malformed(0, "the frame is cut short")
}

/// Appends bytes behind their length.
pub(super) fn put_part(out: &mut Vec<u8>, part: &[u8]) -> Result<()> {
    let length = u32::try_from(part.len()).map_err(|_| CodecError::Internal("a part of a frame is too long".into()))?;
    write_leb(out, length);
    out.extend(part);
    Ok(())
}

/// Reads what [`put_part`] wrote, and what follows.
///
/// # Errors
/// `Malformed` for a part that is cut short.
pub(super) fn part(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    let (length, size) = read_leb(bytes).map_err(|error| CodecError::malformed(0, error.reason()))?;
    let rest = bytes.get(size..).ok_or_else(cut_short)?;
    rest.split_at_checked(length as usize).ok_or_else(cut_short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_come_back_and_others_are_refused() {
        for flags in 0..=u8::MAX {
            let bytes = [0x10, 0x27, flags, 7];
            match Head::parse(&bytes) {
                Ok((head, rest)) => assert_eq!((&head.to_bytes()[..], rest), (&bytes[..3], &[7][..])),
                Err(error) => assert!(matches!(error, CodecError::Unsupported(_)), "{flags}"),
            }
        }
        for wrong in [&[0x11, 0x27, 0][..], &[], &[0, 0]] {
            assert!(matches!(Head::parse(wrong), Err(CodecError::Malformed { .. })));
        }
    }

    #[test]
    fn parts_come_back_and_cut_ones_are_refused() {
        let mut bytes = Vec::new();
        put_part(&mut bytes, &[1; 200]).unwrap();
        bytes.push(9);
        assert_eq!(part(&bytes).unwrap(), (&[1; 200][..], &[9][..]));
        for length in 0..202 {
            assert!(part(&bytes[..length]).is_err());
        }
    }
}
