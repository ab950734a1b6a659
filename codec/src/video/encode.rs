//! Videos to streams: the encoder that programs use.

use std::io::{Seek, Write};
use std::sync::mpsc::sync_channel;

use super::options::{VideoBytes, VideoEncodeOptions, VideoStats};
use super::rate::RateControl;
use super::sound::{SoundInput, SoundPlan, SoundWriter};
use crate::codecs::frames::{EncodedFrame, FrameEncoder, VideoCodec};
use crate::container::{FrameHead, FrameIndex, Header, KeyFrame, Media, Metadata, StreamWriter, VideoMedia};
use crate::error::{CodecError, Result};
use crate::media::sound::SoundSource;
use crate::media::video::{FrameKind, VideoFormat, VideoFrame, VideoSource};
use crate::pipeline::StreamHash;
use crate::watch::Watch;

/// Frames that are read ahead of the encoder.
const READ_AHEAD: usize = 2;
/// Seconds by which the sound goes before the frames in the stream.
const SOUND_AHEAD: f64 = 0.5;
/// Samples of the sound that are read at a time.
const SOUND_PIECE: usize = 1 << 13;

/// Turns frames into a stream, one by one.
pub struct VideoEncoder<W> {
    encoder: Box<dyn FrameEncoder>,
    format: VideoFormat,
    interval: u32,
    writer: StreamWriter<W>,
    index: FrameIndex,
    /// Frames since the last key frame, that counted.
    since_key: u32,
    next: u32,
    last_ticks: u64,
    sound: Option<SoundWriter>,
    rate: Option<RateControl>,
    keys: u64,
    symbols: u64,
    hash: StreamHash,
    bytes: VideoBytes,
}

impl<W: Write> VideoEncoder<W> {
    /// Begins a stream whose header is written at once, so without the number of frames: for pipes. The sound is planned,
    /// and follows by [`push_sound`](Self::push_sound).
    pub(super) fn open(
        codec: &dyn VideoCodec,
        format: &VideoFormat,
        sound: Option<&SoundPlan>,
        options: &VideoEncodeOptions,
        out: W,
    ) -> Result<Self> {
        let writer = StreamWriter::new(out, &header(codec, format, options)?)?;
        Self::with_writer(codec, format, sound, options, writer)
    }

    fn with_writer(
        codec: &dyn VideoCodec,
        format: &VideoFormat,
        sound: Option<&SoundPlan>,
        options: &VideoEncodeOptions,
        mut writer: StreamWriter<W>,
    ) -> Result<Self> {
        let block = codec.block(&options.frames);
        let tags = options.tags.clone();
        writer.metadata(&Metadata {
            tags,
            ..Metadata::default()
        })?;
        let (quality, limits) = (options.sound_quality, &options.limits);
        let sound = sound
            .map(|plan| SoundWriter::new(plan, quality, limits, &mut writer))
            .transpose()?;
        Ok(Self {
            encoder: codec.encoder(format, &block, &options.frames)?,
            format: *format,
            interval: options.interval(format),
            writer,
            index: FrameIndex::default(),
            since_key: 0,
            next: 0,
            last_ticks: 0,
            sound,
            rate: options
                .bitrate
                .map(|bits| RateControl::new(bits, options.frames.quality)),
            keys: 0,
            symbols: 0,
            hash: StreamHash::default(),
            bytes: VideoBytes::default(),
        })
    }

    /// Takes the next frame; returns what it became.
    ///
    /// # Errors
    /// `Parameter` for a frame of another format and for times that do not ascend; `Model` when the codec fails; `Io`.
    pub fn push_frame(&mut self, frame: &VideoFrame) -> Result<FrameKind> {
        let ticks = self.ticks_of(frame)?;
        let encoded = self.encode(frame)?;
        let offset = self.writer.bytes();
        let kind = encoded.kind;
        let head = FrameHead {
            kind,
            ticks: self.format.timebase.map(|_| ticks),
        };
        let bytes = self
            .writer
            .part(self.next, encoded.checksum, &head.join(&encoded.bytes)?)?;
        if kind == FrameKind::Key {
            self.index.add(KeyFrame {
                frame: self.next,
                offset,
                ticks,
            });
            (self.keys, self.since_key) = (self.keys + 1, 0);
            self.bytes.keys += bytes;
        } else {
            self.bytes.predicted += bytes;
        }
        if let Some(rate) = &mut self.rate {
            rate.spend(bytes);
            rate.pass(self.format.frame_rate.inverse().value());
        }
        self.since_key += 1;
        self.symbols += encoded.symbols as u64;
        self.hash.add(encoded.symbol_hash);
        self.last_ticks = ticks;
        self.next = self.next.checked_add(1).ok_or_else(|| too_long("frames"))?;
        Ok(kind)
    }

    /// The time of a frame.
    fn ticks_of(&self, frame: &VideoFrame) -> Result<u64> {
        match self.format.timebase {
            None => Ok(u64::from(self.next)),
            Some(_) if self.next > 0 && frame.ticks <= self.last_ticks => Err(CodecError::Parameter(format!(
                "frame {} at {} ticks follows one at {}",
                self.next, frame.ticks, self.last_ticks
            ))),
            Some(_) => Ok(frame.ticks),
        }
    }

    fn encode(&mut self, frame: &VideoFrame) -> Result<EncodedFrame> {
        let ends_early = self.rate.as_ref().is_some_and(RateControl::ends_early);
        let kind = if self.next == 0 || self.since_key >= self.interval || ends_early {
            FrameKind::Key
        } else {
            FrameKind::Predicted
        };
        let quality = self
            .rate
            .as_mut()
            .filter(|_| kind == FrameKind::Key)
            .and_then(RateControl::next_run);
        if let Some(quality) = quality {
            self.encoder.set_quality(quality);
        }
        self.encoder
            .encode(frame, kind)
            .map_err(|error| CodecError::model("coding of a frame", error))
    }

    /// Takes the next samples of all channels of the sound in turn; best those of the time of the frames, and a little
    /// before them.
    ///
    /// # Errors
    /// `Parameter` without a sound and for a number of samples that is no multiple of the channels; as
    /// [`push_frame`](Self::push_frame).
    pub fn push_sound(&mut self, samples: &[f32]) -> Result<()> {
        let Some(sound) = &mut self.sound else {
            return Err(CodecError::Parameter("the video has no sound".into()));
        };
        let bytes = sound.push(samples, &mut self.writer)?;
        if let Some(rate) = &mut self.rate {
            rate.spend(bytes);
        }
        Ok(())
    }

    /// Seconds of the video up to which the sound was taken; `None` without one.
    fn sound_seconds(&self) -> Option<f64> {
        self.sound.as_ref().map(SoundWriter::seconds)
    }

    /// The last packets of the sound, and the index.
    fn close(&mut self) -> Result<()> {
        if self.next == 0 {
            return Err(CodecError::Parameter("the video has no frames".into()));
        }
        if let Some(sound) = &mut self.sound {
            sound.finish(&mut self.writer)?;
        }
        self.index.frames = u64::from(self.next);
        self.index.samples = self.sound.as_ref().map(SoundWriter::samples);
        self.writer.index(&self.index).map(drop)
    }

    fn stats(&self, total: u64) -> VideoStats {
        let seconds = self.format.seconds(self.last_ticks + self.format.frame_ticks());
        VideoStats {
            frames: u64::from(self.next),
            keys: self.keys,
            seconds,
            symbols: self.symbols,
            symbol_hash: self.hash.finish(),
            samples: self.sound.as_ref().map_or(0, SoundWriter::samples),
            bytes: VideoBytes {
                total,
                sound: self.sound.as_ref().map_or(0, SoundWriter::bytes),
                ..self.bytes
            },
            kbps: total as f64 * 8.0 / 1000.0 / seconds.max(f64::MIN_POSITIVE),
        }
    }

    /// Ends a stream of a pipe; returns what it was written to.
    fn finish_open(mut self) -> Result<(W, VideoStats)> {
        self.close()?;
        let stats = self.stats(0);
        let (out, total) = self.writer.finish()?;
        Ok((out, with_total(stats, total)))
    }
}

impl<W: Write + Seek> VideoEncoder<W> {
    /// Begins a stream without a sound. The header is written last, so an unfinished file is no stream.
    ///
    /// # Errors
    /// `Unsupported` for a format that the codec does not take, `Parameter` for one that breaks its rules, `Limit`, `Io`.
    pub fn new(codec: &dyn VideoCodec, format: &VideoFormat, options: &VideoEncodeOptions, out: W) -> Result<Self> {
        Self::deferred(codec, format, None, options, out)
    }

    pub(super) fn deferred(
        codec: &dyn VideoCodec,
        format: &VideoFormat,
        sound: Option<&SoundPlan>,
        options: &VideoEncodeOptions,
        out: W,
    ) -> Result<Self> {
        let writer = StreamWriter::deferred(out, &header(codec, format, options)?)?;
        Self::with_writer(codec, format, sound, options, writer)
    }

    /// Ends the stream; returns what it was written to, and what it consists of.
    ///
    /// # Errors
    /// `Parameter` without frames; as [`push_frame`](Self::push_frame).
    pub fn finish(mut self) -> Result<(W, VideoStats)> {
        self.close()?;
        let stats = self.stats(0);
        self.writer.set_sound_length(stats.samples);
        let (format, frames) = (self.format, Some(stats.frames));
        let (out, total) = self.writer.finish_with(Media::Video(VideoMedia { format, frames }))?;
        Ok((out, with_total(stats, total)))
    }
}

fn with_total(stats: VideoStats, total: u64) -> VideoStats {
    VideoStats {
        bytes: VideoBytes { total, ..stats.bytes },
        kbps: total as f64 * 8.0 / 1000.0 / stats.seconds.max(f64::MIN_POSITIVE),
        ..stats
    }
}

fn too_long(what: &str) -> CodecError {
    CodecError::Parameter(format!("the video has more {what} than can be counted"))
}

/// The header of a video whose length is not known yet.
fn header(codec: &dyn VideoCodec, format: &VideoFormat, options: &VideoEncodeOptions) -> Result<Header> {
    format.check()?;
    options.limits.check_size(format.width, format.height)?;
    codec.check(format)?;
    Ok(Header {
        codec: codec.id(),
        model: codec.model(),
        media: Media::Video(VideoMedia {
            format: *format,
            frames: None,
        }),
        codec_block: codec.block(&options.frames),
    })
}

/// Encodes a whole source with its sound into a file. Frames are read on a thread of their own; `watch` sees the frames
/// that are done, and those of all the source or 0.
///
/// # Errors
/// Those of the sources and of [`VideoEncoder`]; `Cancelled`.
pub fn encode_video<W: Write + Seek>(
    codec: &dyn VideoCodec,
    source: &mut (dyn VideoSource + Send),
    sound: Option<SoundInput<'_>>,
    options: &VideoEncodeOptions,
    out: W,
    watch: &mut dyn Watch,
) -> Result<(W, VideoStats)> {
    let plan = sound.as_ref().map(SoundInput::plan);
    let encoder = VideoEncoder::deferred(codec, source.format(), plan.as_ref(), options, out)?;
    filled(encoder, source, sound, watch)?.finish()
}

/// The same into a pipe: the header does not tell the number of frames.
///
/// # Errors
/// As [`encode_video`].
pub fn encode_video_to_pipe<W: Write>(
    codec: &dyn VideoCodec,
    source: &mut (dyn VideoSource + Send),
    sound: Option<SoundInput<'_>>,
    options: &VideoEncodeOptions,
    out: W,
    watch: &mut dyn Watch,
) -> Result<(W, VideoStats)> {
    let plan = sound.as_ref().map(SoundInput::plan);
    let encoder = VideoEncoder::open(codec, source.format(), plan.as_ref(), options, out)?;
    filled(encoder, source, sound, watch)?.finish_open()
}

/// An encoder that took all of the sources.
fn filled<W: Write>(
    mut encoder: VideoEncoder<W>,
    source: &mut (dyn VideoSource + Send),
    mut sound: Option<SoundInput<'_>>,
    watch: &mut dyn Watch,
) -> Result<VideoEncoder<W>> {
    fill(&mut encoder, source, sound.as_mut(), watch)?;
    Ok(encoder)
}

/// Encodes all frames, and the sound a little before them.
fn fill<W: Write>(
    encoder: &mut VideoEncoder<W>,
    source: &mut (dyn VideoSource + Send),
    mut sound: Option<&mut SoundInput<'_>>,
    watch: &mut dyn Watch,
) -> Result<()> {
    let total = source.frames().unwrap_or(0);
    std::thread::scope(|scope| {
        let (send, frames) = sync_channel(READ_AHEAD);
        scope.spawn(move || {
            while let Some(frame) = source.read().transpose() {
                let failed = frame.is_err();
                // Nobody takes frames any more when the encoder failed.
                if send.send(frame).is_err() || failed {
                    break;
                }
            }
        });
        let mut done = 0;
        for frame in &frames {
            let frame = frame?;
            if let Some(sound) = &mut sound {
                take_sound(encoder, sound.source, encoder.format.seconds(frame.ticks) + SOUND_AHEAD)?;
            }
            encoder.push_frame(&frame)?;
            done += 1;
            watch.progress(done, total.max(done));
            if watch.cancelled() {
                return Err(CodecError::Cancelled);
            }
        }
        Ok(())
    })?;
    match sound {
        Some(sound) => take_sound(encoder, sound.source, f64::INFINITY),
        None => Ok(()),
    }
}

/// Takes the sound up to a time in seconds.
fn take_sound<W: Write>(encoder: &mut VideoEncoder<W>, source: &mut dyn SoundSource, until: f64) -> Result<()> {
    let mut samples = Vec::new();
    while encoder.sound_seconds().is_some_and(|seconds| seconds < until) {
        samples.clear();
        if source.read(&mut samples, SOUND_PIECE)? == 0 {
            break;
        }
        encoder.push_sound(&samples)?;
    }
    Ok(())
}
