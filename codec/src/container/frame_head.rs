//! What the part of a frame says before its coded symbols: its kind, and its time.

use super::fields::{MAX_FIXED, write_fixed};
use crate::error::{CodecError, Result};
use crate::media::video::{FrameKind, VideoFormat};

const FLAG_PREDICTED: u8 = 1;

/// Kind and time of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHead {
    /// Whether it stands alone.
    pub kind: FrameKind,
    /// When it is shown, of videos with ticks of their own, at most 2^40 - 1. Else its index is its time.
    pub ticks: Option<u64>,
}

impl FrameHead {
    /// The head, and the coded symbols behind it.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] for a time that can't be written.
    pub fn join(self, coded: &[u8]) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(coded.len() + 6);
        out.push(if self.kind == FrameKind::Predicted {
            FLAG_PREDICTED
        } else {
            0
        });
        if let Some(ticks) = self.ticks {
            if ticks > MAX_FIXED {
                return Err(CodecError::Parameter(format!(
                    "a frame at {ticks} ticks can't be written"
                )));
            }
            write_fixed(&mut out, ticks);
        }
        out.extend_from_slice(coded);
        Ok(out)
    }

    /// Splits the bytes of a part of a video of `format`, which lies at `offset` of the stream.
    ///
    /// # Errors
    /// `Malformed` for bytes that are too few, `Unsupported` for unknown flags.
    pub fn split<'a>(bytes: &'a [u8], format: &VideoFormat, offset: u64) -> Result<(Self, &'a [u8])> {
        let cut = || CodecError::malformed_at(offset, "a frame is too short");
        let (&flags, rest) = bytes.split_first().ok_or_else(cut)?;
        if flags > FLAG_PREDICTED {
            let what = format!("frame flags {flags:#04x}: a newer version wrote this stream");
            return Err(CodecError::Unsupported(what));
        }
        let kind = if flags == 0 {
            FrameKind::Key
        } else {
            FrameKind::Predicted
        };
        if format.timebase.is_none() {
            return Ok((Self { kind, ticks: None }, rest));
        }
        let (&[a, b, c, d, e], rest) = rest.split_first_chunk().ok_or_else(cut)?;
        let ticks = Some(u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]));
        Ok((Self { kind, ticks }, rest))
    }
}
