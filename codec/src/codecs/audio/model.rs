//! The model: the rule of steps, the trained state of the coder, and settings.

use std::sync::Arc;

use lmc_entropy::audio::{CHANNELS, Model, PACKET, PacketData, Rule};

use super::codec::{self, HALO};
use super::lapped::Lapped;
use super::{AUDIO_CODEC, DecoderSettings, EncoderSettings};
use crate::codecs::sound::{EncodedPacket, Packet, SoundCodec, describe_quality};
use crate::codecs::{AnyCodec, Backend, Need, Row};
use crate::container::{CodecId, MediaKind};
use crate::error::check_encoders;
use crate::weights::WeightsFile;
use crate::{CodecError, ModelHash, Quality, Result};

/// The number of the codec in headers.
const ID: CodecId = CodecId(2);

/// What the registry knows of the codec.
pub const ROW: Row = Row {
    summary: "Music and any other sound: lapped transform",
    weights: Need::Required,
    model: Some(AudioModel::model_id),
    qualities: Some(0..=Quality::MAX),
    rates_kbps: &[32.0, 48.0, 64.0, 96.0, 128.0],
    ..Row::new(ID, AUDIO_CODEC, MediaKind::Sound, describe_quality, open)
};

fn open(weights: Option<&WeightsFile<'_>>, _: &dyn Backend) -> Result<AnyCodec> {
    let weights = ROW.required(weights)?;
    let model = AudioModel::load_known(weights)?;
    Ok(AnyCodec::Sound(Arc::new(model)))
}

/// The general codec of sound, with the state that it was trained to.
#[derive(Debug, Clone)]
pub struct AudioModel {
    pub(super) hash: ModelHash,
    pub(super) rule: Rule,
    pub(super) coder: Model,
    pub(super) encoder: EncoderSettings,
    pub(super) decoder: DecoderSettings,
    pub(super) lapped: Lapped,
}

impl AudioModel {
    /// A model of these parts, without a name.
    ///
    /// # Errors
    /// [`CodecError::Symbols`] for a rule out of its range, [`CodecError::Weights`] for such settings.
    pub fn new(rule: Rule, coder: Model, encoder: EncoderSettings, decoder: DecoderSettings) -> Result<Self> {
        rule.check()?;
        encoder.check()?;
        decoder.check()?;
        Ok(Self {
            hash: ModelHash([0; 16]),
            rule,
            coder,
            encoder,
            decoder,
            lapped: Lapped::new(),
        })
    }

    /// A model that has heard nothing, with the rule and settings that were chosen by measuring.
    ///
    /// # Errors
    /// None, unless those are out of range.
    pub fn untrained() -> Result<Self> {
        let (encoder, decoder) = (EncoderSettings::default(), DecoderSettings::default());
        Self::new(super::default_rule(), Model::new()?, encoder, decoder)
    }

    /// The same model with a coder in another state, as a fit makes it.
    ///
    /// # Errors
    /// [`CodecError::Symbols`] for a state that no coder has.
    pub fn with_state(mut self, state: &[u8]) -> Result<Self> {
        self.coder.set_state(state)?;
        Ok(self)
    }

    /// The coder in the state that packets start from.
    pub fn coder(&self) -> &Model {
        &self.coder
    }

    pub(crate) fn rule(&self) -> &Rule {
        &self.rule
    }

    pub(crate) fn settings(&self) -> (EncoderSettings, DecoderSettings) {
        (self.encoder, self.decoder)
    }

    /// The state that packets start from.
    pub(crate) fn state(&self) -> Vec<u8> {
        self.coder.clone().state(u16::MAX)
    }

    /// The steps at a quality.
    pub fn steps(&self, quality: Quality) -> lmc_entropy::audio::Steps {
        self.rule.at(quality.hundredths())
    }

    /// The integers of a packet, as [`SoundCodec::encode`] takes its samples.
    ///
    /// # Errors
    /// [`CodecError::Parameter`] for other shapes.
    pub fn analyse(&self, samples: &[&[f32]], quality: Quality) -> Result<PacketData> {
        let right = samples.iter().all(|channel| channel.len() == PACKET + 2 * HALO);
        if !right || !(1..=CHANNELS).contains(&samples.len()) {
            return Err(CodecError::Parameter(
                "samples are no packet of one or two channels".into(),
            ));
        }
        let steps = self.rule.at(quality.hundredths());
        Ok(codec::analyse(&self.lapped, &self.encoder, &steps, samples))
    }
}

impl SoundCodec for AudioModel {
    fn id(&self) -> CodecId {
        ID
    }

    fn name(&self) -> &'static str {
        AUDIO_CODEC
    }

    fn model(&self) -> ModelHash {
        self.hash
    }

    fn rate(&self) -> u32 {
        48_000
    }

    fn packet_samples(&self) -> usize {
        PACKET
    }

    fn halo(&self) -> usize {
        HALO
    }

    fn max_channels(&self) -> usize {
        CHANNELS
    }

    fn delay_samples(&self) -> usize {
        // A packet and its halo in the encoder, and the packet behind in the decoder.
        2 * self.packet_samples() + self.halo()
    }

    fn encode(&self, samples: &[&[f32]], quality: Quality) -> Result<EncodedPacket> {
        check_encoders()?;
        let data = self.analyse(samples, quality)?;
        let steps = self.rule.at(quality.hundredths());
        let bytes = self.coder.encode(&data, samples.len(), &steps)?;
        let packet = Packet::new(data.to_symbols());
        Ok(EncodedPacket {
            bytes,
            checksum: packet.checksum,
            symbols: packet.symbols.len(),
            symbol_hash: packet.symbol_hash,
        })
    }

    fn read(&self, bytes: &[u8], channels: usize, quality: Quality) -> Result<Packet> {
        let steps = self.rule.at(quality.hundredths());
        let data = self.coder.decode(bytes, channels, &steps)?;
        Ok(Packet::new(data.to_symbols()))
    }

    fn synthesise(
        &self,
        previous: Option<&Packet>,
        this: &Packet,
        next: Option<&Packet>,
        channels: usize,
        quality: Quality,
    ) -> Result<Vec<Vec<f32>>> {
        let steps = self.rule.at(quality.hundredths());
        let parse = |packet: &Packet| PacketData::from_symbols(&packet.symbols, channels, &steps);
        let wrong = |error| CodecError::Parameter(format!("a packet does not fit: {error}"));
        let this = parse(this).map_err(wrong)?;
        let previous = previous.map(parse).transpose().map_err(wrong)?;
        let next = next.map(parse).transpose().map_err(wrong)?;
        let packets = [previous.as_ref(), Some(&this), next.as_ref()];
        Ok(codec::synthesise(
            &self.lapped,
            &self.decoder,
            &steps,
            packets,
            channels,
        ))
    }
}
