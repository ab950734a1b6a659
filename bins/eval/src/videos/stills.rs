//! Frames to look at.

use lmc_codec::video::image_of;

use super::Clip;
use crate::pictures::Rgb;
use crate::views::{Exhibit, Show};

impl Show for Clip {
    const MORE_ENCODINGS: usize = 2;

    /// A frame, and a place in it.
    type Place = (usize, <Rgb as Show>::Place);

    /// Of the frame in the middle, where errors of many frames before have added up.
    fn busiest(&self) -> Self::Place {
        let middle = self.len() / 2;
        (
            middle,
            picture_of(self, middle).map_or((0, 0), |picture| picture.busiest()),
        )
    }

    fn show(&self, (frame, place): Self::Place) -> Option<Exhibit> {
        picture_of(self, frame)?.show(place)
    }
}

/// A frame in RGB of 8 bits.
pub(super) fn picture_of(clip: &Clip, index: usize) -> Option<Rgb> {
    let image = image_of(&clip.frame(index)?, clip.format()).ok()?;
    Rgb::of(&image).ok()
}
