//! Which part of a picture is decoded, and in which size.

use lmc_kernels::packet::LEVELS;

use super::decode::DecodeOptions;
use crate::container::Header;
use crate::error::{CodecError, Result};
use crate::picture::Picture;
use crate::tiles::{HALO, LATENT, Rect};

/// The size that a picture is decoded in. Pixels of small versions are what the wavelet's low-pass makes of their
/// surroundings, centred on the top left pixel of the block they stand for; those of lossless pictures are means of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// As it was encoded.
    #[default]
    Full,
    /// Half of width and height.
    Half,
    /// A quarter of width and height.
    Quarter,
    /// An eighth of width and height.
    Eighth,
}

impl Scale {
    /// Powers of two that width and height are divided by.
    pub fn levels(self) -> usize {
        match self {
            Self::Full => 0,
            Self::Half => 1,
            Self::Quarter => 2,
            Self::Eighth => LEVELS,
        }
    }
}

/// The part of a picture that is worked on. All sizes are pixels of the whole picture that is coded unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    bounds: Rect,
    region: Rect,
    /// The region with what its pixels depend on, grown to whole latents.
    pub(super) work: Rect,
    pub(super) scale: Scale,
}

impl View {
    /// What `options` ask for of the picture of `header`, where pixels depend on others up to `margin` away.
    ///
    /// # Errors
    /// `Parameter` for a region that is empty or not inside of the picture.
    pub(super) fn new(header: &Header, options: &DecodeOptions, margin: u32) -> Result<Self> {
        let shown = [header.width, header.height];
        let [width, height] = shown;
        let region = options.region.unwrap_or(Rect {
            x: 0,
            y: 0,
            width,
            height,
        });
        let fits =
            |start: u32, length: u32, limit| length > 0 && start.checked_add(length).is_some_and(|end| end <= limit);
        if !fits(region.x, region.width, width) || !fits(region.y, region.height, height) {
            let reason = format!("the region {region} is not inside of the picture of {width}x{height} pixels");
            return Err(CodecError::Parameter(reason));
        }
        let bounds = header.grid()?.bounds();
        let region = header.orientation.coded(&region, shown);
        let seen = region.grown(margin, bounds.width, bounds.height);
        let (x, y) = (seen.x / LATENT * LATENT, seen.y / LATENT * LATENT);
        let grown = |end: u32, start: u32, limit: u32| end.next_multiple_of(LATENT).min(limit) - start;
        let work = Rect {
            x,
            y,
            width: grown(seen.right(), x, bounds.width),
            height: grown(seen.bottom(), y, bounds.height),
        };
        Ok(Self {
            bounds,
            region,
            work,
            scale: options.scale,
        })
    }

    /// The latents that the pixels depend on.
    pub(super) fn latents(&self) -> Rect {
        self.work.grown(HALO, self.bounds.width, self.bounds.height).latents()
    }

    /// The latents of `cell` with those around it that its pixels depend on.
    pub(super) fn around(&self, cell: &Rect) -> Rect {
        let whole = self.bounds.latents();
        cell.latents().grown(HALO / LATENT, whole.width, whole.height)
    }

    /// Where `rect`, which begins at a multiple of 16 pixels, lies in the picture that is made of [`Self::work`].
    pub(super) fn place(&self, rect: &Rect) -> Rect {
        let levels = self.scale.levels();
        Rect {
            x: (rect.x - self.work.x) >> levels,
            y: (rect.y - self.work.y) >> levels,
            width: rect.width.div_ceil(1 << levels),
            height: rect.height.div_ceil(1 << levels),
        }
    }

    /// The same for the parts of holes that are worked on.
    pub(super) fn places(&self, holes: &[Rect]) -> Vec<Rect> {
        let parts = holes.iter().filter_map(|hole| hole.common(&self.work));
        parts.map(|part| self.place(&part)).collect()
    }

    /// Cuts the region out of the picture that was made of [`Self::work`].
    pub(super) fn finish(&self, picture: Picture) -> Result<Picture> {
        let levels = self.scale.levels();
        let (x, y) = (self.region.x - self.work.x, self.region.y - self.work.y);
        let end = |start: u32, length: u32| (start + length).div_ceil(1 << levels);
        picture.part(&Rect {
            x: x >> levels,
            y: y >> levels,
            width: end(x, self.region.width) - (x >> levels),
            height: end(y, self.region.height) - (y >> levels),
        })
    }
}
