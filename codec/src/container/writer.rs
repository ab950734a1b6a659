//! Writes a stream of any media, segment by segment and in the order that the format demands.

use std::io::{Seek, SeekFrom, Write};

use super::damage::PartKind;
use super::frame_index::FrameIndex;
use super::head::{MAX_PAYLOAD, segment_head};
use super::header::Header;
use super::leb::write_leb;
use super::media::Media;
use super::metadata::Metadata;
use super::order::Order;
use super::profile::deflated;
use super::table::{Place, SegmentId};
use super::track::Track;
use crate::error::{CodecError, Result};
use crate::media::Tags;
use crate::media::image::Extras;

/// Writes the segments of one stream to `W`. All methods return the number of bytes that they wrote.
#[derive(Debug)]
pub struct StreamWriter<W> {
    out: W,
    header: Header,
    /// Where the header belongs, and its length, if it is written last.
    deferred: Option<(u64, usize)>,
    order: Order,
    /// The sound of a video, the order of its packets, and the offset of its segment in the stream.
    track: Option<(Track, Order, u64)>,
    /// How many segments were written by row of the table.
    counts: [u32; super::table::SEGMENTS.len()],
    bytes: u64,
}

impl<W: Write> StreamWriter<W> {
    /// Writes the header at once.
    ///
    /// # Errors
    /// `Parameter` for a header that breaks its own rules, `Io`.
    pub fn new(mut out: W, header: &Header) -> Result<Self> {
        let bytes = header.to_bytes()?;
        out.write_all(&bytes)?;
        Ok(Self::behind_header(out, header, bytes.len()))
    }

    fn behind_header(out: W, header: &Header, header_bytes: usize) -> Self {
        Self {
            out,
            order: Order::new(&header.media),
            track: None,
            header: header.clone(),
            deferred: None,
            counts: [0; super::table::SEGMENTS.len()],
            bytes: header_bytes as u64,
        }
    }

    /// Bytes written so far, the header counted.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Writes all metadata; they must precede the parts.
    ///
    /// # Errors
    /// `Internal` out of order, `Parameter` for more than 2^31 - 1 bytes, `Io`.
    pub fn metadata(&mut self, metadata: &Metadata) -> Result<u64> {
        let before = self.bytes;
        if let Some(profile) = &metadata.icc {
            self.icc(profile)?;
        }
        for (id, payload) in [(SegmentId::EXIF, &metadata.exif), (SegmentId::XMP, &metadata.xmp)] {
            if let Some(payload) = payload {
                self.known(id, payload)?;
            }
        }
        self.tags(&metadata.tags)?;
        self.extras(&metadata.extras)?;
        Ok(self.bytes - before)
    }

    /// Writes an ICC profile, deflated where that is smaller; it must precede the parts.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn icc(&mut self, profile: &[u8]) -> Result<u64> {
        match deflated(profile) {
            Some(payload) => self.known(SegmentId::ICCZ, &payload),
            None => self.known(SegmentId::ICC, profile),
        }
    }

    /// Writes density, gamma and the like, if there are any; they must precede the parts.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn extras(&mut self, extras: &Extras) -> Result<u64> {
        match extras.is_empty() {
            true => Ok(0),
            false => self.known(SegmentId::EXTRA, &extras.to_bytes()),
        }
    }

    /// Writes an ICC profile as it is, EXIF data or an XMP packet; it must precede the parts.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn block(&mut self, id: SegmentId, payload: &[u8]) -> Result<u64> {
        match id {
            SegmentId::ICC | SegmentId::EXIF | SegmentId::XMP => self.known(id, payload),
            _ => Err(CodecError::Internal(format!("{id} is no block of metadata"))),
        }
    }

    /// Writes tags, if there are any; they must precede the parts.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn tags(&mut self, tags: &Tags) -> Result<u64> {
        match tags.is_empty() {
            true => Ok(0),
            false => self.known(SegmentId::TAGS, &tags.to_bytes()),
        }
    }

    /// Writes a segment that only the codec understands; it must precede the parts.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn codec(&mut self, payload: &[u8]) -> Result<u64> {
        self.known(SegmentId::CODEC, payload)
    }

    /// Writes what the sound of a video is; it must precede the parts.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn track(&mut self, track: &Track) -> Result<u64> {
        let (order, offset) = (Order::new(&track.header().media), self.bytes);
        let bytes = self.known(SegmentId::TRACK, &track.to_bytes()?)?;
        self.track = Some((track.clone(), order, offset));
        Ok(bytes)
    }

    /// Writes the coded symbols of the packet `index` of the sound of a video, and their checksum.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn sound(&mut self, index: u32, checksum: u32, coded: &[u8]) -> Result<u64> {
        match &mut self.track {
            Some((_, order, _)) if order.next == u64::from(index) => order.next += 1,
            _ => return Err(CodecError::Internal(format!("packet {index} was written out of order"))),
        }
        self.segment(SegmentId::SOUND, &part_payload(index, checksum, coded))
    }

    /// Writes where key frames lie, behind the last part; nothing where the numbers do not fit.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn index(&mut self, index: &FrameIndex) -> Result<u64> {
        let has_ticks = matches!(&self.header.media, Media::Video(video) if video.format.timebase.is_some());
        match index.to_bytes(has_ticks) {
            Some(payload) => self.known(SegmentId::INDEX, &payload),
            None => Ok(0),
        }
    }

    /// Writes what a HASH segment says of the decoded pixels or samples.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn hash(&mut self, payload: &[u8]) -> Result<u64> {
        self.known(SegmentId::HASH, payload)
    }

    /// Writes the coded symbols of the part `index` and their checksum.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn part(&mut self, index: u32, checksum: u32, coded: &[u8]) -> Result<u64> {
        self.put_part(SegmentId::PART, PartKind::Symbols, index, checksum, coded)
    }

    /// Writes the coded alpha of the tile written last and the checksum of its samples.
    ///
    /// # Errors
    /// As [`metadata`](Self::metadata).
    pub fn alpha(&mut self, index: u32, checksum: u32, coded: &[u8]) -> Result<u64> {
        self.put_part(SegmentId::ALPHA, PartKind::Alpha, index, checksum, coded)
    }

    /// Writes a segment that readers which do not know `id` skip.
    ///
    /// # Errors
    /// `Parameter` for an id that the format already uses, is mandatory, or for more than 2^31 - 1 bytes, `Io`.
    pub fn ancillary(&mut self, id: u8, payload: &[u8]) -> Result<u64> {
        let id = SegmentId(id);
        if !id.is_ancillary() || id.row().is_some() {
            let reason = format!("{id} is no ancillary segment that is free to use");
            return Err(CodecError::Parameter(reason));
        }
        self.segment(id, payload)
    }

    /// Ends the stream; returns what it was written to, and the number of bytes.
    ///
    /// # Errors
    /// `Internal` when parts are missing, or when the header is still to be written; `Io`.
    pub fn finish(mut self) -> Result<(W, u64)> {
        if self.deferred.is_some() {
            return Err(CodecError::Internal("the header of the stream is missing".to_owned()));
        }
        self.end()?;
        self.out.flush()?;
        Ok((self.out, self.bytes))
    }

    fn end(&mut self) -> Result<()> {
        if !self.header.media.is_open() && self.order.next != self.order.end {
            let name = self.order.name(self.order.next);
            return Err(CodecError::Internal(format!("{name} was not written, or is too many")));
        }
        if let Some((track, order, _)) = &self.track
            && track.samples().is_some()
            && order.next != order.end
        {
            let reason = format!(
                "{} packets of sound were written, and {} announced",
                order.next, order.end
            );
            return Err(CodecError::Internal(reason));
        }
        self.segment(SegmentId::END, &[]).map(drop)
    }

    /// Writes a segment before the parts, or anywhere, once the table allows it.
    fn known(&mut self, id: SegmentId, payload: &[u8]) -> Result<u64> {
        let media = self.header.media.kind();
        let Some((row, index)) = id.row().zip(id.row_index()) else {
            return Err(CodecError::Internal(format!("{id} is not known")));
        };
        let is_full = row.most.is_some_and(|most| self.counts[index] >= most);
        let may_stand = match row.place {
            Place::BeforeParts => {
                self.order.is_at_start() && self.track.as_ref().is_none_or(|(_, order, _)| order.is_at_start())
            }
            Place::Anywhere => true,
            Place::Parts | Place::Last => false,
        };
        if !may_stand || is_full || !row.media.contains(&media) {
            let reason = format!("a {id} segment does not belong here in a stream of {}", media.name());
            return Err(CodecError::Internal(reason));
        }
        self.counts[index] += 1;
        self.segment(id, payload)
    }

    fn put_part(&mut self, id: SegmentId, kind: PartKind, index: u32, checksum: u32, coded: &[u8]) -> Result<u64> {
        let position = self.order.position(kind, index).map_err(CodecError::Internal)?;
        if position != self.order.next {
            let name = self.order.name(position);
            return Err(CodecError::Internal(format!("{name} was written out of order")));
        }
        self.order.next += 1;
        self.segment(id, &part_payload(index, checksum, coded))
    }

    fn segment(&mut self, id: SegmentId, payload: &[u8]) -> Result<u64> {
        if payload.len() > MAX_PAYLOAD {
            let reason = format!("{} bytes do not fit into one segment", payload.len());
            return Err(CodecError::Parameter(reason));
        }
        let head = segment_head(id, payload);
        self.out.write_all(&head)?;
        self.out.write_all(payload)?;
        let bytes = (head.len() + payload.len()) as u64;
        self.bytes += bytes;
        Ok(bytes)
    }
}

impl<W: Write + Seek> StreamWriter<W> {
    /// Leaves room for the header, which [`finish_with`](Self::finish_with) writes: only then is the length of a sound
    /// known, and a stream that was not finished is none. The length in `header` does not matter yet.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn deferred(mut out: W, header: &Header) -> Result<Self> {
        let (start, length) = (out.stream_position()?, header.to_bytes()?.len());
        out.write_all(&vec![0; length])?;
        let mut writer = Self::behind_header(out, header, length);
        writer.deferred = Some((start, length));
        writer.order.end = u64::MAX;
        Ok(writer)
    }

    /// States the length of the sound of a video, in samples of each channel, which [`finish_with`](Self::finish_with)
    /// writes.
    pub fn set_sound_length(&mut self, samples: u64) {
        if let Some((track, order, _)) = &mut self.track {
            *track = track.with_samples(samples);
            order.end = Order::new(&track.header().media).end;
        }
    }

    /// Ends the stream, and writes its header with `media` in place of what was planned. Returns what it was written
    /// to, and the number of bytes.
    ///
    /// # Errors
    /// `Internal` when `media` has other parts than were written, `Parameter` when it breaks its own rules, `Io`.
    pub fn finish_with(mut self, media: Media) -> Result<(W, u64)> {
        self.order.end = Order::new(&media).end;
        self.header.media = media;
        let header = self.header.to_bytes()?;
        let start = match self.deferred {
            Some((start, length)) if length == header.len() => start,
            _ => return Err(CodecError::Internal("no room was left for this header".to_owned())),
        };
        self.end()?;
        let end = self.out.stream_position()?;
        self.out.seek(SeekFrom::Start(start))?;
        self.out.write_all(&header)?;
        if let Some((track, _, offset)) = &self.track {
            let payload = track.to_bytes()?;
            self.out.seek(SeekFrom::Start(start + offset))?;
            self.out.write_all(&segment_head(SegmentId::TRACK, &payload))?;
            self.out.write_all(&payload)?;
        }
        self.out.seek(SeekFrom::Start(end))?;
        self.out.flush()?;
        Ok((self.out, self.bytes))
    }
}

/// The payload of a part: index, checksum, coded symbols.
fn part_payload(index: u32, checksum: u32, coded: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(coded.len() + 9);
    write_leb(&mut payload, index);
    payload.extend_from_slice(&checksum.to_le_bytes());
    payload.extend_from_slice(coded);
    payload
}
