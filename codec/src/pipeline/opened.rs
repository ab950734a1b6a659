//! A stream in memory with the codec that decodes it.

use std::io::Read;
use std::sync::Arc;

use crate::codecs::Codecs;
use crate::codecs::image::{ImageCodec, ImageStream};
use crate::container::TilePlaces;
use crate::container::{ImageMedia, Media, Mode, StreamParts, StreamReader};
use crate::error::{CodecError, ModelHash, Result};
use crate::memory::Shape;

/// All of an image's stream, read once.
pub(super) struct Opened {
    codec: Arc<dyn ImageCodec>,
    pub(super) media: ImageMedia,
    pub(super) parts: StreamParts,
    pub(super) mode: Mode,
}

impl Opened {
    /// Reads a stream, whose header was read. The codec is found before any part is read.
    ///
    /// # Errors
    /// `Unsupported` for other media, and those of [`StreamReader::next_part`] and [`Codecs::image_of`].
    pub(super) fn of(codecs: &Codecs, reader: StreamReader<impl Read>) -> Result<Self> {
        let mode = reader.mode();
        let header = reader.header();
        let media = match &header.media {
            Media::Image(media) => media.clone(),
            other => {
                let what = format!("a {} where an image is wanted", other.kind().name());
                return Err(CodecError::Unsupported(what));
            }
        };
        let codec = codecs.image_of(header.codec, header.model)?;
        let learned = header.model != ModelHash([0; 16]);
        let memory = Shape::of(&media).decoding_bytes(learned);
        reader.limits().check_memory(memory)?;
        Ok(Self {
            codec,
            media,
            parts: StreamParts::collect(reader)?,
            mode,
        })
    }

    /// The stream in the hands of its codec, and where its tiles lie.
    ///
    /// # Errors
    /// As [`ImageCodec::stream`].
    pub(super) fn stream(&self) -> Result<(Box<dyn ImageStream + '_>, TilePlaces)> {
        let (block, segments) = (&self.parts.header.codec_block, &self.parts.codec_segments);
        let stream = self.codec.stream(&self.media, block, segments)?;
        let places = TilePlaces::new(&self.media, stream.geometry().orientation)?;
        Ok((stream, places))
    }
}
