//! The codec block of the lossless codec: the largest error.

use crate::codecs::image::MaxError;
use crate::codecs::row::{Fields, Value};
use crate::error::{CodecError, Result};

/// What a codec block says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Params {
    /// How far samples may be from those of the original.
    pub(super) error: MaxError,
}

impl Params {
    /// The byte of the block.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        vec![self.error.value()]
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// `Malformed` for another length or an error out of range.
    pub(super) fn parse(block: &[u8]) -> Result<Self> {
        let malformed = |reason: String| CodecError::malformed(0, format!("the codec block of the header: {reason}"));
        let &[error] = block else {
            return Err(malformed(format!("{} bytes instead of 1", block.len())));
        };
        let error = MaxError::new(error).map_err(|error| malformed(error.to_string()))?;
        Ok(Self { error })
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
            let params = Params::parse(&[error]).unwrap();
            assert_eq!(params.to_bytes(), [error]);
        }
        for wrong in [&[MaxError::MAX + 1][..], &[], &[0, 0]] {
            assert!(
                matches!(Params::parse(wrong), Err(CodecError::Malformed { .. })),
                "{wrong:?}"
            );
        }
    }
}
