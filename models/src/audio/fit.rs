//! The fit of the trained state: what the coder learns from a collection of sounds is where every packet starts.

use lmc_entropy::audio::{Model, PACKET, PacketData};
use lmc_entropy::mixing::Tally;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use lmc_codec::Quality;
use lmc_codec::codecs::audio::{AudioModel, HALO};
use lmc_codec::sound::SoundCodec;

use crate::train::{Pace, Settings};
use crate::{ModelError, Result};

/// Settings of a fit; saved beside the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// Qualities at which sounds are coded: one after the other, sound by sound, and moved on with every pass.
    pub qualities: Vec<f32>,
    /// How often all sounds are gone through.
    pub passes: usize,
    /// The number of sounds to learn from, one a step; 0 for all sounds in all passes.
    pub steps: u64,
    /// Counts of counters are cut to this: the smaller, the faster a packet adapts.
    pub certainty: u16,
    /// One of this many sounds is coded as a single channel; 0: none.
    pub mono_every: usize,
    /// Steps between evaluations on the held-out sounds.
    pub evaluate_every: u64,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
}

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            qualities: vec![5.0, 60.0, 20.0, 80.0, 35.0, 50.0, 10.0],
            passes: 2,
            steps: 0,
            certainty: 60,
            mono_every: 4,
            evaluate_every: 100,
            checkpoint_every: 20,
        }
    }
}

impl Settings for FitConfig {
    fn check(&self) -> Result<()> {
        if self.qualities.is_empty() || self.passes == 0 || self.certainty == 0 {
            return Err(ModelError::Parameter(
                "a fit needs qualities, at least one pass and a certainty of at least 1".into(),
            ));
        }
        self.qualities.iter().try_for_each(|&q| Quality::new(q).map(drop))?;
        Ok(())
    }

    fn pace(&self) -> Pace {
        Pace {
            steps: self.steps,
            batch: 1,
            seed: 0,
            evaluate_every: self.evaluate_every,
            checkpoint_every: self.checkpoint_every,
        }
    }
}

impl FitConfig {
    /// The quality of a sound in a pass, and whether it is coded as one channel.
    ///
    /// # Errors
    /// [`ModelError::Codec`] for a quality out of range.
    pub fn turn(&self, pass: usize, sound: usize) -> Result<(Quality, bool)> {
        let quality = self.qualities[(sound + pass) % self.qualities.len()];
        let mono = self.mono_every > 0 && (sound + pass) % self.mono_every == self.mono_every - 1;
        Ok((Quality::new(quality)?, mono))
    }
}

/// A fit that goes on.
#[derive(Debug, Clone)]
pub struct Fit {
    model: AudioModel,
    learned: Model,
    config: FitConfig,
}

/// What was learned from one sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learned {
    /// What its packets cost, in bits, before they were learned from.
    pub bits: f64,
    /// How long it is.
    pub seconds: f64,
}

impl Learned {
    /// What a second costs, in 1000 bits; 0 for a sound shorter than a packet.
    pub fn kbit_per_second(&self) -> f64 {
        self.bits / self.seconds.max(1e-9) / 1e3
    }
}

impl Fit {
    /// Starts from a coder that has seen nothing, with the rule and settings of `model`.
    ///
    /// # Errors
    /// [`ModelError::Parameter`] for settings that can not work.
    pub fn new(model: AudioModel, config: FitConfig) -> Result<Self> {
        config.check()?;
        Ok(Self {
            model,
            learned: Model::new()?,
            config,
        })
    }

    /// Goes on with what the coder of `model` knows.
    ///
    /// # Errors
    /// [`ModelError::Parameter`] for settings that can not work.
    pub fn with_coder(model: AudioModel, config: FitConfig) -> Result<Self> {
        let learned = model.coder().clone();
        Ok(Self {
            learned,
            ..Self::new(model, config)?
        })
    }

    /// Goes on from [`Self::state`], with the rule and settings of `model`.
    ///
    /// # Errors
    /// [`ModelError::Prior`] for a state that no coder has.
    pub fn resume(model: AudioModel, config: FitConfig, state: &[u8]) -> Result<Self> {
        let mut fit = Self::new(model, config)?;
        fit.learned.set_snapshot(state)?;
        Ok(fit)
    }

    /// The model that learns, as it was at the start.
    pub fn model(&self) -> &AudioModel {
        &self.model
    }

    /// All that was learned, to the last bit.
    pub fn state(&self) -> Vec<u8> {
        self.learned.clone().snapshot()
    }

    /// As [`FitConfig::turn`].
    ///
    /// # Errors
    /// As [`FitConfig::turn`].
    pub fn turn(&self, pass: usize, sound: usize) -> Result<(Quality, bool)> {
        self.config.turn(pass, sound)
    }

    /// Learns from a sound of one or two channels at the rate of the codec.
    ///
    /// # Errors
    /// [`ModelError::Parameter`] for more channels.
    pub fn learn(&mut self, pass: usize, index: usize, channels: &[Vec<f32>]) -> Result<Learned> {
        let (quality, mono) = self.config.turn(pass, index)?;
        let channels = if mono {
            &channels[..channels.len().min(1)]
        } else {
            channels
        };
        let len = channels.iter().map(Vec::len).min().unwrap_or(0);
        let model = &self.model;
        let packets: Result<Vec<PacketData>> = (0..len / PACKET)
            .into_par_iter()
            .map(|packet| {
                let parts: Vec<Vec<f32>> = channels.iter().map(|samples| part(samples, packet)).collect();
                Ok(model.analyse(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>(), quality)?)
            })
            .collect();
        let steps = model.steps(quality);
        let mut tally = Tally::default();
        for packet in &packets? {
            self.learned.code(&mut tally, packet, channels.len(), &steps)?;
        }
        Ok(Learned {
            bits: tally.cost() as f64 / 4096.0,
            seconds: (len / PACKET * PACKET) as f64 / f64::from(self.model.rate()),
        })
    }

    /// The model with what was learned.
    pub fn finish(mut self) -> Result<AudioModel> {
        let state = self.learned.state(self.config.certainty);
        Ok(self.model.with_state(&state)?)
    }
}

/// A packet of a sound with its halo; 0 outside.
fn part(samples: &[f32], packet: usize) -> Vec<f32> {
    let start = packet * PACKET;
    let at = |i: usize| (start + i).checked_sub(HALO).and_then(|i| samples.get(i)).copied();
    (0..PACKET + 2 * HALO).map(|i| at(i).unwrap_or(0.0)).collect()
}
