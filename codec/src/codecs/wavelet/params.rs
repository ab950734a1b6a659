//! The codec block of the wavelet codec: quality, how latents are coded, and how the picture lies.

use lmc_entropy::prior::{Coding, Context};
use lmc_entropy::trellis::{Machine, Quantisation};

use crate::codecs::row::{Fields, Value};
use crate::error::{CodecError, Result};
use crate::media::image::Orientation;
use crate::quality::Quality;

/// The number of the machine: 0 for rounding, else one more than its index.
const MACHINE: u8 = 15;
/// The context of four steps.
const FOUR_STEPS: u8 = 16;
/// The bits that tell how latents are coded.
pub(in crate::codecs) const CODING_BITS: u8 = MACHINE | FOUR_STEPS;
/// Above them the number of the orientation.
const ORIENTATION_SHIFT: u32 = 5;

/// How latents are coded, in [`CODING_BITS`].
pub(in crate::codecs) fn coding_bits(coding: Coding) -> u8 {
    let machine = match coding.quantisation {
        Quantisation::Rounding => 0,
        Quantisation::Trellis(machine) => machine.index() + 1,
    };
    let steps = match coding.context {
        Context::Two => 0,
        Context::Four => FOUR_STEPS,
    };
    machine & MACHINE | steps
}

/// What [`coding_bits`] wrote, whatever the other bits are; `None` for a machine of a newer version.
pub(in crate::codecs) fn coding_of(bits: u8) -> Option<Coding> {
    let quantisation = match bits & MACHINE {
        0 => Quantisation::Rounding,
        number => Quantisation::Trellis(Machine::of_index(number - 1)?),
    };
    let context = match bits & FOUR_STEPS {
        0 => Context::Two,
        _ => Context::Four,
    };
    Some(Coding { quantisation, context })
}

/// What a codec block says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Params {
    pub(super) quality: Quality,
    pub(super) coding: Coding,
    pub(super) orientation: Orientation,
}

impl Params {
    /// The three bytes of the block.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let [low, high] = self.quality.hundredths().to_le_bytes();
        let flags = coding_bits(self.coding) | self.orientation.number() << ORIENTATION_SHIFT;
        vec![low, high, flags]
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// `Malformed` for another length or a quality out of range, `Unsupported` for a machine of a newer version.
    pub(super) fn parse(block: &[u8]) -> Result<Self> {
        let malformed = |reason: String| CodecError::malformed(0, format!("the codec block of the header: {reason}"));
        let &[low, high, flags] = block else {
            return Err(malformed(format!("{} bytes instead of 3", block.len())));
        };
        let quality = u16::from_le_bytes([low, high]);
        let quality = Quality::from_hundredths(quality).map_err(|error| malformed(error.to_string()))?;
        let coding = coding_of(flags).ok_or_else(|| {
            let number = flags & MACHINE;
            CodecError::Unsupported(format!("trellis machine {number}: a newer version wrote this stream"))
        })?;
        let orientation = Orientation::of_number(flags >> ORIENTATION_SHIFT).unwrap_or_default();
        Ok(Self {
            quality,
            coding,
            orientation,
        })
    }
}

/// The fields for reports.
///
/// # Errors
/// As [`Params::parse`].
pub(super) fn describe(block: &[u8]) -> Result<Fields> {
    let params = Params::parse(block)?;
    let text = |text: &str| Value::Text(text.to_owned());
    let mut fields = vec![("quality", Value::Number(f64::from(params.quality.hundredths()) / 100.0))];
    match params.coding.quantisation {
        Quantisation::Rounding => fields.push(("quantisation", text("rounding"))),
        Quantisation::Trellis(machine) => fields.extend([
            ("quantisation", text("trellis")),
            ("trellis_states", Value::Integer(machine.states() as u64)),
        ]),
    }
    fields.push(("context_steps", Value::Integer(params.coding.context.count() as u64)));
    if params.orientation != Orientation::default() {
        fields.push(("orientation", Value::Text(params.orientation.to_string())));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_and_others_are_refused() {
        for flags in 0..=u8::MAX {
            let block = [0x10, 0x27, flags];
            match Params::parse(&block) {
                Ok(params) => assert_eq!(params.to_bytes(), block),
                Err(error) => assert!(matches!(error, CodecError::Unsupported(_)) && flags & MACHINE > 8),
            }
        }
        for wrong in [&[0x11, 0x27, 0][..], &[], &[0, 0], &[0, 0, 0, 0]] {
            assert!(
                matches!(Params::parse(wrong), Err(CodecError::Malformed { .. })),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn the_largest_machine_has_a_number() {
        assert!(Machine::LARGEST.index() < MACHINE);
    }
}
