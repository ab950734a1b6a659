//! The codec block of the overfitted codec: quality, and the sizes of the networks.

use super::shape::Shape;
use crate::codecs::row::{Fields, Value};
use crate::error::{CodecError, Result};
use crate::quality::Quality;

/// What a codec block says. The colours are those of the media block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Params {
    pub(super) quality: Quality,
    pub(super) shape: Shape,
}

impl Params {
    /// The eight bytes of the block.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let [low, high] = self.quality.hundredths().to_le_bytes();
        let Shape {
            grids,
            contexts,
            features,
            width,
            hidden,
            filters,
            ..
        } = self.shape;
        let sizes = [grids, contexts, features, width, hidden, filters];
        [low, high].into_iter().chain(sizes.map(|size| size as u8)).collect()
    }

    /// Reads what [`Self::to_bytes`] wrote, for images of that number of colours.
    ///
    /// # Errors
    /// `Malformed` for another length, or a quality or sizes out of range.
    pub(super) fn parse(block: &[u8], colors: usize) -> Result<Self> {
        let malformed = |reason: String| CodecError::malformed(0, format!("the codec block of the header: {reason}"));
        let &[low, high, ref sizes @ ..] = block else {
            return Err(malformed(format!("{} bytes instead of 8", block.len())));
        };
        let &[grids, contexts, features, width, hidden, filters] = sizes else {
            return Err(malformed(format!("{} bytes instead of 8", block.len())));
        };
        let quality = Quality::from_hundredths(u16::from_le_bytes([low, high]));
        let quality = quality.map_err(|error| malformed(error.to_string()))?;
        let shape = Shape {
            grids: grids.into(),
            contexts: contexts.into(),
            features: features.into(),
            width: width.into(),
            hidden: hidden.into(),
            filters: filters.into(),
            colors,
        };
        match shape.is_valid() {
            true => Ok(Self { quality, shape }),
            false => Err(malformed("sizes of networks are out of range".into())),
        }
    }
}

/// The fields for reports. The work is that of three colours.
///
/// # Errors
/// As [`Params::parse`].
pub(super) fn describe(block: &[u8]) -> Result<Fields> {
    let Params { quality, shape } = Params::parse(block, 3)?;
    let integer = |value: usize| Value::Integer(value as u64);
    Ok(vec![
        ("quality", Value::Number(f64::from(quality.hundredths()) / 100.0)),
        ("grids", integer(shape.grids)),
        ("contexts", integer(shape.contexts)),
        ("grid_features", integer(shape.features)),
        ("prediction_width", integer(shape.width)),
        ("synthesis_width", integer(shape.hidden)),
        ("filters", integer(shape.filters)),
        ("parameters", integer(shape.layout().total)),
        ("macs_per_pixel", integer(shape.macs_per_pixel())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_and_others_are_refused() {
        let block = [0x70, 0x17, 7, 10, 3, 12, 24, 2];
        assert_eq!(Params::parse(&block, 3).unwrap().to_bytes(), block);
        assert_eq!(describe(&block).unwrap().len(), 9);
        let mut wrong = vec![block[..7].to_vec(), [&block[..], &[0]].concat(), Vec::new()];
        for (at, value) in [(1, 0xff), (2, 0), (2, 8), (3, 25), (4, 5), (5, 33), (6, 65), (7, 3)] {
            let mut changed = block.to_vec();
            changed[at] = value;
            wrong.push(changed);
        }
        for wrong in wrong {
            let result = Params::parse(&wrong, 3);
            assert!(matches!(result, Err(CodecError::Malformed { .. })), "{wrong:?}");
        }
    }
}
