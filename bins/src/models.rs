//! The models of a command: what the face finds and opens, in the words of the command line.

use std::env;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use lmc::{Models, Tune};
use lmc_codec::codecs::{Codecs, Need, Row};
use lmc_codec::sound::SoundCodec;
use lmc_codec::video::VideoCodec;
use lmc_codec::weights::{MAX_FILE_BYTES, WeightsFile};
use lmc_codec::{CodecError, Header, Limits, ModelHash, read_limited};
use serde::Serialize;

use crate::device::OpenDevice;

/// Folder of weights files that streams may name, beside those that ship with the program.
pub(crate) const FOLDER_VARIABLE: &str = "LMC_MODELS";
/// Ending of weights files.
pub(crate) const ENDING: &str = "safetensors";

/// The models of this program, of `--model FILE`, and of the folder of the environment.
///
/// # Errors
/// When the file cannot be read, or holds no weights.
pub(crate) fn find(given: Option<&Path>) -> Result<Models> {
    let mut models = Models::default();
    if let Some(path) = given {
        let bytes = read(path).with_context(|| format!("cannot read the model {}", path.display()))?;
        let with = models.with_weights(bytes);
        models = with.with_context(|| format!("cannot use the model {}", path.display()))?;
    }
    Ok(match env::var_os(FOLDER_VARIABLE) {
        Some(folder) => models.with_folder(folder),
        None => models,
    })
}

/// All bytes of a weights file.
///
/// # Errors
/// When it cannot be read, or is larger than any weights are.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let limits = Limits {
        max_file_bytes: MAX_FILE_BYTES,
        ..Limits::default()
    };
    Ok(read_limited(fs::File::open(path)?, &limits)?)
}

/// The name of a model for people: the id of a shipped one, else its hash.
pub(crate) fn name_of(model: ModelHash) -> String {
    match lmc_weights::by_model(&model.0) {
        Some(shipped) => shipped.id.to_owned(),
        None => model.to_string(),
    }
}

/// The model behind a result, as records name it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ModelUsed {
    model: String,
    model_hash: String,
    /// Where its networks ran, if they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

impl ModelUsed {
    pub(crate) fn new(model: ModelHash, device: Option<&str>) -> Self {
        Self {
            model: name_of(model),
            model_hash: model.to_string(),
            device: device.map(str::to_owned),
        }
    }
}

/// The model of the weights `bytes`.
pub(crate) fn hash_of(bytes: &[u8]) -> ModelHash {
    WeightsFile::new(bytes).model
}

/// Says where missing weights could come from.
fn hint(error: CodecError) -> anyhow::Error {
    let missing = matches!(error, CodecError::Weights(_));
    let error = anyhow::Error::from(error);
    if missing {
        return error.context(format!(
            "no usable weights: pass some with --model FILE, or put them into the folder that {FOLDER_VARIABLE} names"
        ));
    }
    error
}

/// Codecs on a device, each opened when first needed.
#[derive(Clone)]
pub(crate) struct Loaded {
    models: Models,
    device: Option<OpenDevice>,
}

impl Loaded {
    /// On a device.
    pub(crate) fn new(models: Models, device: OpenDevice) -> Self {
        Self {
            models: models.with_backend(device.backend()),
            device: Some(device),
        }
    }

    /// On the CPU, without looking for devices: for what makes no pixels.
    pub(crate) fn without_device(models: Models) -> Self {
        Self { models, device: None }
    }

    /// What the device is called.
    pub(crate) fn device(&self) -> &str {
        self.device.as_ref().map_or("CPU", |device| &device.description)
    }

    /// Whether the CPU computes the transforms.
    pub(crate) fn is_on_cpu(&self) -> bool {
        self.device.as_ref().is_none_or(OpenDevice::is_cpu)
    }

    /// The models.
    pub(crate) fn models(&self) -> &Models {
        &self.models
    }

    /// The codecs that a stream of images needs.
    ///
    /// # Errors
    /// When its weights are nowhere or malformed.
    pub(crate) fn for_stream(&self, header: &Header) -> Result<Codecs> {
        self.models.codecs_for(header).map_err(hint)
    }

    /// The codecs of `rows` to encode images with, and the models that they have.
    ///
    /// # Errors
    /// When weights are nowhere or malformed.
    pub(crate) fn for_images(&self, rows: &[&Row], tune: Tune) -> Result<(Codecs, Vec<ModelHash>)> {
        let mut codecs = Codecs::new(self.models.registry().clone(), self.models.shared_backend());
        let mut models = Vec::new();
        for row in rows {
            let codec = self.models.for_encoding(row.name, tune).and_then(|codec| codec.image());
            let codec = codec.map_err(hint)?;
            if row.weights == Need::Required {
                models.push(codec.model());
            }
            codecs = codecs.with_image(codec);
        }
        Ok((codecs, models))
    }

    /// The codec to encode sounds with, by its name.
    ///
    /// # Errors
    /// When its weights are malformed, or of another codec.
    pub(crate) fn for_sounds(&self, name: &str) -> Result<(ModelHash, Arc<dyn SoundCodec>)> {
        if let Some(given) = self.models.given_codec().filter(|given| *given != name) {
            bail!("the model given is of the codec {given}, not {name}");
        }
        let codec = self
            .models
            .for_encoding(name, Tune::default())
            .and_then(|codec| codec.sound());
        let codec = codec.map_err(hint)?;
        Ok((codec.model(), codec))
    }

    /// The codec to encode videos with, by its name.
    ///
    /// # Errors
    /// When its weights are nowhere or malformed.
    pub(crate) fn for_videos(&self, name: &str) -> Result<Arc<dyn VideoCodec>> {
        let codec = self.models.for_encoding(name, Tune::default());
        codec.and_then(|codec| codec.video()).map_err(hint)
    }

    /// The codec that a stream of video needs.
    ///
    /// # Errors
    /// When its weights are nowhere or malformed.
    pub(crate) fn video_for_stream(&self, header: &Header) -> Result<Arc<dyn VideoCodec>> {
        let codec = self.models.for_stream(header).and_then(|codec| codec.video());
        codec.map_err(hint)
    }

    /// The codec that a stream of sound needs.
    ///
    /// # Errors
    /// When its weights are nowhere or malformed.
    pub(crate) fn sound_for_stream(&self, header: &Header) -> Result<Arc<dyn SoundCodec>> {
        let codec = self.models.for_stream(header).and_then(|codec| codec.sound());
        codec.map_err(hint)
    }
}

/// Limits the CPU threads that everything here uses.
///
/// # Errors
/// When threads were started before.
pub(crate) fn set_threads(threads: Option<u16>) -> Result<()> {
    let Some(threads) = threads else {
        return Ok(());
    };
    rayon::ThreadPoolBuilder::new()
        .num_threads(usize::from(threads))
        .build_global()
        .context("cannot limit the threads")
}
