//! How to encode images.

use lmc_entropy::prior::Context;
use lmc_entropy::trellis::Machine;

use crate::container::CodecId;
use crate::error::{CodecError, Result};
use crate::limits::Limits;
use crate::quality::Quality;

/// How to encode an image.
///
/// ```
/// use lmc_codec::{EncodeOptions, Quality};
///
/// let options = EncodeOptions::default().with_quality(Quality::new(75.0)?).with_tile_size(256);
/// assert_eq!((options.quality.value(), options.tile_size), (75.0, 256));
/// # Ok::<(), lmc_codec::CodecError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EncodeOptions {
    /// The codec. Default `None`: the one that the quality or the largest error asks for.
    pub codec: Option<CodecId>,
    /// Whether the picture itself decides too, where no codec and no largest error is asked for. A picture that looks
    /// drawn, with at least a third of its pixels equal to the pixels to the left and above, is coded exactly as well, and
    /// that stream is taken if it is no larger than the lossy one, from quality 75 on if it is at most a tenth larger.
    /// Default false; the program and the faces for apps switch it on.
    pub auto: bool,
    /// Quality, 0 to 100. Default 60.
    pub quality: Quality,
    /// Side of a tile in pixels, a multiple of 64 in 64..=4096. Default 1024. Smaller tiles lose less to damage and
    /// cost more bytes.
    pub tile_size: u32,
    /// What the encoder spends. Default 1, one pass.
    pub effort: Effort,
    /// How far samples may be from those of the image, whatever the quality. Default `None`: no bound.
    pub max_error: Option<MaxError>,
    /// Whether a hash of what decoders make of the picture goes into the stream, for them to compare. Default false: it
    /// takes 24 bytes, and the time to decode.
    pub pixel_hash: bool,
    /// Whether the ICC profile goes into the stream. Default true.
    pub keep_icc: bool,
    /// Whether EXIF data, XMP packet, IPTC data and texts go into the stream. Default true.
    pub keep_exif: bool,
    /// Whether the colours of pixels whose alpha is 0 are coded as they are. Default true; else they become what costs
    /// the least. Codecs that bound errors always keep them.
    pub keep_hidden: bool,
    /// What an image may be, at most, so that a decoder with the same limits accepts it.
    pub limits: Limits,
}

impl Default for EncodeOptions {
    fn default() -> Self {
        Self {
            codec: None,
            auto: false,
            quality: Quality::default(),
            tile_size: 1024,
            effort: Effort::default(),
            max_error: None,
            pixel_hash: false,
            keep_icc: true,
            keep_exif: true,
            keep_hidden: true,
            limits: Limits::default(),
        }
    }
}

impl EncodeOptions {
    /// With this codec, whatever the quality; `None` for the one that the quality asks for.
    pub fn with_codec(self, codec: Option<CodecId>) -> Self {
        Self { codec, ..self }
    }

    /// With a codec that suits the picture, or always with the one that the quality asks for.
    pub fn with_auto(self, auto: bool) -> Self {
        Self { auto, ..self }
    }

    /// At this quality.
    pub fn with_quality(self, quality: Quality) -> Self {
        Self { quality, ..self }
    }

    /// In tiles of this side.
    pub fn with_tile_size(self, tile_size: u32) -> Self {
        Self { tile_size, ..self }
    }

    /// With this effort.
    pub fn with_effort(self, effort: Effort) -> Self {
        Self { effort, ..self }
    }

    /// With this bound on the error of every sample.
    pub fn with_max_error(self, max_error: Option<MaxError>) -> Self {
        Self { max_error, ..self }
    }

    /// With or without a hash of the decoded pixels.
    pub fn with_pixel_hash(self, pixel_hash: bool) -> Self {
        Self { pixel_hash, ..self }
    }

    /// With or without the ICC profile.
    pub fn with_icc(self, keep_icc: bool) -> Self {
        Self { keep_icc, ..self }
    }

    /// With or without the EXIF data.
    pub fn with_exif(self, keep_exif: bool) -> Self {
        Self { keep_exif, ..self }
    }

    /// With or without the colours of pixels whose alpha is 0.
    pub fn with_hidden(self, keep_hidden: bool) -> Self {
        Self { keep_hidden, ..self }
    }

    /// Within these limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }
}

/// What an encoder spends on an image, 1 to 9: 1 takes the latents as the network gives them, higher ones refine them
/// by gradient in more and more steps, search a larger trellis, code them in four steps where the model can, and fit
/// filters to what is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effort(u8);

impl Default for Effort {
    fn default() -> Self {
        Self(1)
    }
}

impl Effort {
    /// The largest effort.
    pub const MAX: u8 = 9;
    /// Steps of refinement of each effort.
    const STEPS: &[usize; Self::MAX as usize] = &[0, 1, 2, 3, 4, 6, 8, 12, 16];

    /// # Errors
    /// [`CodecError::Parameter`] outside 1..=9.
    pub fn new(effort: u8) -> Result<Self> {
        if (1..=Self::MAX).contains(&effort) {
            Ok(Self(effort))
        } else {
            Err(CodecError::Parameter(format!("effort {effort} is outside 1..9")))
        }
    }

    /// The number, 1 to 9.
    pub fn value(self) -> u8 {
        self.0
    }

    /// The machine of the trellis.
    pub(crate) fn machine(self) -> Machine {
        match self.0 {
            1 => Machine::USUAL,
            2..=6 => Machine::LARGE,
            _ => Machine::LARGEST,
        }
    }

    /// Whether images are coded in the way of lying in which they take the fewest bits.
    pub(crate) fn turns(self) -> bool {
        self.0 >= 7
    }

    /// The steps in which latents are coded: four need decoders to compute a little more.
    pub(crate) fn context(self) -> Context {
        if self.0 == 1 { Context::Two } else { Context::Four }
    }

    /// Where the filters that are fitted to what decoders make of the image, one after the other, cut off differences,
    /// in roots of its mean squared error.
    pub(crate) fn thresholds(self) -> &'static [f64] {
        match self.0 {
            1 => &[],
            2..=3 => &[1.0],
            _ => &[1.0, 3.0],
        }
    }

    /// All steps of refinement per tile.
    pub(crate) fn steps(self) -> usize {
        self.stops().last().copied().unwrap_or(0)
    }

    /// After how many steps of refinement per tile the image is looked at: those of all efforts up to this one, so that
    /// none is worse than the one below.
    pub(crate) fn stops(self) -> &'static [usize] {
        &Self::STEPS[..usize::from(self.0)]
    }
}

/// How far a sample may be from the original, in steps of 1/255 of the range: 0 is exact, 1 to 4 are near-lossless.
/// Alpha is exact always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaxError(u8);

impl MaxError {
    /// The largest one: beyond it the networks need fewer bits.
    pub const MAX: u8 = 4;

    /// # Errors
    /// [`CodecError::Parameter`] outside 0..=4.
    pub fn new(steps: u8) -> Result<Self> {
        if steps <= Self::MAX {
            Ok(Self(steps))
        } else {
            Err(CodecError::Parameter(format!(
                "a largest error of {steps} is outside 0..4"
            )))
        }
    }

    /// The number, 0 to 4.
    pub fn value(self) -> u8 {
        self.0
    }

    /// The nearest sample that is kept, for samples of `0..=max`, where `max` is a multiple of 255.
    pub(crate) fn nearest(self, sample: u16, max: u16) -> u16 {
        let (sample, max) = (u32::from(sample), u32::from(max));
        let error = u32::from(self.0) * (max / 255);
        let step = 2 * error + 1;
        // Levels are as far from 0 as from the largest sample, so that both have one within reach.
        let base = max % step / 2;
        let level = (sample.saturating_sub(base) + error) / step;
        (base + level.min((max - base) / step) * step) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_stay_within_their_largest_error() {
        for (steps, max) in [
            (0, 255),
            (1, 255),
            (2, 255),
            (3, 255),
            (4, 255),
            (0, 65535),
            (1, 65535),
            (4, 65535),
        ] {
            let error = MaxError::new(steps).unwrap();
            let bound = u16::from(steps) * (max / 255);
            let mut kept: Vec<u16> = (0..=max).map(|sample| error.nearest(sample, max)).collect();
            for (sample, &near) in kept.iter().enumerate() {
                assert!(
                    near.abs_diff(sample as u16) <= bound,
                    "{steps} of {max}: {sample} became {near}"
                );
            }
            kept.dedup();
            let fewest = usize::from(max) / (2 * usize::from(bound) + 1);
            assert!(
                (fewest..=fewest + 1).contains(&kept.len()),
                "{steps} of {max}: {} levels",
                kept.len()
            );
        }
        assert!(MaxError::new(5).is_err());
    }
}
