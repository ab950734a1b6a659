//! Cuts a piece out of a stream, without decoding anything.

use std::io::{Read, Write};

use super::decode::Range;
use super::list::list_frames;
use super::media_of;
use crate::container::{
    FrameHead, FrameIndex, Header, KeyFrame, Media, Mode, Part, PartKind, SoundMedia, StreamReader, StreamWriter,
    Track, VideoMedia, info,
};
use crate::error::{CodecError, Result};
use crate::limits::Limits;
use crate::media::video::{FrameKind, VideoFormat};

/// What a cut takes of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct CutStats {
    /// The first frame: the last key frame at or before the start that was asked for.
    pub first: u32,
    /// The number of frames.
    pub frames: u64,
    /// The time of the first frame in the stream that was cut, in seconds.
    pub start_seconds: f64,
    /// Length in seconds.
    pub seconds: f64,
    /// Bytes of the new stream.
    pub bytes: u64,
}

/// Frames, times and packets of a cut.
#[derive(Debug, Clone)]
pub struct Cut {
    first: u32,
    frames: u64,
    start_ticks: u64,
    end_ticks: u64,
    format: VideoFormat,
    header: Header,
    track: Option<(Track, u64, u64)>,
}

impl Cut {
    /// Finds what a range takes of the stream that `open` opens: it begins with a key frame.
    ///
    /// # Errors
    /// `Parameter` for a range without frames; `Malformed` for damage; as [`StreamReader::new`].
    pub fn plan<R: Read>(open: &mut dyn FnMut() -> Result<R>, range: Range, limits: &Limits) -> Result<Self> {
        let mut reader = StreamReader::new(open()?, limits, Mode::Strict)?;
        let format = media_of(reader.header())?.format;
        let header = reader.header().clone();
        let (mut first, mut start_ticks, mut asked) = (0, 0, None);
        let (mut end, mut last_ticks) = (0, 0);
        list_frames(&mut reader, &mut |frame| {
            if frame.kind == FrameKind::Key && (frame.ticks <= range.start || frame.index == 0) {
                (first, start_ticks) = (frame.index, frame.ticks);
            }
            if frame.ticks >= range.start && range.end.is_none_or(|end| frame.ticks < end) {
                let asked = *asked.get_or_insert(frame.index);
                if range.frames.is_none_or(|most| u64::from(frame.index - asked) < most) {
                    (end, last_ticks) = (u64::from(frame.index) + 1, frame.ticks);
                }
            }
            Ok(())
        })?;
        if asked.is_none() || end == 0 {
            return Err(CodecError::Parameter("there are no frames in this range".into()));
        }
        let end_ticks = last_ticks + format.frame_ticks();
        let found = info(open()?, limits)?;
        let track = found.track.zip(found.sound_samples);
        let track = track.and_then(|(track, samples)| cut_track(&track, samples, &format, start_ticks, end_ticks));
        let frames = end - u64::from(first);
        Ok(Self {
            first,
            frames,
            start_ticks,
            end_ticks,
            format,
            header,
            track,
        })
    }

    fn header(&self) -> Header {
        let media = VideoMedia {
            format: self.format,
            frames: Some(self.frames),
        };
        Header {
            media: Media::Video(media),
            ..self.header.clone()
        }
    }
}

/// The sound from one time of the video to another: its track, and the packets that it takes.
fn cut_track(track: &Track, samples: u64, format: &VideoFormat, start: u64, end: u64) -> Option<(Track, u64, u64)> {
    let sound = track.sound()?;
    // Samples of the track at a time of the video.
    let at = |ticks: u64| {
        let tick = format.tick();
        let scale = i128::from(ticks) * i128::from(tick.numerator) * i128::from(sound.rate);
        let sample = scale.div_euclid(i128::from(tick.denominator.max(1)));
        sample + i128::from(track.skip) - i128::from(track.delay)
    };
    let (start, end) = (at(start), at(end).clamp(0, i128::from(samples)) as u64);
    let from = u64::try_from(start).unwrap_or(0);
    if from >= end {
        return None;
    }
    let (slots, first_sample) = slots_before(sound, from);
    let groups = u64::from(sound.grid().groups);
    let header = track.with_samples(end - first_sample).header().clone();
    let skip = u32::try_from(from - first_sample).ok()?;
    let delay = u32::try_from((-start).max(0)).ok()?;
    let cut = Track::new(header, skip, delay).ok()?;
    let packets = cut.header().media.parts();
    Some((cut, slots * groups, packets))
}

/// Slots of time that can be left out before a sample: whole ones, that take a whole number of samples, and such that a
/// further one is left to overlap with. Returns also the first sample behind them.
fn slots_before(sound: &SoundMedia, sample: u64) -> (u64, u64) {
    let (packet, rate) = (u128::from(sound.packet_samples.max(1)), u128::from(sound.rate));
    let coding = u128::from(sound.coding_rate.max(1));
    // `unit` slots are the fewest that take a whole number of samples.
    let unit = coding / gcd(coding, packet * rate);
    let slots = (u128::from(sample) * coding / (packet * rate)).saturating_sub(1);
    let slots = slots / unit * unit;
    (slots as u64, (slots * packet * rate / coding) as u64)
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// Writes the piece that `cut` planned of the same stream. Frames and packets stay as they are; their indices and times
/// count from 0 again.
///
/// # Errors
/// `Malformed` for damage; as [`StreamReader::new`]; `Io`.
pub fn cut_video<R: Read, W: Write>(reader: R, cut: &Cut, limits: &Limits, out: W) -> Result<(W, CutStats)> {
    let mut reader = StreamReader::new(reader, limits, Mode::Strict)?;
    let mut writer = StreamWriter::new(out, &cut.header())?;
    writer.metadata(reader.metadata())?;
    for payload in reader.codec_segments().to_vec() {
        writer.codec(&payload)?;
    }
    if let Some((track, ..)) = &cut.track {
        writer.track(track)?;
    }
    let samples = cut.track.as_ref().and_then(|(track, ..)| track.samples());
    let mut index = FrameIndex::default();
    (index.frames, index.samples) = (cut.frames, samples);
    while let Some(part) = reader.next_part()? {
        match part.kind {
            PartKind::Sound => cut.copy_packet(&part, &mut writer)?,
            _ => cut.copy_frame(&part, &mut writer, &mut index)?,
        }
    }
    writer.index(&index)?;
    let (out, bytes) = writer.finish()?;
    let stats = CutStats {
        first: cut.first,
        frames: cut.frames,
        start_seconds: cut.format.seconds(cut.start_ticks),
        seconds: cut.format.seconds(cut.end_ticks - cut.start_ticks),
        bytes,
    };
    Ok((out, stats))
}

impl Cut {
    fn copy_packet<W: Write>(&self, part: &Part, writer: &mut StreamWriter<W>) -> Result<()> {
        let Some((_, first, packets)) = &self.track else {
            return Ok(());
        };
        match u64::from(part.index).checked_sub(*first) {
            Some(index) if index < *packets => writer.sound(index as u32, part.checksum, &part.bytes).map(drop),
            _ => Ok(()),
        }
    }

    fn copy_frame<W: Write>(&self, part: &Part, writer: &mut StreamWriter<W>, index: &mut FrameIndex) -> Result<()> {
        let Some(at) = part
            .index
            .checked_sub(self.first)
            .filter(|&at| u64::from(at) < self.frames)
        else {
            return Ok(());
        };
        let (head, coded) = FrameHead::split(&part.bytes, &self.format, part.offset)?;
        let ticks = head.ticks.map(|ticks| ticks.saturating_sub(self.start_ticks));
        let offset = writer.bytes();
        writer.part(at, part.checksum, &FrameHead { ticks, ..head }.join(coded)?)?;
        if head.kind == FrameKind::Key {
            let ticks = ticks.unwrap_or(u64::from(at));
            index.add(KeyFrame {
                frame: at,
                offset,
                ticks,
            });
        }
        Ok(())
    }
}
