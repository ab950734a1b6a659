//! The numbers that were chosen by measuring.

use lmc_entropy::audio::{ANCHORS, Anchor, BANDS, FRAME, OCTAVE, Rule};

use crate::{CodecError, Result};

/// How the encoder chooses; decoders need not know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncoderSettings {
    /// Coefficients under this many steps become 0.
    pub dead_zone: f32,
    /// And those under this many more for each bit that they would cost more than a 0.
    pub thrift: f32,
    /// Added to larger coefficients before they are rounded down.
    pub rounding: f32,
    /// Blocks are halved where that costs less than this share.
    pub split_gain: f32,
    /// What the noise that decides about halving is divided by.
    pub split_noise: f32,
    /// How many levels are kept nearer to those of the block before.
    pub inertia: f32,
}

impl EncoderSettings {
    /// As stored with a model.
    pub(crate) fn to_array(self) -> [f32; 6] {
        [
            self.dead_zone,
            self.thrift,
            self.rounding,
            self.split_gain,
            self.split_noise,
            self.inertia,
        ]
    }

    /// Undoes [`Self::to_array`].
    pub(crate) fn from_array([dead_zone, thrift, rounding, split_gain, split_noise, inertia]: [f32; 6]) -> Self {
        Self {
            dead_zone,
            thrift,
            rounding,
            split_gain,
            split_noise,
            inertia,
        }
    }
}

impl EncoderSettings {
    /// Refuses settings that no encoder can work with.
    pub(crate) fn check(self) -> Result<()> {
        check_all("encoder", &self.to_array(), self.split_noise > 0.0)
    }
}

impl Default for EncoderSettings {
    fn default() -> Self {
        Self {
            dead_zone: 0.56,
            thrift: 0.06,
            rounding: 0.42,
            split_gain: 0.97,
            split_noise: 1.0,
            inertia: 0.0,
        }
    }
}

/// How the decoder fills in what was not coded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecoderSettings {
    /// How far coefficients of 1, 2 and more steps lie nearer to 0 than that.
    pub towards_zero: [f32; 3],
    /// Least and largest amplitude of noise in coded bands, in steps.
    pub noise_low: f32,
    /// See `noise_low`.
    pub noise_high: f32,
    /// Share of the noise in bands that are not all 0.
    pub noise_mixed: f32,
}

impl DecoderSettings {
    /// As stored with a model.
    pub(crate) fn to_array(self) -> [f32; 6] {
        let [one, two, more] = self.towards_zero;
        [one, two, more, self.noise_low, self.noise_high, self.noise_mixed]
    }

    /// Undoes [`Self::to_array`].
    pub(crate) fn from_array([one, two, more, noise_low, noise_high, noise_mixed]: [f32; 6]) -> Self {
        Self {
            towards_zero: [one, two, more],
            noise_low,
            noise_high,
            noise_mixed,
        }
    }
}

impl DecoderSettings {
    /// Refuses settings that no decoder can work with.
    pub(crate) fn check(self) -> Result<()> {
        check_all("decoder", &self.to_array(), self.noise_low <= self.noise_high)
    }
}

impl Default for DecoderSettings {
    fn default() -> Self {
        Self {
            towards_zero: [0.0, 0.02, 0.02],
            noise_low: 0.1,
            noise_high: 0.3,
            noise_mixed: 0.7,
        }
    }
}

/// The largest setting: a multiple of what sounds well.
const LARGEST: f32 = 16.0;

fn check_all(whose: &str, values: &[f32], in_order: bool) -> Result<()> {
    if in_order && values.iter().all(|value| (0.0..=LARGEST).contains(value)) {
        return Ok(());
    }
    Err(CodecError::Weights(format!(
        "the settings of the {whose} are {values:?}"
    )))
}

/// How many octaves the steps of each anchor are under those of the first, in tenths.
const FINER: [i32; ANCHORS] = [0, 4, 9, 13, 18, 23, 28, 34, 41, 49, 60];

/// The rule of steps that models start from.
pub fn default_rule() -> Rule {
    let mut index = 0;
    let anchors = FINER.map(|finer| {
        let power = 192 - 3 * index;
        index += 1;
        Anchor {
            offset: -6 * OCTAVE - finer * OCTAVE / 10,
            power,
            bandwidth: FRAME as i32,
        }
    });
    Rule {
        anchors,
        tilt: std::array::from_fn::<_, BANDS, _>(|band| (band as i32 - 16) * 8),
        slopes: [OCTAVE / 2, 2 * OCTAVE],
        stereo: 0,
        skip: 5 * OCTAVE / 4,
        level: OCTAVE / 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_refused() {
        let (encoder, decoder) = (EncoderSettings::default(), DecoderSettings::default());
        assert!(encoder.check().is_ok() && decoder.check().is_ok());
        for index in 0..6 {
            for value in [-0.01, 16.5, f32::NAN, f32::INFINITY] {
                let with = |mut values: [f32; 6]| {
                    values[index] = value;
                    values
                };
                assert!(EncoderSettings::from_array(with(encoder.to_array())).check().is_err());
                assert!(DecoderSettings::from_array(with(decoder.to_array())).check().is_err());
            }
        }
        let crossed = DecoderSettings {
            noise_low: 0.31,
            ..decoder
        };
        assert!(crossed.check().is_err());
        let silent = EncoderSettings {
            split_noise: 0.0,
            ..encoder
        };
        assert!(silent.check().is_err());
    }
}
