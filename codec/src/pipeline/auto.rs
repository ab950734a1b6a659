//! What the picture itself decides about its codec: drawn pictures are coded exactly where that costs no more.

use super::encode::ImageEncoder;
use super::encoded::Encoded;
use super::target::{Found, Search, Silent, Target};
use crate::codecs::image::MaxError;
use crate::container::MediaKind;
use crate::error::{CodecError, Result};
use crate::media::image::Image;
use crate::quality::Quality;
use crate::watch::Watch;

/// From this quality on an exact stream may be larger than the lossy one, whose pixels are never those of the original.
const HIGH_QUALITY: f32 = 75.0;
/// By how much, in percent.
const EXTRA_PERCENT: u64 = 10;

/// An exact stream, and the pixels that decoders make of it where they were asked for.
pub(super) type Exact = (Encoded, Option<Image>);

impl ImageEncoder {
    /// The encoder of exact samples to try too, if the options leave the codec to the picture.
    fn exact(&self) -> Option<Self> {
        let options = self.options();
        let is_free = options.auto && options.codec.is_none() && options.max_error.is_none();
        let registry = self.codecs().registry();
        let row = registry.of(MediaKind::Image).find(|row| row.bounds_errors)?;
        let is_open = is_free && !row.takes(options.quality) && self.codecs().is_ready(row);
        is_open.then(|| {
            let exact = options.clone().with_max_error(Some(MaxError::default()));
            Self::new(self.codecs().clone(), exact)
        })
    }

    /// The exact stream of a picture that looks drawn, if it takes at most this many bytes. `None` too where the options
    /// ask for a codec, or for tiles that the exact one does not have.
    ///
    /// # Errors
    /// As [`ImageEncoder::encode_watched`], but for `Parameter`.
    pub(super) fn exact_within(
        &self,
        most_bytes: u64,
        image: &Image,
        reconstruct: bool,
        watch: &mut dyn Watch,
    ) -> Result<Option<Exact>> {
        let Some(encoder) = self.exact() else {
            return Ok(None);
        };
        if image.drawing().is_none_or(|drawing| drawing.least_bytes > most_bytes) {
            return Ok(None);
        }
        match encoder.encode_as_asked(image, reconstruct, &mut Silent(watch)) {
            Ok((mut encoded, pixels)) => {
                encoded.is_exact_instead = true;
                Ok((encoded.bytes.len() as u64 <= most_bytes).then_some((encoded, pixels)))
            }
            Err(CodecError::Parameter(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The bytes that an exact stream may take to be chosen instead of a lossy one.
    pub(super) fn worth_of(&self, lossy: &Encoded) -> u64 {
        let extra = match self.options().quality.value() >= HIGH_QUALITY {
            true => EXTRA_PERCENT,
            false => 0,
        };
        lossy.bytes.len() as u64 * (100 + extra) / 100
    }

    /// A search for a target, with an exact stream in mind, which has any likeness.
    pub(super) fn search_or_exact(&self, image: &Image, target: &Target<'_>, watch: &mut dyn Watch) -> Result<Search> {
        if let Target::Bytes(most) = target {
            return match self.exact_within(*most, image, false, watch)? {
                Some(exact) => found(exact, 1),
                None => self.as_asked().search(image, target, watch),
            };
        }
        let searched = self.as_asked().search(image, target, watch);
        let (most, trials) = match &searched {
            Ok(Search::Found(found)) => (found.encoded.bytes.len() as u64, found.trials),
            // No lossy stream is that much like the original.
            Err(CodecError::Parameter(_)) => (u64::MAX, 0),
            _ => return searched,
        };
        match self.exact_within(most, image, false, watch)? {
            Some(exact) => found(exact, trials + 1),
            None => searched,
        }
    }
}

/// An exact stream as the end of a search.
fn found((encoded, _): Exact, trials: usize) -> Result<Search> {
    Ok(Search::Found(Box::new(Found {
        encoded,
        quality: Quality::new(100.0)?,
        is_met: true,
        trials,
    })))
}
