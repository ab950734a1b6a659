//! The encoder of one video.

use std::sync::Arc;

use lmc_entropy::coder::{EncodeSymbols, RangeEncoder};
use lmc_entropy::mixing::Writing;
use lmc_entropy::prior::{Coding, Context, Given, Latents};

use super::bytes::{Head, put_part};
use super::choice::{Choices, Coded, apart, is_cut};
use super::colour::Colours;
use super::key;
use super::model::{Predicted, VideoModel};
use super::motion::{Frame, Luma, Motion, Phases, search};
use super::state::{Reference, Sums, Symbols, sums_of};
use crate::codecs::frames::{EncodedFrame, FrameEncoder, FrameKind, FrameOptions};
use crate::codecs::wavelet::ImageModel;
use crate::media::video::{VideoFormat, VideoFrame};
use crate::quality::Quality;
use crate::{CodecError, Result};

/// Encodes frames in their order.
pub(super) struct Encoder {
    model: Arc<VideoModel>,
    colours: Colours,
    choices: Choices,
    /// Of the video.
    quality: Quality,
    reference: Option<Reference>,
    /// Predicted frames since the last key frame.
    predicted: usize,
    /// How far the last frame is from what decoders have of it.
    apart: u64,
}

impl Encoder {
    pub(super) fn new(model: Arc<VideoModel>, format: &VideoFormat, options: &FrameOptions) -> Result<Self> {
        Ok(Self {
            model,
            colours: Colours::new(format)?,
            choices: Choices::of(options.effort),
            quality: options.quality,
            reference: None,
            predicted: 0,
            apart: 0,
        })
    }

    /// Codes a key frame.
    fn key(&mut self, frame: &Frame) -> Result<EncodedFrame> {
        let model = &self.model;
        let quality = self.choices.key_quality(self.quality);
        let coding = model.image().prior().coding(self.choices.machine, self.choices.context);
        let coded = key::compressed(model.image(), frame, quality, coding)?;
        let head = Head {
            quality,
            coding,
            has_unchanged: false,
        };
        let mut bytes = head.to_bytes();
        bytes.extend(&coded.bytes);
        let size = [frame.height(), frame.width()];
        let reference = Reference::of_key(model, &coded.y_hat, size, quality)?;
        self.apart = apart(&Luma::of(frame), &Luma::of(&reference.frame));
        self.reference = Some(reference);
        self.predicted = 0;
        Ok(EncodedFrame {
            bytes,
            kind: FrameKind::Key,
            checksum: coded.checksum,
            symbol_hash: coded.symbol_hash,
            symbols: coded.symbols,
        })
    }

    /// Codes a predicted frame; none where the prediction is so bad that a key frame is better.
    fn predicted(&mut self, frame: &Frame, reference: &Reference) -> Result<Option<EncodedFrame>> {
        let quality = self.choices.predicted_quality(self.quality, self.predicted);
        let luma = Luma::of(frame);
        let from = Luma::of(&reference.frame);
        let phases = Phases::new(&from);
        let worth = self.model.worth(quality);
        let mut best: Option<(f64, CodedFrame)> = None;
        for price in self.choices.prices {
            let options = self.choices.search(worth, *price);
            let motion = search(&luma, (&from, &phases), reference.field(), &options)?;
            let predicted = reference.predicted(&self.model, &motion.field)?;
            if best.is_none() && is_cut(&luma, &Luma::of(&predicted.frame), self.apart) {
                return Ok(None);
            }
            let coded = self.with_motion(frame, (reference, &predicted), motion, quality)?;
            let cost = self
                .choices
                .cost(frame, &coded.reference.frame, worth, coded.bytes.len());
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, coded));
            }
        }
        let Some((_, coded)) = best else {
            return Err(CodecError::Internal("an effort without a motion search".into()));
        };
        self.apart = apart(&luma, &Luma::of(&coded.reference.frame));
        self.reference = Some(coded.reference);
        self.predicted += 1;
        Ok(Some(EncodedFrame {
            bytes: coded.bytes,
            kind: FrameKind::Predicted,
            checksum: coded.sums.checksum,
            symbol_hash: coded.sums.symbol_hash,
            symbols: coded.sums.symbols,
        }))
    }

    /// A frame with one choice of motion.
    fn with_motion(
        &self,
        frame: &Frame,
        (reference, predicted): (&Reference, &Predicted),
        motion: Motion,
        quality: Quality,
    ) -> Result<CodedFrame> {
        let unchanged = self.choices.unchanged(frame, &predicted.frame, &self.model, quality);
        let job = Job {
            model: &self.model,
            reference,
            predicted,
            quality,
            coding: self.model.prior().coding(self.choices.machine, Context::Two),
        };
        let latents = job.model.analyse(frame, predicted, quality)?;
        let coded = job.coded(motion, unchanged, &latents)?;
        self.without_waste(&job, (frame, &latents), coded)
    }

    /// The frame without the tiles that are not worth their bits.
    fn without_waste(
        &self,
        job: &Job<'_>,
        (frame, latents): (&Frame, &Latents),
        coded: CodedFrame,
    ) -> Result<CodedFrame> {
        if coded.latents == 0 {
            return Ok(coded);
        }
        let found = Coded {
            frame,
            predicted: &job.predicted.frame,
            painted: &coded.reference.frame,
            y_hat: coded.reference.latents(),
            size: job.predicted.size,
            bits: 8.0 * coded.latents as f64,
        };
        let unchanged = self
            .choices
            .not_worth(&found, &coded.unchanged, self.model.worth(job.quality));
        match unchanged == coded.unchanged {
            true => Ok(coded),
            false => job.coded(coded.motion, unchanged, latents),
        }
    }
}

/// The coding of one predicted frame.
struct Job<'a> {
    model: &'a VideoModel,
    reference: &'a Reference,
    predicted: &'a Predicted,
    quality: Quality,
    coding: Coding,
}

/// A predicted frame, coded.
struct CodedFrame {
    bytes: Vec<u8>,
    /// How many of them are of latents.
    latents: usize,
    motion: Motion,
    unchanged: Vec<bool>,
    sums: Sums,
    /// What decoders have of it.
    reference: Reference,
}

impl Job<'_> {
    /// Codes the frame with this motion, without the latents of unchanged tiles.
    fn coded(&self, mut motion: Motion, mut unchanged: Vec<bool>, latents: &Latents) -> Result<CodedFrame> {
        let (reference, model, quality) = (self.reference, self.model, self.quality);
        let head = Head {
            quality,
            coding: self.coding,
            has_unchanged: !unchanged.is_empty(),
        };
        let mut encoder = RangeEncoder::new();
        let coder = reference.code_motion(&mut Writing(&mut encoder), &mut motion, &mut unchanged)?;
        let mut bytes = head.to_bytes();
        put_part(&mut bytes, &encoder.finish())?;
        let coded = if Symbols::is_unchanged(&unchanged) {
            None
        } else {
            let side = reference.side(model, self.predicted, (&motion.field, quality))?;
            let given = Given {
                coding: self.coding,
                side: side.as_ref(),
                skipped: head.has_unchanged.then_some(&unchanged[..]),
            };
            Some(model.prior().compress(latents, given)?)
        };
        let latent_sums = coded.as_ref().map(|coded| Sums {
            checksum: coded.checksum,
            symbol_hash: coded.symbol_hash,
            symbols: coded.symbols,
        });
        let coded = coded.map(|coded| (coded.bytes, coded.y_hat));
        let (latents, y_hat) = coded.unwrap_or_default();
        bytes.extend(&latents);
        let all = Symbols {
            quality,
            motion: motion.clone(),
            unchanged: unchanged.clone(),
            y_hat,
        };
        Ok(CodedFrame {
            bytes,
            latents: latents.len(),
            sums: sums_of(&motion, &unchanged, latent_sums),
            reference: Reference::rebuilt(model, self.predicted, all, coder)?,
            motion,
            unchanged,
        })
    }
}

impl FrameEncoder for Encoder {
    fn set_quality(&mut self, quality: Quality) {
        self.quality = quality;
    }

    fn encode(&mut self, frame: &VideoFrame, kind: FrameKind) -> Result<EncodedFrame> {
        let frame = self.colours.to_rgb(frame)?;
        let reference = self.reference.take();
        if let (FrameKind::Predicted, Some(reference)) = (kind, reference) {
            let same_size = (reference.frame.width(), reference.frame.height()) == (frame.width(), frame.height());
            if !same_size {
                return Err(CodecError::Internal("frames of a video differ in size".into()));
            }
            if let Some(coded) = self.predicted(&frame, &reference)? {
                return Ok(coded);
            }
        }
        self.key(&frame)
    }
}
