//! A tile of samples and its bytes.

use std::num::NonZeroU16;

use lmc_entropy::checksum::Checksum;
use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};
use lmc_entropy::mixing::{BitIo, Reading, Writing};

use super::method::Method;
use super::plane_coder;
use crate::container::{read_leb, write_leb};
use crate::error::{CodecError, Result};

/// The samples of a tile, one plane for each colour channel: gray, or red, green, blue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tile {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) planes: Vec<Vec<u16>>,
}

impl Tile {
    /// The checksum and the hash of all samples.
    pub(super) fn hashes(&self) -> (u32, u64) {
        let mut sum = Checksum::new();
        for plane in &self.planes {
            let values: Vec<i16> = plane.iter().map(|&sample| sample as i16).collect();
            sum.update(&values);
        }
        (sum.finish32(), sum.finish())
    }

    /// How many samples there are.
    pub(super) fn samples(&self) -> usize {
        self.width * self.height * self.planes.len()
    }

    /// Codes the planes in their order, green first where there are three.
    fn code(&mut self, io: &mut impl BitIo, max: u16, method: Method) -> lmc_entropy::Result<()> {
        let order: &[usize] = if self.planes.len() == 3 { &[1, 0, 2] } else { &[0] };
        let mut known = Vec::with_capacity(order.len());
        for &plane in order {
            let size = [self.height, self.width];
            let samples = self.planes.get_mut(plane).map_or(&mut [][..], |plane| plane);
            let own = plane_coder::code(io, (size, method), i32::from(max), &known, samples)?;
            known.push(own);
        }
        Ok(())
    }
}

/// The values that samples take: `base + step * level` for levels of `0..=top`. Images of fewer bits than their files have
/// would cost many bits more without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Levels {
    base: u16,
    step: u16,
    top: u16,
}

impl Levels {
    fn of(tile: &Tile) -> Self {
        let samples = || tile.planes.iter().flatten().copied();
        let (base, largest) = (samples().min().unwrap_or(0), samples().max().unwrap_or(0));
        let step = samples().fold(0, |step, sample| gcd(step, sample - base));
        Self {
            base,
            step,
            top: (largest - base).checked_div(step).unwrap_or(0),
        }
    }

    fn write(self, out: &mut Vec<u8>) {
        for value in [self.base, self.step, self.top] {
            write_leb(out, u32::from(value));
        }
    }

    /// Reads what [`Levels::write`] wrote; `max` is the largest sample.
    fn read(bytes: &[u8], max: u16) -> std::result::Result<(Self, &[u8]), String> {
        let mut rest = bytes;
        let mut next = || {
            let (value, length) = read_leb(rest).map_err(|error| error.reason())?;
            rest = rest.get(length..).unwrap_or_default();
            u16::try_from(value).map_err(|_| "a level is out of range")
        };
        let (base, step, top) = (next()?, next()?, next()?);
        let largest = u64::from(base) + u64::from(step) * u64::from(top);
        if largest > u64::from(max) || (step == 0) != (top == 0) {
            return Err("its levels are out of range".into());
        }
        Ok((Self { base, step, top }, rest))
    }
}

fn gcd(a: u16, b: u16) -> u16 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Codes a tile.
///
/// # Errors
/// [`CodecError::Internal`] from the coder, which a tile does not bring about.
pub(super) fn compress(mut tile: Tile, method: Method) -> Result<Vec<u8>> {
    let levels = Levels::of(&tile);
    let mut out = Vec::new();
    levels.write(&mut out);
    if let Some(step) = NonZeroU16::new(levels.step) {
        for sample in tile.planes.iter_mut().flatten() {
            *sample = (*sample - levels.base) / step;
        }
        let mut encoder = RangeEncoder::new();
        let coded = tile.code(&mut Writing(&mut encoder), levels.top, method);
        coded.map_err(|error| CodecError::Internal(error.to_string()))?;
        out.extend(encoder.finish());
    }
    Ok(out)
}

/// Decodes a tile of `channels` planes with samples of `0..=max` by a method; the error names the fault of the bytes.
pub(super) fn decompress(
    bytes: &[u8],
    [height, width]: [usize; 2],
    channels: usize,
    (max, method): (u16, Method),
) -> std::result::Result<Tile, String> {
    let (levels, rest) = Levels::read(bytes, max)?;
    let mut tile = Tile {
        width,
        height,
        planes: vec![vec![0; width * height]; channels],
    };
    if levels.step > 0 {
        decode(&mut tile, rest, levels.top, method).map_err(|error| error.to_string())?;
    } else if !rest.is_empty() {
        return Err("it has the wrong length".into());
    }
    for sample in tile.planes.iter_mut().flatten() {
        *sample = levels.base + levels.step * *sample;
    }
    Ok(tile)
}

fn decode(tile: &mut Tile, bytes: &[u8], max: u16, method: Method) -> lmc_entropy::Result<()> {
    let mut decoder = RangeDecoder::new(bytes)?;
    tile.code(&mut Reading(&mut decoder), max, method)?;
    decoder.finish()
}
