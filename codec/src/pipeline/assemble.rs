//! From coded tiles to a stream: what all image codecs share.

use lmc_entropy::cost::FRACTION;
use lmc_entropy::prior::Compressed;
use rayon::prelude::*;

use super::options::{EncodeOptions, EncodeStats, Encoded, StreamBytes};
use super::verify::StreamHash;
use crate::alpha;
use crate::container::{ContainerWriter, Header, TilePart};
use crate::error::{CodecError, Result, check_limit};
use crate::picture::Picture;
use crate::restore::CodedFilter;
use crate::tiles::TileGrid;

/// What remains of a tile once it is coded.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CodedTile {
    pub(super) bytes: Vec<u8>,
    pub(super) checksum: u32,
    pub(super) symbols: usize,
    /// What they cost by their tables, in 1/65536 bits, where there are tables.
    pub(super) cost: Option<u64>,
    pub(super) symbol_hash: u64,
}

impl CodedTile {
    /// The tile as decoders find it in a stream.
    pub(super) fn part(&self) -> TilePart<'_> {
        TilePart {
            checksum: self.checksum,
            bytes: &self.bytes,
            offset: 0,
        }
    }
}

impl From<Compressed> for CodedTile {
    fn from(coded: Compressed) -> Self {
        Self {
            bytes: coded.bytes,
            checksum: coded.checksum,
            symbols: coded.symbols,
            cost: Some(coded.cost),
            symbol_hash: coded.symbol_hash,
        }
    }
}

/// Refuses a picture that a decoder with the same limits would not accept.
pub(super) fn check_input(picture: &Picture, options: &EncodeOptions) -> Result<()> {
    options.limits.check_size(picture.width(), picture.height())?;
    let kept = |keep: bool, data: Option<&[u8]>| data.filter(|_| keep).map_or(0, <[u8]>::len);
    let metadata = kept(options.keep_icc, picture.icc()) + kept(options.keep_exif, picture.exif());
    let limit = options.limits.max_metadata_bytes;
    check_limit("the bytes of metadata", metadata as u64, limit)
}

/// Writes header, metadata, restoration filters, tiles and alpha.
pub(super) fn assemble(
    picture: &Picture,
    options: &EncodeOptions,
    header: &Header,
    restorations: &[CodedFilter],
    tiles: &[Option<CodedTile>],
) -> Result<Encoded> {
    let mut bytes = StreamBytes::default();
    let mut writer = ContainerWriter::new(Vec::new(), header)?;
    if let Some(icc) = picture.icc().filter(|_| options.keep_icc) {
        bytes.icc = writer.icc(icc)?;
    }
    if let Some(exif) = picture.exif().filter(|_| options.keep_exif) {
        bytes.exif = writer.exif(exif)?;
    }
    for filter in restorations {
        bytes.restoration += writer.restoration(&filter.to_bytes())?;
    }
    let alpha = compress_alpha(picture, &header.grid()?)?;
    let (mut symbols, mut cost, mut hash) = (0, Some(0), StreamHash::default());
    for (index, tile) in (0u32..).zip(tiles) {
        let missing = || CodecError::Parameter(format!("tile {index} was not coded"));
        let tile = tile.as_ref().ok_or_else(missing)?;
        bytes.tiles += writer.tile(index, tile.checksum, &tile.bytes)?;
        bytes.tile_payloads += tile.bytes.len();
        if let Some(coded) = alpha.get(index as usize) {
            bytes.alpha += writer.alpha(index, coded)?;
        }
        symbols += tile.symbols as u64;
        cost = cost.zip(tile.cost).map(|(sum, cost)| sum + cost);
        hash.add(tile.symbol_hash);
    }
    let stream = writer.finish()?;
    bytes.total = stream.len();
    let pixels = f64::from(header.width) * f64::from(header.height);
    let stats = EncodeStats {
        tiles: tiles.len() as u32,
        symbols,
        bits_estimated: cost.map(|cost: u64| cost as f64 / f64::from(1u32 << FRACTION)),
        symbol_hash: hash.finish(),
        bytes,
        bpp: stream.len() as f64 * 8.0 / pixels,
    };
    Ok(Encoded { bytes: stream, stats })
}

/// The coded alpha of every tile; nothing for a picture without.
fn compress_alpha(picture: &Picture, grid: &TileGrid) -> Result<Vec<Vec<u8>>> {
    let Some(samples) = picture.alpha() else {
        return Ok(Vec::new());
    };
    let one = |tile: u32| {
        let rect = grid.rect(tile).unwrap_or(grid.bounds());
        let piece = samples.plane(picture.width(), [0, 1], &rect);
        alpha::compress(&piece, rect.width as usize, picture.depth())
    };
    (0..grid.count() as u32).into_par_iter().map(one).collect()
}
