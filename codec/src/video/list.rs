//! The frames of a stream, without decoding one.

use std::io::Read;

use super::media_of;
use crate::container::{FrameHead, Part, PartKind, StreamReader};
use crate::error::Result;
use crate::media::video::FrameKind;

/// A frame as its part tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedFrame {
    /// Its index.
    pub index: u32,
    /// Whether it stands alone.
    pub kind: FrameKind,
    /// When it is shown, in ticks of the video.
    pub ticks: u64,
    /// Bytes of its coded symbols.
    pub bytes: usize,
}

/// Calls `each` with the frames of a stream that are there, in their order. Frames that make no sense are left out.
///
/// # Errors
/// As [`StreamReader::next_part`], `Unsupported` for other media, and those of `each`.
pub fn list_frames<R: Read>(
    reader: &mut StreamReader<R>,
    each: &mut dyn FnMut(ListedFrame) -> Result<()>,
) -> Result<()> {
    let format = media_of(reader.header())?.format;
    while let Some(part) = reader.next_part()? {
        if part.kind == PartKind::Symbols
            && let Ok((head, coded)) = FrameHead::split(&part.bytes, &format, part.offset)
        {
            each(listed(&part, head, coded.len()))?;
        }
    }
    Ok(())
}

pub(super) fn listed(part: &Part, head: FrameHead, bytes: usize) -> ListedFrame {
    ListedFrame {
        index: part.index,
        kind: head.kind,
        ticks: head.ticks.unwrap_or(u64::from(part.index)),
        bytes,
    }
}
