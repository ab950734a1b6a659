//! From images and sounds to streams.

use std::io::Cursor;

use lmc_codec::sound::{SoundEncodeOptions, SoundSource, encode_sound as encode_packets};
use lmc_codec::{EncodeOptions, Image, ImageEncoder, Result};

use crate::{Models, Tune};

/// Encodes an image with the weights of this build. Unless the options name a codec, it is one that suits the image: see
/// [`EncodeOptions::auto`].
///
/// # Errors
/// `Parameter` for options out of range, `Limit`, `Weights` if the build has none.
pub fn encode_image(image: &Image, options: &EncodeOptions) -> Result<Vec<u8>> {
    let codecs = Models::shared().codecs_for_images(Tune::default())?;
    Ok(ImageEncoder::new(codecs, options.clone().with_auto(true))
        .encode(image)?
        .bytes)
}

/// Encodes a sound with a codec of this build, by its name: `audio` or `speech`.
///
/// # Errors
/// `Parameter` for another name, `Weights` if the build has none for it, those of the source.
pub fn encode_sound(source: &mut dyn SoundSource, codec: &str, options: &SoundEncodeOptions) -> Result<Vec<u8>> {
    let codec = Models::shared().for_encoding(codec, Tune::default())?.sound()?;
    let (out, _) = encode_packets(&codec, source, options, Cursor::new(Vec::new()), &mut |_| {})?;
    Ok(out.into_inner())
}
