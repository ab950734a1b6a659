//! Writes a stream of sound, packet by packet.

use std::io::{Seek, SeekFrom, Write};

use super::header::SoundHeader;
use super::{MAX_SOUND_PAYLOAD, PacketGrid};
use crate::container::leb::write_leb;
use crate::container::segment::{SegmentId, segment_head};
use crate::error::{CodecError, Result};
use crate::sound::Tags;

/// Writes the segments of one stream to `W`. The header is written last, into the place left for it: only then is the
/// length of the sound known, and what was not finished is no stream.
#[derive(Debug)]
pub struct SoundWriter<W> {
    out: W,
    start: u64,
    header: SoundHeader,
    next: u32,
    bytes: u64,
}

impl<W: Write + Seek> SoundWriter<W> {
    /// Leaves room for the header. Its `samples` do not matter yet.
    ///
    /// # Errors
    /// `Parameter` for a header that breaks its own rules, `Io`.
    pub fn new(mut out: W, header: &SoundHeader) -> Result<Self> {
        let length = header.to_bytes()?.len();
        let start = out.stream_position()?;
        out.write_all(&vec![0; length])?;
        Ok(Self {
            out,
            start,
            header: header.clone(),
            next: 0,
            bytes: length as u64,
        })
    }

    /// Writes tags; they must come before the packets. Returns the bytes written, 0 for no tags.
    ///
    /// # Errors
    /// `Parameter` out of order or for more than [`MAX_SOUND_PAYLOAD`] bytes, `Io`.
    pub fn tags(&mut self, tags: &Tags) -> Result<usize> {
        if self.next > 0 {
            return Err(CodecError::Parameter("tags must be written before the packets".into()));
        }
        if tags.is_empty() {
            return Ok(0);
        }
        self.segment(SegmentId::Tags, &tags.to_bytes())
    }

    /// Writes the coded symbols of the next packet and their checksum. Returns the bytes written.
    ///
    /// # Errors
    /// As [`tags`](Self::tags).
    pub fn packet(&mut self, checksum: u32, coded: &[u8]) -> Result<usize> {
        let mut payload = Vec::with_capacity(coded.len() + 9);
        write_leb(&mut payload, self.next);
        payload.extend_from_slice(&checksum.to_le_bytes());
        payload.extend_from_slice(coded);
        let next = self.next.checked_add(1);
        self.next = next.ok_or_else(|| CodecError::Parameter("the sound has too many packets".into()))?;
        self.segment(SegmentId::Packet, &payload)
    }

    /// Ends the stream of a sound of `samples` in each channel; returns what it was written to and all of its bytes.
    ///
    /// # Errors
    /// `Parameter` when the packets are not those of so many samples, `Io`.
    pub fn finish(mut self, samples: u64) -> Result<(W, u64)> {
        self.header.samples = samples;
        let due = PacketGrid::new(&self.header)?.count();
        if self.next != due {
            let reason = format!("{} packets were written, and the sound has {due}", self.next);
            return Err(CodecError::Parameter(reason));
        }
        self.segment(SegmentId::End, &[])?;
        let end = self.out.stream_position()?;
        self.out.seek(SeekFrom::Start(self.start))?;
        self.out.write_all(&self.header.to_bytes()?)?;
        self.out.seek(SeekFrom::Start(end))?;
        self.out.flush()?;
        Ok((self.out, self.bytes))
    }

    fn segment(&mut self, id: SegmentId, payload: &[u8]) -> Result<usize> {
        if payload.len() > MAX_SOUND_PAYLOAD {
            let reason = format!("{} bytes do not fit into one segment", payload.len());
            return Err(CodecError::Parameter(reason));
        }
        let head = segment_head(id, payload);
        self.out.write_all(&head)?;
        self.out.write_all(payload)?;
        let bytes = head.len() + payload.len();
        self.bytes += bytes as u64;
        Ok(bytes)
    }
}
