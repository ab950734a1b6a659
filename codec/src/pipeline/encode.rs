//! Images to streams: the encoder that programs use.

use std::borrow::Cow;

use super::assemble::{assemble, check_input, kept_metadata};
use super::choose::choose;
use super::encoded::Encoded;
use crate::codecs::Codecs;
use crate::codecs::image::EncodeOptions;
use crate::container::MediaKind;
use crate::error::{CodecError, Result};
use crate::media::image::Image;
use crate::quality::Quality;
use crate::watch::{Unwatched, Watch};

/// Turns images into streams with the codecs that are open.
#[derive(Debug, Clone)]
pub struct ImageEncoder {
    codecs: Codecs,
    options: EncodeOptions,
}

impl ImageEncoder {
    /// An encoder that may be used for many images. [`choose`] says which of the codecs it takes.
    pub fn new(codecs: Codecs, options: EncodeOptions) -> Self {
        Self { codecs, options }
    }

    /// The same encoder at another quality.
    pub fn with_quality(&self, quality: Quality) -> Self {
        Self {
            codecs: self.codecs.clone(),
            options: self.options.clone().with_quality(quality),
        }
    }

    /// The same encoder with the codec for extreme rates, if that is open and the options name no other.
    pub(super) fn for_extreme_rates(&self) -> Option<Self> {
        let row = self.codecs.registry().extreme(MediaKind::Image)?;
        let is_free = self.options.codec.is_none() && self.options.max_error.is_none();
        (is_free && self.codecs.is_ready(row)).then(|| Self {
            codecs: self.codecs.clone(),
            options: self.options.clone().with_codec(Some(row.id)),
        })
    }

    /// The same encoder, whatever the picture looks like.
    pub(super) fn as_asked(&self) -> Self {
        Self {
            codecs: self.codecs.clone(),
            options: self.options.clone().with_auto(false),
        }
    }

    pub(super) fn codecs(&self) -> &Codecs {
        &self.codecs
    }

    /// The options.
    pub fn options(&self) -> &EncodeOptions {
        &self.options
    }

    /// Encodes an image.
    ///
    /// # Errors
    /// `Parameter` for options out of range, `Limit` for an image or metadata over the limits, `Weights` if the codec
    /// needs some and is not open, `Model` when a network or its device fails.
    pub fn encode(&self, image: &Image) -> Result<Encoded> {
        self.encode_watched(image, &mut Unwatched)
    }

    /// As [`ImageEncoder::encode`]; what a step of `watch` is depends on the codec: a tile, or a part of the work on one.
    ///
    /// # Errors
    /// As [`ImageEncoder::encode`], and `Cancelled`.
    pub fn encode_watched(&self, image: &Image, watch: &mut dyn Watch) -> Result<Encoded> {
        Ok(self.run(image, false, watch)?.0)
    }

    /// As [`ImageEncoder::encode_watched`], and what a decoder on this machine makes of it.
    ///
    /// # Errors
    /// As [`ImageEncoder::encode_watched`].
    pub fn encode_and_reconstruct(&self, image: &Image, watch: &mut dyn Watch) -> Result<(Encoded, Image)> {
        let (encoded, reconstruction) = self.run(image, true, watch)?;
        let missing = || CodecError::Internal("the codec did not say what decoders make of the image".into());
        let reconstruction = reconstruction
            .ok_or_else(missing)?
            .with_metadata(kept_metadata(image, &self.options));
        Ok((encoded, reconstruction))
    }

    fn run(&self, image: &Image, reconstruct: bool, watch: &mut dyn Watch) -> Result<(Encoded, Option<Image>)> {
        let lossy = self.encode_as_asked(image, reconstruct, watch)?;
        let exact = self.exact_within(self.worth_of(&lossy.0), image, reconstruct, watch)?;
        Ok(exact.unwrap_or(lossy))
    }

    /// Encodes with the codec of the options, and on request tells what decoders make of that.
    pub(super) fn encode_as_asked(
        &self,
        image: &Image,
        reconstruct: bool,
        watch: &mut dyn Watch,
    ) -> Result<(Encoded, Option<Image>)> {
        check_input(image, &self.options)?;
        let (row, options) = choose(self.codecs.registry(), &self.options)?;
        let codec = self.codecs.image(row.id)?;
        let filled = filled(image, &options);
        let image = filled.as_ref();
        let mut coded = codec.encode(image, &options, reconstruct || options.pixel_hash, watch)?;
        let missing = || CodecError::Internal("the codec did not say what decoders make of the image".into());
        let whole = |decoded: Image| decoded.with_alpha(image.alpha().cloned());
        let decoded = coded.reconstruction.take().map(whole).transpose()?;
        let hash = match (&decoded, options.pixel_hash) {
            (Some(decoded), true) => Some(decoded.pixel_hash()),
            (None, true) => return Err(missing()),
            (_, false) => None,
        };
        Ok((
            assemble(image, &options, &*codec, coded, hash)?,
            decoded.filter(|_| reconstruct),
        ))
    }
}

/// The image with the colours that are coded where nobody sees them. Codecs that bound errors keep all of them.
pub(super) fn filled<'a>(image: &'a Image, options: &EncodeOptions) -> Cow<'a, Image> {
    match !options.keep_hidden && options.max_error.is_none() && image.has_hidden() {
        true => Cow::Owned(image.clone().with_hidden_filled()),
        false => Cow::Borrowed(image),
    }
}
