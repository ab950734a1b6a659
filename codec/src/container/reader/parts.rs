//! The order of parts, as a reader checks it.

use std::io::Read;

use super::super::damage::{Cause, Damage, PartKind};
use super::super::leb::read_leb;
use super::super::media::Media;
use super::super::order::Order;
use super::super::segments::Segment;
use super::{Mode, Part, Refusal, StreamReader};
use crate::error::{CodecError, Result};

impl<R: Read> StreamReader<R> {
    /// Takes a part, if it is one that may come now.
    pub(super) fn part(&mut self, kind: PartKind, segment: Segment) -> Result<(), Refusal> {
        self.first_part.get_or_insert(segment.offset);
        let (index, checksum, start) = split_part(&segment.payload)?;
        let own = if kind == PartKind::Sound {
            PartKind::Symbols
        } else {
            kind
        };
        let jumped = kind == PartKind::Sound && std::mem::take(&mut self.sound_jumped);
        let order = self.order_of(kind).ok_or("no track came before")?;
        let position = order.position(own, index)?;
        if position < order.next {
            return Err(format!("{}, or a later part, came before", order.name(position)).into());
        }
        if jumped {
            order.next = position;
        }
        self.missing_before(kind, position)?;
        if let Some(order) = self.order_of(kind) {
            order.next = position + 1;
        }
        let mut bytes = segment.payload;
        bytes.drain(..start);
        self.waiting = Some(Part {
            index,
            kind,
            checksum,
            bytes,
            offset: segment.offset,
        });
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), Refusal> {
        self.close();
        self.missing_before(PartKind::Symbols, self.order.end)?;
        if let Some((_, order)) = &self.track {
            self.missing_before(PartKind::Sound, order.end)?;
        }
        self.ended = true;
        Ok(())
    }

    pub(super) fn has_ticks(&self) -> bool {
        matches!(&self.header.media, Media::Video(video) if video.format.timebase.is_some())
    }

    /// Where the reader stands among the parts of a kind.
    fn order_of(&mut self, kind: PartKind) -> Option<&mut Order> {
        match kind {
            PartKind::Symbols | PartKind::Alpha => Some(&mut self.order),
            PartKind::Sound => self.track.as_mut().map(|(_, order)| order),
        }
    }

    /// The stream is over without saying so.
    pub(super) fn cut(&mut self) -> Result<()> {
        self.ended = true;
        let offset = self.position();
        if self.mode == Mode::Strict {
            return Err(CodecError::malformed_at(
                offset,
                "the stream is cut: its end is missing",
            ));
        }
        self.damage.push(Damage::Truncated { offset });
        self.close();
        // A tolerant reader refuses nothing here.
        let _ = self.missing_before(PartKind::Symbols, self.order.end);
        if let Some((_, order)) = &self.track {
            let _ = self.missing_before(PartKind::Sound, order.end);
        }
        Ok(())
    }

    /// Where the header does not tell the number of parts, it is that of those up to here.
    fn close(&mut self) {
        if self.header.media.is_open() {
            self.order.end = self.order.next;
        }
        if let Some((track, order)) = &mut self.track
            && track.samples().is_none()
        {
            order.end = order.next;
        }
    }

    /// Reports the parts from the next one up to the one at `position`, which are not there.
    fn missing_before(&mut self, kind: PartKind, position: u64) -> Result<(), Refusal> {
        let mode = self.mode;
        let Some(order) = self.order_of(kind).filter(|order| order.next < position) else {
            return Ok(());
        };
        if mode == Mode::Strict {
            return Err(format!("{} is missing", order.name(order.next)).into());
        }
        let runs = order.before(position);
        order.next = position;
        for (own, (first, count)) in runs {
            let kind = if kind == PartKind::Sound && own == PartKind::Symbols {
                kind
            } else {
                own
            };
            self.damage.lose(kind, first, count, Cause::Missing);
        }
        Ok(())
    }
}

/// Index and checksum at the start of a part, and where its coded bytes start.
pub(super) fn split_part(payload: &[u8]) -> Result<(u32, u32, usize), &'static str> {
    let (index, length) = read_leb(payload).map_err(|error| error.reason())?;
    let rest = payload.get(length..).unwrap_or_default();
    let checksum = rest.first_chunk::<4>().ok_or("its payload is too short")?;
    Ok((index, u32::from_le_bytes(*checksum), length + 4))
}
