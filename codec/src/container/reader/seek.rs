//! Seeking in a stream of video.

use std::io::{Read, Seek};

use super::super::frame_index::FrameIndex;
use super::super::segments::Step;
use super::super::table::SegmentId;
use super::StreamReader;
use crate::error::Result;

impl<R: Read + Seek> StreamReader<R> {
    /// Goes to a part, by its index and the offset of its segment in the stream. Parts between are not looked at, and are
    /// not missing. The next part is another one where the offset is wrong.
    ///
    /// # Errors
    /// `Io`.
    pub fn seek(&mut self, frame: u32, offset: u64) -> Result<()> {
        self.segments.seek(offset)?;
        self.waiting = None;
        self.ended = false;
        self.order.next = u64::from(frame);
        // Packets of the sound are taken from wherever they go on.
        self.sound_jumped = true;
        Ok(())
    }

    /// The index at the end of a stream, which is read beforehand where it is there and whole.
    ///
    /// # Errors
    /// `Io`.
    pub fn read_index(&mut self) -> Result<()> {
        let found = self.segments.at_end(FrameIndex::END_BYTES, FrameIndex::segment_bytes)?;
        if let Some(Step::Segment(segment)) = found
            && segment.id == SegmentId::INDEX
        {
            self.index = FrameIndex::from_bytes(&segment.payload, self.has_ticks());
        }
        Ok(())
    }
}
