//! Which codecs and weights there are, and what computes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lmc_codec::codecs::{AnyCodec, Backend, Codecs, Cpu, Need, Registry, Row};
use lmc_codec::container::CodecId;
use lmc_codec::weights::{MAX_FILE_BYTES, ManifestHead, WeightsFile};
use lmc_codec::{CodecError, Header, ModelHash, Result};

/// What a model of images was trained to keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Tune {
    /// The mean squared error.
    #[default]
    Psnr,
    /// What people see.
    Perceptual,
}

impl Tune {
    /// The variant in the ids of weights, `<codec>-<variant>-v<n>`.
    pub fn variant(self) -> &'static str {
        match self {
            Self::Psnr => "psnr",
            Self::Perceptual => "perceptual",
        }
    }
}

/// Ending of weights files in folders.
const ENDING: &str = "safetensors";

/// A weights file from outside.
#[derive(Debug, Clone)]
struct Given {
    id: String,
    codec: String,
    model: ModelHash,
    bytes: Arc<[u8]>,
}

/// Codecs with their weights, each opened once and kept. Clones share the open codecs.
///
/// ```
/// use lmc::Models;
///
/// let models = Models::default();
/// assert!(models.ids().contains(&"wavelet-psnr-v2".to_owned()));
/// ```
#[derive(Clone)]
pub struct Models {
    registry: Registry,
    backend: Arc<dyn Backend>,
    given: Vec<Given>,
    folder: Option<PathBuf>,
    opened: Arc<Mutex<HashMap<(CodecId, ModelHash), AnyCodec>>>,
}

impl Default for Models {
    /// The codecs and weights of this build, on the CPU.
    fn default() -> Self {
        Self {
            registry: Registry::default(),
            backend: Arc::new(Cpu),
            given: Vec::new(),
            folder: None,
            opened: Arc::default(),
        }
    }
}

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Models({:?} on {})", self.ids(), self.backend.name())
    }
}

impl Models {
    /// The models of this build on the CPU, shared by all calls of this process that pass none: each is opened when it is
    /// first needed, and kept.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Models> = OnceLock::new();
        SHARED.get_or_init(Self::default)
    }

    /// With a weights file. Encoders of its codec prefer the file that was passed last.
    ///
    /// # Errors
    /// `Weights` for bytes that are no weights file.
    pub fn with_weights(mut self, bytes: impl Into<Arc<[u8]>>) -> Result<Self> {
        let bytes = bytes.into();
        let head = ManifestHead::parse(&bytes)?;
        let model = WeightsFile::new(&bytes).model;
        self.given.push(Given {
            id: head.id,
            codec: head.codec,
            model,
            bytes,
        });
        Ok(self)
    }

    /// With a folder of weights files that streams may name.
    pub fn with_folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_path_buf());
        self
    }

    /// Computing on another backend, such as a GPU. Codecs opened before are not carried over.
    pub fn with_backend(mut self, backend: Arc<dyn Backend>) -> Self {
        self.backend = backend;
        self.opened = Arc::default();
        self
    }

    /// With one codec more.
    pub fn with_codec(mut self, row: Row) -> Self {
        self.registry = self.registry.with(row);
        self.opened = Arc::default();
        self
    }

    /// The codecs.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What computes.
    pub fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// What computes, to share with others.
    pub fn shared_backend(&self) -> Arc<dyn Backend> {
        Arc::clone(&self.backend)
    }

    /// The codec of the weights that were passed last, if any were.
    pub fn given_codec(&self) -> Option<&str> {
        self.given.last().map(|given| given.codec.as_str())
    }

    /// The ids of the weights that are known without reading a folder: those passed, then those inside.
    pub fn ids(&self) -> Vec<String> {
        let given = self.given.iter().map(|given| given.id.clone());
        given
            .chain(lmc_weights::SHIPPED.iter().map(|shipped| shipped.id.to_owned()))
            .collect()
    }

    /// The codec that a stream needs.
    ///
    /// # Errors
    /// `Unsupported` for a codec that is not in the registry; `Weights` where the weights are nowhere, with a hint.
    pub fn for_stream(&self, header: &Header) -> Result<AnyCodec> {
        let row = self.registry.find(header.codec).ok_or_else(|| {
            let what = format!("codec {}: this version does not have it", header.codec.0);
            CodecError::Unsupported(what)
        })?;
        self.open(row, header.model)
    }

    /// All that a decoder of the stream needs.
    ///
    /// # Errors
    /// As [`for_stream`](Self::for_stream).
    pub fn codecs_for(&self, header: &Header) -> Result<Codecs> {
        Ok(self.codecs(self.for_stream(header)?))
    }

    /// The codec to encode with, by its name: with the weights that were passed, else those inside.
    ///
    /// # Errors
    /// `Parameter` for an unknown name, `Weights` where there are no weights.
    pub fn for_encoding(&self, name: &str, tune: Tune) -> Result<AnyCodec> {
        let row = self.registry.named(name);
        let row = row.ok_or_else(|| CodecError::Parameter(format!("there is no codec '{name}'")))?;
        let model = match row.weights {
            Need::None => ModelHash([0; 16]),
            Need::Required => self.preferred(name, tune)?,
        };
        self.open(row, model)
    }

    /// All that an encoder of images may choose from: the codecs of images whose weights are at hand.
    ///
    /// # Errors
    /// `Weights` for weights that are malformed.
    pub fn codecs_for_images(&self, tune: Tune) -> Result<Codecs> {
        let mut codecs = Codecs::new(self.registry.clone(), Arc::clone(&self.backend));
        for row in self.registry.of(lmc_codec::MediaKind::Image) {
            if matches!(row.weights, Need::None) || self.preferred(row.name, tune).is_ok() {
                codecs = codecs.with_image(self.for_encoding(row.name, tune)?.image()?);
            }
        }
        Ok(codecs)
    }

    fn codecs(&self, codec: AnyCodec) -> Codecs {
        let codecs = Codecs::new(self.registry.clone(), Arc::clone(&self.backend));
        match codec {
            AnyCodec::Image(codec) => codecs.with_image(codec),
            AnyCodec::Sound(codec) => codecs.with_sound(codec),
            AnyCodec::Video(codec) => codecs.with_video(codec),
        }
    }

    /// The model that a codec encodes with: of the weights that were passed, else of those inside.
    ///
    /// # Errors
    /// `Weights` where there are none.
    pub fn preferred(&self, codec: &str, tune: Tune) -> Result<ModelHash> {
        if let Some(given) = self.given.iter().rfind(|given| given.codec == codec) {
            return Ok(given.model);
        }
        let tuned = lmc_weights::of_variant(codec, tune.variant());
        let shipped = tuned.or_else(|| lmc_weights::of_codec(codec));
        let shipped = shipped.ok_or_else(|| {
            CodecError::Weights(format!("no weights of the codec {codec} are in this build: pass some"))
        })?;
        Ok(ModelHash(shipped.model))
    }

    fn open(&self, row: &Row, model: ModelHash) -> Result<AnyCodec> {
        let key = (row.id, model);
        if let Some(codec) = self.lock().get(&key) {
            return Ok(codec.clone());
        }
        // Opened without the lock: weights take a while, and a second thread that opens the same loses nothing else.
        let codec = match row.weights {
            Need::None => self.make(row, None)?,
            Need::Required => {
                let bytes = self.weights(model)?;
                self.make(row, Some(&WeightsFile::known(&bytes, model)))?
            }
        };
        self.lock().insert(key, codec.clone());
        Ok(codec)
    }

    fn make(&self, row: &Row, weights: Option<&WeightsFile<'_>>) -> Result<AnyCodec> {
        match self.backend.open(row, weights)? {
            Some(codec) => Ok(codec),
            None => (row.open)(weights, &*self.backend),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(CodecId, ModelHash), AnyCodec>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The weights that a stream names.
    ///
    /// # Errors
    /// `Weights` where they are nowhere.
    pub fn weights(&self, model: ModelHash) -> Result<Cow<'static, [u8]>> {
        if let Some(given) = self.given.iter().find(|given| given.model == model) {
            return Ok(given.bytes.to_vec().into());
        }
        if let Some(shipped) = lmc_weights::by_model(&model.0) {
            return Ok(Cow::Borrowed(shipped.bytes));
        }
        if let Some(bytes) = self.folder.as_deref().and_then(|folder| search(folder, model)) {
            return Ok(bytes.into());
        }
        let given: Vec<String> = self
            .given
            .iter()
            .map(|given| format!("{} ({})", given.id, given.model))
            .collect();
        let given = if given.is_empty() {
            String::new()
        } else {
            format!("; passed were {}", given.join(", "))
        };
        Err(CodecError::Weights(format!(
            "the stream needs the model {model}, which is not in this build{given}"
        )))
    }
}

/// The weights in `folder` of this model; files that cannot be read are not them.
fn search(folder: &Path, model: ModelHash) -> Option<Vec<u8>> {
    let files = std::fs::read_dir(folder).ok()?.filter_map(std::result::Result::ok);
    let paths = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|e| e == ENDING));
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |file| if file.is_file() { file.len() } else { 0 });
    let mut contents = paths
        .filter(|path| (1..=MAX_FILE_BYTES).contains(&size(path)))
        .filter_map(|path| std::fs::read(path).ok());
    contents.find(|bytes| WeightsFile::new(bytes).model == model)
}
