//! What reports say of streams of images, whatever their codec.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use lmc_codec::codecs::{Registry, Row, Value};
use lmc_codec::{Header, Media};

/// What a codec says of a stream, by name.
pub(super) type Details = BTreeMap<&'static str, serde_json::Value>;

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
    let fields = (row.describe)(&header.codec_block)?;
    Ok(fields.into_iter().map(|(name, value)| (name, json(value))).collect())
}

fn json(value: Value) -> serde_json::Value {
    match value {
        Value::Integer(value) => value.into(),
        Value::Number(value) => value.into(),
        Value::Text(text) => text.into(),
    }
}

/// Bits per pixel: all bytes of the stream over the pixels of its image.
pub(super) fn bpp(header: &Header, bytes: u64) -> f64 {
    match &header.media {
        Media::Image(image) => bytes as f64 * 8.0 / (f64::from(image.width) * f64::from(image.height)),
        Media::Sound(_) | Media::Video(_) => 0.0,
    }
}
