//! What a weights file says of itself: one manifest for all codecs.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Contents, TensorFile, Type};
use crate::{CodecError, Result};

/// Key of the manifest in the metadata of a weights file.
const KEY: &str = "manifest";

/// Who a model is and how it came about. `C` is the shape of the model, as its codec describes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest<C> {
    /// `<codec>-<variant>-v<n>`
    pub id: String,
    /// Name of the codec that the weights are for.
    pub codec: String,
    /// Shape of the model; `Option<()>` for codecs that have no shape to choose.
    #[serde(skip_serializing_if = "is_null")]
    pub config: C,
    /// How the model was trained.
    pub training: TrainingRecord,
}

/// The manifest of a codec that is not known yet; its config is whatever the codec wrote.
pub type ManifestHead = Manifest<Option<serde_json::Value>>;

impl ManifestHead {
    /// Reads the manifest of a weights file of any codec.
    ///
    /// # Errors
    /// [`CodecError::Weights`] for anything that is no weights file.
    pub fn parse(weights: &[u8]) -> Result<Self> {
        parse(TensorFile::metadata_of(weights)?.get(KEY))
    }
}

impl<C> Manifest<C> {
    /// The same manifest with another config.
    pub fn with_config<D>(self, config: D) -> Manifest<D> {
        Manifest {
            id: self.id,
            codec: self.codec,
            config,
            training: self.training,
        }
    }
}

impl<C: Serialize> Manifest<C> {
    /// The metadata of a weights file with this manifest.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if the config cannot be serialised.
    pub fn to_metadata(&self) -> Result<std::collections::BTreeMap<String, String>> {
        let text = serde_json::to_string(self).map_err(malformed)?;
        Ok([(KEY.to_owned(), text)].into())
    }
}

impl Contents {
    /// The manifest of a weights file of `codec`.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if there is none, or it is of another codec.
    pub fn manifest<C: DeserializeOwned>(&self, codec: &str) -> Result<Manifest<C>> {
        manifest_of(self.metadata.get(KEY), codec)
    }

    /// The tensor of bytes of this name.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if there is none.
    pub fn blob(&self, name: &str) -> Result<&[u8]> {
        let blob = self.blobs.get(name).map(Vec::as_slice);
        blob.ok_or_else(|| CodecError::Weights(format!("there is no {name}")))
    }
}

impl TensorFile<'_> {
    /// The manifest of a weights file of `codec`.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if there is none, or it is of another codec.
    pub fn manifest<C: DeserializeOwned>(&self, codec: &str) -> Result<Manifest<C>> {
        manifest_of(self.metadata.get(KEY), codec)
    }

    /// The tensor of bytes of this name.
    ///
    /// # Errors
    /// [`CodecError::Weights`] if there is none.
    pub fn blob(&self, name: &str) -> Result<&[u8]> {
        let blob = self.tensors.get(name).filter(|tensor| tensor.kind == Type::Byte);
        let blob = blob.map(|tensor| &tensor.bytes[..]);
        blob.ok_or_else(|| CodecError::Weights(format!("there is no {name}")))
    }
}

fn manifest_of<C: DeserializeOwned>(text: Option<&String>, codec: &str) -> Result<Manifest<C>> {
    // The codec first: what another one says of its model means nothing here.
    let head: ManifestHead = parse(text)?;
    if head.codec != codec {
        let found = head.codec;
        return Err(CodecError::Weights(format!("the codec is '{found}', not '{codec}'")));
    }
    parse(text)
}

/// Whether a config says nothing, so that its key is left out.
fn is_null<C: Serialize>(config: &C) -> bool {
    serde_json::to_value(config).is_ok_and(|value| value.is_null())
}

fn parse<C: DeserializeOwned>(text: Option<&String>) -> Result<Manifest<C>> {
    let text = text.ok_or_else(|| CodecError::Weights("there is no manifest".into()))?;
    serde_json::from_str(text).map_err(malformed)
}

fn malformed(error: serde_json::Error) -> CodecError {
    CodecError::Weights(format!("the manifest: {error}"))
}

/// How a model was trained.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingRecord {
    /// The command that makes it again.
    pub command: String,
    /// The images or sounds.
    pub data: String,
    /// What the weights started from.
    pub start: String,
    /// Of batches, noise and initial weights.
    pub seed: u64,
    /// Of the source code.
    pub commit: String,
    /// Steps done.
    pub steps: u64,
    /// Crops, windows or sounds per step.
    pub batch: usize,
    /// Wall time of the steps, in hours.
    pub hours: f64,
    /// What it ran on.
    pub device: String,
    /// Anything else a reader should know.
    pub notes: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(manifest: &str) -> Contents {
        Contents {
            metadata: [(KEY.to_owned(), manifest.to_owned())].into(),
            ..Contents::default()
        }
    }

    #[test]
    fn manifests_of_all_codecs_are_read_by_one_type() {
        let manifest = Manifest {
            id: "toy-small-v1".to_owned(),
            codec: "toy".to_owned(),
            config: vec![3, 4],
            training: TrainingRecord::default(),
        };
        let metadata = manifest.to_metadata().unwrap();
        let found = contents(&metadata[KEY]);
        assert_eq!(found.manifest::<Vec<i32>>("toy").unwrap(), manifest);
        let error = found.manifest::<Vec<i32>>("other").unwrap_err();
        assert!(error.to_string().contains("'toy'"), "{error}");
        assert!(found.manifest::<String>("toy").is_err());
        let head: ManifestHead = parse(found.metadata.get(KEY)).unwrap();
        assert_eq!(head.config, Some(serde_json::json!([3, 4])));
    }

    #[test]
    fn a_codec_without_shape_has_no_config() {
        let old = contents(r#"{"id": "toy-v1", "codec": "toy", "training": {}}"#);
        assert_eq!(old.manifest::<Option<()>>("toy").unwrap().config, None);
        assert!(old.manifest::<Vec<i32>>("toy").is_err());
        let again = old.manifest::<Option<()>>("toy").unwrap().to_metadata().unwrap();
        assert!(!again[KEY].contains("config"), "{again:?}");
        assert!(contents("{").manifest::<Option<()>>("toy").is_err());
        assert!(Contents::default().manifest::<Option<()>>("toy").is_err());
    }
}
