//! Which codec codes an image.

use crate::codecs::image::{EncodeOptions, MaxError};
use crate::codecs::{Registry, Row};
use crate::container::MediaKind;
use crate::error::{CodecError, Result};

/// The codec that the options ask for, and the options as they are meant for it.
///
/// A codec that is named is taken, and one that can bound the errors of samples then keeps them all exact unless the
/// options allow an error. Else a largest error asks for a codec that can bound errors, and else the quality decides.
///
/// ```
/// use lmc_codec::codecs::Registry;
/// use lmc_codec::{EncodeOptions, Quality, choose};
///
/// let registry = Registry::default();
/// let name = |quality| {
///     let options = EncodeOptions::default().with_quality(Quality::new(quality)?);
///     choose(&registry, &options).map(|(row, _)| row.name)
/// };
/// assert_eq!((name(98.0)?, name(99.0)?), ("wavelet", "lossless"));
/// # Ok::<(), lmc_codec::CodecError>(())
/// ```
///
/// # Errors
/// `Unsupported` for a codec that the registry does not have, `Parameter` if it can't do what the options ask for.
pub fn choose<'r>(registry: &'r Registry, options: &EncodeOptions) -> Result<(&'r Row, EncodeOptions)> {
    let mut rows = registry.of(MediaKind::Image);
    let found = match (options.codec, options.max_error) {
        (Some(id), _) => rows.find(|row| row.id == id),
        (None, Some(_)) => rows.find(|row| row.bounds_errors),
        (None, None) => registry.usual(MediaKind::Image, options.quality),
    };
    let row = found.ok_or_else(|| none(options))?;
    let max_error = match (row.bounds_errors, options.max_error, options.codec) {
        (true, None, Some(_)) => Some(MaxError::default()),
        (false, Some(_), _) => {
            let reason = format!("the codec {} can't bound the error of samples", row.name);
            return Err(CodecError::Parameter(reason));
        }
        (_, error, _) => error,
    };
    Ok((row, options.clone().with_max_error(max_error)))
}

fn none(options: &EncodeOptions) -> CodecError {
    CodecError::Unsupported(match options.codec {
        Some(id) => format!("{id} of images: this program does not have it"),
        None => format!(
            "no codec of this program codes images at quality {}",
            options.quality.value()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::Quality;

    fn chosen(options: &EncodeOptions) -> Result<(&'static str, Option<u8>)> {
        let registry = Registry::default();
        let (row, options) = choose(&registry, options)?;
        Ok((row.name, options.max_error.map(MaxError::value)))
    }

    #[test]
    fn quality_error_and_name_decide() {
        let registry = Registry::default();
        let id = |name: &str| registry.named(name).map(|row| row.id);
        let options = |quality: f32| EncodeOptions::default().with_quality(Quality::new(quality).unwrap());
        let two = Some(MaxError::new(2).unwrap());
        for (options, wanted) in [
            (options(98.99), ("wavelet", None)),
            (options(99.0), ("lossless", None)),
            (options(100.0), ("lossless", None)),
            (options(100.0).with_codec(id("wavelet")), ("wavelet", None)),
            (options(60.0).with_codec(id("lossless")), ("lossless", Some(0))),
            (options(60.0).with_max_error(two), ("lossless", Some(2))),
            (
                options(60.0).with_max_error(two).with_codec(id("lossless")),
                ("lossless", Some(2)),
            ),
        ] {
            assert_eq!(chosen(&options).unwrap(), wanted);
        }
        let wrong = options(60.0).with_max_error(two).with_codec(id("wavelet"));
        assert!(matches!(chosen(&wrong), Err(CodecError::Parameter(_))));
        let other = options(60.0).with_codec(Some(crate::container::CodecId(99)));
        assert!(matches!(chosen(&other), Err(CodecError::Unsupported(_))));
    }
}
