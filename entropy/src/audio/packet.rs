//! The integers of a packet.

use super::layout::{BANDS, CLASSES, FRAME, PACKET, bands_of};
use super::rule::{LEVEL_MAX, Steps};
use crate::error::{EntropyError, Result};

/// The most channels of a packet.
pub const CHANNELS: usize = 2;
/// Directions of the first channel of a pair: `angle` stands for `angle * pi / ANGLES`.
pub const ANGLES: usize = 16;
/// No coefficient is larger.
pub const COEFFICIENT_MAX: i32 = 1 << 20;

/// What one channel of one block is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spectrum {
    /// The level of each coded band.
    pub levels: Vec<u8>,
    /// Multiples of the step, for all coefficients of the coded bands.
    pub coefficients: Vec<i32>,
}

/// A block of all channels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Block {
    /// It has `FRAME >> class` samples.
    pub class: usize,
    /// One spectrum for each channel.
    pub spectra: Vec<Spectrum>,
}

/// A packet: blocks in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PacketData {
    /// The class whose length the overlap with the packet before has, and with the one behind.
    pub overlaps: [usize; 2],
    /// For each band of the longest block how a pair of channels is turned, under [`ANGLES`]; empty for one channel.
    pub angles: Vec<u8>,
    /// They cover the packet, and each lies at a multiple of its length.
    pub blocks: Vec<Block>,
}

impl PacketData {
    /// Everything as one row of integers: the count of blocks, the overlaps, the angles, and of each block its class and
    /// for each channel its levels and coefficients.
    pub fn to_symbols(&self) -> Vec<i32> {
        let mut symbols = vec![self.blocks.len() as i32];
        symbols.extend(self.overlaps.map(|class| class as i32));
        symbols.extend(self.angles.iter().map(|&angle| i32::from(angle)));
        for block in &self.blocks {
            symbols.push(block.class as i32);
            for spectrum in &block.spectra {
                symbols.extend(spectrum.levels.iter().map(|&level| i32::from(level)));
                symbols.extend(&spectrum.coefficients);
            }
        }
        symbols
    }

    /// Undoes [`Self::to_symbols`].
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when this is no packet of `channels` channels under these steps.
    pub fn from_symbols(symbols: &[i32], channels: usize, steps: &Steps) -> Result<Self> {
        let mut rest = Symbols(symbols);
        let count = rest.number(PACKET)?;
        let overlaps = [rest.number(CLASSES - 1)?, rest.number(CLASSES - 1)?];
        let angles = if channels == 2 {
            rest.small(BANDS, ANGLES as u8 - 1)?
        } else {
            Vec::new()
        };
        let mut packet = Self {
            overlaps,
            angles,
            blocks: Vec::new(),
        };
        let mut start = 0;
        for _ in 0..count {
            let class = rest.number(CLASSES - 1)?;
            let bands = steps.bands(class);
            let width = bands_of(class).edges[bands];
            let spectrum = |rest: &mut Symbols<'_>| {
                Ok(Spectrum {
                    levels: rest.small(bands, LEVEL_MAX)?,
                    coefficients: rest.take(width)?.to_vec(),
                })
            };
            let spectra: Result<Vec<_>> = (0..channels).map(|_| spectrum(&mut rest)).collect();
            packet.blocks.push(Block {
                class,
                spectra: spectra?,
            });
            start += FRAME >> class;
        }
        if !rest.0.is_empty() || start != PACKET {
            return Err(EntropyError::Malformed("symbols are no packet of sound"));
        }
        Ok(packet)
    }
}

/// Symbols that are not read yet.
struct Symbols<'a>(&'a [i32]);

impl<'a> Symbols<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [i32]> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or(EntropyError::Malformed("symbols of a packet of sound end early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, max: usize) -> Result<usize> {
        let number = self.take(1)?.first().and_then(|&number| usize::try_from(number).ok());
        number
            .filter(|&number| number <= max)
            .ok_or(EntropyError::Malformed("symbol of a packet of sound out of range"))
    }

    fn small(&mut self, count: usize, max: u8) -> Result<Vec<u8>> {
        let small = |&number: &i32| u8::try_from(number).ok().filter(|&number| number <= max);
        let numbers: Option<Vec<u8>> = self.take(count)?.iter().map(small).collect();
        numbers.ok_or(EntropyError::Malformed("symbol of a packet of sound out of range"))
    }
}
