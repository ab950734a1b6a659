//! The JSON header of a weights file.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{CodecError, Result};

/// The key of the texts, which no tensor can have.
const METADATA: &str = "__metadata__";

/// Type, shape and place of a tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) dtype: String,
    pub(super) shape: Vec<usize>,
    /// Begin and end in the data.
    pub(super) data_offsets: [usize; 2],
}

/// All of the header; no name comes twice.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Header {
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) entries: Vec<(String, Entry)>,
}

impl Header {
    /// The texts first, then the tensors in their order.
    pub(super) fn to_json(&self) -> Result<String> {
        let mut parts = Vec::with_capacity(self.entries.len() + 1);
        if !self.metadata.is_empty() {
            parts.push(format!("{}:{}", json(METADATA)?, json(&self.metadata)?));
        }
        for (name, entry) in &self.entries {
            parts.push(format!("{}:{}", json(name)?, json(entry)?));
        }
        Ok(format!("{{{}}}", parts.join(",")))
    }
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| CodecError::Weights(format!("the header: {error}")))
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tensors by name")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Header, M::Error> {
        let mut header = Header::default();
        let mut names = std::collections::BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(M::Error::custom(format_args!("{name} comes twice")));
            }
            if name == METADATA {
                header.metadata = map.next_value()?;
            } else {
                header.entries.push((name, map.next_value()?));
            }
        }
        Ok(header)
    }
}
