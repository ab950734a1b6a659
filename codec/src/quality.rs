//! The continuous quality of a stream.

use crate::{CodecError, Result};

/// A quality of 0..=100 in steps of 0.01, as streams carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quality(u16);

/// 60: hard to tell from the original at a normal distance.
impl Default for Quality {
    fn default() -> Self {
        Self(6_000)
    }
}

impl Quality {
    /// The largest stored value.
    pub const MAX: u16 = 10_000;

    /// # Errors
    /// [`CodecError::Parameter`] outside 0..=100.
    pub fn new(quality: f32) -> Result<Self> {
        if (0.0..=100.0).contains(&quality) {
            Ok(Self((quality * 100.0).round() as u16))
        } else {
            Err(CodecError::Parameter(format!("quality {quality} is outside 0..100")))
        }
    }

    /// From the value a stream carries, in hundredths.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] above [`Self::MAX`].
    pub fn from_hundredths(value: u16) -> Result<Self> {
        if value <= Self::MAX {
            Ok(Self(value))
        } else {
            Err(CodecError::Parameter(format!(
                "quality {} is outside 0..100",
                f32::from(value) / 100.0
            )))
        }
    }

    /// The value a stream carries, in hundredths.
    pub fn hundredths(self) -> u16 {
        self.0
    }

    /// The quality of 0..=100.
    pub fn value(self) -> f32 {
        f32::from(self.0) / 100.0
    }

    /// Where the quality lies between `anchors` gain vectors, `0.0..=anchors - 1`.
    pub fn position(self, anchors: usize) -> f32 {
        f32::from(self.0) / f32::from(Self::MAX) * (anchors - 1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_values_round_and_bounds_hold() {
        assert_eq!(Quality::new(60.0).unwrap(), Quality::default());
        assert_eq!(Quality::new(12.344).unwrap().hundredths(), 1234);
        assert_eq!(Quality::new(100.0).unwrap().position(14), 13.0);
        for wrong in [-0.1, 100.1, f32::NAN] {
            assert!(Quality::new(wrong).is_err());
        }
        assert!(Quality::from_hundredths(10_001).is_err());
    }
}
