//! Which part of an image is decoded.

use super::codec::Geometry;
use super::scale::Scale;
use crate::container::ImageMedia;
use crate::error::{CodecError, Result};
use crate::media::image::Image;
use crate::tiles::{Rect, TileGrid};

/// Small versions are made of blocks of up to this many pixels in each direction.
const LARGEST_BLOCK: u32 = 8;

/// The part of an image that is worked on. All sizes are pixels of the whole image that is coded unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View {
    bounds: Rect,
    region: Rect,
    /// The region with what its pixels depend on, grown to whole cells.
    pub(crate) work: Rect,
    pub(crate) scale: Scale,
    cell: u32,
    halo: u32,
}

impl View {
    /// All of an image in full size.
    pub(crate) fn whole(bounds: Rect, geometry: &Geometry) -> Self {
        Self {
            bounds,
            region: bounds,
            work: bounds,
            scale: Scale::Full,
            cell: geometry.cell,
            halo: geometry.halo,
        }
    }

    /// A `region` of the image that is shown, or all of it.
    ///
    /// # Errors
    /// `Parameter` for a region that is empty or not inside of the image.
    pub(crate) fn new(media: &ImageMedia, geometry: &Geometry, region: Option<Rect>, scale: Scale) -> Result<Self> {
        let shown = [media.width, media.height];
        let bounds = grid_of(media, geometry)?.bounds();
        let whole = Self {
            scale,
            ..Self::whole(bounds, geometry)
        };
        let Some(region) = region else {
            return Ok(whole);
        };
        check_region(&region, shown)?;
        let region = geometry.orientation.coded(&region, shown);
        // Small versions are not finished.
        let margin = if scale == Scale::Full { geometry.reach } else { 0 };
        let work =
            region
                .grown(margin, bounds.width, bounds.height)
                .aligned(whole.align(), bounds.width, bounds.height);
        Ok(Self { region, work, ..whole })
    }

    /// Windows begin at multiples of this many pixels.
    fn align(&self) -> u32 {
        self.cell.max(LARGEST_BLOCK)
    }

    /// The windows that are painted one by one, none larger than `side`: that bounds the memory, and keeps seams away
    /// whatever the tiles are.
    pub(crate) fn windows(&self, side: u32) -> Vec<Rect> {
        self.work.even_pieces(side, self.align())
    }

    /// The cells that the pixels depend on.
    pub(crate) fn cells(&self) -> Rect {
        let halo = self.halo * self.cell;
        self.work
            .grown(halo, self.bounds.width, self.bounds.height)
            .cells(self.cell)
    }

    /// The cells of some pixels.
    pub(crate) fn cells_of(&self, rect: &Rect) -> Rect {
        rect.cells(self.cell)
    }

    /// The cells of a window with those around it that its pixels depend on.
    pub(crate) fn around(&self, window: &Rect) -> Rect {
        let whole = self.bounds.cells(self.cell);
        window.cells(self.cell).grown(self.halo, whole.width, whole.height)
    }

    /// Pixels of `cells` cells at the scale of the view.
    pub(crate) fn pixels(&self, cells: usize) -> usize {
        self.scale.of(cells * self.cell as usize)
    }

    /// Where `rect`, which begins at a multiple of 8 pixels, lies in the image that is made of [`Self::work`].
    pub(crate) fn place(&self, rect: &Rect) -> Rect {
        let levels = self.scale.levels();
        Rect {
            x: (rect.x - self.work.x) >> levels,
            y: (rect.y - self.work.y) >> levels,
            width: rect.width.div_ceil(1 << levels),
            height: rect.height.div_ceil(1 << levels),
        }
    }

    /// The same for the parts of holes that are worked on.
    pub(crate) fn places(&self, holes: &[Rect]) -> Vec<Rect> {
        let parts = holes.iter().filter_map(|hole| hole.common(&self.work));
        parts.map(|part| self.place(&part)).collect()
    }

    /// Cuts the region out of the image that was made of [`Self::work`].
    pub(crate) fn finish(&self, image: Image) -> Result<Image> {
        let levels = self.scale.levels();
        let (x, y) = (self.region.x - self.work.x, self.region.y - self.work.y);
        let end = |start: u32, length: u32| (start + length).div_ceil(1 << levels);
        image.part(&Rect {
            x: x >> levels,
            y: y >> levels,
            width: end(x, self.region.width) - (x >> levels),
            height: end(y, self.region.height) - (y >> levels),
        })
    }
}

/// The tiles of the image that is coded.
pub(crate) fn grid_of(media: &ImageMedia, geometry: &Geometry) -> Result<TileGrid> {
    let [width, height] = geometry.orientation.sides([media.width, media.height]);
    TileGrid::new(width, height, media.tile_size)
}

fn check_region(region: &Rect, [width, height]: [u32; 2]) -> Result<()> {
    let fits = |start: u32, length: u32, limit| length > 0 && start.checked_add(length).is_some_and(|end| end <= limit);
    if fits(region.x, region.width, width) && fits(region.y, region.height, height) {
        return Ok(());
    }
    let reason = format!("the region {region} is not inside of the picture of {width}x{height} pixels");
    Err(CodecError::Parameter(reason))
}
