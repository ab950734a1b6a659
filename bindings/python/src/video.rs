//! Videos, frame by frame: samples in one byte, or in two in the order of the machine's bytes.

use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use lmc::{
    DecodeOptions, Error, FrameKind, Limits, Media, Models, Samples, Shown, SoundSource, Threads, VideoDecoder,
    VideoFormat, image_of, open_with,
};
use pyo3::prelude::*;
use pyo3::types::PyByteArray;

use crate::error::{raised, wrong};

/// Samples of a sound that are decoded at a time.
const PIECE: usize = 1 << 14;

type Bytes = Cursor<Arc<[u8]>>;

/// A video whose frames are decoded one after the other.
#[pyclass(frozen, module = "lmc._native")]
pub(crate) struct Video {
    stream: Arc<[u8]>,
    options: DecodeOptions,
    threads: Threads,
    format: VideoFormat,
    frames: Option<u64>,
    has_sound: bool,
    decoder: Mutex<VideoDecoder<Bytes>>,
}

/// A frame that was decoded.
#[pyclass(frozen, module = "lmc._native")]
pub(crate) struct Frame {
    shown: Shown,
    format: VideoFormat,
}

#[pymethods]
impl Video {
    #[new]
    fn new(py: Python<'_>, data: &[u8], threads: usize, conceal: bool) -> PyResult<Self> {
        let options = DecodeOptions::default().with_limits(Limits::default()).with_conceal(conceal);
        let stream: Arc<[u8]> = data.into();
        py.detach(|| Self::open(stream, options, Threads::new(threads)?)).map_err(raised)
    }

    /// Width and height in pixels.
    #[getter]
    fn size(&self) -> (u32, u32) {
        (self.format.width, self.format.height)
    }

    /// Frames in all, where the stream tells.
    #[getter]
    fn frames(&self) -> Option<u64> {
        self.frames
    }

    /// Frames a second, as a fraction.
    #[getter]
    fn frame_rate(&self) -> (u32, u32) {
        (self.format.frame_rate.numerator, self.format.frame_rate.denominator)
    }

    /// Such as `4:2:0`.
    #[getter]
    fn chroma(&self) -> &'static str {
        self.format.chroma.name()
    }

    /// Bits of a sample.
    #[getter]
    fn bits(&self) -> u8 {
        self.format.depth
    }

    /// Whether there is a sound beside the frames.
    #[getter]
    fn has_sound(&self) -> bool {
        self.has_sound
    }

    /// The next frame; nothing behind the last.
    fn next_frame(&self, py: Python<'_>) -> PyResult<Option<Frame>> {
        let next = || {
            let mut guard = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
            // The guard stays with this thread; others may use what it guards.
            let decoder = &mut *guard;
            self.threads.run(|| decoder.next_frame())
        };
        let shown = py.detach(next).map_err(raised)?;
        let format = self.format;
        Ok(shown.map(|shown| Frame { shown, format }))
    }

    /// What was damaged and concealed so far.
    fn damage(&self, py: Python<'_>) -> Vec<String> {
        py.detach(|| {
            let decoder = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
            decoder.damage().lines(&decoder.header().media).collect()
        })
    }

    /// Samples, channels and rate of the sound, which begins with the first frame.
    fn sound(&self, py: Python<'_>) -> PyResult<(Py<PyByteArray>, u16, u32)> {
        let (samples, channels, rate) = py.detach(|| self.threads.run(|| self.samples())).map_err(raised)?;
        let bytes = PyByteArray::new_with(py, samples.len() * 4, |out| {
            let out = out.as_chunks_mut::<4>().0.iter_mut();
            out.zip(&samples).for_each(|(to, sample)| *to = sample.to_ne_bytes());
            Ok(())
        })?;
        Ok((bytes.unbind(), channels, rate))
    }
}

impl Video {
    fn open(stream: Arc<[u8]>, options: DecodeOptions, threads: Threads) -> lmc::Result<Self> {
        let opened = open_with(Cursor::new(Arc::clone(&stream)), Models::shared(), options.clone())?;
        let Media::Video(media) = opened.header().media.clone() else {
            let reason = format!("the stream holds a {} and no video", opened.kind().name());
            return Err(Error::Parameter(reason));
        };
        let has_sound = opened.track().is_some();
        Ok(Self {
            decoder: Mutex::new(threads.run(|| opened.video())?),
            format: media.format,
            frames: media.frames,
            stream,
            options,
            threads,
            has_sound,
        })
    }

    /// The sound: the stream is read a second time.
    fn samples(&self) -> lmc::Result<(Vec<f32>, u16, u32)> {
        let stream = || Cursor::new(Arc::clone(&self.stream));
        let found = lmc::info(stream(), &self.options.limits)?;
        let opened = open_with(stream(), Models::shared(), self.options.clone())?;
        let mut sound = opened.video_sound(found.sound_samples.unwrap_or(0))?;
        let mut samples = Vec::new();
        while sound.read(&mut samples, PIECE)? > 0 {}
        let spec = sound.spec();
        Ok((samples, spec.channels, spec.rate))
    }
}

#[pymethods]
impl Frame {
    /// `key`, `predicted`, or `lost` where damage is concealed.
    #[getter]
    fn kind(&self) -> &'static str {
        self.shown.kind.map_or("lost", FrameKind::name)
    }

    /// Its number, from 0.
    #[getter]
    fn index(&self) -> u64 {
        self.shown.index
    }

    /// When it is shown, in seconds.
    #[getter]
    fn seconds(&self) -> f64 {
        self.format.seconds(self.shown.frame.ticks)
    }

    /// The samples of a plane, with its rows and columns.
    fn plane(&self, py: Python<'_>, index: usize) -> PyResult<(Py<PyByteArray>, usize, usize)> {
        let plane = self.shown.frame.planes().get(index);
        let plane = plane.ok_or_else(|| wrong(format!("there is no plane {index}")))?;
        let [width, height] = self.format.plane_size(index);
        let bytes = match self.format.depth {
            8 => filled(py, plane.iter().map(|&sample| [sample as u8])),
            _ => filled(py, plane.iter().map(|sample| sample.to_ne_bytes())),
        };
        Ok((bytes?, height, width))
    }

    /// How many planes there are: luma and both colour differences, or luma alone.
    #[getter]
    fn planes(&self) -> usize {
        self.shown.frame.planes().len()
    }

    /// Pixels, gray or red, green and blue, with their rows, columns, channels and bits.
    fn pixels(&self, py: Python<'_>) -> PyResult<(Py<PyByteArray>, u32, u32, usize, u32)> {
        let image = py.detach(|| image_of(&self.shown.frame, &self.format)).map_err(raised)?;
        let (bytes, bits) = match image.samples() {
            Samples::U8(samples) => (filled(py, samples.iter().map(|&sample| [sample])), 8),
            Samples::U16(samples) => (filled(py, samples.iter().map(|sample| sample.to_ne_bytes())), 16),
        };
        Ok((bytes?, image.height(), image.width(), image.color().channels(), bits))
    }
}

/// Samples of `N` bytes.
fn filled<const N: usize>(
    py: Python<'_>,
    samples: impl ExactSizeIterator<Item = [u8; N]>,
) -> PyResult<Py<PyByteArray>> {
    let bytes = PyByteArray::new_with(py, samples.len() * N, |out| {
        let out = out.as_chunks_mut::<N>().0.iter_mut();
        out.zip(samples).for_each(|(to, sample)| *to = sample);
        Ok(())
    })?;
    Ok(bytes.unbind())
}
