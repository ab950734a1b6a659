//! The codec block of the lossless codec: the largest error, and how samples are predicted.

use super::method::Method;
use crate::codecs::image::MaxError;
use crate::codecs::row::{Fields, Value};
use crate::error::{CodecError, Result};

/// What a codec block says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Params {
    /// How far samples may be from those of the original.
    pub(super) error: MaxError,
    /// How they are predicted.
    pub(super) method: Method,
}

impl Params {
    /// The bytes of the block: the error, and the number of the method where that is not 0.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let number = Some(self.method.number()).filter(|&number| number > 0);
        std::iter::once(self.error.value()).chain(number).collect()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// `Malformed` for another length or an error out of range, `Unsupported` for a method that is not known.
    pub(super) fn parse(block: &[u8]) -> Result<Self> {
        let malformed = |reason: String| CodecError::malformed(0, format!("the codec block of the header: {reason}"));
        let (error, method) = match *block {
            [error] => (error, Method::Plain),
            [error, number] if number > 0 => {
                let unknown = || CodecError::Unsupported(format!("method {number} of the lossless codec"));
                (error, Method::of(number).ok_or_else(unknown)?)
            }
            _ => return Err(malformed(format!("{} bytes instead of 1 or 2", block.len()))),
        };
        let error = MaxError::new(error).map_err(|error| malformed(error.to_string()))?;
        Ok(Self { error, method })
    }
}

/// The fields for reports.
///
/// # Errors
/// As [`Params::parse`].
pub(super) fn describe(block: &[u8]) -> Result<Fields> {
    let error = Params::parse(block)?.error.value();
    Ok(vec![("max_error", Value::Integer(error.into()))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_and_others_are_refused() {
        for error in 0..=MaxError::MAX {
            for block in [&[error][..], &[error, 1]] {
                assert_eq!(Params::parse(block).unwrap().to_bytes(), block);
            }
        }
        assert!(matches!(Params::parse(&[0, 2]), Err(CodecError::Unsupported(_))));
        for wrong in [
            &[MaxError::MAX + 1][..],
            &[MaxError::MAX + 1, 1],
            &[],
            &[0, 0],
            &[0, 1, 0],
        ] {
            assert!(
                matches!(Params::parse(wrong), Err(CodecError::Malformed { .. })),
                "{wrong:?}"
            );
        }
    }
}
