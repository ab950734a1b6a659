//! Reads a stream of any media part by part: strictly, or past damage.

mod parts;
mod seek;

use std::io::Read;

use super::damage::{Damage, DamageReport, PartKind};
use super::frame_index::FrameIndex;
use super::head::Fault;
use super::header::Header;
use super::log::SegmentLog;
use super::media::MediaKind;
use super::metadata::Metadata;
use super::order::Order;
use super::profile::inflated;
use super::segments::{Segment, SegmentReader, Step};
use super::table::{Place, SegmentId, SegmentRow};
use super::track::Track;
use crate::error::{CodecError, Result, check_limit};
use crate::limits::Limits;
use crate::media::Tags;
use crate::media::image::Extras;
use parts::split_part;

/// The longest HASH segment that is kept.
const MOST_HASH: usize = 64;

/// What a reader does about damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The first damage is an error.
    Strict,
    /// Damage behind the header is reported, and all that is whole is read.
    Tolerant,
}

/// One part, whole as its CRC-32 shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Index of the tile, packet or frame.
    pub index: u32,
    /// What it carries.
    pub kind: PartKind,
    /// Checksum of the decoded symbols or of the decoded alpha.
    pub checksum: u32,
    /// The coded bytes.
    pub bytes: Vec<u8>,
    /// Offset of the segment in the stream.
    pub offset: u64,
}

/// A stream that is read part by part. It holds one segment at a time, and the metadata.
///
/// ```
/// use lmc_codec::container::{CodecId, Header, ImageMedia, Media, Mode, StreamReader, StreamWriter};
/// use lmc_codec::{Color, Depth, Limits, ModelHash};
///
/// let image = ImageMedia {
///     width: 70,
///     height: 1,
///     color: Color::Gray,
///     depth: Depth::Eight,
///     alpha: false,
///     cicp: None,
///     tile_size: 64,
/// };
/// let header = Header {
///     codec: CodecId(4),
///     model: ModelHash([0; 16]),
///     media: Media::Image(image),
///     codec_block: vec![0],
/// };
/// let mut writer = StreamWriter::new(Vec::new(), &header)?;
/// writer.part(0, 0x1234_5678, b"symbols")?;
/// writer.part(1, 0x9abc_def0, b"others")?;
/// let (bytes, _) = writer.finish()?;
///
/// let mut reader = StreamReader::new(&bytes[..], &Limits::default(), Mode::Strict)?;
/// assert_eq!(reader.header(), &header);
/// let mut indices = Vec::new();
/// while let Some(part) = reader.next_part()? {
///     indices.push(part.index);
/// }
/// assert_eq!(indices, [0, 1]);
/// # Ok::<(), lmc_codec::CodecError>(())
/// ```
#[derive(Debug)]
pub struct StreamReader<R> {
    segments: SegmentReader<R>,
    header: Header,
    header_bytes: usize,
    mode: Mode,
    limits: Limits,
    metadata: Metadata,
    codec_segments: Vec<Vec<u8>>,
    /// Bytes of metadata and codec segments.
    held: u64,
    ancillary: u32,
    order: Order,
    /// The sound of a video, and the order of its packets.
    track: Option<(Track, Order)>,
    index: Option<FrameIndex>,
    /// Offset of the first part.
    first_part: Option<u64>,
    /// Whether packets of the sound were stepped over: the next is not out of order.
    sound_jumped: bool,
    /// A part that was read and not yet given out.
    waiting: Option<Part>,
    /// Whether the end of the stream was reached, marked or not.
    ended: bool,
    log: SegmentLog,
    damage: DamageReport,
}

/// Why a whole segment can't be used.
type Refusal = std::borrow::Cow<'static, str>;

impl<R: Read> StreamReader<R> {
    /// Reads up to the first part.
    ///
    /// # Errors
    /// A damaged header is always an error, as are an unknown version or mandatory segment (`Unsupported`) and a size
    /// over `limits` (`Limit`), which is checked before anything behind the header is read. Other damage is `Malformed`
    /// in [`Mode::Strict`] and collected in [`damage`](Self::damage) in [`Mode::Tolerant`]. `Io`.
    pub fn new(reader: R, limits: &Limits, mode: Mode) -> Result<Self> {
        let mut segments = SegmentReader::new(reader, limits, mode == Mode::Tolerant);
        let (header, header_bytes) = Header::read(&mut segments)?;
        header.media.check_limits(limits)?;
        if header.media.kind() == MediaKind::Video {
            segments.set_max_bytes(limits.max_video_bytes());
        }
        let mut reader = Self {
            segments,
            order: Order::new(&header.media),
            track: None,
            index: None,
            first_part: None,
            sound_jumped: false,
            header,
            header_bytes,
            mode,
            limits: limits.clone(),
            metadata: Metadata::default(),
            codec_segments: Vec::new(),
            held: 0,
            ancillary: 0,
            waiting: None,
            ended: false,
            log: SegmentLog::default(),
            damage: DamageReport::default(),
        };
        reader.advance()?;
        Ok(reader)
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes that the header takes.
    pub fn header_bytes(&self) -> usize {
        self.header_bytes
    }

    /// What the reader does about damage.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The metadata, which precede the parts.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The payloads of the segments that only the codec understands, in their order.
    pub fn codec_segments(&self) -> &[Vec<u8>] {
        &self.codec_segments
    }

    /// The sound of a video, if it has one.
    pub fn track(&self) -> Option<&Track> {
        self.track.as_ref().map(|(track, _)| track)
    }

    /// The index of a video, if one came up to here.
    pub fn index(&self) -> Option<&FrameIndex> {
        self.index.as_ref()
    }

    /// Offset of the first part in the stream.
    pub fn first_part_offset(&self) -> u64 {
        self.first_part.unwrap_or(self.header_bytes as u64)
    }

    /// The number of parts up to here, lost ones counted: behind the last, that of the whole stream.
    pub fn parts_passed(&self) -> u64 {
        self.order.next
    }

    /// The number of packets of the sound of a video up to here, lost ones counted.
    pub fn sound_packets_passed(&self) -> u64 {
        self.track.as_ref().map_or(0, |(_, order)| order.next)
    }

    /// The segments up to here.
    pub fn log(&self) -> &SegmentLog {
        &self.log
    }

    /// The number of ancillary segments up to here that this version does not know; they were skipped.
    pub fn unknown(&self) -> u32 {
        self.ancillary
    }

    /// What was found wrong so far; always empty in [`Mode::Strict`], unless a decoder added to it.
    pub fn damage(&self) -> &DamageReport {
        &self.damage
    }

    /// The same, for decoders that find more.
    pub fn damage_mut(&mut self) -> &mut DamageReport {
        &mut self.damage
    }

    /// Offset in the stream up to which it was read, in bytes.
    pub fn position(&self) -> u64 {
        self.segments.position()
    }

    /// The next part. Indices ascend, the alpha of a tile follows its symbols, and lost parts are left out. `None`
    /// behind the last, when the end of the stream was checked too.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn next_part(&mut self) -> Result<Option<Part>> {
        // The next one is fetched only when it is asked for, so that whole parts come out of a pipe at once.
        self.advance()?;
        Ok(self.waiting.take())
    }

    /// The payloads of codec segments and the metadata, and the damage, when nothing else is needed any more.
    pub fn into_rest(self) -> (Header, Metadata, Vec<Vec<u8>>, DamageReport) {
        (self.header, self.metadata, self.codec_segments, self.damage)
    }

    /// Reads until a part waits or the stream ends.
    fn advance(&mut self) -> Result<()> {
        while self.waiting.is_none() && !self.ended {
            match self.segments.step()? {
                None => self.cut()?,
                Some(Step::Segment(segment)) => self.segment(segment)?,
                Some(Step::Damage { start, end, fault }) => self.unreadable(start, end, fault)?,
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, offset: u64, end: u64, fault: Fault) -> Result<()> {
        match (self.mode, fault) {
            (Mode::Tolerant, _) => {
                let bytes = end - offset;
                self.damage.push(Damage::Unreadable { offset, bytes });
                Ok(())
            }
            (Mode::Strict, Fault::TooLong { payload }) => check_limit(
                "the number of bytes of a segment",
                payload as u64,
                self.limits.max_segment_bytes,
            ),
            (Mode::Strict, _) => Err(CodecError::malformed_at(offset, fault.reason())),
        }
    }

    /// Takes one whole segment.
    fn segment(&mut self, segment: Segment) -> Result<()> {
        let (id, offset) = (segment.id, segment.offset);
        let Some(row) = id.row() else {
            return self.unknown_segment(&segment);
        };
        let part = (row.place == Place::Parts)
            .then(|| split_part(&segment.payload).ok())
            .flatten();
        self.log.add(&segment, part.map(|(index, ..)| index));
        self.hold(row, &segment)?;
        let Err(reason) = self.admit(row).and_then(|()| self.put(segment)) else {
            return if self.ended { self.finish() } else { Ok(()) };
        };
        let reason = format!("{id} segment: {reason}");
        if self.mode == Mode::Strict {
            return Err(CodecError::malformed_at(offset, reason));
        }
        self.damage.push(Damage::Ignored { offset, reason });
        Ok(())
    }

    fn unknown_segment(&mut self, segment: &Segment) -> Result<()> {
        if !segment.id.is_ancillary() {
            let what = format!(
                "{} at byte {}: a newer version wrote this stream",
                segment.id, segment.offset
            );
            return Err(CodecError::Unsupported(what));
        }
        self.log.add(segment, None);
        self.ancillary = self.ancillary.saturating_add(1);
        let limit = u64::from(self.limits.max_ancillary_segments);
        check_limit("the number of ancillary segments", u64::from(self.ancillary), limit)
    }

    /// Counts the bytes of a segment that stays in memory.
    fn hold(&mut self, row: &SegmentRow, segment: &Segment) -> Result<()> {
        if row.place == Place::BeforeParts {
            self.held += segment.payload.len() as u64;
            check_limit(
                "the number of bytes of metadata",
                self.held,
                self.limits.max_metadata_bytes,
            )?;
        }
        Ok(())
    }

    /// Whether a segment of this kind may stand here.
    fn admit(&self, row: &SegmentRow) -> Result<(), Refusal> {
        let media = self.header.media.kind();
        if !row.media.contains(&media) {
            return Err(format!("a stream of {} has none", media.name()).into());
        }
        let is_at_start = self.order.is_at_start() && self.track.as_ref().is_none_or(|(_, order)| order.is_at_start());
        if row.place == Place::BeforeParts && !is_at_start {
            return Err("it must precede the parts".into());
        }
        let count = row.id.row_index().map_or(0, |index| self.log.count(index));
        match row.most {
            Some(most) if count > u64::from(most) => Err(format!("there may be {most} at most").into()),
            _ => Ok(()),
        }
    }

    fn put(&mut self, segment: Segment) -> Result<(), Refusal> {
        match segment.id {
            SegmentId::END => return self.end(),
            SegmentId::PART => return self.part(PartKind::Symbols, segment),
            SegmentId::ALPHA => return self.part(PartKind::Alpha, segment),
            SegmentId::SOUND => return self.part(PartKind::Sound, segment),
            SegmentId::TRACK => {
                let track = Track::from_bytes(&segment.payload)?;
                let order = Order::new(&track.header().media);
                self.track = Some((track, order));
            }
            SegmentId::INDEX => self.index = FrameIndex::from_bytes(&segment.payload, self.has_ticks()),
            SegmentId::CODEC => self.codec_segments.push(segment.payload),
            SegmentId::ICC | SegmentId::ICCZ if self.metadata.icc.is_some() => {
                return Err("there is a profile already".into());
            }
            SegmentId::ICC => self.metadata.icc = Some(segment.payload),
            SegmentId::ICCZ => self.metadata.icc = Some(inflated(&segment.payload, self.limits.max_metadata_bytes)?),
            SegmentId::EXIF => self.metadata.exif = Some(segment.payload),
            SegmentId::XMP => self.metadata.xmp = Some(segment.payload),
            SegmentId::EXTRA => self.metadata.extras = Extras::from_bytes(&segment.payload)?,
            SegmentId::TAGS => self.metadata.tags = Tags::from_bytes(&segment.payload)?,
            SegmentId::HASH if segment.payload.len() <= MOST_HASH => self.metadata.hash = Some(segment.payload),
            // Reserved ones have their place, and nothing in them is understood yet.
            _ => {}
        }
        Ok(())
    }

    /// Checks that nothing follows the end.
    fn finish(&mut self) -> Result<()> {
        let offset = self.position();
        match (self.segments.drain()?, self.mode) {
            (0, _) => Ok(()),
            (bytes, Mode::Strict) => {
                let reason = format!("{bytes} bytes follow the end of the stream");
                Err(CodecError::malformed_at(offset, reason))
            }
            (bytes, Mode::Tolerant) => {
                self.damage.push(Damage::Trailing { offset, bytes });
                Ok(())
            }
        }
    }
}
