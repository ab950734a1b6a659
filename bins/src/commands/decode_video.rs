//! `lmc decode` of videos.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use lmc_codec::codecs::Registry;
use lmc_codec::container::{Mode, PartKind, StreamReader};
use lmc_codec::sound::SoundSource;
use lmc_codec::sound::files::WavWriter;
use lmc_codec::video::{Range, VideoDecoder, VideoFormat, VideoFrame, VideoSound, list_frames};
use lmc_codec::{DamageReport, Limits};
use serde::Serialize;

use super::decode::{advise, mostly_lost};
use super::streams::{Details, details, row_of};
use super::video_output::{Destination, Format};
use crate::cli::{DecodeArgs, RangeArgs};
use crate::damage::Faults;
use crate::jobs::Job;
use crate::models::{Loaded, ModelUsed};
use crate::output::Spool;
use crate::talk::{Talk, thousands};

/// Frames that wait to be written.
const WRITE_BEHIND: usize = 2;
/// Samples of the sound that are written at a time.
const SOUND_PIECE: usize = 1 << 14;

/// What became of a stream of video.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    /// Bytes of the stream, which is all of the input.
    bytes: u64,
    output_bytes: u64,
    width: u32,
    height: u32,
    bits: u8,
    frames: u64,
    /// Samples of each channel of the sound that were written.
    samples: u64,
    format: &'static str,
    codec: &'static str,
    /// What else the codec says of the stream.
    #[serde(flatten)]
    fields: Details,
    /// What was wrong with the stream and concealed.
    #[serde(flatten)]
    damage: Faults,
    /// What the output has no room for.
    lost: Vec<&'static str>,
    /// Frames decoded in each second of work.
    speed: f64,
    #[serde(flatten)]
    model: ModelUsed,
}

/// What arguments ask for, in ticks of a format.
pub(super) fn range(args: &RangeArgs, format: &VideoFormat) -> Range {
    let tick = format.tick().value();
    // A time that is that of a frame is not to be missed by rounding.
    let ticks = |seconds: f64| (seconds / tick - 1e-6).ceil().max(0.0) as u64;
    let start = args.start.unwrap_or(0.0);
    let end = args.duration.map(|duration| ticks(start + duration));
    Range::from_ticks(ticks(start)).until(end).at_most(args.frames)
}

/// A stream that can be read again and again: a file, or a temporary copy of a pipe.
pub(super) struct Again {
    path: PathBuf,
    _copy: Option<tempfile::TempPath>,
}

impl Again {
    pub(super) fn of(path: &Path) -> Self {
        let path = path.to_path_buf();
        Self { path, _copy: None }
    }

    fn copy(passing: impl Read, limits: &Limits) -> Result<Self> {
        let mut file = tempfile::NamedTempFile::new().context("cannot make a temporary file")?;
        std::io::copy(&mut passing.take(limits.max_video_bytes().saturating_add(1)), &mut file)
            .context("cannot keep it in a temporary file")?;
        let copy = file.into_temp_path();
        Ok(Self {
            path: copy.to_path_buf(),
            _copy: Some(copy),
        })
    }

    /// A reader of its own, from the beginning.
    pub(super) fn open(&self) -> lmc_codec::Result<BufReader<File>> {
        Ok(BufReader::with_capacity(1 << 16, File::open(&self.path)?))
    }
}

/// The time of the first frame that is shown: that of the sound is the same.
fn first_shown(again: &Again, range: Range, format: &VideoFormat, limits: &Limits) -> Result<u64> {
    if range.start == 0 || format.timebase.is_none() {
        return Ok(range.start);
    }
    let mut reader = StreamReader::new(again.open()?, limits, Mode::Tolerant)?;
    let mut first = None;
    list_frames(&mut reader, &mut |frame| {
        if frame.ticks >= range.start {
            first.get_or_insert(frame.ticks);
        }
        Ok(())
    })?;
    Ok(first.unwrap_or(range.start))
}

/// Decodes one stream of video.
///
/// Of what is no file, `passing` has the bytes.
pub(super) fn decode(
    job: &Job,
    passing: Option<impl Read>,
    loaded: &Loaded,
    args: &DecodeArgs,
    talk: &Talk,
) -> Result<Record> {
    let start = Instant::now();
    let format = Format::of(&job.target)?;
    let limits = args.limits.limits();
    // A pipe is decoded as it comes, where nothing has to be read twice.
    let work = Work {
        job,
        loaded,
        args,
        talk,
        start,
        format,
    };
    let again = match (job.source.file(), passing) {
        (None, Some(passing)) if format == Format::Y4m => {
            let reader = StreamReader::new(passing, &limits, mode(args)).map_err(advise)?;
            return work.frames(reader, None);
        }
        (None, Some(passing)) => Again::copy(passing, &limits)?,
        (path, _) => Again::of(path.context("it is no file")?),
    };
    if format == Format::Wav {
        return work.sound_alone(&again);
    }
    let sound = match format {
        Format::Program => work.sound_file(&again)?,
        _ => None,
    };
    let reader = StreamReader::new(again.open()?, &limits, mode(args)).map_err(advise)?;
    work.frames_of_file(reader, sound)
}

fn mode(args: &DecodeArgs) -> Mode {
    if args.conceal { Mode::Tolerant } else { Mode::Strict }
}

/// One stream that is being decoded.
struct Work<'a> {
    job: &'a Job,
    loaded: &'a Loaded,
    args: &'a DecodeArgs,
    talk: &'a Talk,
    start: Instant,
    format: Format,
}

/// A sound that was decoded: its file, samples of each channel, and damage.
struct SoundFile {
    file: Option<tempfile::NamedTempFile>,
    samples: u64,
    damage: DamageReport,
}

impl Work<'_> {
    /// The sound of the range, in a temporary WAV file beside which the frames are written.
    fn sound_file(&self, again: &Again) -> Result<Option<SoundFile>> {
        let Some(sound) = self.sound(again)? else {
            return Ok(None);
        };
        let file = tempfile::Builder::new().suffix(".wav").tempfile();
        let file = file.context("cannot make a temporary file")?;
        let out = BufWriter::new(file.reopen().context("cannot write a temporary file")?);
        let (_, found) = self.write_sound(sound, out)?;
        Ok(Some(SoundFile {
            file: Some(file),
            ..found
        }))
    }

    /// The sound of the range, in time with its frames.
    fn sound(&self, again: &Again) -> Result<Option<VideoSound<BufReader<File>>>> {
        let limits = self.args.limits.limits();
        let found = lmc_codec::info(again.open()?, &limits)?;
        let (Some(track), Some(samples)) = (&found.track, found.sound_samples) else {
            return Ok(None);
        };
        let codec = self.loaded.sound_for_stream(track.header())?;
        let reader = StreamReader::new(again.open()?, &limits, mode(self.args)).map_err(advise)?;
        let format = match &reader.header().media {
            lmc_codec::Media::Video(video) => video.format,
            other => bail!("a {} and no video", other.kind().name()),
        };
        let sound = VideoSound::new(codec, reader, samples).map_err(advise)?;
        let (rate, range) = (f64::from(sound.spec().rate), range(&self.args.range, &format));
        let first = first_shown(again, range, &format, &limits)?;
        let at = |ticks: u64| (format.seconds(ticks) * rate).round() as u64;
        let last = self
            .args
            .range
            .frames
            .map(|frames| range.start + frames * format.frame_ticks());
        let end = [range.end, last].into_iter().flatten().min();
        Ok(Some(sound.between(at(first), end.map(at))))
    }

    fn write_sound<W: Write>(&self, mut sound: VideoSound<BufReader<File>>, out: W) -> Result<(W, SoundFile)> {
        let (spec, mask, total) = (sound.spec(), sound.channel_mask(), sound.length().unwrap_or(0));
        let tags = sound.tags().clone();
        let mut wav = WavWriter::with_mask(out, spec, mask, total, &tags)?;
        let (mut samples, mut piece) = (0, Vec::new());
        loop {
            piece.clear();
            let count = sound.read(&mut piece, SOUND_PIECE).map_err(advise)?;
            if count == 0 {
                break;
            }
            samples += count as u64;
            wav.write(&piece)?;
        }
        let (out, _) = wav.finish()?;
        let damage = sound.damage().clone();
        Ok((
            out,
            SoundFile {
                file: None,
                samples,
                damage,
            },
        ))
    }

    /// Writes the sound and no frames.
    fn sound_alone(&self, again: &Again) -> Result<Record> {
        let sound = self.sound(again)?.context("the video has no sound")?;
        let out = BufWriter::new(Spool::new(&self.job.target)?);
        let (out, found) = self.write_sound(sound, out)?;
        let spool = out.into_inner().map_err(|error| error.into_error());
        let output_bytes = spool
            .context("cannot write it")?
            .commit(&self.job.target, self.args.write.force)?;
        let reader = StreamReader::new(again.open()?, &self.args.limits.limits(), mode(self.args)).map_err(advise)?;
        let codec = self.loaded.video_for_stream(reader.header())?;
        let decoder = VideoDecoder::new(&*codec, reader)?;
        self.record(
            &decoder,
            Written {
                output_bytes,
                samples: found.samples,
                lost: Vec::new(),
            },
            &found.damage,
        )
    }

    /// Writes frames of a file, from the last key frame before the range on.
    fn frames_of_file(&self, reader: StreamReader<BufReader<File>>, sound: Option<SoundFile>) -> Result<Record> {
        let codec = self.loaded.video_for_stream(reader.header())?;
        let decoder = VideoDecoder::new(&*codec, reader).map_err(advise)?;
        let range = range(&self.args.range, decoder.format());
        let mut decoder = decoder.with_range(range);
        if range.start > 0 {
            decoder.jump().map_err(advise)?;
        }
        self.write(decoder, sound)
    }

    fn frames<R: Read>(&self, reader: StreamReader<R>, sound: Option<SoundFile>) -> Result<Record> {
        let codec = self.loaded.video_for_stream(reader.header())?;
        let decoder = VideoDecoder::new(&*codec, reader).map_err(advise)?;
        let range = range(&self.args.range, decoder.format());
        self.write(decoder.with_range(range), sound)
    }

    fn write<R: Read>(&self, mut decoder: VideoDecoder<R>, sound: Option<SoundFile>) -> Result<Record> {
        let has_track = decoder.has_sound();
        let format = *decoder.format();
        let file = sound
            .as_ref()
            .and_then(|sound| sound.file.as_ref())
            .map(|file| file.path().to_path_buf());
        let destination = Destination {
            target: self.job.target.clone(),
            kind: self.format,
            format,
            force: self.args.write.force,
            sound: file,
            program: self.args.ffmpeg.program(),
            arguments: self
                .args
                .ffmpeg_args
                .iter()
                .flat_map(|all| all.split_whitespace())
                .map(str::to_owned)
                .collect(),
        };
        let total = self.total(&decoder);
        // Frames are written on a thread of their own: a program or a disk may be slow.
        let output_bytes = std::thread::scope(|scope| -> Result<u64> {
            // Nothing in place of a frame: decoding failed, and no output is to appear.
            let (send, frames) = sync_channel::<Option<VideoFrame>>(WRITE_BEHIND);
            let writer = scope.spawn(move || -> Result<u64> {
                let mut out = destination.open()?;
                let mut count = 0;
                for frame in frames {
                    out.write(&frame.context("nothing was written")?)?;
                    count += 1;
                }
                match count {
                    0 => bail!("the video has no frames in this range"),
                    _ => out.finish(),
                }
            });
            while let Some(shown) = decoder.next_frame().map_err(|error| {
                send.send(None).ok();
                advise(error)
            })? {
                let done = decoder.given();
                self.talk.speed(done, self.start.elapsed().as_secs_f64());
                self.talk.steps(done as usize, total.max(done) as usize);
                if send.send(Some(shown.frame)).is_err() {
                    break;
                }
            }
            drop(send);
            writer.join().unwrap_or_else(|_| bail!("writing failed"))
        })?;
        let (samples, damage) = sound.map_or((0, DamageReport::default()), |sound| (sound.samples, sound.damage));
        let lost = self.lost(&format, has_track);
        self.record(
            &decoder,
            Written {
                output_bytes,
                samples,
                lost,
            },
            &damage,
        )
    }

    /// Frames that are to be expected.
    fn total<R: Read>(&self, decoder: &VideoDecoder<R>) -> u64 {
        let format = decoder.format();
        let range = range(&self.args.range, format);
        let of = |ticks: u64| ticks / format.frame_ticks();
        let all = match &decoder.header().media {
            lmc_codec::Media::Video(video) => video.frames.unwrap_or(0),
            _ => 0,
        };
        let until = range.end.map_or(all, |end| of(end).min(all));
        until
            .saturating_sub(of(range.start))
            .min(range.frames.unwrap_or(u64::MAX))
    }

    /// What the output has no room for.
    fn lost(&self, format: &VideoFormat, has_track: bool) -> Vec<&'static str> {
        let is_bare = matches!(self.format, Format::Y4m | Format::Pictures);
        let all = [
            (is_bare && has_track, "sound"),
            (is_bare && format.timebase.is_some(), "times of frames"),
        ];
        all.into_iter()
            .filter_map(|(lost, name)| lost.then_some(name))
            .collect()
    }

    fn record<R: Read>(&self, decoder: &VideoDecoder<R>, written: Written, sound: &DamageReport) -> Result<Record> {
        let (header, format) = (decoder.header(), decoder.format());
        let (name, seconds) = (self.job.source.name(), self.start.elapsed().as_secs_f64());
        let damage = Faults::new(decoder.damage(), &header.media);
        damage.warn(&name, "concealed: ", self.talk);
        if !sound.is_empty() && damage.is_empty() {
            self.talk
                .warn(format_args!("{name}: concealed: parts of the sound are lost"));
        }
        if !written.lost.is_empty() {
            let lost = written.lost.join(" and the ");
            self.talk.warn(format_args!(
                "{}: {} does not hold the {lost}",
                self.job.target.name(),
                self.format.name()
            ));
        }
        let frames = decoder.given();
        let what = match self.format {
            Format::Wav => format!("{} samples of its sound", thousands(written.samples)),
            _ => format!("{} frames of {}x{}", thousands(frames), format.width, format.height),
        };
        self.talk.result(format_args!(
            "{name} -> {}: {what}, {} bytes, {seconds:.2} s",
            self.job.target.name(),
            thousands(written.output_bytes)
        ));
        if decoder.is_mostly_lost() {
            let lost = decoder.damage().lost(PartKind::Symbols);
            let reason = format!("{lost} frames are lost: what was written is mostly still");
            return Err(mostly_lost(reason, damage));
        }
        let registry = Registry::default();
        let row = row_of(&registry, header)?;
        Ok(Record {
            bytes: decoder.bytes_read(),
            output_bytes: written.output_bytes,
            width: format.width,
            height: format.height,
            bits: format.depth,
            frames,
            samples: written.samples,
            format: self.format.name(),
            codec: row.name,
            fields: details(row, header)?,
            damage,
            lost: written.lost,
            speed: frames as f64 / seconds.max(1e-9),
            model: ModelUsed::new(header.model, Some(self.loaded.device())),
        })
    }
}

/// What was written.
struct Written {
    output_bytes: u64,
    samples: u64,
    lost: Vec<&'static str>,
}
