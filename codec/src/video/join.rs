//! Joins streams of one format, one after the other, without decoding a frame.

use std::io::{Read, Seek, Write};
use std::sync::Arc;

use super::list::list_frames;
use super::media_of;
use super::sound::{SoundPlan, SoundWriter, VideoSound};
use crate::codecs::sound::SoundCodec;
use crate::container::{
    FrameHead, FrameIndex, Header, KeyFrame, Media, Mode, Part, PartKind, StreamReader, StreamWriter, VideoMedia, info,
};
use crate::error::{CodecError, Result};
use crate::limits::Limits;
use crate::media::sound::SoundSource;
use crate::media::video::{FrameKind, VideoFormat};

/// Samples of the sound that are read at a time.
const SOUND_PIECE: usize = 1 << 13;

/// What streams became.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JoinStats {
    /// The number of frames.
    pub frames: u64,
    /// Length in seconds.
    pub seconds: f64,
    /// Samples of each channel of the sound, which was coded anew.
    pub samples: u64,
    /// Bytes of the new stream.
    pub bytes: u64,
}

/// Opens one of the streams to be joined, any number of times.
pub type Opener<'a, R> = &'a mut dyn FnMut() -> Result<R>;

/// One of the streams.
struct Input {
    frames: u64,
    /// The time from its first frame to the first of the next stream.
    ticks: u64,
    samples: Option<u64>,
}

/// Writes the frames of all streams, as they are. The sounds are cut or filled with silence to the length of their
/// videos and coded anew, by `sound`: packets can't begin at the sample where another stream ends.
///
/// # Errors
/// `Parameter` for streams that do not fit together, and for a sound without a codec for it; `Malformed` for damage; as
/// [`StreamReader::new`]; `Io`.
pub fn join_videos<R: Read, W: Write + Seek>(
    inputs: &mut [Opener<'_, R>],
    sound: Option<&Arc<dyn SoundCodec>>,
    limits: &Limits,
    out: W,
) -> Result<(W, JoinStats)> {
    let (header, known) = survey(inputs, limits)?;
    let format = media_of(&header)?.format;
    let media = VideoMedia { format, frames: None };
    let mut writer = StreamWriter::deferred(
        out,
        &Header {
            media: Media::Video(media),
            ..header.clone()
        },
    )?;
    let mut joiner = Joiner {
        format,
        index: FrameIndex::default(),
        next: 0,
        ticks: 0,
        sound: None,
    };
    for (at, (open, input)) in inputs.iter_mut().zip(&known).enumerate() {
        let reader = StreamReader::new(open()?, limits, Mode::Strict)?;
        if at == 0 {
            writer.metadata(reader.metadata())?;
            for payload in reader.codec_segments() {
                writer.codec(payload)?;
            }
            joiner.begin_sound(input.samples, sound, open, limits, &mut writer)?;
        }
        let track = match (input.samples, sound) {
            (Some(samples), Some(codec)) => {
                let stream = StreamReader::new(open()?, limits, Mode::Strict)?;
                Some(VideoSound::new(Arc::clone(codec), stream, samples)?)
            }
            _ => None,
        };
        joiner.take(reader, track, input, &mut writer)?;
    }
    joiner.finish(writer)
}

/// Reads through all streams; returns the header of the first.
fn survey<R: Read>(inputs: &mut [Opener<'_, R>], limits: &Limits) -> Result<(Header, Vec<Input>)> {
    let mut known = Vec::new();
    let mut first: Option<(Header, Option<Header>)> = None;
    for (at, open) in inputs.iter_mut().enumerate() {
        let found = info(open()?, limits)?;
        let track = found.track.as_ref().map(|track| track.with_samples(0).header().clone());
        let (header, sound) = first.get_or_insert_with(|| (found.header.clone(), track.clone()));
        let same = header.codec == found.header.codec
            && header.model == found.header.model
            && header.codec_block == found.header.codec_block
            && media_of(header)?.format == media_of(&found.header)?.format
            && *sound == track;
        if !same {
            let reason = format!("stream {} differs from the first in codec, format or sound", at + 1);
            return Err(CodecError::Parameter(reason));
        }
        known.push(measured(open, found.sound_samples, limits)?);
    }
    let (header, _) = first.ok_or_else(|| CodecError::Parameter("there is nothing to join".into()))?;
    Ok((header, known))
}

fn measured<R: Read>(open: &mut dyn FnMut() -> Result<R>, samples: Option<u64>, limits: &Limits) -> Result<Input> {
    let mut reader = StreamReader::new(open()?, limits, Mode::Strict)?;
    let format = media_of(reader.header())?.format;
    let (mut frames, mut last) = (0, 0);
    list_frames(&mut reader, &mut |frame| {
        if frames == 0 && frame.kind != FrameKind::Key {
            return Err(CodecError::malformed(0, "the first frame is no key frame"));
        }
        (frames, last) = (frames + 1, frame.ticks);
        Ok(())
    })?;
    let ticks = last + format.frame_ticks();
    Ok(Input { frames, ticks, samples })
}

/// Appends streams.
struct Joiner {
    format: VideoFormat,
    index: FrameIndex,
    next: u32,
    /// Time of the first frame of this stream.
    ticks: u64,
    sound: Option<SoundWriter>,
}

impl Joiner {
    fn begin_sound<R: Read, W: Write>(
        &mut self,
        samples: Option<u64>,
        codec: Option<&Arc<dyn SoundCodec>>,
        open: &mut dyn FnMut() -> Result<R>,
        limits: &Limits,
        writer: &mut StreamWriter<W>,
    ) -> Result<()> {
        let Some(samples) = samples else { return Ok(()) };
        let codec = codec.ok_or_else(|| CodecError::Parameter("the sound needs its codec".into()))?;
        let reader = StreamReader::new(open()?, limits, Mode::Strict)?;
        let quality = match reader.track() {
            Some(track) => codec.quality(&track.header().codec_block)?,
            None => return Ok(()),
        };
        let source = VideoSound::new(Arc::clone(codec), reader, samples)?;
        let plan = SoundPlan {
            codec: Arc::clone(codec),
            spec: source.spec(),
            channel_mask: source.channel_mask(),
            offset: 0,
        };
        self.sound = Some(SoundWriter::new(&plan, quality, limits, writer)?);
        Ok(())
    }

    /// Appends one stream: its frames, and beside them its sound.
    fn take<R: Read, W: Write>(
        &mut self,
        mut reader: StreamReader<R>,
        mut track: Option<VideoSound<R>>,
        input: &Input,
        writer: &mut StreamWriter<W>,
    ) -> Result<()> {
        let end = self.ticks + input.ticks;
        let mut done = 0;
        while let Some(part) = reader.next_part()? {
            if part.kind != PartKind::Symbols {
                continue;
            }
            let ticks = self.copy(&part, writer)?;
            done += 1;
            let until = if done == input.frames { end } else { ticks };
            self.take_sound(track.as_mut(), until, writer)?;
        }
        self.ticks = end;
        Ok(())
    }

    /// Writes a frame; returns its time.
    fn copy<W: Write>(&mut self, part: &Part, writer: &mut StreamWriter<W>) -> Result<u64> {
        let (head, coded) = FrameHead::split(&part.bytes, &self.format, part.offset)?;
        let ticks = self.ticks + head.ticks.unwrap_or(u64::from(part.index));
        let offset = writer.bytes();
        let head = FrameHead {
            ticks: head.ticks.map(|_| ticks),
            ..head
        };
        writer.part(self.next, part.checksum, &head.join(coded)?)?;
        if head.kind == FrameKind::Key {
            self.index.add(KeyFrame {
                frame: self.next,
                offset,
                ticks,
            });
        }
        let too_long = || CodecError::Parameter("the video has more frames than can be counted".into());
        self.next = self.next.checked_add(1).ok_or_else(too_long)?;
        Ok(ticks)
    }

    /// Takes the sound up to a time: silence where a stream has no more.
    fn take_sound<R: Read, W: Write>(
        &mut self,
        mut track: Option<&mut VideoSound<R>>,
        until: u64,
        writer: &mut StreamWriter<W>,
    ) -> Result<()> {
        let Some(sound) = &mut self.sound else { return Ok(()) };
        let (tick, spec) = (self.format.tick(), sound.spec());
        let wanted = u128::from(until) * u128::from(tick.numerator) * u128::from(spec.rate);
        let wanted = (wanted / u128::from(tick.denominator.max(1))) as u64;
        while sound.samples() < wanted {
            let count = (wanted - sound.samples()).min(SOUND_PIECE as u64) as usize;
            let mut samples = Vec::new();
            let read = match &mut track {
                Some(track) => track.read(&mut samples, count)?,
                None => 0,
            };
            if read == 0 {
                samples.resize(count * usize::from(spec.channels), 0.0);
            }
            sound.push(&samples, writer)?;
        }
        Ok(())
    }

    fn finish<W: Write + Seek>(mut self, mut writer: StreamWriter<W>) -> Result<(W, JoinStats)> {
        if let Some(sound) = &mut self.sound {
            sound.finish(&mut writer)?;
        }
        let (frames, format) = (u64::from(self.next), self.format);
        let samples = self.sound.as_ref().map(SoundWriter::samples);
        self.index.frames = frames;
        self.index.samples = samples;
        writer.index(&self.index)?;
        writer.set_sound_length(samples.unwrap_or(0));
        let media = Media::Video(VideoMedia {
            format,
            frames: Some(frames),
        });
        let (out, bytes) = writer.finish_with(media)?;
        let seconds = format.seconds(self.ticks);
        Ok((
            out,
            JoinStats {
                frames,
                seconds,
                samples: samples.unwrap_or(0),
                bytes,
            },
        ))
    }
}
