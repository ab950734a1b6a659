//! Symbols on a grid of cells: pieces of them, and what stands in for lost pieces.

use crate::error::{CodecError, Result};
use crate::tiles::Rect;

/// Values on a grid of cells, in the order row, column, channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid<T> {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
    pub(crate) data: Vec<T>,
}

impl<T: Copy + Default> Grid<T> {
    /// A grid of zeros.
    pub fn zeros(height: usize, width: usize, channels: usize) -> Self {
        Self {
            height,
            width,
            channels,
            data: vec![T::default(); height * width * channels],
        }
    }

    /// A grid of `data`.
    ///
    /// # Errors
    /// `Internal` when its length does not fit.
    pub fn new(height: usize, width: usize, channels: usize, data: Vec<T>) -> Result<Self> {
        if data.len() != height * width * channels {
            let found = format!("{} values for a grid of {height}x{width}x{channels}", data.len());
            return Err(CodecError::Internal(found));
        }
        Ok(Self {
            height,
            width,
            channels,
            data,
        })
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Values of a cell.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// All values: rows, columns, channels.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// The cells of `rect`, which lies within the grid.
    pub(crate) fn piece(&self, rect: &Rect) -> Self {
        let (height, width) = (rect.height as usize, rect.width as usize);
        let mut data = Vec::with_capacity(height * width * self.channels);
        for y in 0..height {
            let at = self.at(rect.x as usize, rect.y as usize + y);
            data.extend_from_slice(self.data.get(at..at + width * self.channels).unwrap_or_default());
        }
        data.resize(height * width * self.channels, T::default());
        Self {
            height,
            width,
            channels: self.channels,
            data,
        }
    }

    /// Copies `piece` to the position `x`, `y`; what lies outside is left out.
    pub(crate) fn put(&mut self, x: usize, y: usize, piece: &Self) {
        let width = piece.width.min(self.width.saturating_sub(x)) * self.channels;
        let rows = piece.data.chunks_exact((piece.width * piece.channels).max(1));
        for (row, y) in rows.zip(y..self.height) {
            let at = self.at(x, y);
            if let Some(target) = self.data.get_mut(at..at + width) {
                target.copy_from_slice(&row[..width]);
            }
        }
    }

    fn at(&self, x: usize, y: usize) -> usize {
        (y * self.width + x) * self.channels
    }

    /// Continues the surroundings of each hole `depth` cells into it, from the nearest side
    /// that is no hole itself: zeros there would show in the pixels around.
    pub(crate) fn extend_into(&mut self, holes: &[Rect], depth: u32) {
        let lost = self.mask(holes);
        for hole in holes {
            for y in hole.y..hole.bottom() {
                for x in hole.x..hole.right() {
                    let sides = [
                        (x - hole.x + 1, i64::from(hole.x) - 1, i64::from(y)),
                        (hole.right() - x, i64::from(hole.right()), i64::from(y)),
                        (y - hole.y + 1, i64::from(x), i64::from(hole.y) - 1),
                        (hole.bottom() - y, i64::from(x), i64::from(hole.bottom())),
                    ];
                    let usable = sides.into_iter().filter(|&(distance, sx, sy)| {
                        let (width, height) = (self.width as i64, self.height as i64);
                        let inside = (0..width).contains(&sx) && (0..height).contains(&sy);
                        distance <= depth && inside && !lost[(sy * width + sx) as usize]
                    });
                    if let Some((_, sx, sy)) = usable.min() {
                        let from = self.at(sx as usize, sy as usize);
                        let to = self.at(x as usize, y as usize);
                        self.data.copy_within(from..from + self.channels, to);
                    }
                }
            }
        }
    }

    /// Which cells are lost.
    fn mask(&self, holes: &[Rect]) -> Vec<bool> {
        let mut lost = vec![false; self.height * self.width];
        for hole in holes {
            for y in hole.y as usize..(hole.bottom() as usize).min(self.height) {
                let row = y * self.width;
                let right = (hole.right() as usize).min(self.width);
                lost[row + (hole.x as usize).min(right)..row + right].fill(true);
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(height: usize, width: usize) -> Grid<i16> {
        Grid::new(height, width, 2, (0..(height * width * 2) as i16).collect()).unwrap()
    }

    #[test]
    fn pieces_go_back_to_their_place() {
        let plane = counted(5, 7);
        let mut copy = Grid::zeros(5, 7, 2);
        let whole = Rect {
            x: 0,
            y: 0,
            width: 7,
            height: 5,
        };
        for rect in whole.pieces(3) {
            copy.put(rect.x as usize, rect.y as usize, &plane.piece(&rect));
        }
        assert_eq!(copy, plane);
        copy.put(6, 4, &plane);
        assert_eq!(copy.data[68..], [0, 1], "what is outside is left out");
    }

    #[test]
    fn holes_continue_their_surroundings() {
        let mut plane = counted(3, 12);
        let hole = Rect {
            x: 4,
            y: 0,
            width: 8,
            height: 3,
        };
        plane.extend_into(&[hole], 3);
        let column = |x: usize| plane.data[12 * 2 + 2 * x];
        assert_eq!([4, 5, 6].map(column), [column(3); 3], "three positions from the left");
        assert_eq!(column(7), 12 * 2 + 2 * 7, "and no more");
        let before = plane.clone();
        plane.extend_into(
            &[Rect {
                x: 0,
                y: 0,
                width: 12,
                height: 3,
            }],
            3,
        );
        assert_eq!(plane, before, "there is nothing to continue");
    }

    #[test]
    fn wrong_lengths_are_an_error() {
        assert!(matches!(
            Grid::new(2, 2, 2, vec![0i16; 7]),
            Err(CodecError::Internal(_))
        ));
    }
}
