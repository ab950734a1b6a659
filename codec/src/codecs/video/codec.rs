//! The video codec behind the traits of all codecs.

use std::sync::Arc;

use super::colour::Colours;
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::model::VideoModel;
use super::{VIDEO_CODEC, VideoFile};
use crate::codecs::frames::{FrameDecoder, FrameEncoder, FrameOptions, VideoCodec};
use crate::codecs::row::{AnyCodec, Backend, Fields, Need, Row, Value};
use crate::codecs::wavelet::LATENT_BLOCK;
use crate::container::{CodecId, MediaKind};
use crate::error::{CodecError, ModelHash, Result, check_encoders};
use crate::media::video::VideoFormat;
use crate::quality::Quality;
use crate::weights::WeightsFile;

/// Its number in headers.
const ID: CodecId = CodecId(6);
/// Latent positions of the largest frame.
const MAX_POSITIONS: usize = lmc_entropy::prior::DEFAULT_MAX_POSITIONS;

/// What the registry knows of the video codec.
pub const ROW: Row = Row {
    summary: "Video: block motion, transform networks that see the prediction, temporal entropy model",
    weights: Need::Required,
    model: Some(VideoFile::model_id),
    qualities: Some(0..=Quality::MAX),
    costs: Some(costs),
    ..Row::new(ID, VIDEO_CODEC, MediaKind::Video, describe, open)
};

fn open(weights: Option<&WeightsFile<'_>>, _: &dyn Backend) -> Result<AnyCodec> {
    let file = VideoFile::parse_known(ROW.required(weights)?)?;
    Ok(AnyCodec::Video(Arc::new(LatentVideoCodec::new(Arc::new(
        VideoModel::new(file),
    )))))
}

/// Thousands of multiplications for each pixel of a predicted frame.
fn costs(weights: &WeightsFile<'_>) -> Result<Fields> {
    let macs = VideoFile::manifest_of(weights.bytes)?.config.macs_per_pixel();
    let kilo = |macs: f64| Value::Number((macs / 10.0).round() / 100.0);
    Ok(vec![
        ("kMAC/pixel analysis", kilo(macs.analysis)),
        ("kMAC/pixel prior", kilo(macs.prior)),
        ("kMAC/pixel side features", kilo(macs.side)),
        ("kMAC/pixel synthesis", kilo(macs.synthesis)),
        ("kMAC/pixel compensation", kilo(macs.compensation)),
    ])
}

fn describe(block: &[u8]) -> Result<Fields> {
    let quality = f64::from(quality_of(block)?.hundredths()) / 100.0;
    Ok(vec![("quality", Value::Number(quality))])
}

/// The quality of a codec block.
fn quality_of(block: &[u8]) -> Result<Quality> {
    let malformed = |reason: String| CodecError::malformed(0, format!("the codec block of the header: {reason}"));
    let &[low, high] = block else {
        return Err(malformed(format!("{} bytes instead of 2", block.len())));
    };
    Quality::from_hundredths(u16::from_le_bytes([low, high])).map_err(|error| malformed(error.to_string()))
}

/// The video codec with one model.
#[derive(Debug)]
pub struct LatentVideoCodec {
    model: Arc<VideoModel>,
}

impl LatentVideoCodec {
    /// The codec with these networks.
    pub fn new(model: Arc<VideoModel>) -> Self {
        Self { model }
    }
}

impl VideoCodec for LatentVideoCodec {
    fn id(&self) -> CodecId {
        ID
    }

    fn name(&self) -> &'static str {
        VIDEO_CODEC
    }

    fn model(&self) -> ModelHash {
        self.model.hash()
    }

    fn check(&self, format: &VideoFormat) -> Result<()> {
        format.check()?;
        let cells = |side: u32| (side as usize).div_ceil(LATENT_BLOCK);
        if cells(format.width) * cells(format.height) > MAX_POSITIONS {
            let reason = format!(
                "frames of {}x{} pixels: at most {MAX_POSITIONS} squares of {LATENT_BLOCK}x{LATENT_BLOCK} can be coded",
                format.width, format.height
            );
            return Err(CodecError::Unsupported(reason));
        }
        Colours::new(format).map(|_| ())
    }

    fn block(&self, options: &FrameOptions) -> Vec<u8> {
        options.quality.hundredths().to_le_bytes().to_vec()
    }

    fn quality(&self, block: &[u8]) -> Result<Quality> {
        quality_of(block)
    }

    fn encoder(&self, format: &VideoFormat, block: &[u8], options: &FrameOptions) -> Result<Box<dyn FrameEncoder>> {
        check_encoders()?;
        self.check(format)?;
        quality_of(block)?;
        Ok(Box::new(Encoder::new(Arc::clone(&self.model), format, options)?))
    }

    fn decoder(&self, format: &VideoFormat, block: &[u8]) -> Result<Box<dyn FrameDecoder>> {
        self.check(format)?;
        quality_of(block)?;
        Ok(Box::new(Decoder::new(Arc::clone(&self.model), format)?))
    }
}
