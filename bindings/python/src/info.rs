//! What a stream holds, as a dictionary.

use lmc::codec::codecs::Value;
use lmc::{Color, Header, Limits, Media, Models};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::error::raised;

/// What bytes begin: `image`, `sound`, `video`, or nothing.
#[pyfunction]
pub(crate) fn media(data: &[u8]) -> Option<&'static str> {
    Header::media_kind(data).ok().map(|kind| kind.name())
}

/// The fast paths on this machine.
#[pyfunction]
pub(crate) fn fast_paths() -> Vec<&'static str> {
    lmc::fast_paths()
}

/// Reads through a stream without decoding it.
#[pyfunction]
pub(crate) fn info<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let found = py.detach(|| lmc::info(data, &Limits::default())).map_err(raised)?;
    let (dict, header) = (PyDict::new(py), &found.header);
    dict.set_item("media", header.media.kind().name())?;
    dict.set_item("bytes", found.stream_bytes)?;
    match &header.media {
        Media::Image(image) => {
            dict.set_item("width", image.width)?;
            dict.set_item("height", image.height)?;
            dict.set_item("color", color_name(image.color))?;
            dict.set_item("bits", image.depth.bits())?;
            dict.set_item("alpha", image.alpha)?;
            dict.set_item("tile_size", image.tile_size)?;
            dict.set_item("tiles", found.parts)?;
        }
        Media::Sound(sound) => {
            dict.set_item("rate", sound.rate)?;
            dict.set_item("channels", sound.channels)?;
            dict.set_item("samples", sound.samples)?;
            dict.set_item("seconds", sound.seconds())?;
            dict.set_item("packets", found.parts)?;
        }
        Media::Video(video) => {
            dict.set_item("width", video.format.width)?;
            dict.set_item("height", video.format.height)?;
            dict.set_item("frames", video.frames)?;
            dict.set_item("frame_rate", video.format.frame_rate.value())?;
            dict.set_item("chroma", video.format.chroma.name())?;
            dict.set_item("bits", video.format.depth)?;
            dict.set_item("samples", found.sound_samples)?;
        }
    }
    let row = Models::shared().registry().find(header.codec);
    dict.set_item("codec", row.map(|row| row.name))?;
    let unnamed = header.model.0 == [0; 16];
    dict.set_item("model", (!unnamed).then(|| header.model.to_string()))?;
    if let Some(fields) = row
        .map(|row| (row.describe)(&header.codec_block))
        .transpose()
        .map_err(raised)?
    {
        for (name, value) in fields {
            match value {
                Value::Integer(value) => dict.set_item(name, value)?,
                Value::Number(value) => dict.set_item(name, value)?,
                Value::Text(text) => dict.set_item(name, text)?,
            }
        }
    }
    let metadata = &found.metadata;
    for (name, bytes) in [("icc", &metadata.icc), ("exif", &metadata.exif), ("xmp", &metadata.xmp)] {
        dict.set_item(name, bytes.as_deref())?;
    }
    let tags: Vec<(&str, &str)> = metadata.tags.entries().map(|(key, text)| (key.name(), text)).collect();
    dict.set_item("tags", PyList::new(py, tags)?)?;
    dict.set_item("damage", found.damage.lines(&header.media).collect::<Vec<_>>())?;
    Ok(dict)
}

fn color_name(color: Color) -> &'static str {
    match color {
        Color::Gray => "gray",
        Color::Rgb => "rgb",
    }
}
