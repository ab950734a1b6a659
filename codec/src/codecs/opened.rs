//! Codecs that are open, and the one that a stream needs among them.

use std::sync::Arc;

use super::frames::VideoCodec;
use super::image::ImageCodec;
use super::registry::Registry;
use super::row::{AnyCodec, Backend, Cpu, Need, Row};
use super::sound::SoundCodec;
use crate::container::{CodecId, MediaKind};
use crate::error::{CodecError, ModelHash, Result};
use crate::weights::WeightsFile;

/// A registry with the codecs that were opened of it. Codecs that need no weights are opened when they are first asked
/// for. Clones are cheap.
#[derive(Clone)]
pub struct Codecs {
    registry: Arc<Registry>,
    backend: Arc<dyn Backend>,
    opened: Vec<AnyCodec>,
}

impl Default for Codecs {
    fn default() -> Self {
        Self::new(Registry::default(), Arc::new(Cpu))
    }
}

impl std::fmt::Debug for Codecs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Codecs({:?} on {})", self.opened, self.backend.name())
    }
}

impl Codecs {
    /// No codec is open yet.
    pub fn new(registry: Registry, backend: Arc<dyn Backend>) -> Self {
        Self {
            registry: Arc::new(registry),
            backend,
            opened: Vec::new(),
        }
    }

    /// The registry.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What computes.
    pub fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// Whether a codec of the registry can be used: it needs no weights, or was opened.
    pub fn is_ready(&self, row: &Row) -> bool {
        row.weights == Need::None || self.opened.iter().any(|codec| codec.id() == row.id)
    }

    /// Opens the codec of a row with these weights and keeps it.
    ///
    /// # Errors
    /// As [`Row::open`].
    pub fn open(&mut self, row: &Row, weights: Option<&WeightsFile<'_>>) -> Result<AnyCodec> {
        let codec = self.make(row, weights)?;
        self.opened.push(codec.clone());
        Ok(codec)
    }

    /// With a codec of images that was opened elsewhere.
    pub fn with_image(mut self, codec: Arc<dyn ImageCodec>) -> Self {
        self.opened.push(AnyCodec::Image(codec));
        self
    }

    /// With a codec of sounds that was opened elsewhere.
    pub fn with_sound(mut self, codec: Arc<dyn SoundCodec>) -> Self {
        self.opened.push(AnyCodec::Sound(codec));
        self
    }

    /// With a codec of videos that was opened elsewhere.
    pub fn with_video(mut self, codec: Arc<dyn VideoCodec>) -> Self {
        self.opened.push(AnyCodec::Video(codec));
        self
    }

    /// The codec that decodes the images of this id and model.
    ///
    /// # Errors
    /// `Unsupported` for a codec that the registry does not have, [`CodecError::ModelMismatch`] if its weights are not
    /// those that are open, [`CodecError::Weights`] if none are.
    pub fn image_of(&self, id: CodecId, model: ModelHash) -> Result<Arc<dyn ImageCodec>> {
        let row = self.row(id, MediaKind::Image)?;
        let mut same = self.images().filter(|codec| codec.id() == id);
        if let Some(codec) = same.clone().find(|codec| codec.model() == model) {
            return Ok(Arc::clone(codec));
        }
        let found = match same.next() {
            Some(codec) => Arc::clone(codec),
            None => self.without_weights(row)?.image()?,
        };
        let given = found.model();
        if given != model {
            let needed = model;
            return Err(CodecError::ModelMismatch { needed, given });
        }
        Ok(found)
    }

    /// The codec to encode images with: the one of this id that was opened last.
    ///
    /// # Errors
    /// As [`Self::image_of`].
    pub fn image(&self, id: CodecId) -> Result<Arc<dyn ImageCodec>> {
        let row = self.row(id, MediaKind::Image)?;
        match self.images().rfind(|codec| codec.id() == id) {
            Some(codec) => Ok(Arc::clone(codec)),
            None => self.without_weights(row)?.image(),
        }
    }

    /// The codec that decodes the sounds of this id and model.
    ///
    /// # Errors
    /// As [`Self::image_of`].
    pub fn sound_of(&self, id: CodecId, model: ModelHash) -> Result<Arc<dyn SoundCodec>> {
        let mut same = self.sounds().filter(|codec| codec.id() == id);
        if let Some(codec) = same.clone().find(|codec| codec.model() == model) {
            return Ok(Arc::clone(codec));
        }
        let found = match same.next() {
            Some(codec) => Arc::clone(codec),
            None => self.without_weights(self.row(id, MediaKind::Sound)?)?.sound()?,
        };
        let given = found.model();
        if given != model {
            let needed = model;
            return Err(CodecError::ModelMismatch { needed, given });
        }
        Ok(found)
    }

    /// The codec to encode sounds with: the one of this id that was opened last.
    ///
    /// # Errors
    /// As [`Self::image_of`].
    pub fn sound(&self, id: CodecId) -> Result<Arc<dyn SoundCodec>> {
        match self.sounds().rfind(|codec| codec.id() == id) {
            Some(codec) => Ok(Arc::clone(codec)),
            None => self.without_weights(self.row(id, MediaKind::Sound)?)?.sound(),
        }
    }

    /// The codec that decodes the videos of this id and model.
    ///
    /// # Errors
    /// As [`Self::image_of`].
    pub fn video_of(&self, id: CodecId, model: ModelHash) -> Result<Arc<dyn VideoCodec>> {
        let mut same = self.videos().filter(|codec| codec.id() == id);
        if let Some(codec) = same.clone().find(|codec| codec.model() == model) {
            return Ok(Arc::clone(codec));
        }
        let found = match same.next() {
            Some(codec) => Arc::clone(codec),
            None => self.without_weights(self.row(id, MediaKind::Video)?)?.video()?,
        };
        let given = found.model();
        if given != model {
            let needed = model;
            return Err(CodecError::ModelMismatch { needed, given });
        }
        Ok(found)
    }

    /// The codec to encode videos with: the one of this id that was opened last.
    ///
    /// # Errors
    /// As [`Self::image_of`].
    pub fn video(&self, id: CodecId) -> Result<Arc<dyn VideoCodec>> {
        match self.videos().rfind(|codec| codec.id() == id) {
            Some(codec) => Ok(Arc::clone(codec)),
            None => self.without_weights(self.row(id, MediaKind::Video)?)?.video(),
        }
    }

    fn videos(&self) -> impl DoubleEndedIterator<Item = &Arc<dyn VideoCodec>> + Clone {
        self.opened.iter().filter_map(|codec| match codec {
            AnyCodec::Video(codec) => Some(codec),
            AnyCodec::Image(_) | AnyCodec::Sound(_) => None,
        })
    }

    fn sounds(&self) -> impl DoubleEndedIterator<Item = &Arc<dyn SoundCodec>> + Clone {
        self.opened.iter().filter_map(|codec| match codec {
            AnyCodec::Sound(codec) => Some(codec),
            AnyCodec::Image(_) | AnyCodec::Video(_) => None,
        })
    }

    fn images(&self) -> impl DoubleEndedIterator<Item = &Arc<dyn ImageCodec>> + Clone {
        self.opened.iter().filter_map(|codec| match codec {
            AnyCodec::Image(codec) => Some(codec),
            AnyCodec::Sound(_) | AnyCodec::Video(_) => None,
        })
    }

    /// The row of a codec of these media.
    fn row(&self, id: CodecId, media: MediaKind) -> Result<&Row> {
        let row = self.registry.find(id).filter(|row| row.media == media);
        row.ok_or_else(|| CodecError::Unsupported(format!("{id} of {}s: this program does not have it", media.name())))
    }

    fn without_weights(&self, row: &Row) -> Result<AnyCodec> {
        match row.weights {
            Need::None => self.make(row, None),
            Need::Required => row.required(None).and_then(|weights| self.make(row, Some(weights))),
        }
    }

    fn make(&self, row: &Row, weights: Option<&WeightsFile<'_>>) -> Result<AnyCodec> {
        match self.backend.open(row, weights)? {
            Some(codec) => Ok(codec),
            None => (row.open)(weights, &*self.backend),
        }
    }
}
