//! Streams to pictures.

use std::io::Read;

use super::conceal;
use super::opened::Opened;
use super::options::DecodeOptions;
use super::parts::Tiles;
use super::verify::{Verified, verify};
use crate::codecs::Codecs;
use crate::codecs::image::{Grid, ImageStream, Scale, TileSymbols, View, paint_tile, paint_windows};
use crate::container::TilePlaces;
use crate::container::{DamageReport, Header, Metadata, PartKind, StreamReader};
use crate::error::{CodecError, Result};
use crate::media::image::{Image, ImageMetadata, PixelHash, Samples};
use crate::tiles::Rect;
use crate::watch::{Unwatched, Watch, report};

/// What a decoder made.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decoded {
    /// The picture, with its metadata.
    pub picture: Image,
    /// The header of the stream.
    pub header: Header,
    /// The damage found and concealed; empty without `conceal`.
    pub damage: DamageReport,
    /// Where the tiles of the report lie.
    pub places: TilePlaces,
    /// Bytes of the stream.
    pub stream_bytes: u64,
}

impl Decoded {
    /// Whether more tiles are lost than decoded.
    pub fn is_mostly_lost(&self) -> bool {
        2 * self.damage.lost(PartKind::Symbols) > self.header.media.parts()
    }
}

/// Turns streams into pictures with the codecs that are open.
#[derive(Debug, Clone)]
pub struct ImageDecoder {
    codecs: Codecs,
    options: DecodeOptions,
}

impl ImageDecoder {
    /// A decoder that may be used for many streams.
    pub fn new(codecs: Codecs, options: DecodeOptions) -> Self {
        Self { codecs, options }
    }

    /// Decodes a stream.
    ///
    /// # Errors
    /// `ModelMismatch` and `Weights` when its model is not open; `Unsupported` and `Limit`; `Malformed` for damage and
    /// `Desync` for symbols other than those encoded, unless they are to be concealed; `PixelMismatch` for other pixels than
    /// the stream says; a damaged header always; `Model` when a network or its device fails.
    pub fn decode(&self, bytes: &[u8]) -> Result<Decoded> {
        self.decode_watched(bytes, &mut Unwatched)
    }

    /// As [`ImageDecoder::decode`], from all that `reader` gives. The steps of `watch` are tiles and windows of pixels.
    ///
    /// # Errors
    /// As [`ImageDecoder::decode`], `Io` and `Cancelled`.
    pub fn decode_watched(&self, reader: impl Read, watch: &mut dyn Watch) -> Result<Decoded> {
        let options = &self.options;
        let reader = StreamReader::new(reader, &options.limits, options.mode())?;
        self.decode_stream(reader, watch)
    }

    /// The same of a stream whose header was read. Its mode decides whether damage is concealed.
    ///
    /// # Errors
    /// As [`ImageDecoder::decode_watched`].
    pub fn decode_stream(&self, reader: StreamReader<impl Read>, watch: &mut dyn Watch) -> Result<Decoded> {
        let options = &self.options;
        let mut opened = Opened::of(&self.codecs, reader)?;
        let mut damage = std::mem::take(&mut opened.parts.damage);
        let (stream, places) = opened.stream()?;
        let geometry = stream.geometry();
        let view = View::new(&opened.media, &geometry, options.region, options.scale)?;
        let work = Work {
            opened: &opened,
            stream: &*stream,
            places: &places,
            view: &view,
        };
        let picture = work.picture(&mut damage, watch)?;
        let metadata = &opened.parts.metadata;
        let picture = view.finish(picture)?.shown(geometry.orientation)?;
        let is_whole = options.region.is_none() && options.scale == Scale::Full && damage.is_empty();
        if let Some(expected) = pixel_hash(metadata).filter(|_| is_whole && options.check_pixels) {
            compare(&picture, expected)?;
        }
        Ok(Decoded {
            picture: picture.with_metadata(ImageMetadata::from_stream(metadata, opened.media.cicp)),
            header: opened.parts.header.clone(),
            damage,
            places,
            stream_bytes: opened.parts.stream_bytes,
        })
    }

    /// Decodes the symbols only and compares checksums; no pixels are made.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn verify(&self, bytes: &[u8]) -> Result<Verified> {
        verify(&self.codecs, bytes, &self.options.limits)
    }
}

/// The hash of pixels in a stream, if there is one that this version knows.
pub(super) fn pixel_hash(metadata: &Metadata) -> Option<PixelHash> {
    metadata.hash.as_deref().and_then(PixelHash::of_payload)
}

/// Refuses a picture of another hash.
fn compare(picture: &Image, expected: PixelHash) -> Result<()> {
    let found = picture.pixel_hash();
    if found == expected {
        return Ok(());
    }
    Err(CodecError::PixelMismatch { expected, found })
}

/// The decoding of one stream.
struct Work<'a> {
    opened: &'a Opened,
    stream: &'a dyn ImageStream,
    places: &'a TilePlaces,
    view: &'a View,
}

impl Work<'_> {
    /// The picture of what the view works on.
    fn picture(&self, damage: &mut DamageReport, watch: &mut dyn Watch) -> Result<Image> {
        // Before any pixel is made of a few bytes that promise many.
        if self.opened.parts.all(PartKind::Symbols).is_empty() {
            return Err(self.nothing());
        }
        let mut canvas = self.canvas()?;
        let holes = match self.stream.geometry().halo {
            0 => self.paint_tiles(&mut canvas, damage, watch)?,
            _ => self.paint_cells(&mut canvas, damage, watch)?,
        };
        let mut picture = canvas.with_alpha(self.alpha(damage)?)?;
        conceal::fill(&mut picture, &self.view.places(&holes));
        // The last step is for full size: small versions have no pixels of their own to mend.
        if self.view.scale.levels() == 0 {
            self.stream.finish(&mut picture)?;
        }
        Ok(picture)
    }

    /// The error where no tile that is wanted decodes.
    fn nothing(&self) -> CodecError {
        let (there, all) = (
            self.opened.parts.all(PartKind::Symbols).len(),
            self.places.grid().count(),
        );
        let reason =
            format!("{there} of {all} tiles are there, and none that is wanted decodes: nothing is left to show");
        CodecError::malformed_at(self.opened.parts.stream_bytes, reason)
    }

    /// A black picture.
    fn canvas(&self) -> Result<Image> {
        let (size, media) = (self.view.place(&self.view.work), &self.opened.media);
        let samples = Samples::filled(media.depth, size.area() * media.color.channels(), 0);
        Image::new(size.width, size.height, media.color, samples, None)
    }

    fn tiles(&self, kind: PartKind, wanted: impl Fn(&Rect) -> bool) -> Tiles<'_> {
        let parts = self.opened.parts.all(kind);
        Tiles::new(self.stream, self.places, parts, self.opened.mode, wanted)
    }

    /// Paints tiles as they come, where none needs its neighbours; returns those that are lost.
    fn paint_tiles(&self, canvas: &mut Image, damage: &mut DamageReport, watch: &mut dyn Watch) -> Result<Vec<Rect>> {
        let work = self.view.work;
        let tiles = self.tiles(PartKind::Symbols, |rect| rect.common(&work).is_some());
        let (mut lost, mut done) = (Lost::all(self.places), 0);
        tiles.each_symbols(damage, |index, rect, symbols| {
            if let Some(symbols) = symbols {
                lost.found(index);
                let cells = self.grid_of(rect, symbols)?;
                paint_tile(self.stream, &cells, rect, self.view, canvas)?;
            }
            done += 1;
            report(watch, done, tiles.count())
        })?;
        self.checked(lost)
    }

    /// Paints windows from the cells of all tiles that are needed; returns the tiles that are lost and
    /// that the codec itself can't mend.
    fn paint_cells(&self, canvas: &mut Image, damage: &mut DamageReport, watch: &mut dyn Watch) -> Result<Vec<Rect>> {
        let (geometry, origin) = (self.stream.geometry(), self.view.cells());
        let tiles = self.tiles(PartKind::Symbols, |rect| {
            self.view.cells_of(rect).common(&origin).is_some()
        });
        let total = tiles.count() + self.view.windows(geometry.window).len();
        let (height, width) = (origin.height as usize, origin.width as usize);
        let mut plane = Grid::zeros(height, width, geometry.channels);
        let (mut lost, mut done) = (Lost::all(self.places), 0);
        tiles.each_symbols(damage, |index, rect, symbols| {
            if let Some(symbols) = symbols {
                lost.found(index);
                let (at, piece) = (self.view.cells_of(rect), self.grid_of(rect, symbols)?);
                if let Some(common) = at.common(&origin) {
                    let place = common.within(&origin);
                    plane.put(place.x as usize, place.y as usize, &piece.piece(&common.within(&at)));
                }
            }
            done += 1;
            report(watch, done, total)
        })?;
        let holes = self.checked(lost)?;
        let cells = holes.iter().filter_map(|hole| {
            let common = self.view.cells_of(hole).common(&origin)?;
            Some(common.within(&origin))
        });
        let cells: Vec<Rect> = cells.collect();
        let mended = !cells.is_empty() && self.stream.mend(&mut plane, &cells);
        if !mended {
            plane.extend_into(&cells, geometry.halo);
        }
        let holes = if mended { Vec::new() } else { holes };
        paint_windows(self.stream, &plane, self.view, &holes, canvas, &mut |windows| {
            report(watch, done + windows, total)
        })?;
        Ok(holes)
    }

    /// The tiles that are lost, of which there must be others.
    fn checked(&self, lost: Lost) -> Result<Vec<Rect>> {
        let holes = lost.rects(self.places);
        if holes.len() as u64 >= self.places.grid().count() {
            return Err(self.nothing());
        }
        Ok(holes)
    }

    /// The symbols of the tile `rect` as a grid.
    fn grid_of(&self, rect: &Rect, symbols: TileSymbols) -> Result<Grid<i16>> {
        let cells = self.view.cells_of(rect);
        let channels = self.stream.geometry().channels;
        Grid::new(cells.height as usize, cells.width as usize, channels, symbols.cells)
    }

    /// The alpha plane of a stream that has one, in the size of the view; opaque where it is lost.
    fn alpha(&self, damage: &mut DamageReport) -> Result<Option<Samples>> {
        let media = &self.opened.media;
        if !media.alpha {
            return Ok(None);
        }
        let work = self.view.work;
        let mut plane = Samples::filled(media.depth, work.area(), media.depth.max());
        let tiles = self.tiles(PartKind::Alpha, |rect| rect.common(&work).is_some());
        tiles.each_alpha(media.depth, damage, |_, rect, samples| {
            if let (Some(common), Some(samples)) = (rect.common(&work), samples) {
                let piece = Samples::U16(samples).plane(rect.width, [0, 1], &common.within(rect));
                plane.put_plane(work.width, [0, 1], &common.within(&work), &piece);
            }
            Ok(())
        })?;
        Ok(Some(plane.reduced(work.width, 1, self.view.scale.levels())))
    }
}

/// Which tiles have no symbols.
struct Lost(Vec<bool>);

impl Lost {
    fn all(places: &TilePlaces) -> Self {
        Self(vec![true; places.grid().count() as usize])
    }

    fn found(&mut self, index: u32) {
        if let Some(lost) = self.0.get_mut(index as usize) {
            *lost = false;
        }
    }

    /// The pixels of those that are lost, or were not wanted.
    fn rects(&self, places: &TilePlaces) -> Vec<Rect> {
        let indices = (0u32..).zip(&self.0).filter(|(_, lost)| **lost);
        indices.filter_map(|(index, _)| places.grid().rect(index)).collect()
    }
}
