//! Latents of codecs that have some, for those who learn on compressed images.

use super::codec::TileSymbols;
use crate::error::Result;

/// How the latents of a stream lie, and what their integers mean.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentLayout {
    /// The value of one step of a latent, before its gain.
    pub step: f32,
    /// What the latents of each channel are multiplied with to be those of the network, whatever the quality.
    pub gains: Vec<f32>,
    /// Cells along one side of a position of the hyper-latents.
    pub hyper_block: u32,
    /// Channels of the hyper-latents.
    pub hyper_channels: usize,
}

/// The latents of one tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileLatents {
    /// The latents, with their checksum.
    pub symbols: TileSymbols,
    /// The hyper-latents: rows, columns, channels.
    pub hyper: Vec<i16>,
}

/// A stream whose cells are latents.
pub trait LatentStream: Send + Sync {
    /// What the integers mean.
    fn layout(&self) -> LatentLayout;

    /// As [`ImageStream::read`](super::ImageStream::read), with the hyper-latents of the tile.
    ///
    /// # Errors
    /// As [`ImageStream::read`](super::ImageStream::read).
    fn read_latents(&self, bytes: &[u8], cells: [usize; 2]) -> Result<TileLatents>;
}
