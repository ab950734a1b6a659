//! How to decode images.

use crate::codecs::image::Scale;
use crate::container::Mode;
use crate::limits::Limits;
use crate::tiles::Rect;

/// How to decode an image.
///
/// ```
/// use lmc_codec::{DecodeOptions, Scale};
///
/// let options = DecodeOptions::default().with_conceal(true).with_scale(Scale::Half);
/// assert!(options.conceal && options.region.is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeOptions {
    /// What a stream may claim, at most.
    pub limits: Limits,
    /// Whether to go on behind damage and fill lost tiles from their surroundings.
    /// Default false: the first damage is an error.
    pub conceal: bool,
    /// The part to decode, in pixels of the whole picture. Default `None`: all of it. Tiles that it does not need are not
    /// decoded.
    pub region: Option<Rect>,
    /// The size to decode in; a region of odd place or size is grown to whole pixels of it. Default full.
    pub scale: Scale,
    /// Whether a whole picture is compared with the hash of pixels in its stream, if it has one. Default true; to be
    /// switched off for decoders that are only nearly exact.
    pub check_pixels: bool,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            conceal: false,
            region: None,
            scale: Scale::default(),
            check_pixels: true,
        }
    }
}

impl DecodeOptions {
    /// Within these limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// With or without concealment of damage.
    pub fn with_conceal(self, conceal: bool) -> Self {
        Self { conceal, ..self }
    }

    /// Only this part, or all.
    pub fn with_region(self, region: Option<Rect>) -> Self {
        Self { region, ..self }
    }

    /// In this size.
    pub fn with_scale(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// With or without a look at the hash of pixels in the stream.
    pub fn with_check_pixels(self, check_pixels: bool) -> Self {
        Self { check_pixels, ..self }
    }

    pub(super) fn mode(&self) -> Mode {
        if self.conceal { Mode::Tolerant } else { Mode::Strict }
    }
}
