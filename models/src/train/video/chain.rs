//! Frames of clips, one after the other: each is predicted from what was decoded of the one before.

use burn::tensor::{Device, Tensor, TensorData};
use lmc_codec::codecs::video::motion::{Frame, Plane, SAMPLE_MAX, compensate};
use lmc_datasets::ClipSample;
use rayon::prelude::*;

use super::data::planes_of;
use crate::Result;
use crate::video::{Coding, FrameInput, FrameOutcome, SideMaker, SideSource, VideoCodec};
use crate::wavelet::packet::{self, BANDS, BLOCK};
use crate::wavelet::{LATENT_BLOCK, host_values};

/// A batch of clips, of which one frame after the other is coded.
pub(super) struct Chain<'a> {
    codec: &'a VideoCodec,
    coding: Coding<'a>,
    samples: &'a [ClipSample],
    /// Width and height of what is coded of each clip.
    side: usize,
    last_anchor: f32,
    device: &'a Device,
    through_loop: bool,
    /// Of each clip the frame that the next one is predicted from.
    references: Vec<Frame>,
    /// Anchor positions of these.
    positions: Vec<f32>,
    /// The decoded latents of the last frame; none after the reference.
    latents: Option<Tensor<4>>,
    coded: usize,
}

/// A coded frame of a batch.
pub(super) struct Coded {
    /// Its bands.
    pub(super) bands: Tensor<4>,
    /// Those of its prediction.
    pub(super) predicted: Tensor<4>,
    /// The side inputs.
    pub(super) side: Tensor<4>,
    pub(super) outcome: FrameOutcome,
}

/// Where clips are coded.
pub(super) struct Ground<'a> {
    pub(super) side: usize,
    pub(super) last_anchor: f32,
    pub(super) device: &'a Device,
    /// Whether predictions have gradients of their own.
    pub(super) through_loop: bool,
}

impl<'a> Chain<'a> {
    /// Starts from the references of the clips.
    pub(super) fn new(
        codec: &'a VideoCodec,
        coding: Coding<'a>,
        samples: &'a [ClipSample],
        ground: Ground<'a>,
    ) -> Result<Self> {
        let frame = |sample: &ClipSample| frame_of(sample, 0);
        let position = |sample: &ClipSample| f32::from(sample.clip.quality) / 10_000.0 * ground.last_anchor;
        Ok(Self {
            codec,
            coding,
            samples,
            side: ground.side,
            last_anchor: ground.last_anchor,
            device: ground.device,
            through_loop: ground.through_loop,
            references: samples.par_iter().map(frame).collect::<Result<_>>()?,
            positions: samples.iter().map(position).collect(),
            latents: None,
            coded: 0,
        })
    }

    /// Codes the next frame of each clip at anchor positions.
    pub(super) fn next(&mut self, positions: &[f32]) -> Result<Coded> {
        self.next_by(self.codec, positions)
    }

    /// [`Self::next`] by a codec with the same parameters, whose gradients are its own.
    pub(super) fn next_by(&mut self, codec: &VideoCodec, positions: &[f32]) -> Result<Coded> {
        let index = self.coded;
        let bands = self.tensor(
            self.samples
                .par_iter()
                .map(|sample| self.own(sample, index + 1))
                .collect(),
        );
        let predictions = self.references.par_iter().zip(self.samples);
        let predictions = predictions.map(|(reference, sample)| {
            let predicted = compensate(reference, &sample.clip.fields[index])?;
            Ok(square_of(&predicted, sample.place, self.side))
        });
        let predicted = self.tensor(predictions.collect::<Result<_>>()?);
        let predicted = if self.through_loop {
            predicted.require_grad()
        } else {
            predicted
        };
        let input = FrameInput {
            bands: bands.clone(),
            predicted: predicted.clone(),
            side: self.side_inputs(index, positions),
            positions,
        };
        let outcome = codec.pass(&input, self.coding);
        self.latents = Some(outcome.y_hat.clone().detach());
        self.positions = positions.to_vec();
        self.coded += 1;
        self.remember(&outcome)?;
        Ok(Coded {
            bands,
            predicted,
            side: input.side,
            outcome,
        })
    }

    fn own(&self, sample: &ClipSample, frame: usize) -> Vec<f32> {
        planes_of(&sample.clip.frames[frame], sample.clip.side, sample.place, self.side)
    }

    /// Planes of 0..1 of each clip as bands.
    fn tensor(&self, planes: Vec<Vec<f32>>) -> Tensor<4> {
        let maps = self.side / BLOCK;
        let bands = packet::bands_of(&planes.concat(), self.side, self.side);
        Tensor::from_data(TensorData::new(bands, [planes.len(), maps, maps, BANDS]), self.device)
    }

    fn side_inputs(&self, index: usize, positions: &[f32]) -> Tensor<4> {
        let gains = &self.codec.gains;
        let last = self.latents.clone().map(|latents| {
            let (inverse, gain) = (gains.at(&self.positions).1, gains.at(positions).0);
            (latents, (inverse * gain).detach())
        });
        let fields: Vec<_> = self.samples.iter().map(|sample| self.field(sample, index)).collect();
        let places = self.positions.iter().zip(positions);
        let sources: Vec<_> = fields
            .iter()
            .zip(places)
            .map(|(field, (reference, position))| SideSource {
                field,
                positions: [*position, *reference],
                last_anchor: self.last_anchor,
            })
            .collect();
        let maker = SideMaker {
            size: [self.side / LATENT_BLOCK; 2],
            channels: gains.log_gain.val().dims()[1],
        };
        maker.inputs(&sources, last, self.device)
    }

    /// The vectors of the square that is coded.
    fn field(&self, sample: &ClipSample, index: usize) -> lmc_codec::codecs::video::motion::VectorField {
        use lmc_codec::codecs::video::motion::{CELL, VectorField};
        let mut field = VectorField::still(self.side, self.side);
        let [left, top] = sample.place.map(|at| at / CELL);
        let (whole, columns) = (&sample.clip.fields[index], field.columns);
        for (at, vector) in field.vectors.iter_mut().enumerate() {
            *vector = whole.vectors[(top + at / columns) * whole.columns + left + at % columns];
        }
        field
    }

    /// Makes what was decoded the references of the next frames. Around the square the original frame serves.
    fn remember(&mut self, outcome: &FrameOutcome) -> Result<()> {
        let bands = host_values(outcome.bands.clone().detach());
        let (side, coded) = (self.side, self.coded);
        let each = bands.len() / self.samples.len().max(1);
        let decoded = bands.par_chunks_exact(each).zip(self.samples);
        let frames = decoded.map(|(bands, sample)| {
            let pixels = packet::inverse(bands, side, side);
            with_square(frame_of(sample, coded)?, &pixels, sample.place, side)
        });
        self.references = frames.collect::<Result<_>>()?;
        Ok(())
    }
}

fn frame_of(sample: &ClipSample, frame: usize) -> Result<Frame> {
    let side = sample.clip.side;
    Ok(Frame::from_rgb8(side, side, &sample.clip.frames[frame])?)
}

/// A square of a frame as planes of 0..1.
fn square_of(frame: &Frame, [left, top]: [usize; 2], side: usize) -> Vec<f32> {
    let mut planes = Vec::with_capacity(3 * side * side);
    for plane in frame.planes() {
        for row in top..top + side {
            let samples = &plane.data[row * plane.width + left..][..side];
            planes.extend(samples.iter().map(|sample| f32::from(*sample) / f32::from(SAMPLE_MAX)));
        }
    }
    planes
}

/// A frame with a square of it in place of its own; `pixels` are planes centred on zero.
fn with_square(frame: Frame, pixels: &[f32], [left, top]: [usize; 2], side: usize) -> Result<Frame> {
    let [red, green, blue] = frame.planes();
    let mut colours = pixels.chunks_exact(side * side);
    let mut put = |plane: &Plane| {
        let mut plane = plane.clone();
        for (row, line) in colours.next().unwrap_or_default().chunks_exact(side).enumerate() {
            let to = &mut plane.data[(top + row) * plane.width + left..][..side];
            for (to, value) in to.iter_mut().zip(line) {
                *to = ((value + 0.5) * f32::from(SAMPLE_MAX))
                    .round()
                    .clamp(0.0, f32::from(SAMPLE_MAX)) as i16;
            }
        }
        plane
    };
    Ok(Frame::new([put(red), put(green), put(blue)])?)
}
