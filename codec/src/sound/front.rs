//! From samples of a file to the windows that a codec encodes.

use crate::codecs::sound::SoundCodec;

use super::SoundSpec;
use crate::container::coded_samples;
use crate::error::{CodecError, Result};
use lmc_kernels::resample::{Design, Resampler};

/// The largest sample that a codec sees: louder ones come from broken files.
const LOUDEST: f32 = 65_536.0;

/// Cleans samples, changes their rate and cuts them into slots of time, in pieces of any size.
#[derive(Debug)]
pub(super) struct Front {
    spec: SoundSpec,
    coding_rate: u32,
    packet: usize,
    halo: usize,
    resampler: Option<Resampler<f32>>,
    /// Samples of each channel at the coding rate, from `halo` before the next slot on.
    pending: Vec<Vec<f32>>,
    next_slot: u64,
    samples: u64,
    cleaned: u64,
}

impl Front {
    /// # Errors
    /// `Unsupported` for a shape that sounds may not have, `Parameter` for a codec that breaks its contract.
    pub(super) fn new(spec: SoundSpec, codec: &dyn SoundCodec) -> Result<Self> {
        spec.check()?;
        let (packet, halo) = (codec.packet_samples(), codec.halo());
        if packet == 0 || codec.rate() == 0 || codec.max_channels() == 0 {
            return Err(CodecError::Parameter(format!(
                "the codec {} has no packets",
                codec.name()
            )));
        }
        let channels = usize::from(spec.channels);
        Ok(Self {
            spec,
            coding_rate: codec.rate(),
            packet,
            halo,
            resampler: Resampler::new(spec.rate, codec.rate(), channels, Design::TRANSPARENT),
            pending: vec![vec![0.0; halo]; channels],
            next_slot: 0,
            samples: 0,
            cleaned: 0,
        })
    }

    /// Samples of each channel that were taken.
    pub(super) fn samples(&self) -> u64 {
        self.samples
    }

    /// Samples that were no numbers, or beyond all bounds, and were replaced.
    pub(super) fn cleaned(&self) -> u64 {
        self.cleaned
    }

    /// Takes the next samples of all channels in turn.
    ///
    /// # Errors
    /// `Parameter` for a number of samples that is no multiple of the channels.
    pub(super) fn push(&mut self, interleaved: &[f32]) -> Result<()> {
        let channels = usize::from(self.spec.channels);
        if !interleaved.len().is_multiple_of(channels) {
            let reason = format!("{} samples do not belong to {channels} channels", interleaved.len());
            return Err(CodecError::Parameter(reason));
        }
        self.samples += (interleaved.len() / channels) as u64;
        let mut planar: Vec<Vec<f32>> = Vec::with_capacity(channels);
        for channel in 0..channels {
            let samples = interleaved.iter().skip(channel).step_by(channels);
            planar.push(samples.map(|&sample| clean(sample, &mut self.cleaned)).collect());
        }
        match &mut self.resampler {
            Some(resampler) => resampler.push(&planar, &mut self.pending),
            None => self
                .pending
                .iter_mut()
                .zip(&planar)
                .for_each(|(all, new)| all.extend_from_slice(new)),
        }
        Ok(())
    }

    /// The sound is over: fills the last slot up with zeros.
    pub(super) fn finish(&mut self) {
        let coded = coded_samples(self.samples, self.spec.rate, self.coding_rate);
        if let Some(resampler) = &mut self.resampler {
            resampler.finish(coded, &mut self.pending);
        }
        let slots = coded.div_ceil(self.packet as u64).saturating_sub(self.next_slot);
        let length = self.halo + slots as usize * self.packet + self.halo;
        self.pending.iter_mut().for_each(|channel| channel.resize(length, 0.0));
    }

    /// How many slots are there with all that a codec sees around them.
    pub(super) fn ready(&self) -> usize {
        let length = self.pending.first().map_or(0, Vec::len);
        length.saturating_sub(2 * self.halo) / self.packet
    }

    /// What a codec sees of a slot that is ready: `halo + packet + halo` samples of each channel.
    pub(super) fn window(&self, slot: usize) -> Vec<&[f32]> {
        let start = slot * self.packet;
        let range = start..start + self.packet + 2 * self.halo;
        self.pending.iter().map(|channel| &channel[range.clone()]).collect()
    }

    /// Forgets slots that are coded.
    pub(super) fn forget(&mut self, slots: usize) {
        for channel in &mut self.pending {
            let end = (slots * self.packet).min(channel.len());
            channel.drain(..end);
        }
        self.next_slot += slots as u64;
    }
}

fn clean(sample: f32, cleaned: &mut u64) -> f32 {
    if sample.is_finite() && sample.abs() <= LOUDEST {
        return sample;
    }
    *cleaned += 1;
    if sample.is_finite() {
        sample.clamp(-LOUDEST, LOUDEST)
    } else {
        0.0
    }
}
