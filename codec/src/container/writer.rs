//! Writes a stream, segment by segment and in the order that the format demands.

use std::io::Write;

use super::header::Header;
use super::leb::write_leb;
use super::segment::{FIRST_ANCILLARY, MAX_PAYLOAD, SegmentId, segment_head};
use crate::error::{CodecError, Result};

/// Writes the segments of one stream to `W`.
///
/// ```
/// use lmc_codec::container::{Container, ContainerWriter, Header, ImageCodec, Mode};
/// use lmc_codec::{Color, Depth, Limits, ModelHash, Orientation};
/// use lmc_entropy::prior::Coding;
///
/// let header = Header {
///     codec: ImageCodec::Wavelet,
///     model: ModelHash([7; 16]),
///     width: 1,
///     height: 1,
///     orientation: Orientation::default(),
///     color: Color::Gray,
///     depth: Depth::Eight,
///     alpha: false,
///     coding: Coding::default(),
///     quality: 5000,
///     tile_size: 1024,
/// };
/// let mut writer = ContainerWriter::new(Vec::new(), &header)?;
/// writer.tile(0, 0x1234_5678, b"symbols")?;
/// let bytes = writer.finish()?;
///
/// let read = Container::parse(&bytes, &Limits::default(), Mode::Strict)?;
/// assert_eq!(read.tiles[0].map(|tile| tile.bytes), Some(&b"symbols"[..]));
/// # Ok::<(), lmc_codec::CodecError>(())
/// ```
#[derive(Debug)]
pub struct ContainerWriter<W> {
    out: W,
    alpha: bool,
    tiles: u64,
    next: u64,
    alpha_due: bool,
}

impl<W: Write> ContainerWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// `Parameter` for a header that breaks its own rules, `Io`.
    pub fn new(mut out: W, header: &Header) -> Result<Self> {
        out.write_all(&header.to_bytes()?)?;
        let tiles = header.grid()?.count();
        Ok(Self {
            out,
            alpha: header.alpha,
            tiles,
            next: 0,
            alpha_due: false,
        })
    }

    /// Writes an ICC profile; it must come before the tiles. Returns the bytes written.
    ///
    /// # Errors
    /// `Parameter` out of order or for more than 2^31 - 1 bytes, `Io`.
    pub fn icc(&mut self, profile: &[u8]) -> Result<usize> {
        self.metadata(SegmentId::Icc, profile)
    }

    /// Writes EXIF data; they must come before the tiles. Returns the bytes written.
    ///
    /// # Errors
    /// As [`ContainerWriter::icc`].
    pub fn exif(&mut self, exif: &[u8]) -> Result<usize> {
        self.metadata(SegmentId::Exif, exif)
    }

    /// Writes a restoration filter; it must come before the tiles. Returns the bytes written.
    ///
    /// # Errors
    /// As [`ContainerWriter::icc`].
    pub fn restoration(&mut self, filter: &[u8]) -> Result<usize> {
        self.metadata(SegmentId::Restoration, filter)
    }

    /// Writes the coded symbols of the tile `index` and their checksum. Returns the bytes written.
    ///
    /// # Errors
    /// As [`ContainerWriter::icc`].
    pub fn tile(&mut self, index: u32, checksum: u32, coded: &[u8]) -> Result<usize> {
        if self.alpha_due || u64::from(index) != self.next || self.next >= self.tiles {
            return Err(out_of_order("tile", index));
        }
        let mut payload = Vec::with_capacity(coded.len() + 9);
        write_leb(&mut payload, index);
        payload.extend_from_slice(&checksum.to_le_bytes());
        payload.extend_from_slice(coded);
        if self.alpha {
            self.alpha_due = true;
        } else {
            self.next += 1;
        }
        self.segment(SegmentId::Tile, &payload)
    }

    /// Writes the coded alpha of the tile written last. Returns the bytes written.
    ///
    /// # Errors
    /// As [`ContainerWriter::icc`].
    pub fn alpha(&mut self, index: u32, coded: &[u8]) -> Result<usize> {
        if !self.alpha_due || u64::from(index) != self.next {
            return Err(out_of_order("the alpha of tile", index));
        }
        let mut payload = Vec::with_capacity(coded.len() + 5);
        write_leb(&mut payload, index);
        payload.extend_from_slice(coded);
        self.alpha_due = false;
        self.next += 1;
        self.segment(SegmentId::Alpha, &payload)
    }

    /// Writes a segment that readers which do not know `id` skip. Returns the bytes written.
    ///
    /// # Errors
    /// `Parameter` for an id under 128 or more than 2^31 - 1 bytes, `Io`.
    pub fn ancillary(&mut self, id: u8, payload: &[u8]) -> Result<usize> {
        if id < FIRST_ANCILLARY {
            let reason = format!("ancillary segments have ids from 128 on, not {id}");
            return Err(CodecError::Parameter(reason));
        }
        self.segment(SegmentId::Other(id), payload)
    }

    /// Ends the stream and returns what it was written to.
    ///
    /// # Errors
    /// `Parameter` when tiles are missing, `Io`.
    pub fn finish(mut self) -> Result<W> {
        if self.alpha_due || self.next < self.tiles {
            let reason = format!("tile {} of {} was not written", self.next, self.tiles);
            return Err(CodecError::Parameter(reason));
        }
        self.segment(SegmentId::End, &[])?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn metadata(&mut self, id: SegmentId, payload: &[u8]) -> Result<usize> {
        if self.next > 0 || self.alpha_due {
            let reason = format!("{} data must be written before the tiles", id.name());
            return Err(CodecError::Parameter(reason));
        }
        self.segment(id, payload)
    }

    fn segment(&mut self, id: SegmentId, payload: &[u8]) -> Result<usize> {
        if payload.len() > MAX_PAYLOAD {
            let reason = format!("{} bytes do not fit into one segment", payload.len());
            return Err(CodecError::Parameter(reason));
        }
        let head = segment_head(id, payload);
        self.out.write_all(&head)?;
        self.out.write_all(payload)?;
        Ok(head.len() + payload.len())
    }
}

fn out_of_order(what: &str, index: u32) -> CodecError {
    CodecError::Parameter(format!("{what} {index} was written out of order"))
}
