//! The decoder of one video.

use std::sync::Arc;

use super::colour::Colours;
use super::model::VideoModel;
use super::state::Reference;
use crate::codecs::frames::{DecodedFrame, FrameDecoder, FrameKind};
use crate::media::video::VideoFormat;
use crate::{CodecError, Result};

/// Decodes frames in their order.
pub(super) struct Decoder {
    model: Arc<VideoModel>,
    colours: Colours,
    /// Height and width.
    size: [usize; 2],
    reference: Option<Reference>,
}

impl Decoder {
    pub(super) fn new(model: Arc<VideoModel>, format: &VideoFormat) -> Result<Self> {
        Ok(Self {
            model,
            colours: Colours::new(format)?,
            size: [format.height as usize, format.width as usize],
            reference: None,
        })
    }
}

impl FrameDecoder for Decoder {
    fn decode(&mut self, bytes: &[u8], kind: FrameKind) -> Result<DecodedFrame> {
        let last = self.reference.take();
        let (reference, sums) = match (kind, last) {
            (FrameKind::Key, _) => Reference::read_key(&self.model, bytes, self.size)?,
            (FrameKind::Predicted, Some(last)) => last.read(&self.model, bytes)?,
            (FrameKind::Predicted, None) => {
                return Err(CodecError::malformed(0, "a predicted frame without one before it"));
            }
        };
        let frame = self.colours.frame_of(&reference.frame)?;
        self.reference = Some(reference);
        Ok(DecodedFrame {
            frame,
            checksum: sums.checksum,
            symbol_hash: sums.symbol_hash,
            symbols: sums.symbols,
        })
    }
}
