//! The codec block: how deep the indices go, and how strong the texture is.

use lmc_entropy::index::MAX_DEPTH;

use crate::codecs::row::{Fields, Value};
use crate::error::{CodecError, Result};
use crate::quality::Quality;

/// The strongest texture: all of the energy that code vectors lose.
pub const TEXTURE_MAX: u8 = 16;
/// The strength that encoders ask for: chosen by measuring, see EXPERIMENTS.md.
const TEXTURE: u8 = 16;

/// Steps of quality from the first tree alone to all that both can do, as many as levels of the first tree each.
const REFINING: f32 = 8.0;
/// What a bit is worth at the first and the last of these, beside the deepest level of the first tree alone.
const WORTHS: [f32; 2] = [2.5, 0.1];

/// What a codec block says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Params {
    /// Bits of an index: levels of the first tree, or of both trees together.
    pub(super) depth: u32,
    /// Amplitude of the texture in sixteenths.
    pub(super) texture: u8,
}

/// What an encoder makes of a quality.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate {
    pub(super) params: Params,
    /// What a bit is worth beside what a level of the first tree gains: 1 at its depths, more between them, and less where
    /// the second tree is in use.
    pub(super) thrift: f32,
}

impl Rate {
    /// Qualities go through all depths of the first tree, where bits become dearer between two depths; then both are in
    /// use, and bits become cheaper.
    pub(super) fn of(quality: Quality, [depth, refinement]: [u32; 2]) -> Self {
        let refining = if refinement > 0 { REFINING } else { 0.0 };
        let position = 1.0 + quality.value() / 100.0 * ((depth - 1) as f32 + refining);
        let whole = position.ceil().clamp(1.0, depth as f32);
        if position > depth as f32 {
            let params = Params {
                depth: depth + refinement,
                texture: TEXTURE,
            };
            let [first, last] = WORTHS;
            let thrift = first * (last / first).powf((position - depth as f32) / REFINING);
            return Self { params, thrift };
        }
        Self {
            params: Params {
                depth: whole as u32,
                texture: TEXTURE,
            },
            thrift: 1.0 + 1.5 * (whole - position),
        }
    }
}

impl Params {
    /// The two bytes of the block.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        vec![self.depth as u8, self.texture]
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// `Malformed` for another length or numbers out of range.
    pub(super) fn parse(block: &[u8]) -> Result<Self> {
        let malformed = |reason: String| CodecError::malformed(0, format!("the codec block of the header: {reason}"));
        let &[depth, texture] = block else {
            return Err(malformed(format!("{} bytes instead of 2", block.len())));
        };
        let depth = u32::from(depth);
        if !(1..=2 * MAX_DEPTH).contains(&depth) {
            return Err(malformed(format!("indices of {depth} bits")));
        }
        if texture > TEXTURE_MAX {
            return Err(malformed(format!("a texture of {texture} sixteenths")));
        }
        Ok(Self { depth, texture })
    }
}

/// The fields for reports.
///
/// # Errors
/// As [`Params::parse`].
pub(super) fn describe(block: &[u8]) -> Result<Fields> {
    let params = Params::parse(block)?;
    Ok(vec![
        ("index_bits", Value::Integer(params.depth.into())),
        (
            "texture",
            Value::Number(f64::from(params.texture) / f64::from(TEXTURE_MAX)),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_and_others_are_refused() {
        for depth in 0..=u8::MAX {
            for texture in [0, 1, 16, 17, 255] {
                let block = [depth, texture];
                match Params::parse(&block) {
                    Ok(params) => assert_eq!(params.to_bytes(), block),
                    Err(error) => {
                        let right = (1..=28).contains(&depth) && texture <= 16;
                        assert!(matches!(error, CodecError::Malformed { .. }) && !right);
                    }
                }
            }
        }
        for wrong in [&[][..], &[1], &[1, 2, 3]] {
            assert!(matches!(Params::parse(wrong), Err(CodecError::Malformed { .. })));
        }
    }

    #[test]
    fn qualities_go_through_all_depths() {
        let both = |quality: f32| Rate::of(Quality::new(quality).unwrap(), [14, 12]);
        assert_eq!((both(0.0).params.depth, both(100.0).params.depth), (1, 26));
        assert!(both(70.0).thrift > both(80.0).thrift && both(100.0).thrift < 0.11);
        let rate = |quality: f32| Rate::of(Quality::new(quality).unwrap(), [14, 0]);
        assert_eq!((rate(0.0).params.depth, rate(100.0).params.depth), (1, 14));
        assert_eq!((rate(0.0).thrift, rate(100.0).thrift), (1.0, 1.0));
        let between = rate(100.0 * 6.25 / 13.0);
        assert_eq!(between.params.depth, 8);
        assert!((between.thrift - 2.125).abs() < 0.01, "{between:?}");
    }
}
