//! The parameters of the networks as a stream carries them, and the layers that are made of them.

use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};
use lmc_entropy::laplace::{LaplaceTables, SCALES};
use lmc_entropy::{EntropyError, Result};

use super::dense::Dense;
use super::shape::{Layout, Shape, TAPS};

/// Fractional bits of latents, and of all that predicts them.
pub(super) const LATENT_BITS: u32 = 7;
/// Fractional bits of activations of the synthesis, in which 1 is the largest sample.
pub(super) const COLOR_BITS: u32 = 12;
/// Bits of the number of fractional bits of a tensor.
const STEP_BITS: u32 = 4;
/// Most fractional bits of a tensor.
pub(super) const MOST_BITS: u8 = (1 << STEP_BITS) - 1;
/// Bits of the scale of a tensor.
const SCALE_BITS: u32 = 7;

/// All parameters: whole numbers of steps of their tensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameters {
    /// The numbers, in the order of [`Layout`].
    pub(super) values: Vec<i32>,
    /// Fractional bits of each tensor.
    pub(super) bits: Vec<u8>,
}

impl Parameters {
    /// Codes the tensors one after the other: fractional bits, the scale of a Laplace distribution, numbers.
    ///
    /// # Errors
    /// [`EntropyError::Symbol`] for numbers beyond 16 bits.
    pub(super) fn compress(&self, layout: &Layout) -> Result<Vec<u8>> {
        let (mut encoder, tables) = (RangeEncoder::new(), LaplaceTables::shared());
        for (tensor, &bits) in layout.tensors().into_iter().zip(&self.bits) {
            let values = self.values.get(tensor).unwrap_or_default();
            let scale = scale_of(values);
            encoder.encode_bits(u32::from(bits), STEP_BITS)?;
            encoder.encode_bits(scale, SCALE_BITS)?;
            let table = tables.place(scale as i32, 0)?.table;
            for &value in values {
                encoder.encode(table, value)?;
            }
        }
        Ok(encoder.finish())
    }

    /// Reads what [`Self::compress`] wrote.
    ///
    /// # Errors
    /// [`EntropyError::Malformed`].
    pub(super) fn decompress(bytes: &[u8], layout: &Layout) -> Result<Self> {
        let (mut decoder, tables) = (RangeDecoder::new(bytes)?, LaplaceTables::shared());
        let mut parameters = Self {
            values: Vec::with_capacity(layout.total),
            bits: Vec::new(),
        };
        for tensor in layout.tensors() {
            parameters.bits.push(decoder.decode_bits(STEP_BITS)? as u8);
            let scale = decoder.decode_bits(SCALE_BITS)?;
            if scale as usize >= SCALES {
                return Err(EntropyError::Malformed("a tensor has a scale out of range"));
            }
            let table = tables.place(scale as i32, 0)?.table;
            for _ in tensor {
                parameters.values.push(decoder.decode(table)?);
            }
        }
        decoder.finish()?;
        Ok(parameters)
    }
}

/// The index of the scale that codes `values` in the fewest bits, about: that of their mean magnitude.
pub(super) fn scale_of(values: &[i32]) -> u32 {
    let sum: u64 = values.iter().map(|value| u64::from(value.unsigned_abs())).sum();
    let count = values.len().max(1) as u64;
    // Scales are 2^(k / 8 - 5): the largest with (32 mean)^8 >= 2^k, and a half of that for rounding.
    let mean = u128::from((32 * sum + count / 2) / count).min(1 << 12);
    let eighth = mean.pow(8);
    eighth.checked_ilog2().unwrap_or(0).min(SCALES as u32 - 1)
}

/// A filter that doubles width or height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Doubling {
    /// Taps of the nearest sample, the next one on the other side, and so on.
    pub(super) taps: [i32; TAPS],
    pub(super) shift: u32,
}

/// The layers of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Networks {
    pub(super) shape: Shape,
    pub(super) first: Dense,
    pub(super) second: Dense,
    pub(super) last: Dense,
    /// Added to the log-scales of each grid.
    pub(super) levels: Vec<i32>,
    pub(super) doublings: Vec<Doubling>,
    pub(super) mix: Dense,
    pub(super) color: Dense,
    pub(super) filters: Vec<Dense>,
}

/// The tensors of one stream by their place.
struct Tensors<'a> {
    layout: &'a Layout,
    parameters: &'a Parameters,
}

impl Networks {
    /// The layers of these parameters.
    ///
    /// # Errors
    /// [`EntropyError::Malformed`] if a sum may not fit 32 bits, or a step is too large.
    pub(super) fn new(shape: Shape, parameters: &Parameters) -> Result<Self> {
        let layout = &shape.layout();
        let tensors = Tensors { layout, parameters };
        let (inputs, width) = (shape.inputs(), shape.width);
        let predicts = |pair, inputs, skip| tensors.layer(pair, inputs, [LATENT_BITS, LATENT_BITS], skip);
        let paints = |pair, inputs, from, skip| tensors.layer(pair, inputs, [from, COLOR_BITS], skip);
        let filter = |pair| paints(pair, 9 * shape.colors, COLOR_BITS, Some(9 * shape.colors));
        Ok(Self {
            shape,
            first: predicts(&layout.first, inputs, None)?,
            second: predicts(&layout.second, width, Some(width))?,
            last: predicts(&layout.last, width + inputs, None)?,
            levels: tensors.levels(),
            doublings: layout
                .doublings
                .iter()
                .map(|range| tensors.doubling(range))
                .collect::<Result<_>>()?,
            mix: paints(&layout.mix, shape.grids, LATENT_BITS, None)?,
            color: paints(&layout.color, shape.hidden, COLOR_BITS, None)?,
            filters: layout.filters.iter().map(filter).collect::<Result<_>>()?,
        })
    }
}

impl Tensors<'_> {
    /// The numbers of a tensor and its fractional bits.
    fn tensor(&self, range: &std::ops::Range<usize>) -> (&[i32], u32) {
        let at = self.layout.tensors().iter().position(|tensor| tensor == range);
        let bits = at.and_then(|at| self.parameters.bits.get(at)).copied().unwrap_or(0);
        (
            self.parameters.values.get(range.clone()).unwrap_or_default(),
            bits.into(),
        )
    }

    /// A layer from activations of `from` fractional bits to such of `to`. With `skip` it adds its input: output `o` is
    /// at weight `o` of its row, or, of filters with that many weights a row, in the middle of its ninth.
    fn layer(
        &self,
        [weights, bias]: &[std::ops::Range<usize>; 2],
        inputs: usize,
        [from, to]: [u32; 2],
        skip: Option<usize>,
    ) -> Result<Dense> {
        let (weights, weight_bits) = self.tensor(weights);
        let (bias, bias_bits) = self.tensor(bias);
        let shift = (weight_bits + from)
            .checked_sub(to)
            .ok_or(EntropyError::Malformed("a tensor has a step that is too large"))?;
        let bias: Vec<i64> = bias
            .iter()
            .map(|&bias| i64::from(bias) << (weight_bits + from) >> bias_bits)
            .collect();
        let mut weights = weights.to_vec();
        if let Some(row) = skip {
            let is_filter = bias.len() * 9 == row;
            for output in 0..bias.len() {
                let place = if is_filter { 9 * output + 4 } else { output };
                if let Some(weight) = weights.get_mut(output * row + place) {
                    *weight += 1 << weight_bits;
                }
            }
        }
        Dense::new(inputs, weights, &bias, shift)
    }

    fn levels(&self) -> Vec<i32> {
        let (levels, bits) = self.tensor(&self.layout.levels);
        levels.iter().map(|&level| (level << LATENT_BITS) >> bits).collect()
    }

    fn doubling(&self, range: &std::ops::Range<usize>) -> Result<Doubling> {
        let (values, shift) = self.tensor(range);
        // The same proof as for layers.
        Dense::new(TAPS, values.to_vec(), &[0], shift)?;
        let mut taps = [0; TAPS];
        taps.iter_mut().zip(values).for_each(|(tap, &value)| *tap = value);
        Ok(Doubling { taps, shift })
    }
}
