//! How large the inner feature maps of the prior get, which decides their fractional bits.

use std::collections::BTreeMap;

use burn::tensor::Tensor;

use crate::{ModelError, Result};

/// The largest magnitude of each feature map seen.
#[derive(Debug, Default)]
pub(crate) struct Ranges(BTreeMap<String, f32>);

/// Room above what was seen, as a factor.
const HEADROOM: f32 = 4.0;
/// More fractional bits than this bring nothing.
const BITS_MAX: u32 = 12;

impl Ranges {
    pub(crate) fn see(&mut self, name: &str, map: &Tensor<4>) {
        let largest: f32 = map.clone().abs().max().into_scalar();
        let entry = self.0.entry(name.to_owned()).or_default();
        *entry = entry.max(largest);
    }

    /// Fractional bits for maps that share one scale.
    pub(super) fn bits(&self, names: &[&str]) -> Result<u32> {
        let mut largest = 0.0f32;
        for name in names {
            let seen = self
                .0
                .get(*name)
                .ok_or_else(|| ModelError::Parameter(format!("no feature map {name} was seen")))?;
            largest = largest.max(*seen);
        }
        let room = f32::from(i16::MAX) / (largest * HEADROOM).max(1e-6);
        Ok((room.log2().floor().max(0.0) as u32).min(BITS_MAX))
    }
}
