//! What activations come to.

use std::collections::BTreeMap;

use super::Calibration;
use super::steps::Scale;
use crate::codecs::wavelet::WaveletConfig;
use crate::{CodecError, Result};

/// What was seen of a channel.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// The largest magnitude on photographs.
    most: f64,
    /// That on patterns.
    extreme: f64,
    sum: f64,
    squares: f64,
    count: f64,
}

/// What was seen of all channels of all activations, by name.
#[derive(Debug, Default)]
pub(super) struct Observed(BTreeMap<String, Vec<Seen>>);

impl Observed {
    /// Looks at an activation of a photograph, or of a pattern that is as extreme as pictures get.
    pub(super) fn see(&mut self, name: &str, map: &[f32], config: &WaveletConfig, is_extreme: bool) {
        let channels = match name.split_once('.') {
            None if name == "inputs" => config.latents,
            None if name == "predicted" => lmc_kernels::packet::BANDS,
            Some((_, part)) if part.starts_with("f1") => 2 * config.width,
            _ => config.width,
        };
        let seen = self
            .0
            .entry(name.to_owned())
            .or_insert_with(|| vec![Seen::default(); channels]);
        for position in map.chunks_exact(channels) {
            for (seen, value) in seen.iter_mut().zip(position) {
                let value = f64::from(*value);
                if is_extreme {
                    seen.extreme = seen.extreme.max(value.abs());
                    continue;
                }
                seen.most = seen.most.max(value.abs());
                seen.sum += value;
                seen.squares += value * value;
                seen.count += 1.0;
            }
        }
    }

    fn of(&self, name: &str) -> Result<&[Seen]> {
        let seen = self.0.get(name);
        seen.map(Vec::as_slice)
            .ok_or_else(|| CodecError::Parameter("the conversion of a synthesis needs pictures".into()))
    }

    /// Steps for an activation, with the means of what comes out of its layer.
    pub(super) fn scale(&self, name: &str, limit: i16, calibration: &Calibration) -> Result<Scale> {
        let seen = self.of(name)?;
        let loudest = seen.iter().map(|seen| seen.most).fold(f64::MIN_POSITIVE, f64::max);
        let range = |seen: &Seen| {
            let photographs = seen.most.max(loudest * calibration.floor) * calibration.head_room;
            photographs.max(seen.extreme * calibration.pattern_room)
        };
        let out = self.0.get(&format!("{name}.out")).map_or(seen, Vec::as_slice);
        Ok(Scale {
            steps: seen.iter().map(|seen| range(seen) / f64::from(limit)).collect(),
            limit,
            means: means(out),
            squares: squares(out),
            is_fixed: name == "inputs" || name == "stream",
        })
    }

    pub(super) fn moments(&self, name: &str) -> Result<[Vec<f64>; 2]> {
        self.of(name).map(|seen| [means(seen), squares(seen)])
    }
}

fn means(seen: &[Seen]) -> Vec<f64> {
    seen.iter().map(|seen| seen.sum / seen.count.max(1.0)).collect()
}

fn squares(seen: &[Seen]) -> Vec<f64> {
    seen.iter().map(|seen| seen.squares / seen.count.max(1.0)).collect()
}
