//! From the parts of a stream to symbols and alpha, checked.

use rayon::prelude::*;

use crate::alpha;
use crate::codecs::image::{ImageStream, LatentStream, TileLatents, TileSymbols};
use crate::container::TilePlaces;
use crate::container::{Cause, DamageReport, Mode, Part, PartKind};
use crate::error::{CodecError, Result};
use crate::media::image::Depth;
use crate::tiles::Rect;
use lmc_entropy::EntropyError;

/// A part, and the pixels of its tile in the picture that is coded.
#[derive(Clone, Copy)]
struct Located<'a> {
    part: &'a Part,
    rect: Rect,
}

/// The parts of a stream that are wanted, and what to do about damage to them.
pub(super) struct Tiles<'a> {
    stream: &'a dyn ImageStream,
    located: Vec<Located<'a>>,
    mode: Mode,
}

impl<'a> Tiles<'a> {
    /// The parts whose tiles `wanted` takes.
    pub(super) fn new(
        stream: &'a dyn ImageStream,
        places: &TilePlaces,
        parts: &'a [Part],
        mode: Mode,
        wanted: impl Fn(&Rect) -> bool,
    ) -> Self {
        let located = parts.iter().filter_map(|part| {
            let rect = places.grid().rect(part.index)?;
            wanted(&rect).then_some(Located { part, rect })
        });
        Self {
            stream,
            located: located.collect(),
            mode,
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.located.len()
    }

    /// Groups of tiles that are decoded at the same time.
    fn batches(&self) -> std::slice::Chunks<'_, Located<'a>> {
        let geometry = self.stream.geometry();
        let cells = self.located.iter().map(|tile| tile.rect.cells(geometry.cell).area());
        let largest = cells.max().unwrap_or(1).max(1);
        self.located.chunks((geometry.cells_at_a_time / largest).clamp(1, 64))
    }

    /// Decodes the symbols of all, in parallel, and hands them on in their order: the tile's index, its pixels, and the
    /// symbols, or nothing where damage was reported.
    pub(super) fn each_symbols(
        &self,
        damage: &mut DamageReport,
        take: impl FnMut(u32, &Rect, Option<TileSymbols>) -> Result<()>,
    ) -> Result<()> {
        self.each(PartKind::Symbols, |tile| self.symbols(tile), damage, take)
    }

    /// Decodes the alpha of all, as [`Self::each_symbols`] does symbols.
    pub(super) fn each_alpha(
        &self,
        depth: Depth,
        damage: &mut DamageReport,
        take: impl FnMut(u32, &Rect, Option<Vec<u16>>) -> Result<()>,
    ) -> Result<()> {
        self.each(PartKind::Alpha, |tile| alpha_of(tile, depth), damage, take)
    }

    fn each<T: Send>(
        &self,
        kind: PartKind,
        decode: impl Fn(&Located<'a>) -> Result<T> + Sync,
        damage: &mut DamageReport,
        mut take: impl FnMut(u32, &Rect, Option<T>) -> Result<()>,
    ) -> Result<()> {
        for batch in self.batches() {
            let decoded: Vec<_> = batch.par_iter().map(&decode).collect();
            for (tile, decoded) in batch.iter().zip(decoded) {
                let decoded = match decoded {
                    Ok(decoded) => Some(decoded),
                    Err(error) => {
                        damage.lose(kind, tile.part.index, 1, cause_of(error, self.mode)?);
                        None
                    }
                };
                take(tile.part.index, &tile.rect, decoded)?;
            }
        }
        Ok(())
    }

    /// Decodes the latents of all, as [`Self::each_symbols`] does symbols. Damage is an error.
    pub(super) fn each_latents(
        &self,
        source: &dyn LatentStream,
        mut take: impl FnMut(&Rect, TileLatents) -> Result<()>,
    ) -> Result<()> {
        let decode = |tile: &Located<'a>| {
            let decoded = source.read_latents(&tile.part.bytes, self.cells(tile));
            let decoded = decoded.map_err(|error| located(error, tile.part))?;
            check(tile.part, decoded.symbols.checksum)?;
            Ok(decoded)
        };
        let damage = &mut DamageReport::default();
        self.each(PartKind::Symbols, decode, damage, |_, rect, decoded| {
            decoded.map_or(Ok(()), |decoded| take(rect, decoded))
        })
    }

    fn symbols(&self, tile: &Located<'_>) -> Result<TileSymbols> {
        let decoded = self.stream.read(&tile.part.bytes, self.cells(tile));
        let decoded = decoded.map_err(|error| located(error, tile.part))?;
        check(tile.part, decoded.checksum)?;
        Ok(decoded)
    }

    /// Rows and columns of a tile.
    fn cells(&self, tile: &Located<'_>) -> [usize; 2] {
        let cells = tile.rect.cells(self.stream.geometry().cell);
        [cells.height as usize, cells.width as usize]
    }
}

/// Compares the checksum of what was decoded with that of the stream.
fn check(part: &Part, found: u32) -> Result<()> {
    let (tile, expected) = (part.index, part.checksum);
    match found == expected {
        true => Ok(()),
        false => Err(CodecError::Desync { tile, expected, found }),
    }
}

fn alpha_of(Located { part, rect }: &Located<'_>, depth: Depth) -> Result<Vec<u16>> {
    let samples = alpha::decompress(&part.bytes, rect.width as usize, rect.height as usize, depth)
        .map_err(|reason| CodecError::malformed_at(part.offset, format!("alpha of tile {}: {reason}", part.index)))?;
    let (tile, expected, found) = (part.index, part.checksum, alpha::checksum(&samples));
    if found != expected {
        return Err(CodecError::AlphaDesync { tile, expected, found });
    }
    Ok(samples)
}

/// The error of a codec, with the tile that it is about.
fn located(error: CodecError, part: &Part) -> CodecError {
    let malformed = |reason: String| CodecError::malformed_at(part.offset, format!("tile {}: {reason}", part.index));
    match error {
        CodecError::Symbols(EntropyError::Limit { what, value, limit }) => CodecError::Limit { what, value, limit },
        CodecError::Symbols(error) => malformed(error.to_string()),
        CodecError::Malformed { reason, .. } => malformed(reason),
        other => other,
    }
}

/// In strict mode the error itself; else what it means for the tile.
fn cause_of(error: CodecError, mode: Mode) -> Result<Cause> {
    match (mode, error) {
        (Mode::Strict, error) => Err(error),
        (_, CodecError::Desync { expected, found, .. } | CodecError::AlphaDesync { expected, found, .. }) => {
            Ok(Cause::Desync { expected, found })
        }
        (_, error) => Ok(Cause::Undecodable(error.to_string())),
    }
}
