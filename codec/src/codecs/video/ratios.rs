//! What latents of one quality are in quantiser steps of another: logarithms of gains, in integers.

use crate::codecs::wavelet::{GAIN, Gain, INVERSE_GAIN, WaveletConfig, between, place};
use crate::quality::Quality;
use crate::weights::Params;
use crate::{CodecError, Result};

/// Fractional bits of logarithms.
const LOG_BITS: u32 = 16;
/// The largest magnitude of a logarithm, so that sums of two and of a shift have a factor.
const LOG_MAX: i32 = 6 << LOG_BITS;

/// Logarithms to the base 2 of gains and inverse gains at the anchors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ratios {
    anchors: usize,
    latents: usize,
    /// `[anchors, M]`
    gains: Vec<i32>,
    /// `[anchors, M]`
    inverse: Vec<i32>,
}

impl Ratios {
    /// Those of trained parameters.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if gains are missing.
    pub(super) fn of(params: &Params) -> Result<Self> {
        let logs = |name: &str| {
            let tensor = params.get(name);
            let tensor = tensor.ok_or_else(|| CodecError::Weights(format!("there is no {name}")))?;
            let log = |log: &f32| {
                let exact = f64::from(*log) / std::f64::consts::LN_2 * f64::from(1 << LOG_BITS);
                exact.round().clamp(-f64::from(LOG_MAX), f64::from(LOG_MAX)) as i32
            };
            Ok::<_, CodecError>((tensor.shape.clone(), tensor.data.iter().map(log).collect()))
        };
        let ((shape, gains), (_, inverse)) = (logs(GAIN)?, logs(INVERSE_GAIN)?);
        let &[anchors, latents] = &shape[..] else {
            return Err(CodecError::Weights("the gains have another shape".into()));
        };
        Ok(Self {
            anchors,
            latents,
            gains,
            inverse,
        })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let logs = self.gains.iter().chain(&self.inverse);
        logs.flat_map(|log| log.to_le_bytes()).collect()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for another length and for logarithms out of range.
    pub(super) fn from_bytes(bytes: &[u8], config: &WaveletConfig) -> Result<Self> {
        let count = config.anchors * config.latents;
        let words = bytes.as_chunks().0.iter().map(|bytes| i32::from_le_bytes(*bytes));
        let mut gains: Vec<i32> = words.collect();
        let in_range = gains.iter().all(|log| (-LOG_MAX..=LOG_MAX).contains(log));
        if bytes.len() != 8 * count || !in_range {
            return Err(CodecError::Weights("the ratios of latents are malformed".into()));
        }
        let inverse = gains.split_off(count);
        Ok(Self {
            anchors: config.anchors,
            latents: config.latents,
            gains,
            inverse,
        })
    }

    /// What decoded latents of the quality `from` are multiplied with to be those of `to`, times `2^shift`.
    pub(super) fn between(&self, from: Quality, to: Quality, shift: i32) -> Vec<Gain> {
        let logs = |logs: &[i32], quality: Quality| -> Vec<i32> {
            let (low, share) = place(quality, self.anchors);
            let [low, high] = [low, low + 1].map(|anchor| &logs[anchor * self.latents..(anchor + 1) * self.latents]);
            let pairs = low.iter().zip(high);
            pairs.map(|(low, high)| between(*low, *high, share)).collect()
        };
        let (inverse, gains) = (logs(&self.inverse, from), logs(&self.gains, to));
        let pairs = inverse.iter().zip(&gains);
        pairs
            .map(|(inverse, gain)| Gain::of(inverse + gain + (shift << LOG_BITS)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::NamedTensor;

    #[test]
    fn ratios_are_those_of_the_gains() {
        let tensor = |data: &[f32]| NamedTensor {
            shape: vec![2, 1],
            data: data.to_vec(),
        };
        let params = Params::from([
            (GAIN.to_owned(), tensor(&[-2.0, 1.0])),
            (INVERSE_GAIN.to_owned(), tensor(&[2.0, -1.0])),
        ]);
        let ratios = Ratios::of(&params).unwrap();
        let config = WaveletConfig {
            anchors: 2,
            latents: 1,
            ..WaveletConfig::default()
        };
        assert_eq!(Ratios::from_bytes(&ratios.to_bytes(), &config).unwrap(), ratios);
        let [low, high] = [0.0, 100.0].map(|quality| Quality::new(quality).unwrap());
        let value = |from, to| {
            let gain = ratios.between(from, to, 3)[0];
            f64::from(gain.factor) / f64::from(gain.shift).exp2() / 8.0
        };
        assert!((value(low, low) - 1.0).abs() < 1e-3 && (value(high, high) - 1.0).abs() < 1e-3);
        assert!((value(low, high) / 3.0f64.exp() - 1.0).abs() < 1e-3);
        assert!((value(high, low) * 3.0f64.exp() - 1.0).abs() < 1e-3);
        assert!(Ratios::from_bytes(&[0; 8], &config).is_err());
        assert!(Ratios::from_bytes(&[127; 16], &config).is_err());
    }
}
