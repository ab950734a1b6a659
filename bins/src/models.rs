//! Finding the model that a stream needs, and loading it on a device once.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use lmc_codec::codecs::{Codecs, Cpu, Need, Registry, Row};
use lmc_codec::sound::SoundCodec;
use lmc_codec::weights::WeightsFile;
use lmc_codec::{Header, ModelHash};
use lmc_models::BurnBackend;
use lmc_models::device::{self, DeviceChoice, OpenDevice};
use lmc_models::zoo::{self, ManifestHead, Tune};
use serde::Serialize;

use crate::talk::Talk;

/// Folder of weight files that streams may name, beside those that ship with the program.
pub(crate) const FOLDER_VARIABLE: &str = "LMC_MODELS";
/// Ending of weight files.
pub(crate) const ENDING: &str = "safetensors";

/// The weights that can be had without a device: shipped, `--model FILE`, and the folder of the environment.
#[derive(Debug, Default)]
pub(crate) struct Weights {
    /// What `--model` names, with its hash.
    given: Option<(ModelHash, Vec<u8>)>,
    folder: Option<PathBuf>,
}

impl Weights {
    /// Reads what `--model` names, if anything.
    ///
    /// # Errors
    /// When that file cannot be read.
    pub(crate) fn new(given: Option<&Path>) -> Result<Self> {
        let read = |path: &Path| {
            let context = || format!("cannot read the model {}", path.display());
            let bytes = fs::read(path).with_context(context)?;
            anyhow::Ok((hash_of(&bytes), bytes))
        };
        Ok(Self {
            given: given.map(read).transpose()?,
            folder: env::var_os(FOLDER_VARIABLE).map(PathBuf::from),
        })
    }

    /// The name of the codec whose weights were given with `--model`, if any were.
    ///
    /// # Errors
    /// When they are no weights.
    pub(crate) fn codec_given(&self) -> Result<Option<String>> {
        let codec = |(hash, bytes): &(ModelHash, Vec<u8>)| {
            let head = ManifestHead::parse(bytes);
            head.map(|head| head.codec).with_context(|| cannot_use(*hash))
        };
        self.given.as_ref().map(codec).transpose()
    }

    /// The weights to encode pictures with by the codec of this name: those given, else the best that ship for what is
    /// to be kept.
    ///
    /// # Errors
    /// When none ship.
    pub(crate) fn for_encoding(&self, codec: &str, tune: Tune) -> Result<(ModelHash, Vec<u8>)> {
        match (&self.given, zoo::for_images(codec, tune)) {
            (Some(given), _) => Ok(given.clone()),
            (None, Some(shipped)) => Ok((ModelHash(shipped.model), shipped.bytes.to_vec())),
            (None, None) => {
                bail!("no weights of the codec {codec} ship with this program: pass some with --model FILE")
            }
        }
    }

    /// The weights to encode sounds with by the codec of this name: those given, else the best that ship.
    ///
    /// # Errors
    /// When none ship.
    pub(crate) fn for_sounds(&self, codec: &str) -> Result<(ModelHash, Vec<u8>)> {
        match (&self.given, zoo::default_sound_model(codec)) {
            (Some(given), _) => Ok(given.clone()),
            (None, Some(shipped)) => Ok((ModelHash(shipped.model), shipped.bytes.to_vec())),
            (None, None) => {
                bail!("no weights of the codec {codec} ship with this program: pass some with --model FILE")
            }
        }
    }

    /// The weights that a stream names.
    ///
    /// # Errors
    /// When they are nowhere; the message says where they could be.
    pub(crate) fn for_stream(&self, hash: ModelHash) -> Result<Vec<u8>> {
        if let Some((given, bytes)) = &self.given
            && *given == hash
        {
            return Ok(bytes.clone());
        }
        if let Some(shipped) = zoo::find(&hash.0) {
            return Ok(shipped.bytes.to_vec());
        }
        if let Some(bytes) = self.folder.as_deref().and_then(|folder| search(folder, hash)) {
            return Ok(bytes);
        }
        let given = match &self.given {
            Some((given, _)) => format!("; the one given with --model is {given}"),
            None => String::new(),
        };
        bail!(
            "the stream needs the model {hash}, which does not ship with this program{given}: \
             get its weights and pass them with --model FILE, or put them into the folder that {FOLDER_VARIABLE} names"
        )
    }
}

/// The name of a model for people: the id of a shipped one, else its hash.
pub(crate) fn name_of(hash: ModelHash) -> String {
    match zoo::find(&hash.0) {
        Some(model) => model.id.to_owned(),
        None => hash.to_string(),
    }
}

/// The model behind a result, as records tell it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ModelUsed {
    model: String,
    model_hash: String,
    /// Where its networks ran, if they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

impl ModelUsed {
    pub(crate) fn new(hash: ModelHash, device: Option<&str>) -> Self {
        Self {
            model: name_of(hash),
            model_hash: hash.to_string(),
            device: device.map(str::to_owned),
        }
    }
}

fn cannot_use(hash: ModelHash) -> String {
    format!("cannot use the model {}", name_of(hash))
}

/// The hash by which streams name the weights `bytes`.
pub(crate) fn hash_of(bytes: &[u8]) -> ModelHash {
    ModelHash(lmc_codec::weights::hash_of(bytes))
}

/// The weights in `folder` that have this hash; files that cannot be read are not them.
fn search(folder: &Path, hash: ModelHash) -> Option<Vec<u8>> {
    let files = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let paths = files.map(|file| file.path());
    let weights = paths.filter(|path| path.extension().is_some_and(|e| e == ENDING));
    let mut contents = weights.filter_map(|path| fs::read(path).ok());
    contents.find(|bytes| hash_of(bytes) == hash)
}

/// Opens the device the user wants, and says which it is where that was left to chance.
///
/// # Errors
/// When there is no such device.
pub(crate) fn open_device(choice: DeviceChoice, talk: &Talk) -> Result<OpenDevice> {
    let device = device::open(choice)?;
    let line = format!("device: {}", device.description);
    match choice {
        DeviceChoice::Auto => talk.note(line),
        _ => talk.detail(line),
    }
    Ok(device)
}

/// Codecs of images, each opened when first needed.
pub(crate) struct Images {
    weights: Weights,
    codecs: Codecs,
    on_cpu: bool,
}

impl Images {
    /// On the CPU, without a device: for what makes no pixels.
    pub(crate) fn without_device(weights: Weights) -> Self {
        Self {
            weights,
            codecs: Codecs::new(Registry::default(), Arc::new(Cpu)),
            on_cpu: true,
        }
    }

    /// On a device.
    pub(crate) fn on(weights: Weights, device: OpenDevice) -> Self {
        Self {
            weights,
            on_cpu: device.is_cpu(),
            codecs: Codecs::new(Registry::default(), Arc::new(BurnBackend::new(device))),
        }
    }

    /// Whether the CPU computes.
    pub(crate) fn is_on_cpu(&self) -> bool {
        self.on_cpu
    }

    /// The codecs that are open.
    pub(crate) fn codecs(&self) -> &Codecs {
        &self.codecs
    }

    /// Where weights are found.
    pub(crate) fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The codecs, with the one that a stream needs among them.
    ///
    /// # Errors
    /// When its weights are nowhere or malformed.
    pub(crate) fn for_stream(&mut self, header: &Header) -> Result<&Codecs> {
        let row = self.codecs.registry().find(header.codec).cloned();
        if let Some(row) = row.filter(|row| row.weights == Need::Required)
            && self.codecs.image_of(header.codec, header.model).is_err()
        {
            let bytes = self.weights.for_stream(header.model)?;
            self.open(&row, header.model, &bytes)?;
        }
        Ok(&self.codecs)
    }

    /// The codecs, with one to encode with among them; returns its model too, if it has one.
    ///
    /// # Errors
    /// When its weights are nowhere or malformed.
    pub(crate) fn for_encoding(&mut self, row: &Row, tune: Tune) -> Result<Option<ModelHash>> {
        if row.weights == Need::None {
            return Ok(None);
        }
        let (hash, bytes) = self.weights.for_encoding(row.name, tune)?;
        if self.codecs.image_of(row.id, hash).is_err() {
            self.open(row, hash, &bytes)?;
        }
        Ok(Some(hash))
    }

    fn open(&mut self, row: &Row, hash: ModelHash, bytes: &[u8]) -> Result<()> {
        let weights = WeightsFile::known(bytes, hash);
        let opened = self.codecs.open(row, Some(&weights));
        opened.map(drop).with_context(|| cannot_use(hash))
    }
}

/// Codecs on a device, each opened when first needed.
pub(crate) struct Loaded {
    /// Those of images, which know the weights.
    pub(crate) images: Images,
    device: OpenDevice,
    sounds: HashMap<[u8; 16], Arc<dyn SoundCodec>>,
}

impl Loaded {
    /// No model is loaded yet.
    pub(crate) fn new(weights: Weights, device: OpenDevice) -> Self {
        Self {
            images: Images::on(weights, device.clone()),
            device,
            sounds: HashMap::new(),
        }
    }

    /// What the device is called.
    pub(crate) fn device(&self) -> &str {
        &self.device.description
    }

    /// Whether the CPU computes the transforms.
    pub(crate) fn is_on_cpu(&self) -> bool {
        self.device.is_cpu()
    }

    /// The codec to encode sounds with, by its name.
    ///
    /// # Errors
    /// When its weights are malformed, or of another codec.
    pub(crate) fn for_sounds(&mut self, name: &str) -> Result<(ModelHash, Arc<dyn SoundCodec>)> {
        let (hash, bytes) = self.images.weights().for_sounds(name)?;
        let codec = match self.sounds.get(&hash.0) {
            Some(codec) => Arc::clone(codec),
            None => self.load_sound(hash, &bytes)?,
        };
        if codec.name() != name {
            bail!(
                "the model {} is of the codec {}, not {name}",
                name_of(hash),
                codec.name()
            );
        }
        Ok((hash, codec))
    }

    /// The codec that a stream of sound names.
    ///
    /// # Errors
    /// When its weights are nowhere or malformed.
    pub(crate) fn sound_for_stream(&mut self, hash: ModelHash) -> Result<Arc<dyn SoundCodec>> {
        if let Some(codec) = self.sounds.get(&hash.0) {
            return Ok(Arc::clone(codec));
        }
        let bytes = self.images.weights().for_stream(hash)?;
        self.load_sound(hash, &bytes)
    }

    fn load_sound(&mut self, hash: ModelHash, bytes: &[u8]) -> Result<Arc<dyn SoundCodec>> {
        let codec = zoo::load_sound(bytes).with_context(|| cannot_use(hash))?;
        self.sounds.insert(hash.0, Arc::clone(&codec));
        Ok(codec)
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

#[cfg(test)]
mod tests;
