//! The INDEX segment: where the key frames of a video lie.

use super::fields::{MAX_FIXED, write_fixed};
use super::leb::{read_leb, write_leb};
use super::table::SegmentId;

/// The most key frames of an index: a writer leaves out every other one, again and again, of videos with more.
pub(super) const MAX_KEYS: usize = 1 << 16;
/// Bytes of the field at the end, which tells how long the segment is.
const TAIL_BYTES: usize = 4;
/// Bytes of the head of a segment and of an END segment.
const END_BYTES: usize = 7;

/// One key frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFrame {
    /// Its index.
    pub frame: u32,
    /// Offset of its segment in the stream.
    pub offset: u64,
    /// When it is shown.
    pub ticks: u64,
}

/// Lengths, and the places of key frames.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FrameIndex {
    /// The number of frames.
    pub frames: u64,
    /// Samples of each channel of the sound; `None` without a sound.
    pub samples: Option<u64>,
    /// Key frames in their order, not necessarily all.
    pub keys: Vec<KeyFrame>,
    /// Key frames that were seen, of which each `1 << thinned` is kept.
    seen: u64,
    thinned: u32,
}

impl FrameIndex {
    /// Bytes at the end of a stream that hold an END segment and the length of the INDEX segment before it.
    pub const END_BYTES: usize = END_BYTES + TAIL_BYTES;

    /// Adds a key frame, if it is one to be kept.
    pub fn add(&mut self, key: KeyFrame) {
        if self.seen.is_multiple_of(1 << self.thinned) {
            self.keys.push(key);
        }
        self.seen += 1;
        if self.keys.len() > MAX_KEYS {
            let mut at = 0;
            self.keys.retain(|_| {
                at += 1;
                at % 2 == 1
            });
            self.thinned += 1;
        }
    }

    /// The last key frame that is shown at or before a time.
    pub fn before_ticks(&self, ticks: u64) -> Option<&KeyFrame> {
        let behind = self.keys.partition_point(|key| key.ticks <= ticks);
        self.keys.get(behind.checked_sub(1)?)
    }

    /// Bytes of the INDEX segment, by the last bytes of a stream; 0 if they do not tell.
    pub fn segment_bytes(end: &[u8]) -> u64 {
        let tail = end
            .len()
            .checked_sub(Self::END_BYTES)
            .and_then(|start| end.get(start..));
        let tail = tail.and_then(|tail| tail.first_chunk::<TAIL_BYTES>());
        tail.map_or(0, |tail| u64::from(u32::from_le_bytes(*tail)))
    }

    /// The payload of the segment; with times where frames have ones of their own. `None` where a number is too large.
    pub(super) fn to_bytes(&self, has_ticks: bool) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        write_fixed(&mut out, self.frames);
        write_fixed(&mut out, self.samples.unwrap_or(MAX_FIXED));
        let (mut frame, mut offset) = (0, 0);
        for key in &self.keys {
            write_leb(&mut out, key.frame.checked_sub(frame)?);
            write_leb(&mut out, u32::try_from(key.offset.checked_sub(offset)?).ok()?);
            if has_ticks {
                write_fixed(&mut out, key.ticks);
            }
            (frame, offset) = (key.frame, key.offset);
        }
        let payload = out.len() + TAIL_BYTES;
        let bytes = payload + super::head::segment_head(SegmentId::INDEX, &vec![0; payload]).len();
        out.extend_from_slice(&u32::try_from(bytes).ok()?.to_le_bytes());
        Some(out)
    }

    /// Reads the payload of a segment. `None` for what is no index: nothing but speed depends on it.
    pub(super) fn from_bytes(payload: &[u8], has_ticks: bool) -> Option<Self> {
        let body = payload.get(..payload.len().checked_sub(TAIL_BYTES)?)?;
        let (frames, rest) = fixed(body)?;
        let (samples, mut rest) = fixed(rest)?;
        let samples = Some(samples).filter(|&samples| samples != MAX_FIXED);
        let mut index = Self {
            frames,
            samples,
            ..Self::default()
        };
        let (mut frame, mut offset) = (0u32, 0u64);
        while !rest.is_empty() && index.keys.len() < MAX_KEYS {
            let (step, bytes) = read_leb(rest).ok()?;
            rest = rest.get(bytes..)?;
            let (distance, bytes) = read_leb(rest).ok()?;
            rest = rest.get(bytes..)?;
            frame = frame.checked_add(step)?;
            offset = offset.checked_add(u64::from(distance))?;
            let mut ticks = u64::from(frame);
            if has_ticks {
                (ticks, rest) = fixed(rest)?;
            }
            index.keys.push(KeyFrame { frame, offset, ticks });
        }
        let ordered = |pair: &[KeyFrame]| pair[0].frame < pair[1].frame && pair[0].ticks <= pair[1].ticks;
        index.keys.windows(2).all(ordered).then_some(index)
    }
}

fn fixed(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&[a, b, c, d, e], rest) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]), rest))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn an_index_comes_back_and_is_thinned() {
        let mut index = FrameIndex {
            frames: 999,
            samples: Some(7),
            ..FrameIndex::default()
        };
        for at in 0..5u32 {
            let (offset, ticks) = (u64::from(at) << 31, u64::from(at) << 35);
            index.add(KeyFrame {
                frame: at * 50,
                offset,
                ticks,
            });
        }
        let read = FrameIndex::from_bytes(&index.to_bytes(true).unwrap(), true).unwrap();
        assert_eq!((read.frames, read.samples, &read.keys), (999, Some(7), &index.keys));
        assert_eq!(read.before_ticks((2 << 35) - 1).map(|key| key.frame), Some(50));
        assert_eq!(FrameIndex::from_bytes(b"?", true), None);
        for frame in 0..300_000 {
            let (offset, ticks) = (u64::from(frame) * 90, u64::from(frame));
            index = if frame == 0 { FrameIndex::default() } else { index };
            index.add(KeyFrame { frame, offset, ticks });
        }
        assert!(index.keys.len() <= MAX_KEYS && index.keys.len() > MAX_KEYS / 2);
        assert!(index.keys.iter().all(|key| key.frame % 8 == 0));
        let read = FrameIndex::from_bytes(&index.to_bytes(false).unwrap(), false).unwrap();
        assert_eq!(read.keys, index.keys);
    }
}
