//! The bytes of an integer synthesis.

use lmc_kernels::net::shifted::{BlockSpec, LinearSpec, Settling, TapsSpec};
use lmc_kernels::packet::BANDS;

use super::filters::WEIGHTS;
use super::spec::{FilterSpec, GainSpec, SynthesisSpec};
use crate::codecs::wavelet::WaveletConfig;
use crate::{CodecError, Result};

/// The first byte.
const VERSION: u8 = 1;
/// The flag of a leaky layer.
const LEAKY: u8 = 1;
/// Places of a convolution.
const TAPS: usize = 9;

impl SynthesisSpec {
    /// The bytes of a weights file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION, self.filter_bits];
        out.extend(self.gains.limit.to_le_bytes());
        self.gains.logs.iter().for_each(|log| out.extend(log.to_le_bytes()));
        put_linear(&self.up, &mut out);
        for BlockSpec { a, d, b, f1, f2 } in &self.blocks {
            put_linear(a, &mut out);
            put_layer(&d.settling, &d.weights, &mut out);
            [b, f1, f2].into_iter().for_each(|layer| put_linear(layer, &mut out));
        }
        [&self.output, &self.skip]
            .into_iter()
            .for_each(|layer| put_linear(layer, &mut out));
        for filter in &self.filters {
            out.extend(filter.threshold.to_le_bytes());
            for (weights, offset) in filter.weights.iter().zip(filter.offsets) {
                weights.iter().for_each(|weight| out.extend(weight.to_le_bytes()));
                out.extend(offset.to_le_bytes());
            }
        }
        out
    }

    /// Reads what [`Self::to_bytes`] wrote, for a model of this shape. Sums are not looked at.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for another version or length.
    pub fn from_bytes(bytes: &[u8], config: &WaveletConfig) -> Result<Self> {
        let mut from = Bytes(bytes);
        let [version, filter_bits] = from.array()?;
        if version != VERSION {
            return Err(malformed("it has another version"));
        }
        let (c, m) = (config.width, config.latents);
        let gains = GainSpec {
            limit: from.short()?,
            logs: from.words(config.anchors * m)?,
        };
        let up = from.linear(m, 4 * c)?;
        let blocks = (0..config.decoder_blocks)
            .map(|_| from.block(c))
            .collect::<Result<_>>()?;
        let spec = Self {
            gains,
            up,
            blocks,
            output: from.linear(c, BANDS)?,
            skip: from.linear(m, 4 * BANDS)?,
            filter_bits,
            filters: (0..if filter_bits == 0 { 0 } else { config.anchors })
                .map(|_| from.filter())
                .collect::<Result<_>>()?,
        };
        if from.0.is_empty() {
            Ok(spec)
        } else {
            Err(malformed("it is too long"))
        }
    }
}

/// The bytes of a layer by itself.
pub(crate) fn linear_to_bytes(layer: &LinearSpec) -> Vec<u8> {
    let mut out = Vec::new();
    put_linear(layer, &mut out);
    out
}

/// Reads what [`linear_to_bytes`] wrote.
///
/// # Errors
/// [`CodecError::Weights`] for another length.
pub(crate) fn linear_from_bytes(bytes: &[u8], [inputs, outputs]: [usize; 2]) -> Result<LinearSpec> {
    let mut from = Bytes(bytes);
    let layer = from.linear(inputs, outputs)?;
    match from.0.is_empty() {
        true => Ok(layer),
        false => Err(malformed("a layer is too long")),
    }
}

fn put_linear(layer: &LinearSpec, out: &mut Vec<u8>) {
    put_layer(&layer.settling, &layer.weights, out);
}

fn put_layer(settling: &Settling, weights: &[i16], out: &mut Vec<u8>) {
    out.extend([if settling.leaky { LEAKY } else { 0 }, settling.shift]);
    out.extend(settling.limit.to_le_bytes());
    settling.bias.iter().for_each(|bias| out.extend(bias.to_le_bytes()));
    weights.iter().for_each(|weight| out.extend(weight.to_le_bytes()));
}

fn malformed(reason: &str) -> CodecError {
    CodecError::Weights(format!("the integer synthesis is malformed: {reason}"))
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| malformed("it is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(|| malformed("it is cut short"))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn short(&mut self) -> Result<i16> {
        self.array().map(i16::from_le_bytes)
    }

    fn shorts(&mut self, count: usize) -> Result<Vec<i16>> {
        let bytes = self.take(2 * count)?;
        Ok(bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| i16::from_le_bytes(*bytes))
            .collect())
    }

    fn words(&mut self, count: usize) -> Result<Vec<i32>> {
        let bytes = self.take(4 * count)?;
        Ok(bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| i32::from_le_bytes(*bytes))
            .collect())
    }

    fn layer(&mut self, per_output: usize, outputs: usize) -> Result<(Settling, Vec<i16>)> {
        let [flags, shift] = self.array()?;
        if flags > LEAKY {
            return Err(malformed("a layer has unknown flags"));
        }
        let settling = Settling {
            leaky: flags == LEAKY,
            shift,
            limit: self.short()?,
            bias: self.words(outputs)?,
        };
        Ok((settling, self.shorts(per_output * outputs)?))
    }

    fn linear(&mut self, inputs: usize, outputs: usize) -> Result<LinearSpec> {
        let (settling, weights) = self.layer(inputs, outputs)?;
        Ok(LinearSpec {
            inputs,
            outputs,
            weights,
            settling,
        })
    }

    fn block(&mut self, channels: usize) -> Result<BlockSpec> {
        let a = self.linear(channels, channels)?;
        let (settling, weights) = self.layer(TAPS, channels)?;
        Ok(BlockSpec {
            a,
            d: TapsSpec {
                channels,
                weights,
                settling,
            },
            b: self.linear(channels, channels)?,
            f1: self.linear(channels, 2 * channels)?,
            f2: self.linear(2 * channels, channels)?,
        })
    }

    fn filter(&mut self) -> Result<FilterSpec> {
        let mut filter = FilterSpec {
            threshold: self.short()?,
            ..FilterSpec::default()
        };
        for (weights, offset) in filter.weights.iter_mut().zip(&mut filter.offsets) {
            *weights = self.shorts(WEIGHTS)?;
            *offset = i32::from_le_bytes(self.array()?);
        }
        Ok(filter)
    }
}
