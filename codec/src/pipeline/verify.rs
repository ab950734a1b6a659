//! Checks streams without making pixels: no network, no device.

use std::sync::Arc;

use lmc_entropy::prior::LatentPrior;

use super::lossless;
use super::tile::{batches, cause_of, decompress, each_alpha, jobs};
use crate::container::{Container, Header, ImageCodec, Limits, Mode};
use crate::damage::Damage;
use crate::error::{CodecError, ModelHash, Result};

/// What a stream decodes to, in hashes.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// The header of the stream.
    pub header: Header,
    /// One entry for each tile, in raster order.
    pub tiles: Vec<VerifiedTile>,
    /// Hash of all symbols of the stream, the same on every machine; `None` when a tile is lost.
    pub symbol_hash: Option<u64>,
    /// Symbols that were decoded, those of alpha not counted.
    pub symbols: u64,
    /// All that is wrong; empty for a good stream.
    pub damage: Vec<Damage>,
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
    /// Index in raster order.
    pub tile: u32,
    /// The checksum in the stream; `None` when the tile is missing.
    pub checksum: Option<u32>,
    /// Hash of the decoded symbols; `None` unless they agree with the checksum.
    pub symbol_hash: Option<u64>,
}

/// Decodes the symbols of streams and compares checksums.
#[derive(Debug, Clone)]
pub struct ImageVerifier {
    prior: Arc<LatentPrior>,
    model: ModelHash,
    limits: Limits,
}

impl ImageVerifier {
    /// A verifier for streams of the model whose prior and hash these are.
    pub fn new(prior: Arc<LatentPrior>, model: ModelHash, limits: Limits) -> Self {
        Self { prior, model, limits }
    }

    /// Decodes all symbols and all alpha of a stream. Damage is collected, not returned as an
    /// error.
    ///
    /// # Errors
    /// `ModelMismatch`, `Unsupported`, `Limit`, and `Malformed` for a damaged header.
    pub fn verify(&self, bytes: &[u8]) -> Result<Verified> {
        if !check_model(bytes, &self.limits, self.model)? {
            return lossless::verify(bytes, &self.limits);
        }
        let mut container = Container::parse(bytes, &self.limits, Mode::Tolerant)?;
        let mut damage = std::mem::take(&mut container.damage);
        let grid = container.header.grid()?;
        let mut tiles = unverified(&container);
        let mut symbols = 0;
        for batch in batches(&jobs(&grid, &container.tiles)) {
            for ((tile, rect, _), decoded) in decompress(&self.prior, container.header.coding, batch) {
                match decoded {
                    Ok(decoded) => {
                        symbols += decoded.symbols as u64;
                        if let Some(entry) = tiles.get_mut(tile as usize) {
                            entry.symbol_hash = Some(decoded.symbol_hash);
                        }
                    }
                    Err(error) => {
                        let cause = cause_of(error, Mode::Tolerant)?;
                        damage.push(Damage::Tile { tile, rect, cause });
                    }
                }
            }
        }
        each_alpha(&container, &grid.bounds(), Mode::Tolerant, &mut damage, |_, _| {})?;
        let damage = damage
            .into_iter()
            .map(|damage| damage.shown(&container.header))
            .collect();
        Ok(Verified {
            header: container.header,
            symbol_hash: hash_of(&tiles),
            tiles,
            symbols,
            damage,
        })
    }
}

/// The tiles of a stream, none of them verified yet.
pub(super) fn unverified(container: &Container<'_>) -> Vec<VerifiedTile> {
    let numbered = (0u32..).zip(&container.tiles);
    let tiles = numbered.map(|(tile, part)| VerifiedTile {
        tile,
        checksum: part.map(|part| part.checksum),
        symbol_hash: None,
    });
    tiles.collect()
}

/// The hash of all tiles; `None` when one is lost.
pub(super) fn hash_of(tiles: &[VerifiedTile]) -> Option<u64> {
    let hash = tiles.iter().try_fold(StreamHash::default(), |mut hash, tile| {
        hash.add(tile.symbol_hash?);
        Some(hash)
    });
    hash.map(StreamHash::finish)
}

/// Refuses streams of other models; false for a stream that needs none.
pub(super) fn check_model(bytes: &[u8], limits: &Limits, given: ModelHash) -> Result<bool> {
    let (header, _) = Header::parse(bytes, limits)?;
    let needed = header.model;
    match header.codec {
        ImageCodec::Lossless => Ok(false),
        ImageCodec::Wavelet if needed == given => Ok(true),
        ImageCodec::Wavelet => Err(CodecError::ModelMismatch { needed, given }),
    }
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
