//! The frames of a stream, decoded where they can be, whatever is to become of the others.

use std::io::Read;

use super::media_of;
use crate::codecs::frames::{FrameDecoder, VideoCodec};
use crate::container::{Cause, FrameHead, Part, PartKind, StreamReader};
use crate::error::{CodecError, Result};
use crate::media::video::{FrameKind, VideoFormat, VideoFrame};
use crate::pipeline::StreamHash;
use crate::sound::cause_of;

/// What is wrong with a predicted frame behind a lost one.
const ORPHAN: &str = "the frame that it is predicted from is lost";

/// A part of a stream as a decoder finds it.
pub(super) enum Found {
    /// A frame that decoded.
    Frame {
        index: u64,
        head: FrameHead,
        frame: VideoFrame,
    },
    /// A frame whose part is there and of no use.
    Broken { index: u64, head: FrameHead },
    /// A packet of the sound.
    Sound(Part),
}

/// Reads frames in their order, and decodes those that can be.
pub(super) struct Frames<R> {
    pub(super) reader: StreamReader<R>,
    pub(super) format: VideoFormat,
    decoder: Box<dyn FrameDecoder>,
    /// Index of the frame whose successor can be predicted.
    whole_up_to: Option<u64>,
    pub(super) good: u64,
    pub(super) symbols: u64,
    pub(super) hash: StreamHash,
}

impl<R: Read> Frames<R> {
    /// # Errors
    /// As [`VideoDecoder::new`].
    pub(super) fn new(codec: &dyn VideoCodec, reader: StreamReader<R>) -> Result<Self> {
        let header = reader.header();
        let format = media_of(header)?.format;
        let given = codec.model();
        if header.model != given {
            let needed = header.model;
            return Err(CodecError::ModelMismatch { needed, given });
        }
        if header.codec != codec.id() {
            return Err(CodecError::malformed(
                0,
                "the header does not fit the model that it names",
            ));
        }
        let decoder = codec.decoder(&format, &header.codec_block)?;
        Ok(Self {
            reader,
            format,
            decoder,
            whole_up_to: None,
            good: 0,
            symbols: 0,
            hash: StreamHash::default(),
        })
    }

    /// Kind, time and coded symbols of a frame.
    pub(super) fn split<'a>(&self, part: &'a Part) -> Result<(FrameHead, &'a [u8])> {
        FrameHead::split(&part.bytes, &self.format, part.offset)
    }

    /// Decodes one part. In tolerant mode damage goes to the report.
    pub(super) fn take(&mut self, part: Part) -> Result<Found> {
        if part.kind == PartKind::Sound {
            return Ok(Found::Sound(part));
        }
        let index = u64::from(part.index);
        let (head, outcome) = match self.split(&part) {
            Ok((head, coded)) => (head, self.decode(&part, head.kind, coded)),
            Err(error) => (
                FrameHead {
                    kind: FrameKind::Predicted,
                    ticks: None,
                },
                Err(error),
            ),
        };
        match outcome {
            Ok(frame) => {
                self.whole_up_to = Some(index);
                self.good += 1;
                Ok(Found::Frame { index, head, frame })
            }
            Err(error) => {
                let is_orphan = matches!(&error, CodecError::Malformed { reason, .. } if reason == ORPHAN);
                let cause = match cause_of(error, self.reader.mode())? {
                    // Without its offset, so that a run of such frames is told in one line.
                    Cause::Undecodable(_) if is_orphan => Cause::Undecodable(ORPHAN.to_owned()),
                    cause => cause,
                };
                self.reader.damage_mut().lose(PartKind::Symbols, part.index, 1, cause);
                self.whole_up_to = None;
                Ok(Found::Broken { index, head })
            }
        }
    }

    fn decode(&mut self, part: &Part, kind: FrameKind, coded: &[u8]) -> Result<VideoFrame> {
        let follows = self.whole_up_to.is_some_and(|last| last + 1 == u64::from(part.index));
        if kind == FrameKind::Predicted && !follows {
            return Err(CodecError::malformed_at(part.offset, ORPHAN));
        }
        let decoded = self.decoder.decode(coded, kind).map_err(|error| {
            let reason = format!("frame {}: {error}", part.index);
            CodecError::malformed_at(part.offset, reason)
        })?;
        if decoded.checksum != part.checksum {
            return Err(CodecError::FrameDesync {
                frame: part.index,
                expected: part.checksum,
                found: decoded.checksum,
            });
        }
        self.symbols += decoded.symbols as u64;
        self.hash.add(decoded.symbol_hash);
        Ok(decoded.frame)
    }
}
