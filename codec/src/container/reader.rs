//! Reads a stream into its parts: strictly, or past damage.

use std::io::Read;

use super::header::{Header, ImageCodec};
use super::leb::read_leb;
use super::limits::Limits;
use super::scan::{Scanner, Step, is_unknown};
use super::segment::{Raw, SegmentId};
use crate::damage::{Cause, Damage};
use crate::error::{CodecError, Result, check_limit};
use crate::restore::{CodedFilter, MOST_FILTERS};
use crate::tiles::TileGrid;

/// What a reader does about damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The first damage is an error.
    Strict,
    /// Damage behind the header is collected, and all that is whole is read.
    Tolerant,
}

/// The coded bytes of one tile, whole as their CRC-32 shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePart<'a> {
    /// Checksum of the tile's symbols; 0 for alpha, which has none.
    pub checksum: u32,
    /// The coded bytes.
    pub bytes: &'a [u8],
    /// Offset of the segment in the stream.
    pub offset: usize,
}

/// The parts of a stream. Nothing is decoded, and the coded bytes are borrowed.
#[derive(Debug, Clone)]
pub struct Container<'a> {
    /// The header.
    pub header: Header,
    /// The ICC profile.
    pub icc: Option<&'a [u8]>,
    /// The EXIF data.
    pub exif: Option<&'a [u8]>,
    /// The restoration filters in their order, checked.
    pub restorations: Vec<&'a [u8]>,
    /// One entry for each tile, in raster order; `None` where it is lost.
    pub tiles: Vec<Option<TilePart<'a>>>,
    /// One entry for each tile if the header promises alpha, else empty.
    pub alpha: Vec<Option<TilePart<'a>>>,
    /// What is wrong with the stream; empty after a strict reading.
    pub damage: Vec<Damage>,
}

/// Reads all of `reader`, at most `limits.max_file_bytes`.
///
/// # Errors
/// `Io`, or `Limit` when there are more bytes.
pub fn read_limited(reader: impl Read, limits: &Limits) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader
        .take(limits.max_file_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    check_limit("the number of bytes", bytes.len() as u64, limits.max_file_bytes)?;
    Ok(bytes)
}

impl<'a> Container<'a> {
    /// Finds the parts of a stream.
    ///
    /// # Errors
    /// A damaged header is always an error, as are an unknown version, codec or mandatory segment
    /// (`Unsupported`) and a size over `limits` (`Limit`). Other damage is `Malformed` in
    /// [`Mode::Strict`] and collected in [`Container::damage`] in [`Mode::Tolerant`].
    pub fn parse(bytes: &'a [u8], limits: &Limits, mode: Mode) -> Result<Self> {
        check_limit("the number of bytes", bytes.len() as u64, limits.max_file_bytes)?;
        let (header, start) = Header::parse(bytes, limits)?;
        let grid = header.grid()?;
        let count = tile_count(&grid)?;
        let reserve = |wanted: bool| vec![None; if wanted { count } else { 0 }];
        let container = Self {
            icc: None,
            exif: None,
            restorations: Vec::new(),
            tiles: reserve(true),
            alpha: reserve(header.alpha),
            damage: Vec::new(),
            header,
        };
        Parser {
            bytes,
            limits,
            mode,
            grid,
            container,
            metadata: 0,
            ancillary: 0,
            expected: Expected::default(),
        }
        .run(start)
    }
}

/// The number of tiles; a picture within any sane limits has few.
fn tile_count(grid: &TileGrid) -> Result<usize> {
    // Each tile is an entry of some tens of bytes, whether its segment is there or not.
    check_limit("the number of tiles", grid.count(), 1 << 24)?;
    Ok(grid.count() as usize)
}

/// What may come next in a stream that is in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Expected {
    /// The next tile.
    tile: u32,
    /// Whether the alpha of the tile before must come first.
    alpha: bool,
}

struct Parser<'a, 'l> {
    bytes: &'a [u8],
    limits: &'l Limits,
    mode: Mode,
    grid: TileGrid,
    container: Container<'a>,
    metadata: u64,
    ancillary: u32,
    expected: Expected,
}

impl<'a> Parser<'a, '_> {
    fn run(mut self, start: usize) -> Result<Container<'a>> {
        let mut scanner = Scanner::new(self.bytes, start);
        let mut ended = false;
        for step in scanner.by_ref() {
            match step {
                Step::Segment(raw) if raw.id == SegmentId::End => {
                    ended = true;
                    break;
                }
                Step::Segment(raw) => self.segment(raw)?,
                Step::Damage { start, end, fault } => {
                    if self.mode == Mode::Strict {
                        return Err(CodecError::malformed(start, fault.reason()));
                    }
                    let (offset, bytes) = (start as u64, (end - start) as u64);
                    self.container.damage.push(Damage::Unreadable { offset, bytes });
                }
            }
        }
        self.finish(ended, scanner.position())
    }

    /// Takes one whole segment other than the end.
    fn segment(&mut self, raw: Raw) -> Result<()> {
        if is_unknown(raw.id) {
            let id = raw.id.to_byte();
            let what = format!("segment {id} at byte {}: a newer version wrote this stream", raw.start);
            return Err(CodecError::Unsupported(what));
        }
        let payload = self.bytes.get(raw.payload..raw.end).unwrap_or_default();
        let outcome = match raw.id {
            SegmentId::Tile => self.tile(&raw, payload),
            SegmentId::Alpha => self.alpha(&raw, payload),
            SegmentId::Icc | SegmentId::Exif => self.metadata(&raw, payload)?,
            SegmentId::Restoration => self.restoration(payload),
            _ => {
                self.ancillary = self.ancillary.saturating_add(1);
                let limit = u64::from(self.limits.max_ancillary_segments);
                check_limit("the number of ancillary segments", u64::from(self.ancillary), limit)?;
                Ok(())
            }
        };
        outcome.or_else(|reason| self.wrong(&raw, reason))
    }

    /// A segment that is whole but out of place: an error, or ignored.
    fn wrong(&mut self, raw: &Raw, reason: &str) -> Result<()> {
        let reason = format!("{} segment: {reason}", raw.id.name());
        if self.mode == Mode::Strict {
            return Err(CodecError::malformed(raw.start, reason));
        }
        // Each is a whole segment of at least seven bytes, and the report needs only the first few.
        if self.container.damage.len() < 4096 {
            self.container.damage.push(Damage::Ignored {
                offset: raw.start as u64,
                reason,
            });
        }
        Ok(())
    }

    fn tile(&mut self, raw: &Raw, payload: &'a [u8]) -> Result<(), &'static str> {
        let (index, rest) = tile_index(payload)?;
        let (checksum, bytes) = rest.split_first_chunk::<4>().ok_or("its payload is too short")?;
        let next = Expected {
            tile: index,
            alpha: false,
        };
        if self.mode == Mode::Strict && self.expected != next {
            return Err(if self.expected.alpha {
                "the alpha of the tile before is missing"
            } else {
                "tiles must come in order, each once"
            });
        }
        let slot = self
            .container
            .tiles
            .get_mut(index as usize)
            .ok_or("the picture has no such tile")?;
        if slot.is_some() {
            return Err("the tile came before");
        }
        let checksum = u32::from_le_bytes(*checksum);
        *slot = Some(TilePart {
            checksum,
            bytes,
            offset: raw.start,
        });
        self.expected = match self.container.header.alpha {
            true => Expected {
                tile: index,
                alpha: true,
            },
            false => Expected {
                tile: index + 1,
                alpha: false,
            },
        };
        Ok(())
    }

    fn alpha(&mut self, raw: &Raw, payload: &'a [u8]) -> Result<(), &'static str> {
        let (index, bytes) = tile_index(payload)?;
        if !self.container.header.alpha {
            return Err("the header says that there is no alpha");
        }
        let next = Expected {
            tile: index,
            alpha: true,
        };
        if self.mode == Mode::Strict && self.expected != next {
            return Err("alpha must follow its tile");
        }
        let slot = self
            .container
            .alpha
            .get_mut(index as usize)
            .ok_or("the picture has no such tile")?;
        if slot.is_some() {
            return Err("the tile's alpha came before");
        }
        *slot = Some(TilePart {
            checksum: 0,
            bytes,
            offset: raw.start,
        });
        self.expected = Expected {
            tile: index + 1,
            alpha: false,
        };
        Ok(())
    }

    fn metadata(&mut self, raw: &Raw, payload: &'a [u8]) -> Result<Result<(), &'static str>> {
        self.metadata += payload.len() as u64;
        check_limit("the bytes of metadata", self.metadata, self.limits.max_metadata_bytes)?;
        if self.mode == Mode::Strict && self.expected != Expected::default() {
            return Ok(Err("metadata must come before the tiles"));
        }
        let slot = match raw.id {
            SegmentId::Icc => &mut self.container.icc,
            _ => &mut self.container.exif,
        };
        if slot.is_some() {
            return Ok(Err("there may be only one"));
        }
        *slot = Some(payload);
        Ok(Ok(()))
    }

    fn restoration(&mut self, payload: &'a [u8]) -> Result<(), &'static str> {
        let header = &self.container.header;
        if header.codec != ImageCodec::Wavelet {
            return Err("pictures of this codec have none");
        }
        if self.mode == Mode::Strict && self.expected != Expected::default() {
            return Err("it must come before the tiles");
        }
        if self.container.restorations.len() == MOST_FILTERS {
            return Err("there are too many");
        }
        CodedFilter::parse(payload, header.color)?;
        self.container.restorations.push(payload);
        Ok(())
    }

    /// Checks that nothing is missing and nothing left.
    fn finish(mut self, ended: bool, position: usize) -> Result<Container<'a>> {
        if self.mode == Mode::Strict {
            return self.finish_strict(ended, position);
        }
        if !ended {
            self.container.damage.push(Damage::Truncated {
                offset: position as u64,
            });
        } else if position < self.bytes.len() {
            let bytes = (self.bytes.len() - position) as u64;
            self.container.damage.push(Damage::Trailing {
                offset: position as u64,
                bytes,
            });
        }
        let (grid, cause) = (self.grid, Cause::Missing);
        let missing = |parts: &[Option<TilePart<'_>>]| -> Vec<_> {
            let lost = (0u32..).zip(parts).filter(|(_, part)| part.is_none());
            lost.filter_map(|(tile, _)| grid.rect(tile).map(|rect| (tile, rect)))
                .collect()
        };
        for (tile, rect) in missing(&self.container.tiles) {
            self.container.damage.push(Damage::Tile {
                tile,
                rect,
                cause: cause.clone(),
            });
        }
        for (tile, rect) in missing(&self.container.alpha) {
            self.container.damage.push(Damage::Alpha {
                tile,
                rect,
                cause: cause.clone(),
            });
        }
        Ok(self.container)
    }

    fn finish_strict(self, ended: bool, position: usize) -> Result<Container<'a>> {
        let malformed = |reason: String| Err(CodecError::malformed(position, reason));
        if !ended {
            return malformed("the stream is cut: its end is missing".to_owned());
        }
        if position < self.bytes.len() {
            let left = self.bytes.len() - position;
            return malformed(format!("{left} bytes follow the end of the stream"));
        }
        let Expected { tile, alpha } = self.expected;
        if alpha || u64::from(tile) < self.grid.count() {
            let part = if alpha { "the alpha of tile" } else { "tile" };
            return malformed(format!("{part} {tile} is missing"));
        }
        Ok(self.container)
    }
}

/// Splits the index off the payload of a tile or of its alpha.
pub(crate) fn tile_index(payload: &[u8]) -> Result<(u32, &[u8]), &'static str> {
    let (index, length) = read_leb(payload).map_err(|error| error.reason())?;
    Ok((index, payload.get(length..).unwrap_or_default()))
}
