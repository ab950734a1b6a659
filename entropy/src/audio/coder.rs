//! The coding of a packet: one function for both directions.

use super::coefficients::{Around, Band, Coefficients};
use super::history::{Amplitudes, power};
use super::layout::{BANDS, CLASSES, FRAME, FRAMES, bands_of};
use super::levels::{self, Known, Past};
use super::number::Numbers;
use super::packet::{ANGLES, Block, CHANNELS, PacketData, Spectrum};
use super::rule::Steps;
use crate::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};
use crate::error::{EntropyError, Result};
use crate::mixing::{BitIo, Predictor, Reading, Shape, Writing};

/// All that is learned: it starts each packet as it was trained, and goes on learning inside it.
#[derive(Debug, Clone)]
pub struct Model {
    split: Predictor,
    overlap: Predictor,
    angle: Predictor,
    levels: Numbers,
    coefficients: Coefficients,
}

impl Model {
    /// A model that has seen nothing.
    ///
    /// # Errors
    ///
    /// None; shapes are checked where they are used.
    pub fn new() -> Result<Self> {
        Ok(Self {
            split: Predictor::new(&Shape::new(&[CLASSES * (CLASSES + 1), CLASSES * CLASSES], &[1]))?,
            overlap: Predictor::new(&Shape::new(&[2 * CLASSES], &[1]))?,
            angle: Predictor::new(&Shape::new(
                &[2 * ANGLES, (ANGLES + 1) * ANGLES, 2 * ANGLES * BANDS],
                &[2],
            ))?,
            levels: levels::numbers()?,
            coefficients: Coefficients::new()?,
        })
    }

    fn predictors(&mut self) -> Vec<&mut Predictor> {
        let mut all = vec![&mut self.split, &mut self.overlap, &mut self.angle];
        all.extend(self.levels.predictors());
        all.extend(self.coefficients.predictors());
        all
    }

    /// What was learned, as bytes; counts are cut to `certainty`.
    pub fn state(&mut self, certainty: u16) -> Vec<u8> {
        let states = self
            .predictors()
            .into_iter()
            .map(|predictor| predictor.state(certainty));
        states.collect::<Vec<_>>().concat()
    }

    /// Takes over what [`Self::state`] gave.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when it has another length or holds what can not be.
    pub fn set_state(&mut self, bytes: &[u8]) -> Result<()> {
        self.take(bytes, Predictor::set_state)
    }

    /// All that was learned to the last bit, for learning to go on; [`Self::state`] rounds.
    pub fn snapshot(&mut self) -> Vec<u8> {
        let predictors = self.predictors().into_iter();
        predictors.flat_map(|predictor| predictor.snapshot()).collect()
    }

    /// Takes over what [`Self::snapshot`] gave.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] when it has another length or holds what can not be.
    pub fn set_snapshot(&mut self, bytes: &[u8]) -> Result<()> {
        self.take(bytes, Predictor::set_snapshot)
    }

    fn take(&mut self, bytes: &[u8], set: fn(&mut Predictor, &[u8]) -> Result<()>) -> Result<()> {
        let mut rest = bytes;
        for predictor in self.predictors() {
            let wrong = EntropyError::Malformed("trained state of another length");
            let (own, others) = rest.split_at_checked(predictor.state_len()).ok_or(wrong)?;
            set(predictor, own)?;
            rest = others;
        }
        if rest.is_empty() {
            return Ok(());
        }
        Err(EntropyError::Malformed("trained state of another length"))
    }

    /// The bytes of a packet; the model itself does not change.
    ///
    /// # Errors
    ///
    /// [`EntropyError::Parameter`] for more than [`CHANNELS`] channels, and those of the coder.
    pub fn encode(&self, packet: &PacketData, channels: usize, steps: &Steps) -> Result<Vec<u8>> {
        let mut encoder = RangeEncoder::new();
        self.clone().code(&mut Writing(&mut encoder), packet, channels, steps)?;
        Ok(encoder.finish())
    }

    /// Undoes [`Self::encode`].
    ///
    /// # Errors
    ///
    /// [`EntropyError::Malformed`] for bytes that it did not write.
    pub fn decode(&self, bytes: &[u8], channels: usize, steps: &Steps) -> Result<PacketData> {
        let mut decoder = RangeDecoder::new(bytes)?;
        let packet = self
            .clone()
            .code(&mut Reading(&mut decoder), &PacketData::default(), channels, steps)?;
        decoder.finish()?;
        Ok(packet)
    }

    /// Codes a packet and learns from it. Encoders give `wanted`; for decoders it is empty.
    ///
    /// # Errors
    ///
    /// Those of the coder.
    pub fn code(
        &mut self,
        io: &mut impl BitIo,
        wanted: &PacketData,
        channels: usize,
        steps: &Steps,
    ) -> Result<PacketData> {
        if !(1..=CHANNELS).contains(&channels) {
            return Err(EntropyError::Parameter {
                what: "channels of a packet of sound",
                value: channels as i64,
            });
        }
        let mut packet = PacketData {
            overlaps: self.code_overlaps(io, wanted.overlaps)?,
            ..PacketData::default()
        };
        if channels == 2 {
            packet.angles = self.code_angles(io, &wanted.angles)?;
        }
        let classes: Vec<usize> = wanted.blocks.iter().map(|block| block.class).collect();
        let classes = self.code_classes(io, &classes)?;
        let mut past = vec![ChannelPast::default(); channels];
        for (index, &class) in classes.iter().enumerate() {
            let wanted = wanted.blocks.get(index).map_or(&[][..], |block| &block.spectra);
            let spectra = self.code_block(io, class, wanted, &mut past, steps)?;
            packet.blocks.push(Block { class, spectra });
        }
        Ok(packet)
    }

    fn code_overlaps(&mut self, io: &mut impl BitIo, wanted: [usize; 2]) -> Result<[usize; 2]> {
        let mut found = [0; 2];
        for side in 0..2 {
            let more = |class: usize| wanted[side] > class;
            while found[side] < CLASSES - 1
                && self
                    .overlap
                    .code(io, &[side * CLASSES + found[side]], &[0], more(found[side]))?
            {
                found[side] += 1;
            }
        }
        Ok(found)
    }

    fn code_angles(&mut self, io: &mut impl BitIo, wanted: &[u8]) -> Result<Vec<u8>> {
        let mut angles: Vec<u8> = Vec::with_capacity(BANDS);
        let mut before = [0; 2];
        for band in 0..BANDS {
            let wanted = wanted.get(band).map_or(0, |&angle| usize::from(angle));
            let same = [before[0], ANGLES * ANGLES + before[1], 2 * ANGLES * band];
            let angle = if self.angle.code(io, &same, &[0], wanted == before[0])? {
                before[0]
            } else {
                let mut node = 1;
                for shift in (0..ANGLES.ilog2()).rev() {
                    let bit = (wanted >> shift) & 1 == 1;
                    let contexts = [ANGLES + node, before[0] * ANGLES + node, (2 * band + 1) * ANGLES + node];
                    node = 2 * node + usize::from(self.angle.code(io, &contexts, &[1], bit)?);
                }
                node - ANGLES
            };
            angles.push(angle as u8);
            before = [angle, before[0]];
        }
        Ok(angles)
    }

    /// Codes how the frames are cut into blocks: at each halving a bit.
    fn code_classes(&mut self, io: &mut impl BitIo, wanted: &[usize]) -> Result<Vec<usize>> {
        let mut classes: Vec<usize> = Vec::new();
        for _ in 0..FRAMES {
            let mut left = FRAME;
            while left > 0 {
                // The longest block that fits here: blocks lie at multiples of their length.
                let mut class = (FRAME.ilog2() - (left & left.wrapping_neg()).ilog2()) as usize;
                let before = classes.last().copied();
                let older = classes.len().checked_sub(2).map_or(0, |i| classes[i]);
                let goal = wanted.get(classes.len()).copied().unwrap_or(0);
                while class < CLASSES - 1 {
                    let known = before.map_or(CLASSES, |class| class);
                    let contexts = [known * CLASSES + class, older * CLASSES + class];
                    if !self.split.code(io, &contexts, &[0], goal > class)? {
                        break;
                    }
                    class += 1;
                }
                classes.push(class);
                left -= FRAME >> class;
            }
        }
        Ok(classes)
    }

    fn code_block(
        &mut self,
        io: &mut impl BitIo,
        class: usize,
        wanted: &[Spectrum],
        past: &mut [ChannelPast],
        steps: &Steps,
    ) -> Result<Vec<Spectrum>> {
        let bands = steps.bands(class);
        let mut all: Vec<Vec<u8>> = Vec::with_capacity(past.len());
        for (channel, past) in past.iter().enumerate() {
            let wanted = wanted.get(channel).map_or(&[][..], |spectrum| &spectrum.levels);
            let known = Known {
                class,
                past: past.levels.each_ref().map(Option::as_ref),
                other: all.first().map(Vec::as_slice),
            };
            all.push(levels::code(io, &mut self.levels, known, bands, wanted)?);
        }
        let slices: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
        let sizes = steps.of_block(class, &slices);
        let mut spectra: Vec<Spectrum> = Vec::with_capacity(past.len());
        let mut other = Vec::new();
        for (channel, (levels, sizes)) in all.into_iter().zip(&sizes).enumerate() {
            let mut coefficients = vec![0; bands_of(class).edges[bands]];
            if let Some(wanted) = wanted.get(channel) {
                coefficients
                    .iter_mut()
                    .zip(&wanted.coefficients)
                    .for_each(|(c, &w)| *c = w);
            }
            let seen = past[channel].amplitudes.each_ref().map(|past| past.seen_by(class));
            let around = Around {
                past: [&seen[0].values, &seen[1].values],
                other: &other,
            };
            let signs = spectra.first().map_or(&[][..], |first| &first.coefficients);
            for band in 0..bands {
                let range = bands_of(class).range(band);
                let known = Band {
                    amplitude: steps.amplitude(levels[band]),
                    step: sizes[band],
                    place: (bands_of(class).places[band] / 16) as usize % BANDS,
                    class,
                    channel,
                };
                if steps.is_coded(levels[band], known.step) {
                    self.coefficients
                        .code(io, known, around, signs, &mut coefficients, range)?;
                } else {
                    coefficients[range].fill(0);
                }
            }
            let spectrum = Spectrum { levels, coefficients };
            other = past[channel].push(class, &spectrum, sizes);
            spectra.push(spectrum);
        }
        Ok(spectra)
    }
}

/// What contexts remember of a channel.
#[derive(Debug, Clone)]
struct ChannelPast {
    levels: [Option<Past>; 2],
    amplitudes: [Amplitudes; 2],
}

impl Default for ChannelPast {
    fn default() -> Self {
        Self {
            levels: [None, None],
            amplitudes: [Amplitudes::none(), Amplitudes::none()],
        }
    }
}

impl ChannelPast {
    /// Remembers a block; returns its amplitudes.
    fn push(&mut self, class: usize, spectrum: &Spectrum, steps: &[i32]) -> Vec<u64> {
        let mut values = vec![0; FRAME >> class];
        for (band, &step) in steps.iter().enumerate() {
            let step = power(step);
            let range = bands_of(class).range(band);
            for (value, &coefficient) in values[range.clone()].iter_mut().zip(&spectrum.coefficients[range]) {
                *value = step.saturating_mul(u64::from(coefficient.unsigned_abs()));
            }
        }
        self.levels.swap(0, 1);
        self.levels[0] = Some(Past {
            class,
            levels: spectrum.levels.clone(),
        });
        self.amplitudes.swap(0, 1);
        self.amplitudes[0] = Amplitudes {
            class,
            values: values.clone(),
        };
        values
    }
}
