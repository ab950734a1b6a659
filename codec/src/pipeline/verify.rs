//! Checks streams: their symbols without making pixels, or pixels too.

use std::io::Read;

use super::decode::{ImageDecoder, pixel_hash};
use super::opened::Opened;
use super::options::DecodeOptions;
use super::parts::Tiles;
use crate::codecs::Codecs;
use crate::container::TilePlaces;
use crate::container::{DamageReport, Header, Mode, PartKind, StreamParts, StreamReader};
use crate::error::Result;
use crate::limits::Limits;
use crate::media::image::PixelHash;

/// What a stream decodes to, in hashes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Verified {
    /// The header of the stream.
    pub header: Header,
    /// Bytes of the stream.
    pub bytes: u64,
    /// One entry for each tile, in raster order.
    pub tiles: Vec<VerifiedTile>,
    /// Hash of all symbols of the stream, the same on every machine; `None` when a tile is lost.
    pub symbol_hash: Option<u64>,
    /// Symbols that were decoded, those of alpha not counted.
    pub symbols: u64,
    /// All that is wrong; empty for a good stream.
    pub damage: DamageReport,
    /// Where the tiles of the report lie.
    pub places: TilePlaces,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.damage.is_empty()
    }
}

/// What one tile decodes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedTile {
    /// Index in raster order of the picture that is coded.
    pub tile: u32,
    /// The checksum in the stream; `None` when the tile is missing.
    pub checksum: Option<u32>,
    /// Hash of the decoded symbols; `None` unless they agree with the checksum.
    pub symbol_hash: Option<u64>,
}

/// Decodes all symbols and all alpha of a stream and compares checksums. Damage is collected, not returned as an error.
///
/// # Errors
/// `ModelMismatch`, `Weights`, `Unsupported`, `Limit`, and `Malformed` for a damaged header.
pub fn verify(codecs: &Codecs, bytes: &[u8], limits: &Limits) -> Result<Verified> {
    verify_stream(codecs, StreamReader::new(bytes, limits, Mode::Tolerant)?)
}

/// As [`verify`], of a stream whose header was read, in [`Mode::Tolerant`].
///
/// # Errors
/// As [`verify`], and `Io`.
pub fn verify_stream(codecs: &Codecs, reader: StreamReader<impl Read>) -> Result<Verified> {
    let mut opened = Opened::of(codecs, reader)?;
    let mut damage = std::mem::take(&mut opened.parts.damage);
    let (stream, places) = opened.stream()?;
    let mut tiles = unverified(&opened, &places);
    let mut symbols = 0;
    let all = |kind| Tiles::new(&*stream, &places, opened.parts.all(kind), opened.mode, |_| true);
    all(PartKind::Symbols).each_symbols(&mut damage, |index, _, decoded| {
        if let (Some(entry), Some(decoded)) = (tiles.get_mut(index as usize), decoded) {
            entry.symbol_hash = Some(decoded.symbol_hash);
            symbols += decoded.symbols as u64;
        }
        Ok(())
    })?;
    all(PartKind::Alpha).each_alpha(opened.media.depth, &mut damage, |_, _, _| Ok(()))?;
    Ok(Verified {
        header: opened.parts.header.clone(),
        bytes: opened.parts.stream_bytes,
        symbol_hash: hash_of(&tiles),
        tiles,
        symbols,
        damage,
        places,
    })
}

/// What the pixels of a stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedPixels {
    /// The hash of what was decoded: the same on every machine.
    pub hash: PixelHash,
    /// Whether the stream says the same; else it says nothing.
    pub is_in_stream: bool,
}

/// Decodes all pixels of a whole stream and compares them with the hash in the stream, if there is one.
///
/// # Errors
/// `PixelMismatch` if the stream says otherwise, and those of [`ImageDecoder::decode`].
pub fn verify_pixels(codecs: &Codecs, bytes: &[u8], limits: &Limits) -> Result<VerifiedPixels> {
    let options = DecodeOptions::default().with_limits(limits.clone());
    let decoded = ImageDecoder::new(codecs.clone(), options).decode(bytes)?;
    let parts = StreamParts::read(bytes, limits, Mode::Strict)?;
    Ok(VerifiedPixels {
        hash: decoded.picture.pixel_hash(),
        is_in_stream: pixel_hash(&parts.metadata).is_some(),
    })
}

/// The tiles of a stream, none of them verified yet.
fn unverified(opened: &Opened, places: &TilePlaces) -> Vec<VerifiedTile> {
    let tiles = (0..places.grid().count() as u32).map(|tile| VerifiedTile {
        tile,
        checksum: opened.parts.get(PartKind::Symbols, tile).map(|part| part.checksum),
        symbol_hash: None,
    });
    tiles.collect()
}

/// The hash of all tiles; `None` when one is lost.
fn hash_of(tiles: &[VerifiedTile]) -> Option<u64> {
    let hash = tiles.iter().try_fold(StreamHash::default(), |mut hash, tile| {
        hash.add(tile.symbol_hash?);
        Some(hash)
    });
    hash.map(StreamHash::finish)
}

/// The hash of a whole stream: 64-bit FNV-1a over the hashes of its tiles or packets in order,
/// little-endian.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamHash(u64);

impl Default for StreamHash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl StreamHash {
    /// Takes in the hash of the next tile or packet.
    pub(crate) fn add(&mut self, tile: u64) {
        for byte in tile.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// The hash of all tiles so far.
    pub(crate) fn finish(self) -> u64 {
        self.0
    }
}
