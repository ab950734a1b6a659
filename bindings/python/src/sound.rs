//! Sounds as 32-bit floats in the order of the machine's bytes, those of all channels in turn.

use std::io::Cursor;

use lmc::codec::container::TagKey;
use lmc::codec::sound::{Tags, encode_sound as encode};
use lmc::{
    DecodeOptions, Error, Limits, Models, Quality, SampleFormat, Sound, SoundEncodeOptions, SoundSpec, Threads, Tune,
    Unwatched, open_with,
};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};

use crate::error::raised;

/// Samples, channels, rate, tags, and what was concealed.
type Decoded = (Py<PyByteArray>, u16, u32, Vec<(String, String)>, Vec<String>);

/// Decodes a whole sound.
#[pyfunction]
#[pyo3(signature = (data, threads, conceal, max_samples))]
pub(crate) fn decode_sound(
    py: Python<'_>,
    data: &[u8],
    threads: usize,
    conceal: bool,
    max_samples: Option<u64>,
) -> PyResult<Decoded> {
    let mut limits = Limits::default();
    limits.max_samples = max_samples.unwrap_or(limits.max_samples);
    let options = DecodeOptions::default().with_limits(limits).with_conceal(conceal);
    let decoded = py.detach(|| {
        let threads = Threads::new(threads)?;
        threads.run(|| {
            let stream = open_with(data, Models::shared(), options)?;
            let (media, output) = (stream.header().media.clone(), stream.decode(&mut Unwatched)?);
            let damage: Vec<String> = output.damage().lines(&media).collect();
            Ok((output.sound()?, damage))
        })
    });
    let (sound, damage) = decoded.map_err(raised)?;
    let tags = lmc::SoundSource::tags(&sound).entries();
    let tags = tags
        .map(|(key, text)| (key.name().to_owned(), text.to_owned()))
        .collect();
    let spec = lmc::SoundSource::spec(&sound);
    let samples = sound.samples();
    let bytes = PyByteArray::new_with(py, samples.len() * 4, |out| {
        let out = out.as_chunks_mut::<4>().0.iter_mut();
        out.zip(samples).for_each(|(to, sample)| *to = sample.to_ne_bytes());
        Ok(())
    })?;
    Ok((bytes.unbind(), spec.channels, spec.rate, tags, damage))
}

/// Encodes a whole sound.
#[pyfunction]
#[pyo3(signature = (samples, channels, rate, codec, quality, tags, threads))]
#[expect(clippy::too_many_arguments, reason = "the Python half gives them names")]
pub(crate) fn encode_sound(
    py: Python<'_>,
    samples: &[u8],
    channels: u16,
    rate: u32,
    codec: &str,
    quality: f32,
    tags: Vec<(String, String)>,
    threads: usize,
) -> PyResult<Py<PyBytes>> {
    let work = || {
        let samples = samples
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_ne_bytes(*bytes));
        let format = SampleFormat::Float32;
        let sound = Sound::new(SoundSpec { rate, channels, format }, samples.collect())?;
        let mut source = sound.with_tags(tags_of(&tags)?);
        let options = SoundEncodeOptions {
            quality: Quality::new(quality)?,
            ..SoundEncodeOptions::default()
        };
        let codec = Models::shared().for_encoding(codec, Tune::default())?.sound()?;
        let threads = Threads::new(threads)?;
        threads.run(|| {
            let (out, _) = encode(&codec, &mut source, &options, Cursor::new(Vec::new()), &mut |_| {})?;
            Ok(out.into_inner())
        })
    };
    let stream: Vec<u8> = py.detach(work).map_err(raised)?;
    Ok(PyBytes::new(py, &stream).unbind())
}

fn tags_of(pairs: &[(String, String)]) -> lmc::Result<Tags> {
    let mut tags = Tags::default();
    for (name, text) in pairs {
        if !tags.push(TagKey::of_name(name), text.as_str()) {
            return Err(Error::Parameter(format!(
                "the tag '{name}' does not fit: keys have 1 to 255 bytes"
            )));
        }
    }
    Ok(tags)
}
