//! Where tiles lie in the image that is shown.

use super::ImageMedia;
use crate::container::damage::Places;
use crate::error::Result;
use crate::media::image::Orientation;
use crate::tiles::{Rect, TileGrid};

/// The places of the tiles of an image, for messages and for whoever fills in lost ones. Nothing is listed in advance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePlaces {
    grid: TileGrid,
    orientation: Orientation,
    /// Width and height of the image that is shown.
    shown: [u32; 2],
}

impl TilePlaces {
    /// The places in an image that is coded in an orientation, as its codec block says.
    ///
    /// # Errors
    /// `Parameter` for an image without pixels or with tiles of a size that cannot be; no header that was read has them.
    pub fn new(image: &ImageMedia, orientation: Orientation) -> Result<Self> {
        let shown = [image.width, image.height];
        let [width, height] = orientation.sides(shown);
        Ok(Self {
            grid: TileGrid::new(width, height, image.tile_size)?,
            orientation,
            shown,
        })
    }

    /// The tiles of the image that is coded.
    pub fn grid(&self) -> &TileGrid {
        &self.grid
    }

    /// The pixels of a tile in the image that is shown; `None` behind the last.
    pub fn rect(&self, tile: u32) -> Option<Rect> {
        self.grid
            .rect(tile)
            .map(|rect| self.orientation.shown(&rect, self.shown))
    }

    /// The smallest rectangle of the image that is shown around `count` tiles in a row from `first` on, and whether they
    /// fill it; `None` behind the last tile.
    pub fn area(&self, first: u32, count: u32) -> Option<(Rect, bool)> {
        let (around, full) = self.around(first, count)?;
        Some((self.orientation.shown(&around, self.shown), full))
    }

    /// The smallest rectangle of the image that is coded around tiles in a row, and whether they fill it.
    fn around(&self, first: u32, count: u32) -> Option<(Rect, bool)> {
        let last = first.checked_add(count.checked_sub(1)?)?;
        let (start, end) = (self.grid.rect(first)?, self.grid.rect(last)?);
        let bounds = self.grid.bounds();
        let (x, right) = if start.y == end.y {
            (start.x, end.right())
        } else {
            (0, bounds.width)
        };
        let around = Rect {
            x,
            y: start.y,
            width: right - x,
            height: end.bottom() - start.y,
        };
        Some((around, start.x == x && end.right() == right))
    }
}

impl Places for TilePlaces {
    fn part_name(&self) -> &'static str {
        "tile"
    }

    fn place(&self, first: u32, count: u32) -> Option<String> {
        let (area, full) = self.area(first, count)?;
        Some(if full {
            area.to_string()
        } else {
            format!("within {area}")
        })
    }
}

#[cfg(test)]
mod unit {
    use super::*;
    use crate::media::image::{Color, Depth};

    #[test]
    fn runs_of_tiles_have_their_place_in_what_is_shown() {
        // 4 x 2 tiles.
        let image = ImageMedia {
            width: 200,
            height: 100,
            color: Color::Rgb,
            depth: Depth::Eight,
            alpha: false,
            cicp: None,
            tile_size: 64,
        };
        let places = TilePlaces::new(&image, Orientation::default()).unwrap();
        let place = |first, count| places.place(first, count).unwrap_or_default();
        assert_eq!(place(5, 1), "64x36 at 64,64");
        assert_eq!(place(1, 2), "128x64 at 64,0");
        assert_eq!(place(0, 8), "200x100 at 0,0");
        assert_eq!(place(3, 2), "within 200x100 at 0,0");
        assert_eq!([place(7, 2), place(0, 0)], ["", ""]);
        let transposed = TilePlaces::new(&image, Orientation::of_number(4).unwrap()).unwrap();
        // 2 x 4 tiles, and the second is under the first where it is shown.
        assert_eq!(transposed.place(1, 1).as_deref(), Some("64x36 at 0,64"));
        assert_eq!(transposed.rect(1), places.rect(4));
    }
}
