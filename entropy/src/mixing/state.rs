//! Trained states as bytes, so that they can be part of a model's weights.

use super::counter::Counter;
use super::mixer::WEIGHT_MAX;
use super::predictor::Predictor;
use crate::error::{EntropyError, Result};

/// Bytes of a counter: its probability and its count.
const COUNTER_BYTES: usize = 4;
/// Bytes of a weight.
const WEIGHT_BYTES: usize = 4;

impl Predictor {
    /// How many bytes [`Predictor::state`] has: 4 for each counter and each weight.
    pub fn state_len(&self) -> usize {
        let counters: usize = self.counters.iter().map(Vec::len).sum();
        let weights: usize = self.mixers.iter().map(|mixer| mixer.weights().len()).sum();
        counters * COUNTER_BYTES + weights * WEIGHT_BYTES
    }

    /// What was learned, with the counts cut to `certainty`: the smaller, the faster a stream that starts from it
    /// adapts.
    ///
    /// Little-endian: for each context of the shape its counters, as probability and count of 16 bits; then for each
    /// selector its sets of weights, 32 bits with 16 fractional ones, the bias last.
    pub fn state(&self, certainty: u16) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.state_len());
        for counter in self.counters.iter().flatten() {
            bytes.extend_from_slice(&counter.p().to_le_bytes());
            bytes.extend_from_slice(&counter.count().min(certainty).to_le_bytes());
        }
        for weight in self.mixers.iter().flat_map(|mixer| mixer.weights()) {
            bytes.extend_from_slice(&weight.to_le_bytes());
        }
        bytes
    }

    /// Takes over what [`Predictor::state`] of a predictor of the same shape gave.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the length or a weight can not be.
    pub fn set_state(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() != self.state_len() {
            return Err(EntropyError::Malformed("trained state of another length"));
        }
        let counters: usize = self.counters.iter().map(Vec::len).sum();
        let (first, second) = bytes.split_at(counters * COUNTER_BYTES);
        let (first, _) = first.as_chunks::<COUNTER_BYTES>();
        let (second, _) = second.as_chunks::<WEIGHT_BYTES>();
        let mut weights = second.iter().map(|&bytes| i32::from_le_bytes(bytes));
        if weights
            .clone()
            .any(|weight| !(-WEIGHT_MAX..=WEIGHT_MAX).contains(&weight))
        {
            return Err(EntropyError::Malformed("trained weight out of range"));
        }
        for (counter, &[p0, p1, n0, n1]) in self.counters.iter_mut().flatten().zip(first) {
            *counter = Counter::new(u16::from_le_bytes([p0, p1]), u16::from_le_bytes([n0, n1]));
        }
        for mixer in &mut self.mixers {
            mixer.set_weights(weights.by_ref());
        }
        Ok(())
    }

    /// All that was learned to the last bit, for learning to go on; [`Self::state`] rounds probabilities to 16 bits.
    ///
    /// Little-endian: counters as 32 bits, then weights as in [`Self::state`].
    pub fn snapshot(&self) -> Vec<u8> {
        let counters = self
            .counters
            .iter()
            .flatten()
            .map(|counter| counter.to_bits().to_le_bytes());
        let weights = self
            .mixers
            .iter()
            .flat_map(|mixer| mixer.weights())
            .map(|weight| weight.to_le_bytes());
        counters.chain(weights).flatten().collect()
    }

    /// Takes over what [`Predictor::snapshot`] of a predictor of the same shape gave.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the length or a weight can not be.
    pub fn set_snapshot(&mut self, bytes: &[u8]) -> Result<()> {
        // Checks length and weights; counters have as many bytes in both forms.
        self.set_state(bytes)?;
        let (words, _) = bytes.as_chunks::<COUNTER_BYTES>();
        for (counter, word) in self.counters.iter_mut().flatten().zip(words) {
            *counter = Counter::from_bits(u32::from_le_bytes(*word));
        }
        Ok(())
    }
}
