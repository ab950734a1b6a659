//! A codec of sound for tests: samples rounded to steps of the quality, as they are, over an adaptive range coder.

use std::sync::Arc;

use crate::codecs::sound::{EncodedPacket, Packet, SoundCodec};
use crate::container::CodecId;
use crate::{CodecError, ModelHash, Quality, Result};
use lmc_entropy::coder::adaptive::AdaptiveInteger;
use lmc_entropy::coder::{RangeDecoder, RangeEncoder};

/// Rounds samples. A packet's first and last samples are crossfaded with what its neighbours say of them, as in codecs
/// whose packets overlap.
#[derive(Debug, Clone)]
pub(crate) struct Rounding {
    pub(crate) rate: u32,
    pub(crate) packet: usize,
    pub(crate) channels: usize,
    /// How many qualities differ.
    pub(crate) rates: u16,
}

/// Samples that packets share with their neighbours.
const OVERLAP: usize = 8;

impl Rounding {
    /// A codec at `rate` with packets of a quarter second.
    pub(crate) fn at(rate: u32) -> Arc<dyn SoundCodec> {
        let packet = rate as usize / 4;
        Arc::new(Self {
            rate,
            packet,
            channels: 2,
            rates: Quality::MAX,
        })
    }

    fn step(&self, quality: Quality) -> f32 {
        let size = (Quality::MAX / self.rates).max(1);
        let quality = quality.hundredths() / size * size;
        2.0f32.powf(-2.0 - f32::from(quality) * 0.0013)
    }
}

impl SoundCodec for Rounding {
    fn id(&self) -> CodecId {
        CodecId(2)
    }

    fn name(&self) -> &'static str {
        "audio"
    }

    fn model(&self) -> ModelHash {
        ModelHash(*b"rounding........")
    }

    fn delay_samples(&self) -> usize {
        2 * self.packet + OVERLAP
    }

    fn rate(&self) -> u32 {
        self.rate
    }

    fn packet_samples(&self) -> usize {
        self.packet
    }

    fn halo(&self) -> usize {
        OVERLAP
    }

    fn max_channels(&self) -> usize {
        self.channels
    }

    fn encode(&self, samples: &[&[f32]], quality: Quality) -> Result<EncodedPacket> {
        let length = self.packet + 2 * OVERLAP;
        if samples.is_empty() || samples.len() > self.channels || samples.iter().any(|s| s.len() != length) {
            return Err(CodecError::Parameter("other shapes than promised".into()));
        }
        let step = self.step(quality);
        let rounded = samples.iter().flat_map(|s| s.iter()).map(|s| (s / step).round() as i32);
        let packet = Packet::new(rounded.collect());
        let (mut coder, mut model) = (RangeEncoder::new(), AdaptiveInteger::new());
        for &symbol in &packet.symbols {
            model.encode(&mut coder, ((symbol << 1) ^ (symbol >> 31)) as u32)?;
        }
        Ok(EncodedPacket {
            bytes: lmc_entropy::coder::EncodeSymbols::finish(coder),
            checksum: packet.checksum,
            symbols: packet.symbols.len(),
            symbol_hash: packet.symbol_hash,
        })
    }

    fn read(&self, bytes: &[u8], channels: usize, _: Quality) -> Result<Packet> {
        let (mut coder, mut model) = (RangeDecoder::new(bytes)?, AdaptiveInteger::new());
        let mut symbols = Vec::new();
        for _ in 0..channels * (self.packet + 2 * OVERLAP) {
            let code = model.decode(&mut coder)?;
            symbols.push((code >> 1) as i32 ^ -((code & 1) as i32));
        }
        lmc_entropy::coder::DecodeSymbols::finish(coder)?;
        Ok(Packet::new(symbols))
    }

    fn synthesise(
        &self,
        previous: Option<&Packet>,
        this: &Packet,
        next: Option<&Packet>,
        channels: usize,
        quality: Quality,
    ) -> Result<Vec<Vec<f32>>> {
        let (step, stride) = (self.step(quality), self.packet + 2 * OVERLAP);
        let sample = |packet: &Packet, channel: usize, at: usize| packet.symbols[channel * stride + at] as f32 * step;
        let mut out = Vec::new();
        for channel in 0..channels {
            let mut samples: Vec<f32> = (0..self.packet).map(|at| sample(this, channel, OVERLAP + at)).collect();
            for at in 0..OVERLAP {
                if let Some(previous) = previous {
                    samples[at] = (samples[at] + sample(previous, channel, OVERLAP + self.packet + at)) / 2.0;
                }
                if let Some(next) = next {
                    let end = self.packet - OVERLAP + at;
                    samples[end] = (samples[end] + sample(next, channel, at)) / 2.0;
                }
            }
            out.push(samples);
        }
        Ok(out)
    }
}
