//! What the registry knows of a codec, and who opens it.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::frames::VideoCodec;
use super::image::ImageCodec;
use super::sound::SoundCodec;
use crate::container::{CodecId, MediaKind};
use crate::error::{CodecError, ModelHash, Result};
use crate::media::image::Orientation;
use crate::quality::Quality;
use crate::weights::{TensorFile, WeightsFile};

/// Whether a codec works without weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// There are none. Its streams name the model zero.
    None,
    /// It can't be opened without.
    Required,
}

/// One field of a codec block, for reports.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(u64),
    /// A number with a fraction.
    Number(f64),
    /// A word or a sentence.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// The fields of a codec block by name, in the order in which they are shown.
pub type Fields = Vec<(&'static str, Value)>;

/// A codec that is ready to work.
#[derive(Clone)]
pub enum AnyCodec {
    /// Of images.
    Image(Arc<dyn ImageCodec>),
    /// Of sounds.
    Sound(Arc<dyn SoundCodec>),
    /// Of videos.
    Video(Arc<dyn VideoCodec>),
}

/// A codec as the registry knows it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The number in headers.
    pub id: CodecId,
    /// What users call it.
    pub name: &'static str,
    /// One line for lists of codecs, without a full stop.
    pub summary: &'static str,
    /// What it codes.
    pub media: MediaKind,
    /// Whether it works without weights.
    pub weights: Need,
    /// The id of the model in a weights file: a hash of all that decides decoding, see [`crate::weights::model_id`]. `None`
    /// for codecs without weights.
    pub model: Option<fn(&TensorFile<'_>) -> Result<ModelHash>>,
    /// The qualities, in hundredths, that it takes where no codec was asked for by name; `None` for codecs that are used
    /// only when they are asked for.
    pub qualities: Option<RangeInclusive<u16>>,
    /// Whether it can bound the error of every sample.
    pub bounds_errors: bool,
    /// Whether it is for rates below the range of the codecs that qualities ask for.
    pub is_for_extreme_rates: bool,
    /// Whether its encoder can spend more or less on what it codes.
    pub has_efforts: bool,
    /// Whether its encoder gives the stream of what it has so far where a [`Watch`](crate::Watch) cancels.
    pub ends_early: bool,
    /// Whether it is made for voices alone; reports then use metrics of speech.
    pub is_for_voices: bool,
    /// Bit rates in kbit/s that reports measure it at; empty for codecs whose users ask for a quality.
    pub rates_kbps: &'static [f64],
    /// The work that its networks take by their weights, for reports; `None` where nothing is counted.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for weights that are not its own.
    pub costs: Option<fn(weights: &WeightsFile<'_>) -> Result<Fields>>,
    /// What a codec block says: quality and the like.
    ///
    /// # Errors
    /// `Malformed` and `Unsupported` for a block that the codec can't read.
    pub describe: fn(block: &[u8]) -> Result<Fields>,
    /// How the image that is coded lies, seen from the one that is shown, by the codec block.
    ///
    /// # Errors
    /// As [`describe`](Self::describe).
    pub orientation: fn(block: &[u8]) -> Result<Orientation>,
    /// Opens the codec on the CPU.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for weights that are missing or not its own.
    pub open: fn(weights: Option<&WeightsFile<'_>>, backend: &dyn Backend) -> Result<AnyCodec>,
}

impl Row {
    /// A codec without weights that is used only when it is asked for. Others say what differs:
    /// `Row { weights: Need::Required, ..Row::new(...) }`.
    pub const fn new(
        id: CodecId,
        name: &'static str,
        media: MediaKind,
        describe: fn(&[u8]) -> Result<Fields>,
        open: fn(Option<&WeightsFile<'_>>, &dyn Backend) -> Result<AnyCodec>,
    ) -> Self {
        Self {
            id,
            name,
            summary: "",
            media,
            weights: Need::None,
            model: None,
            qualities: None,
            bounds_errors: false,
            is_for_extreme_rates: false,
            has_efforts: false,
            ends_early: false,
            is_for_voices: false,
            rates_kbps: &[],
            costs: None,
            describe,
            orientation: |_| Ok(Orientation::default()),
            open,
        }
    }

    /// Whether the codec takes this quality where no codec was asked for by name.
    pub fn takes(&self, quality: Quality) -> bool {
        let range = self.qualities.as_ref();
        range.is_some_and(|range| range.contains(&quality.hundredths()))
    }

    /// The weights, for codecs that need some.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if there are none.
    pub fn required<'w, 'a>(&self, weights: Option<&'w WeightsFile<'a>>) -> Result<&'w WeightsFile<'a>> {
        weights.ok_or_else(|| CodecError::Weights(format!("the codec {} needs some, and none were given", self.name)))
    }
}

/// What computes. It may open codecs in its own way, for example on a GPU.
pub trait Backend: Send + Sync {
    /// What users call it.
    fn name(&self) -> &str;

    /// The codec of a row on this backend; `None` where the row's own [`open`](Row::open) is to be used.
    ///
    /// # Errors
    /// As [`Row::open`], and failures of the device.
    fn open(&self, row: &Row, weights: Option<&WeightsFile<'_>>) -> Result<Option<AnyCodec>> {
        let _ = (row, weights);
        Ok(None)
    }
}

/// The CPU, by the kernels of this workspace.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cpu;

impl Backend for Cpu {
    fn name(&self) -> &str {
        "CPU"
    }
}

impl AnyCodec {
    /// The codec of images that it is.
    ///
    /// # Errors
    /// [`CodecError::Internal`] if it is another one.
    pub fn image(self) -> Result<Arc<dyn ImageCodec>> {
        match self {
            Self::Image(codec) => Ok(codec),
            other => Err(other.is_not(MediaKind::Image)),
        }
    }

    /// The codec of sounds that it is.
    ///
    /// # Errors
    /// [`CodecError::Internal`] if it is another one.
    pub fn sound(self) -> Result<Arc<dyn SoundCodec>> {
        match self {
            Self::Sound(codec) => Ok(codec),
            other => Err(other.is_not(MediaKind::Sound)),
        }
    }

    /// The codec of videos that it is.
    ///
    /// # Errors
    /// [`CodecError::Internal`] if it is another one.
    pub fn video(self) -> Result<Arc<dyn VideoCodec>> {
        match self {
            Self::Video(codec) => Ok(codec),
            other => Err(other.is_not(MediaKind::Video)),
        }
    }

    /// Its number in headers.
    pub fn id(&self) -> CodecId {
        match self {
            Self::Image(codec) => codec.id(),
            Self::Sound(codec) => codec.id(),
            Self::Video(codec) => codec.id(),
        }
    }

    fn is_not(&self, media: MediaKind) -> CodecError {
        CodecError::Internal(format!("{self:?} was opened for media of the kind {}", media.name()))
    }
}

impl fmt::Debug for AnyCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(codec) => write!(f, "Image({}, {})", codec.name(), codec.model()),
            Self::Sound(codec) => write!(f, "Sound({})", codec.name()),
            Self::Video(codec) => write!(f, "Video({})", codec.name()),
        }
    }
}
