//! Metrics of sound.

mod listener;
mod mel;
mod si_sdr;
mod stoi;

pub use mel::mel_distance_db;
pub use si_sdr::si_sdr_db;
pub use stoi::stoi;

use std::collections::BTreeMap;

use listener::Listener;

use super::Sound;
use crate::EvalError;
use crate::media::Meter;
use crate::metric::Metric;

/// Metrics of sound, those of other programs included that were found.
#[derive(Debug, Default)]
pub struct Meters {
    listeners: BTreeMap<Metric, Listener>,
}

impl Meters {
    /// Finds what computes these metrics, and says which cannot be had and why.
    pub fn open(metrics: &[Metric]) -> (Self, Vec<(Metric, EvalError)>) {
        let (mut meters, mut missing) = (Self::default(), Vec::new());
        for &metric in metrics {
            match Listener::open(metric) {
                Ok(Some(listener)) => drop(meters.listeners.insert(metric, listener)),
                Ok(None) => {}
                Err(error) => missing.push((metric, error)),
            }
        }
        (meters, missing)
    }

    /// What computes the metrics that this program does not.
    pub fn versions(&self) -> BTreeMap<Metric, String> {
        let versions = self.listeners.iter();
        versions
            .map(|(metric, listener)| (*metric, listener.version().to_owned()))
            .collect()
    }
}

impl Meter<Sound> for Meters {
    fn version(&self, metric: Metric) -> Option<String> {
        self.listeners
            .get(&metric)
            .map(|listener| listener.version().to_owned())
    }

    fn measure(&self, metric: Metric, original: &Sound, decoded: &Sound) -> std::result::Result<Option<f64>, String> {
        let value = match metric {
            Metric::SiSdr => Some(si_sdr_db(original, decoded)),
            Metric::Mel => Some(mel_distance_db(original, decoded)),
            Metric::Stoi => stoi(original, decoded),
            metric => match self.listeners.get(&metric) {
                Some(listener) => Some(listener.measure(original, decoded)?),
                None => return Err("there is no program for it".to_owned()),
            },
        };
        Ok(value.filter(|value| value.is_finite()))
    }
}
