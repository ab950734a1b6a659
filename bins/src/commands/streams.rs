//! What reports say of streams of images, whatever their codec.

use anyhow::{Context, Result};
use lmc_codec::codecs::{Fields, Registry, Row, Value};
use lmc_codec::{Header, Media};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// What a codec says of a stream, by name and in its order.
#[derive(Debug, Default)]
pub(super) struct Details(pub(super) Fields);

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            match value {
                Value::Integer(value) => map.serialize_entry(name, value)?,
                Value::Number(value) => map.serialize_entry(name, value)?,
                Value::Text(text) => map.serialize_entry(name, text)?,
            }
        }
        map.end()
    }
}

/// The codec of a stream as the registry knows it.
///
/// # Errors
/// When it does not.
pub(super) fn row_of<'r>(registry: &'r Registry, header: &Header) -> Result<&'r Row> {
    let row = registry.find(header.codec);
    row.with_context(|| format!("{}: this program does not have it", header.codec))
}

/// What the codec block says.
///
/// # Errors
/// When the codec can't read it.
pub(super) fn details(row: &Row, header: &Header) -> Result<Details> {
    Ok(Details((row.describe)(&header.codec_block)?))
}

/// Bits per pixel: all bytes of the stream over the pixels of its image.
pub(super) fn bpp(header: &Header, bytes: u64) -> f64 {
    match &header.media {
        Media::Image(image) => bytes as f64 * 8.0 / (f64::from(image.width) * f64::from(image.height)),
        Media::Sound(_) | Media::Video(_) => 0.0,
    }
}
