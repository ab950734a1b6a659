//! What is to be refined.

use lmc_entropy::prior::Coding;

use super::{LATENT_BLOCK, LatentField, Planes};
use crate::{CodecError, Result};

/// A tile to refine, in the window of pixels around it.
#[derive(Debug, Clone, Copy)]
pub struct RefineTask<'a> {
    /// The tile and its surroundings, both sides multiples of 16.
    pub window: &'a Planes,
    /// Row and column of the window's latents at which the tile starts.
    pub start: [usize; 2],
    /// Rows and columns of latents of the tile.
    pub size: [usize; 2],
    /// Rows and columns of pixels of the window that belong to the picture.
    pub visible: [usize; 2],
    /// How the stream codes latents.
    pub coding: Coding,
    /// After how many steps of refinement latents are wanted; fewest first.
    pub stops: &'a [usize],
}

impl RefineTask<'_> {
    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.stops.last().copied().unwrap_or(0)
    }

    /// # Errors
    /// [`CodecError::Parameter`] if the tile is not in the window.
    pub fn check(&self) -> Result<()> {
        let window = [self.window.height / LATENT_BLOCK, self.window.width / LATENT_BLOCK];
        let fits = (0..2).all(|axis| {
            let (start, size) = (self.start[axis], self.size[axis]);
            size > 0 && start + size <= window[axis]
        });
        if fits && self.visible[0] <= self.window.height && self.visible[1] <= self.window.width {
            return Ok(());
        }
        Err(CodecError::Parameter(format!(
            "a tile of {:?} latents at {:?} does not fit a window of {window:?}",
            self.size, self.start
        )))
    }

    /// The latents of the tile alone, of those of the window.
    pub fn tile_of(&self, field: &LatentField) -> LatentField {
        let [[top, left], [rows, columns]] = [self.start, self.size];
        let row = |row: usize| {
            let from = (row * field.width + left) * field.channels;
            &field.data[from..from + columns * field.channels]
        };
        LatentField {
            height: rows,
            width: columns,
            channels: field.channels,
            data: (top..top + rows).flat_map(row).copied().collect(),
        }
    }
}
