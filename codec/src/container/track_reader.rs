//! The sound of a video as a stream of its own.

use std::io::{ErrorKind, Read};

use super::damage::PartKind;
use super::head::segment_head;
use super::leb::write_leb;
use super::reader::StreamReader;
use super::table::SegmentId;
use crate::error::{CodecError, Result};

/// Gives the bytes that a stream of the sound alone would have, so that readers of sounds read the sound of a video. It
/// holds one segment at a time. Damage of packets stays what it is.
#[derive(Debug)]
pub struct TrackReader<R> {
    video: StreamReader<R>,
    bytes: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> TrackReader<R> {
    /// The sound of the video that `video` reads, of `samples` of each channel: what [`info`](super::info()) finds, for a
    /// track need not tell it.
    ///
    /// # Errors
    /// `Unsupported` for a stream without a sound.
    pub fn new(video: StreamReader<R>, samples: u64) -> Result<Self> {
        let track = video.track().map(|track| track.with_samples(samples));
        let track = track.ok_or_else(|| CodecError::Unsupported("the video has no sound".into()))?;
        let bytes = track.header().to_bytes()?;
        Ok(Self {
            video,
            bytes,
            at: 0,
            ended: false,
        })
    }

    fn advance(&mut self) -> Result<()> {
        self.bytes.clear();
        self.at = 0;
        while let Some(part) = self.video.next_part()? {
            if part.kind != PartKind::Sound {
                continue;
            }
            let mut payload = Vec::with_capacity(part.bytes.len() + 9);
            write_leb(&mut payload, part.index);
            payload.extend_from_slice(&part.checksum.to_le_bytes());
            payload.extend_from_slice(&part.bytes);
            self.bytes = segment_head(SegmentId::PART, &payload);
            self.bytes.extend_from_slice(&payload);
            return Ok(());
        }
        self.ended = true;
        self.bytes = segment_head(SegmentId::END, &[]);
        Ok(())
    }
}

impl<R: Read> Read for TrackReader<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.bytes.len() && !self.ended {
            self.advance().map_err(|error| match error {
                CodecError::Io(error) => error,
                other => std::io::Error::new(ErrorKind::InvalidData, other),
            })?;
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}
