//! Images as interleaved samples in the order of the machine's bytes.

use lmc::codec::ImageEncoder;
use lmc::{
    Color, DecodeOptions, Depth, EncodeOptions, Image, Limits, MaxError, Models, PixelBuffers, Quality, Rect, Samples,
    Scale, Threads, Tune, Unwatched, open_with,
};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};

use crate::error::{raised, wrong};

/// Samples, rows, columns, channels, bits, ICC profile, EXIF data, and what was concealed.
type Decoded = (
    Py<PyByteArray>,
    u32,
    u32,
    usize,
    u32,
    Option<Py<PyBytes>>,
    Option<Py<PyBytes>>,
    Vec<String>,
);

/// Decodes an image.
#[pyfunction]
#[pyo3(signature = (data, region, scale, threads, conceal, max_pixels))]
pub(crate) fn decode_image(
    py: Python<'_>,
    data: &[u8],
    region: Option<(u32, u32, u32, u32)>,
    scale: u32,
    threads: usize,
    conceal: bool,
    max_pixels: Option<u64>,
) -> PyResult<Decoded> {
    let mut limits = Limits::default();
    limits.max_pixels = max_pixels.unwrap_or(limits.max_pixels);
    let options = DecodeOptions::default()
        .with_limits(limits)
        .with_conceal(conceal)
        .with_region(region.map(|(x, y, width, height)| Rect { x, y, width, height }))
        .with_scale(scale_of(scale)?);
    let decoded = py.detach(|| {
        let threads = Threads::new(threads)?;
        threads.run(|| open_with(data, Models::shared(), options)?.image(&mut Unwatched))
    });
    let decoded = decoded.map_err(raised)?;
    let picture = &decoded.picture;
    let channels = picture.color().channels() + usize::from(picture.alpha().is_some());
    let bytes = |bytes: Option<&[u8]>| bytes.map(|bytes| PyBytes::new(py, bytes).unbind());
    let samples = match picture.interleaved().as_ref() {
        Samples::U8(samples) => PyByteArray::new(py, samples),
        Samples::U16(samples) => PyByteArray::new_with(py, samples.len() * 2, |out| {
            let out = out.as_chunks_mut::<2>().0.iter_mut();
            out.zip(samples).for_each(|(to, sample)| *to = sample.to_ne_bytes());
            Ok(())
        })?,
    };
    Ok((
        samples.unbind(),
        picture.height(),
        picture.width(),
        channels,
        picture.depth().bits(),
        bytes(picture.icc()),
        bytes(picture.exif()),
        decoded.damage.lines(&decoded.places).collect(),
    ))
}

fn scale_of(scale: u32) -> PyResult<Scale> {
    match scale {
        1 => Ok(Scale::Full),
        2 => Ok(Scale::Half),
        4 => Ok(Scale::Quarter),
        8 => Ok(Scale::Eighth),
        other => Err(wrong(format!("a scale of {other} is none of 1, 2, 4, 8"))),
    }
}

/// Encodes interleaved samples of `(rows, columns, channels)`.
#[pyfunction]
#[pyo3(signature = (samples, shape, bits, quality, tune, codec, max_error, tile_size, icc, exif, threads))]
#[expect(clippy::too_many_arguments, reason = "the Python half gives them names")]
pub(crate) fn encode_image(
    py: Python<'_>,
    samples: &[u8],
    shape: (u32, u32, usize),
    bits: u32,
    quality: f32,
    tune: &str,
    codec: Option<&str>,
    max_error: Option<u8>,
    tile_size: u32,
    icc: Option<Vec<u8>>,
    exif: Option<Vec<u8>>,
    threads: usize,
) -> PyResult<Py<PyBytes>> {
    let tune = match tune {
        "psnr" => Tune::Psnr,
        "perceptual" => Tune::Perceptual,
        other => return Err(wrong(format!("a tuning '{other}' is neither 'psnr' nor 'perceptual'"))),
    };
    let depth = match bits {
        8 => Depth::Eight,
        16 => Depth::Sixteen,
        other => return Err(wrong(format!("samples of {other} bits: there are 8 and 16"))),
    };
    let encode = || {
        let picture = image_of(samples, shape, depth)?.with_icc(icc).with_exif(exif);
        let mut options = EncodeOptions::default()
            .with_auto(true)
            .with_quality(Quality::new(quality)?)
            .with_max_error(max_error.map(MaxError::new).transpose()?)
            .with_tile_size(tile_size);
        if let Some(name) = codec {
            let row = Models::shared().registry().named(name);
            let row = row.ok_or_else(|| lmc::Error::Parameter(format!("there is no codec '{name}'")))?;
            options = options.with_codec(Some(row.id));
        }
        let codecs = Models::shared().codecs_for_images(tune)?;
        let threads = Threads::new(threads)?;
        threads.run(|| Ok(ImageEncoder::new(codecs, options).encode(&picture)?.bytes))
    };
    let stream: Vec<u8> = py.detach(encode).map_err(raised)?;
    Ok(PyBytes::new(py, &stream).unbind())
}

/// The image of interleaved samples: gray, gray and alpha, RGB, RGB and alpha.
fn image_of(bytes: &[u8], (height, width, channels): (u32, u32, usize), depth: Depth) -> lmc::Result<Image> {
    let (color, colors) = match channels {
        1 | 2 => (Color::Gray, 1),
        3 | 4 => (Color::Rgb, 3),
        other => return Err(lmc::Error::Parameter(format!("{other} channels: there may be 1 to 4"))),
    };
    let has_alpha = channels > colors;
    let (samples, alpha) = match depth {
        Depth::Eight => {
            let (colors, alpha) = split(bytes.iter().copied(), channels, colors);
            (Samples::U8(colors), Samples::U8(alpha))
        }
        Depth::Sixteen => {
            let samples = bytes.as_chunks::<2>().0.iter().map(|bytes| u16::from_ne_bytes(*bytes));
            let (colors, alpha) = split(samples, channels, colors);
            (Samples::U16(colors), Samples::U16(alpha))
        }
    };
    Image::new(width, height, color, samples, has_alpha.then_some(alpha))
}

/// Splits interleaved pixels into colours and alpha, by the number of channels and that of colours.
fn split<T>(samples: impl Iterator<Item = T>, channels: usize, colors: usize) -> (Vec<T>, Vec<T>) {
    let (mut color, mut alpha) = (Vec::new(), Vec::new());
    for (at, sample) in samples.enumerate() {
        match at % channels < colors {
            true => color.push(sample),
            false => alpha.push(sample),
        }
    }
    (color, alpha)
}
