//! Geometry: how a picture is cut into tiles, and which pixels and cells belong to which.

use std::fmt;

use crate::error::{CodecError, Result};

/// Tiles start at multiples of this many pixels.
pub const TILE_UNIT: u32 = 64;
/// The longest side of a tile, in pixels.
pub const MAX_TILE_SIZE: u32 = 4096;
/// A rectangle of pixels (or of cells, where said so).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl fmt::Display for Rect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{} at {},{}", self.width, self.height, self.x, self.y)
    }
}

impl Rect {
    /// The area.
    pub(crate) fn area(&self) -> usize {
        self.width as usize * self.height as usize
    }

    /// The first column behind the right edge.
    pub(crate) fn right(&self) -> u32 {
        self.x + self.width
    }

    /// The first row below the bottom edge.
    pub(crate) fn bottom(&self) -> u32 {
        self.y + self.height
    }

    /// Whether all of `other` lies inside.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.x <= other.x && self.y <= other.y && self.right() >= other.right() && self.bottom() >= other.bottom()
    }

    /// What both have in common, if anything.
    pub(crate) fn common(&self, other: &Self) -> Option<Self> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (right, bottom) = (self.right().min(other.right()), self.bottom().min(other.bottom()));
        (x < right && y < bottom).then(|| Self {
            x,
            y,
            width: right - x,
            height: bottom - y,
        })
    }

    /// The same pixels, counted from the top left corner of `origin`, which contains them.
    pub(crate) fn within(&self, origin: &Self) -> Self {
        Self {
            x: self.x - origin.x,
            y: self.y - origin.y,
            ..*self
        }
    }

    /// Grown by `by` on each side, within a plane of `width` x `height`.
    pub(crate) fn grown(&self, by: u32, width: u32, height: u32) -> Self {
        let (x, y) = (self.x.saturating_sub(by), self.y.saturating_sub(by));
        let right = self.right().saturating_add(by).min(width);
        let bottom = self.bottom().saturating_add(by).min(height);
        Self {
            x,
            y,
            width: right - x,
            height: bottom - y,
        }
    }

    /// The cells of `side` x `side` pixels that cover these pixels; `x` and `y` are multiples of `side`.
    pub(crate) fn cells(&self, side: u32) -> Self {
        Self {
            x: self.x / side,
            y: self.y / side,
            width: self.width.div_ceil(side),
            height: self.height.div_ceil(side),
        }
    }

    /// Grown so that it begins and ends at multiples of `of`, within a plane of `width` x `height`.
    pub(crate) fn aligned(&self, of: u32, width: u32, height: u32) -> Self {
        let (x, y) = (self.x / of * of, self.y / of * of);
        let end = |end: u32, limit: u32| end.next_multiple_of(of).min(limit);
        Self {
            x,
            y,
            width: end(self.right(), width) - x,
            height: end(self.bottom(), height) - y,
        }
    }

    /// The pieces, in raster order, when cut at multiples of `side` from its top left corner.
    pub(crate) fn pieces(&self, side: u32) -> Vec<Self> {
        self.cut(side, side)
    }

    /// As few pieces as can be if none is larger than `side`, all of about the same size, in raster order. Inner edges are
    /// at multiples of `align` from its top left corner, of which `side` is one.
    pub(crate) fn even_pieces(&self, side: u32, align: u32) -> Vec<Self> {
        let even = |length: u32| {
            let count = length.div_ceil(side).max(1);
            length.div_ceil(count).next_multiple_of(align).max(align)
        };
        self.cut(even(self.width), even(self.height))
    }

    fn cut(&self, across: u32, down: u32) -> Vec<Self> {
        let mut pieces = Vec::new();
        for top in (0..self.height).step_by(down as usize) {
            for left in (0..self.width).step_by(across as usize) {
                let (width, height) = (across.min(self.width - left), down.min(self.height - top));
                pieces.push(Self {
                    x: self.x + left,
                    y: self.y + top,
                    width,
                    height,
                });
            }
        }
        pieces
    }
}

/// The tiles of a picture, in raster order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileGrid {
    width: u32,
    height: u32,
    tile_size: u32,
}

impl TileGrid {
    /// Cuts `width` x `height` pixels into tiles of `tile_size` x `tile_size`, smaller ones at the
    /// right and at the bottom.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] for an empty picture, or for a tile size that is no multiple of 64
    /// in 64..=4096.
    pub fn new(width: u32, height: u32, tile_size: u32) -> Result<Self> {
        if width == 0 || height == 0 {
            let reason = format!("a picture of {width}x{height} pixels has no pixels");
            return Err(CodecError::Parameter(reason));
        }
        if tile_size == 0 || tile_size > MAX_TILE_SIZE || !tile_size.is_multiple_of(TILE_UNIT) {
            let reason = format!("tile size {tile_size} is not a multiple of 64 in 64..=4096");
            return Err(CodecError::Parameter(reason));
        }
        Ok(Self {
            width,
            height,
            tile_size,
        })
    }

    /// Tiles in a row.
    pub fn columns(&self) -> u32 {
        self.width.div_ceil(self.tile_size)
    }

    /// Rows of tiles.
    pub fn rows(&self) -> u32 {
        self.height.div_ceil(self.tile_size)
    }

    /// Number of tiles. Sides of up to 2^32 pixels make up to 2^52 of them.
    pub fn count(&self) -> u64 {
        u64::from(self.columns()) * u64::from(self.rows())
    }

    /// The pixels of the tile `index`, `None` behind the last.
    pub fn rect(&self, index: u32) -> Option<Rect> {
        if u64::from(index) >= self.count() {
            return None;
        }
        let x = index % self.columns() * self.tile_size;
        let y = index / self.columns() * self.tile_size;
        let width = self.tile_size.min(self.width - x);
        let height = self.tile_size.min(self.height - y);
        Some(Rect { x, y, width, height })
    }

    /// All pixels.
    pub(crate) fn bounds(&self) -> Rect {
        Rect {
            x: 0,
            y: 0,
            width: self.width,
            height: self.height,
        }
    }

    /// Groups of whole tiles, each about as large as a `window`: small tiles would waste work on halos.
    pub(crate) fn blocks(&self, window: u32) -> Vec<Rect> {
        let side = (window / self.tile_size).max(1) * self.tile_size;
        self.bounds().pieces(side)
    }

    /// The indices of the tiles in a block.
    pub(crate) fn tiles_in(&self, block: &Rect) -> Vec<u32> {
        let columns = block.x / self.tile_size..block.right().div_ceil(self.tile_size);
        let rows = block.y / self.tile_size..block.bottom().div_ceil(self.tile_size);
        rows.flat_map(|row| columns.clone().map(move |column| row * self.columns() + column))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_every_pixel_once() {
        for (width, height, size) in [(1, 1, 64), (64, 65, 64), (1000, 700, 256), (130, 4097, 4096)] {
            let grid = TileGrid::new(width, height, size).unwrap();
            let mut seen = vec![0u8; (width * height) as usize];
            for index in 0..grid.count() as u32 {
                let rect = grid.rect(index).unwrap();
                assert!(rect.x.is_multiple_of(64) && rect.y.is_multiple_of(64));
                for y in rect.y..rect.bottom() {
                    (rect.x..rect.right()).for_each(|x| seen[(y * width + x) as usize] += 1);
                }
            }
            assert!(seen.iter().all(|&count| count == 1));
            assert_eq!(grid.rect(grid.count() as u32), None);
        }
    }

    #[test]
    fn blocks_hold_every_tile_once() {
        for size in [64, 192, 640, 1024, 1536, 4096] {
            let grid = TileGrid::new(5000, 1100, size).unwrap();
            let mut tiles: Vec<u32> = grid.blocks(1024).iter().flat_map(|b| grid.tiles_in(b)).collect();
            tiles.sort_unstable();
            assert!(tiles.iter().copied().eq(0..grid.count() as u32), "tile size {size}");
        }
    }

    #[test]
    fn even_pieces_cover_every_pixel_once() {
        for (width, height, sides) in [
            (1, 1, [1, 1]),
            (64, 65, [64, 65]),
            (129, 300, [80, 112]),
            (3840, 33, [128, 33]),
        ] {
            let whole = Rect {
                x: 5,
                y: 7,
                width,
                height,
            };
            let pieces = whole.even_pieces(128, 16);
            assert_eq!([pieces[0].width, pieces[0].height], sides);
            assert_eq!(pieces.iter().map(Rect::area).sum::<usize>(), whole.area());
            for (at, piece) in pieces.iter().enumerate() {
                assert!(whole.contains(piece) && piece.width <= 128 && piece.height <= 128);
                assert!((piece.x - 5).is_multiple_of(16) && (piece.y - 7).is_multiple_of(16));
                assert!(pieces[..at].iter().all(|other| other.common(piece).is_none()));
            }
        }
        let nothing = Rect {
            x: 0,
            y: 0,
            width: 0,
            height: 9,
        };
        assert!(nothing.even_pieces(128, 16).is_empty());
    }

    #[test]
    fn a_halo_stops_at_the_edge_of_the_picture() {
        let rect = Rect {
            x: 64,
            y: 0,
            width: 64,
            height: 30,
        };
        let grown = rect.grown(64, 140, 30);
        assert_eq!(
            grown,
            Rect {
                x: 0,
                y: 0,
                width: 140,
                height: 30
            }
        );
        assert_eq!(
            rect.cells(16),
            Rect {
                x: 4,
                y: 0,
                width: 4,
                height: 2
            }
        );
    }

    #[test]
    fn senseless_sizes_are_refused() {
        for (width, height, size) in [(0, 1, 64), (1, 0, 64), (1, 1, 0), (1, 1, 100), (1, 1, 8192)] {
            assert!(matches!(
                TileGrid::new(width, height, size),
                Err(CodecError::Parameter(_))
            ));
        }
    }
}
