//! A codec of video of a folder and a row: deflated differences to the last frame, divided by a step.

use std::sync::Arc;

use lmc_codec::codecs::frames::{
    DecodedFrame, EncodedFrame, FrameDecoder, FrameEncoder, FrameKind, FrameOptions, VideoCodec,
};
use lmc_codec::codecs::{AnyCodec, Backend, Fields, Row, Value};
use lmc_codec::container::{CodecId, MediaKind};
use lmc_codec::media::video::{VideoFormat, VideoFrame};
use lmc_codec::weights::WeightsFile;
use lmc_codec::{CodecError, ModelHash, Quality, Result};
use lmc_entropy::checksum::Checksum;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// All that the rest of the library knows of it.
pub const ROW: Row = Row {
    summary: "Differences",
    ..Row::new(CodecId(201), "toy-video", MediaKind::Video, describe, open)
};

fn describe(block: &[u8]) -> Result<Fields> {
    let quality = f64::from(quality_of(block)?.hundredths()) / 100.0;
    Ok(vec![("quality", Value::Number(quality))])
}

fn open(_: Option<&WeightsFile<'_>>, _: &dyn Backend) -> Result<AnyCodec> {
    Ok(AnyCodec::Video(Arc::new(Toy)))
}

fn quality_of(block: &[u8]) -> Result<Quality> {
    match block {
        [quality @ 0..=100] => Quality::new(f32::from(*quality)),
        _ => Err(CodecError::Unsupported(format!("a toy block of {block:?}"))),
    }
}

/// The step of the quantiser: 1 at the quality 100.
fn step_of(quality: Quality) -> u8 {
    (1 + (10_000 - quality.hundredths()) / 400) as u8
}

pub struct Toy;

impl VideoCodec for Toy {
    fn id(&self) -> CodecId {
        ROW.id
    }

    fn name(&self) -> &'static str {
        ROW.name
    }

    fn model(&self) -> ModelHash {
        ModelHash([0; 16])
    }

    fn check(&self, format: &VideoFormat) -> Result<()> {
        match format.depth {
            12 => Err(CodecError::Unsupported("12 bits".into())),
            _ => Ok(()),
        }
    }

    fn block(&self, options: &FrameOptions) -> Vec<u8> {
        vec![(options.quality.hundredths() / 100) as u8]
    }

    fn quality(&self, block: &[u8]) -> Result<Quality> {
        quality_of(block)
    }

    fn encoder(&self, format: &VideoFormat, block: &[u8], _: &FrameOptions) -> Result<Box<dyn FrameEncoder>> {
        let (format, step, last) = (*format, step_of(quality_of(block)?), None);
        Ok(Box::new(Coder { format, step, last }))
    }

    fn decoder(&self, format: &VideoFormat, block: &[u8]) -> Result<Box<dyn FrameDecoder>> {
        let (format, step, last) = (*format, step_of(quality_of(block)?), None);
        Ok(Box::new(Coder { format, step, last }))
    }
}

struct Coder {
    format: VideoFormat,
    step: u8,
    last: Option<Vec<u16>>,
}

impl Coder {
    /// What the frame of this kind is predicted from.
    fn reference(&self, kind: FrameKind) -> Result<Vec<u16>> {
        match (kind, &self.last) {
            (FrameKind::Key, _) => Ok(vec![self.format.neutral(); self.format.frame_samples() as usize]),
            (FrameKind::Predicted, Some(last)) => Ok(last.clone()),
            (FrameKind::Predicted, None) => Err(CodecError::Parameter("there is no frame before".into())),
        }
    }

    fn rebuild(&mut self, reference: &[u16], symbols: &[i16], step: i32) -> Result<VideoFrame> {
        let most = i32::from(self.format.max_sample());
        let sample = |(&was, &symbol): (&u16, &i16)| (i32::from(was) + i32::from(symbol) * step).clamp(0, most) as u16;
        let samples: Vec<u16> = reference.iter().zip(symbols).map(sample).collect();
        let (mut planes, mut rest) = (Vec::new(), &samples[..]);
        for plane in 0..self.format.chroma.planes() {
            let [width, height] = self.format.plane_size(plane);
            let (this, behind) = rest.split_at(width * height);
            planes.push(this.to_vec());
            rest = behind;
        }
        self.last = Some(samples);
        VideoFrame::new(&self.format, planes, 0)
    }
}

fn sum_of(symbols: &[i16]) -> Checksum {
    let mut sum = Checksum::new();
    sum.update(symbols);
    sum
}

impl FrameEncoder for Coder {
    fn set_quality(&mut self, quality: Quality) {
        self.step = step_of(quality);
    }

    fn encode(&mut self, frame: &VideoFrame, kind: FrameKind) -> Result<EncodedFrame> {
        frame.check(&self.format)?;
        let samples: Vec<u16> = frame.planes().concat();
        let distance = |last: &Vec<u16>| {
            let pairs = last.iter().zip(&samples);
            pairs.map(|(&a, &b)| u64::from(a.abs_diff(b))).sum::<u64>() / samples.len() as u64
        };
        let is_cut = self
            .last
            .as_ref()
            .is_none_or(|last| distance(last) > u64::from(self.format.max_sample() / 4));
        let kind = if is_cut { FrameKind::Key } else { kind };
        let (reference, step) = (self.reference(kind)?, i32::from(self.step));
        let symbol = |(&was, &is): (&u16, &u16)| {
            let difference = i32::from(is) - i32::from(was);
            ((difference.abs() + step / 2) / step * difference.signum()) as i16
        };
        let symbols: Vec<i16> = reference.iter().zip(&samples).map(symbol).collect();
        self.rebuild(&reference, &symbols, step)?;
        let raw: Vec<u8> = symbols.iter().flat_map(|symbol| symbol.to_le_bytes()).collect();
        let sum = sum_of(&symbols);
        Ok(EncodedFrame {
            bytes: [&[self.step][..], &compress_to_vec(&raw, 1)].concat(),
            kind,
            checksum: sum.finish32(),
            symbol_hash: sum.finish(),
            symbols: symbols.len(),
        })
    }
}

impl FrameDecoder for Coder {
    fn decode(&mut self, bytes: &[u8], kind: FrameKind) -> Result<DecodedFrame> {
        let wrong = |reason: &str| CodecError::Malformed {
            offset: 0,
            reason: reason.to_owned(),
        };
        let (&step, packed) = bytes.split_first().ok_or_else(|| wrong("a frame without bytes"))?;
        let wanted = 2 * self.format.frame_samples() as usize;
        let raw = decompress_to_vec_with_limit(packed, wanted).map_err(|_| wrong("no deflated bytes"))?;
        if raw.len() != wanted || step == 0 {
            return Err(wrong("a frame of another size"));
        }
        let symbols: Vec<i16> = raw
            .chunks_exact(2)
            .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let reference = self.reference(kind)?;
        let sum = sum_of(&symbols);
        Ok(DecodedFrame {
            frame: self.rebuild(&reference, &symbols, i32::from(step))?,
            checksum: sum.finish32(),
            symbol_hash: sum.finish(),
            symbols: symbols.len(),
        })
    }
}
