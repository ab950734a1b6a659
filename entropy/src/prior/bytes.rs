//! [`PriorSpec`] as bytes.
//!
//! Little-endian; lengths are `u32`. A version byte (1 without tables of a trellis, 2 with them, 3 with them and four deep steps, 4 with a
//! context of `z` and whatever else there is); `channels`, `z_channels` as `u32`;
//! `z_shift`, `known_shift`, `skip_below` as `u8`; `known_mult`, `lut_min` as `i32`; the scale LUT
//! (length, bytes); the z tables, the scale tables and from version 2 on those of the trellis, scale by
//! scale (number, then for each its lowest symbol as `i32`, the number of entries and the frequencies
//! as `u16`); `hs`, `p1`, `p2` and in version 3 the deep steps (number of
//! layers, then for each a kind byte and its fields). In version 4 there may be no tables of a trellis, the number of deep steps
//! (none or four) stands before them, and `pz` ends it all: the fields of its network, which is pointwise, and its tables, scale by scale.
//!
//! Kinds: 0 pointwise (`inputs`, `outputs` as `u32`, weights, rescale), 1 depthwise (`channels` as
//! `u32`, `kernel` as `u8`, weights, rescale), 2 block (pointwise, depthwise, three pointwise, no
//! kind bytes), 3 pixel shuffle. A rescale is a flag byte for the leaky form, then the biases
//! (`i32`), factors (`i32`) and shifts (`u8`) of all outputs.

use super::spec::MAX_LUT;
use super::{Context, HyperContext, PriorSpec, SideSpec};
use crate::error::{EntropyError, Result};
use crate::table::{CdfTable, TOTAL};
use lmc_kernels::net::{BlockSpec, DepthwiseSpec, LayerSpec, MAX_CHANNELS, MAX_LAYERS, PointwiseSpec, Rescale};

/// The version of the format without tables of a trellis.
const ROUNDING: u8 = 1;
/// The version with them.
const TRELLIS: u8 = 2;
/// The version with a context of four steps too.
const DEEP: u8 = 3;
/// The version with a context of hyper-latents, which has a place for all that may be there or not.
const HYPER: u8 = 4;

impl PriorSpec {
    /// The spec as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let version = match (&self.pz, self.trellis_tables.is_empty(), self.deep.is_empty()) {
            (Some(_), ..) => HYPER,
            (None, _, false) => DEEP,
            (None, false, true) => TRELLIS,
            (None, true, true) => ROUNDING,
        };
        let mut out = Writer(vec![version]);
        out.length(self.channels);
        out.length(self.z_channels);
        out.0.extend([self.z_shift, self.known_shift, self.skip_below]);
        out.word(self.known_mult);
        out.word(self.lut_min);
        out.length(self.scale_lut.len());
        out.0.extend_from_slice(&self.scale_lut);
        out.tables(&self.z_tables);
        out.tables(&self.scale_tables);
        if version >= TRELLIS {
            out.tables(self.trellis_tables.as_flattened());
        }
        let two = [&self.hs, &self.p1, &self.p2];
        two.into_iter().for_each(|network| out.network(network));
        if version == HYPER {
            out.length(self.deep.len());
        }
        self.deep.iter().for_each(|network| out.network(network));
        if let Some(context) = &self.pz {
            out.pointwise(&context.network);
            out.tables(context.tables.as_flattened());
        }
        out.0
    }

    /// Reads a spec. Whether its parts fit each other is checked by
    /// [`super::LatentPrior::new`].
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the bytes are cut, too long or of another version,
    /// [`EntropyError::Limit`] when a size is too large, [`EntropyError::Table`] when a table is
    /// broken.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut from = Reader(bytes);
        let version = from.byte()?;
        if !(ROUNDING..=HYPER).contains(&version) {
            return Err(EntropyError::Malformed("unknown version of a prior"));
        }
        let spec = Self {
            channels: from.length("channels", MAX_CHANNELS)?,
            z_channels: from.length("channels", MAX_CHANNELS)?,
            z_shift: from.byte()?,
            known_shift: from.byte()?,
            skip_below: from.byte()?,
            known_mult: from.word()?,
            lut_min: from.word()?,
            scale_lut: {
                let length = from.length("scale lut", MAX_LUT)?;
                from.take(length)?.to_vec()
            },
            z_tables: from.tables()?,
            scale_tables: from.tables()?,
            trellis_tables: from.trellis_tables(version)?,
            hs: from.network()?,
            p1: from.network()?,
            p2: from.network()?,
            deep: from.deep(version)?,
            pz: (version == HYPER).then(|| from.hyper_context()).transpose()?,
        };
        if !from.0.is_empty() {
            return Err(EntropyError::Malformed("data after a prior"));
        }
        Ok(spec)
    }
}

/// The version of the format of side features.
const SIDE: u8 = 1;

impl SideSpec {
    /// The spec as bytes: a version byte, the channels of the bands and the inputs (`u32`), the shift (`u8`), and both
    /// networks as in a [`PriorSpec`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer(vec![SIDE]);
        out.length(self.bands);
        out.length(self.inputs);
        out.0.push(self.input_shift);
        out.network(&self.first);
        out.network(&self.rest);
        out.0
    }

    /// Reads a spec. Whether its parts fit each other is checked by [`super::SideNetwork::new`].
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when the bytes are cut, too long or of another version, [`EntropyError::Limit`] when a
    /// size is too large.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut from = Reader(bytes);
        if from.byte()? != SIDE {
            return Err(EntropyError::Malformed("unknown version of side features"));
        }
        let spec = Self {
            bands: from.length("channels", MAX_CHANNELS)?,
            inputs: from.length("channels", MAX_CHANNELS)?,
            input_shift: from.byte()?,
            first: from.network()?,
            rest: from.network()?,
        };
        if !from.0.is_empty() {
            return Err(EntropyError::Malformed("data after side features"));
        }
        Ok(spec)
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn length(&mut self, length: usize) {
        self.0.extend_from_slice(&(length as u32).to_le_bytes());
    }

    fn word(&mut self, word: i32) {
        self.0.extend_from_slice(&word.to_le_bytes());
    }

    fn tables(&mut self, tables: &[CdfTable]) {
        self.length(tables.len());
        tables.iter().for_each(|table| self.table(table));
    }

    fn table(&mut self, table: &CdfTable) {
        self.word(table.min());
        self.length(table.freqs().len());
        for freq in table.freqs() {
            self.0.extend_from_slice(&(freq as u16).to_le_bytes());
        }
    }

    fn network(&mut self, network: &[LayerSpec]) {
        self.length(network.len());
        network.iter().for_each(|layer| self.layer(layer));
    }

    fn layer(&mut self, layer: &LayerSpec) {
        match layer {
            LayerSpec::Pointwise(spec) => {
                self.0.push(0);
                self.pointwise(spec);
            }
            LayerSpec::Depthwise(spec) => {
                self.0.push(1);
                self.depthwise(spec);
            }
            LayerSpec::Block(spec) => {
                self.0.push(2);
                self.pointwise(&spec.a);
                self.depthwise(&spec.d);
                for part in [&spec.b, &spec.f1, &spec.f2] {
                    self.pointwise(part);
                }
            }
            LayerSpec::PixelShuffle => self.0.push(3),
        }
    }

    fn pointwise(&mut self, spec: &PointwiseSpec) {
        self.length(spec.inputs);
        self.length(spec.outputs);
        self.weights(&spec.weights, &spec.rescale);
    }

    fn depthwise(&mut self, spec: &DepthwiseSpec) {
        self.length(spec.channels);
        self.0.push(spec.kernel as u8);
        self.weights(&spec.weights, &spec.rescale);
    }

    fn weights(&mut self, weights: &[i8], rescale: &Rescale) {
        self.0.extend(weights.iter().map(|&w| w as u8));
        self.0.push(u8::from(rescale.leaky));
        rescale.bias.iter().for_each(|&v| self.word(v));
        rescale.mult.iter().for_each(|&v| self.word(v));
        self.0.extend_from_slice(&rescale.shift);
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or(EntropyError::Malformed("prior is cut"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn word(&mut self) -> Result<i32> {
        let (bytes, rest) = self
            .0
            .split_first_chunk()
            .ok_or(EntropyError::Malformed("prior is cut"))?;
        self.0 = rest;
        Ok(i32::from_le_bytes(*bytes))
    }

    fn length(&mut self, what: &'static str, limit: usize) -> Result<usize> {
        let value = self.word()? as u32;
        crate::error::check_limit(what, u64::from(value), limit as u64)?;
        Ok(value as usize)
    }

    fn words(&mut self, count: usize) -> Result<Vec<i32>> {
        let bytes = self.take(count.saturating_mul(4))?;
        let words = bytes.as_chunks::<4>().0;
        Ok(words.iter().map(|word| i32::from_le_bytes(*word)).collect())
    }

    fn trellis_tables(&mut self, version: u8) -> Result<Vec<[CdfTable; 2]>> {
        if version < TRELLIS {
            return Ok(Vec::new());
        }
        let tables = self.tables()?;
        match tables.as_chunks() {
            (pairs, []) if version == HYPER || !pairs.is_empty() => Ok(pairs.to_vec()),
            _ => Err(EntropyError::Malformed("tables of a trellis without their others")),
        }
    }

    fn hyper_context(&mut self) -> Result<HyperContext> {
        let network = self.pointwise()?;
        match self.tables()?.as_chunks() {
            (tables, []) => Ok(HyperContext {
                network,
                tables: tables.to_vec(),
            }),
            _ => Err(EntropyError::Malformed("tables of z without their others")),
        }
    }

    fn deep(&mut self, version: u8) -> Result<Vec<Vec<LayerSpec>>> {
        let most = Context::Four.count();
        let count = match version {
            HYPER => self.length("deep steps", most)?,
            DEEP => most,
            _ => 0,
        };
        (0..count).map(|_| self.network()).collect()
    }

    fn tables(&mut self) -> Result<Vec<CdfTable>> {
        let count = self.length("tables", MAX_CHANNELS)?;
        (0..count).map(|_| self.table()).collect()
    }

    fn table(&mut self) -> Result<CdfTable> {
        let min = self.word()?;
        let entries = self.length("entries of a table", TOTAL as usize)?;
        let bytes = self.take(entries * 2)?;
        let freqs = bytes.as_chunks::<2>().0.iter();
        let freqs: Vec<u32> = freqs.map(|f| u32::from(u16::from_le_bytes(*f))).collect();
        CdfTable::new(min, &freqs)
    }

    fn network(&mut self) -> Result<Vec<LayerSpec>> {
        let count = self.length("layers", MAX_LAYERS)?;
        (0..count).map(|_| self.layer()).collect()
    }

    fn layer(&mut self) -> Result<LayerSpec> {
        Ok(match self.byte()? {
            0 => LayerSpec::Pointwise(self.pointwise()?),
            1 => LayerSpec::Depthwise(self.depthwise()?),
            2 => LayerSpec::Block(Box::new(BlockSpec {
                a: self.pointwise()?,
                d: self.depthwise()?,
                b: self.pointwise()?,
                f1: self.pointwise()?,
                f2: self.pointwise()?,
            })),
            3 => LayerSpec::PixelShuffle,
            _ => return Err(EntropyError::Malformed("unknown kind of layer")),
        })
    }

    fn pointwise(&mut self) -> Result<PointwiseSpec> {
        let inputs = self.length("channels", MAX_CHANNELS)?;
        let outputs = self.length("channels", MAX_CHANNELS)?;
        Ok(PointwiseSpec {
            inputs,
            outputs,
            weights: self.weights(inputs * outputs)?,
            rescale: self.rescale(outputs)?,
        })
    }

    fn depthwise(&mut self) -> Result<DepthwiseSpec> {
        let channels = self.length("channels", MAX_CHANNELS)?;
        let kernel = usize::from(self.byte()?);
        Ok(DepthwiseSpec {
            channels,
            kernel,
            weights: self.weights(channels * kernel * kernel)?,
            rescale: self.rescale(channels)?,
        })
    }

    fn weights(&mut self, count: usize) -> Result<Vec<i8>> {
        Ok(self.take(count)?.iter().map(|&w| w as i8).collect())
    }

    fn rescale(&mut self, outputs: usize) -> Result<Rescale> {
        let leaky = match self.byte()? {
            0 => false,
            1 => true,
            _ => return Err(EntropyError::Malformed("flag of a rescale")),
        };
        Ok(Rescale {
            leaky,
            bias: self.words(outputs)?,
            mult: self.words(outputs)?,
            shift: self.take(outputs)?.to_vec(),
        })
    }
}
