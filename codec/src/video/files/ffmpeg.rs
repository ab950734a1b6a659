//! Videos through an installed `ffmpeg` program: frames come through a pipe, and lie nowhere else.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use super::said::{FrameLine, Listed};
use super::y4m::Y4m;
use crate::error::{CodecError, Result};
use crate::limits::Limits;
use crate::media::image::Cicp;
use crate::media::video::{Chroma, Ratio, VideoFormat, VideoFrame, VideoSource};

/// The name in errors.
pub(super) const NAME: &str = "ffmpeg";
/// The most characters of a line that are kept.
const MAX_LINE: u64 = 1 << 16;
/// Frames whose times are within this much of those of a constant rate, in seconds, have one.
const TOLERANCE: f64 = 0.0011;

/// Where the program is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ffmpeg {
    program: PathBuf,
}

impl Ffmpeg {
    /// The environment variable that names the program.
    pub const VARIABLE: &str = "LMC_FFMPEG";

    /// The program of this path; else that of the environment; else the one that the PATH has.
    pub fn find(given: Option<&Path>) -> Self {
        let named = given.map(Path::to_path_buf);
        let program = named.or_else(|| std::env::var_os(Self::VARIABLE).map(PathBuf::from));
        Self {
            program: program.unwrap_or_else(|| PathBuf::from("ffmpeg")),
        }
    }

    /// Whether the program runs.
    pub fn is_there(&self) -> bool {
        let mut command = self.command();
        command.arg("-version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// The path of the program as text, where it is text.
    pub(super) fn name(&self) -> Option<&str> {
        self.program.to_str()
    }

    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-nostdin", "-hide_banner"]).stdin(Stdio::null());
        command
    }

    /// The error of a program that does not start.
    pub(super) fn not_started(&self, error: std::io::Error) -> CodecError {
        match error.kind() {
            ErrorKind::NotFound => CodecError::Unsupported(format!(
                "videos other than y4m need the program ffmpeg, and there is no '{}': install it, or name it with \
                 --ffmpeg or {}",
                self.program.display(),
                Self::VARIABLE
            )),
            _ => CodecError::Io(error),
        }
    }

    /// Whether a file has a video; no without the program.
    pub fn has_video(&self, path: &Path) -> bool {
        self.list(path).is_ok_and(|(listed, _)| listed.pixels.is_some())
    }

    /// What is in a file.
    fn list(&self, path: &Path) -> Result<(Listed, String)> {
        let output = self.command().arg("-i").arg(input_name(path)).output();
        let output = output.map_err(|error| self.not_started(error))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok((Listed::parse(&said), said))
    }

    /// Opens the video of a file. Of the formats that it can be turned into, the first that `takes` is used: the samples
    /// of the file, 4:2:0 of their depth, and of 8 bits, 4:4:4 of 8 bits.
    ///
    /// # Errors
    /// `Unsupported` without the program and for files without a video, `Media` when the program fails, `Limit`, `Io`.
    pub fn open(&self, path: &Path, limits: &Limits, takes: &dyn Fn(Chroma, u8) -> bool) -> Result<FfmpegVideo> {
        // A file that is not there has a message of its own.
        std::fs::File::open(path)?;
        let (listed, said) = self.list(path)?;
        if listed.pixels.is_none() {
            let last = said.lines().last().unwrap_or("it says nothing");
            let reason = format!("the program finds no video: {last}");
            return Err(CodecError::Media { format: NAME, reason });
        }
        let (chroma, depth) = listed.samples();
        let tried = [
            (chroma, depth),
            (Chroma::Quarter, depth),
            (Chroma::Quarter, 8),
            (Chroma::Full, 8),
        ];
        let samples = tried.into_iter().find(|&(chroma, depth)| takes(chroma, depth));
        let samples =
            samples.ok_or_else(|| CodecError::Unsupported("the codec takes no format of the video".into()))?;
        let packets = self.packets(path)?;
        let mut video = FfmpegVideo::start(self, path, samples, limits)?;
        video.has_sound = listed.has_sound;
        if samples != (chroma, depth) {
            let (from, to) = ((chroma.name(), depth), (samples.0.name(), samples.1));
            video.warnings.push(format!(
                "{} of {} bits became {} of {} bits",
                from.0, from.1, to.0, to.1
            ));
        }
        video.settle(&packets, &listed);
        Ok(video)
    }

    /// The times of all packets of the video, which are read and not decoded.
    fn packets(&self, path: &Path) -> Result<Packets> {
        let mut command = self.command();
        command.args(["-v", "error", "-copyts", "-i"]).arg(input_name(path));
        command.args(["-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.map_err(|error| self.not_started(error))?;
        let mut packets = Packets::default();
        if let Some(out) = child.stdout.take() {
            for line in BufReader::new(out).lines() {
                packets.add(&line?);
            }
        }
        child.wait()?;
        packets.ticks.sort_unstable();
        Ok(packets)
    }
}

/// The argument that names a file, whatever it is called.
pub(super) fn input_name(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}

/// Times of packets.
#[derive(Debug, Default)]
struct Packets {
    timebase: Option<Ratio>,
    ticks: Vec<i64>,
}

impl Packets {
    fn add(&mut self, line: &str) {
        if let Some(timebase) = line.strip_prefix("#tb 0: ") {
            let numbers = timebase.split_once('/');
            let numbers = numbers.and_then(|(a, b)| Some(Ratio::new(a.trim().parse().ok()?, b.trim().parse().ok()?)));
            self.timebase = numbers.filter(Ratio::is_valid);
        } else if !line.starts_with('#') {
            let time: Option<i64> = line.split(',').nth(2).and_then(|field| field.trim().parse().ok());
            self.ticks.extend(time);
        }
    }

    /// Whether frames come at this rate.
    fn has_rate(&self, rate: Ratio) -> bool {
        let (Some(timebase), Some(&first)) = (self.timebase, self.ticks.first()) else {
            return true;
        };
        let off = |(index, &ticks): (usize, &i64)| {
            let seconds = (ticks - first) as f64 * timebase.value();
            (seconds - index as f64 / rate.value()).abs()
        };
        let tolerance = TOLERANCE.max(timebase.value() * 0.51).min(0.25 / rate.value());
        self.ticks.iter().enumerate().map(off).all(|off| off <= tolerance)
    }
}

/// The video of a file, as the program decodes it.
pub struct FfmpegVideo {
    child: Child,
    frames: Y4m<ChildStdout>,
    said: Receiver<String>,
    format: VideoFormat,
    /// Ticks of the timebase of the file.
    timebase: Ratio,
    /// The time of the first frame, in these ticks.
    first: Option<i64>,
    last: Option<u64>,
    /// What was said last, with the index of its frame, if that was not read yet.
    waiting: Option<(u64, Option<i64>)>,
    count: Option<u64>,
    errors: Vec<String>,
    warnings: Vec<String>,
    has_sound: bool,
}

impl FfmpegVideo {
    fn start(ffmpeg: &Ffmpeg, path: &Path, (chroma, depth): (Chroma, u8), limits: &Limits) -> Result<Self> {
        // Colours are those of the samples that come, whatever they were made of.
        let pixels = format!("format={},showinfo=checksum=0", pixel_name(chroma, depth));
        let mut command = ffmpeg.command();
        command
            .args(["-v", "info", "-nostats", "-copyts", "-i"])
            .arg(input_name(path));
        command.args(["-map", "0:v:0", "-fps_mode", "passthrough", "-vf", &pixels]);
        command.args(["-strict", "-1", "-f", "yuv4mpegpipe", "pipe:1"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| ffmpeg.not_started(error))?;
        let no_pipe = || CodecError::Internal("the program has no pipe".into());
        let said = lines_of(child.stderr.take().ok_or_else(no_pipe)?);
        let out = child.stdout.take().ok_or_else(no_pipe)?;
        let frames = match Y4m::new(out, limits) {
            Ok(frames) => frames,
            Err(CodecError::Media { .. }) => {
                child.kill().ok();
                child.wait().ok();
                let last = said.iter().filter(|line| !line.is_empty()).last();
                let reason = format!("the program cannot read it: {}", last.unwrap_or_default());
                return Err(CodecError::Media { format: NAME, reason });
            }
            Err(error) => {
                child.kill().ok();
                child.wait().ok();
                return Err(error);
            }
        };
        let format = *frames.format();
        let mut video = Self {
            child,
            frames,
            said,
            format,
            timebase: format.frame_rate.inverse(),
            first: None,
            last: None,
            waiting: None,
            count: None,
            errors: Vec::new(),
            warnings: Vec::new(),
            has_sound: false,
        };
        video.listen_for_first();
        Ok(video)
    }

    /// Takes what is said of the first frame: timebase, time and colours.
    fn listen_for_first(&mut self) {
        while let Ok(line) = self.said.recv() {
            match FrameLine::parse(&line) {
                Some(FrameLine::Timebase([numerator, denominator])) => {
                    let timebase = Ratio::new(numerator, denominator);
                    self.timebase = if timebase.is_valid() { timebase } else { self.timebase };
                }
                Some(FrameLine::Time(index, ticks)) => {
                    self.first = Some(ticks.unwrap_or(0));
                    self.waiting = Some((index, ticks));
                }
                Some(FrameLine::Colors(cicp)) => {
                    self.format.cicp = cicp.or(self.format.cicp).filter(is_known);
                    return;
                }
                None => self.note(line),
            }
        }
    }

    /// Decides whether the rate is constant, and guesses the number of frames.
    fn settle(&mut self, packets: &Packets, listed: &Listed) {
        let count = packets.ticks.len() as u64;
        let by_length = listed
            .seconds
            .zip(listed.rate)
            .map(|(seconds, rate)| (seconds * rate) as u64);
        self.count = Some(count).filter(|&count| count > 0).or(by_length);
        if !packets.has_rate(self.format.frame_rate) {
            self.format.timebase = Some(self.timebase);
        }
    }

    /// The time of the first frame, in seconds of the file: that of the sound counts from the same origin.
    pub fn start_seconds(&self) -> f64 {
        self.first.unwrap_or(0) as f64 * self.timebase.value()
    }

    /// The same in samples of a sound of this rate, exactly.
    pub(super) fn start_samples(&self, rate: u32) -> i64 {
        let ticks = i128::from(self.first.unwrap_or(0)) * i128::from(self.timebase.numerator) * i128::from(rate);
        let denominator = i128::from(self.timebase.denominator.max(1));
        (2 * ticks + denominator).div_euclid(2 * denominator) as i64
    }

    /// Whether the file has a sound.
    pub fn has_sound(&self) -> bool {
        self.has_sound
    }

    /// Keeps what may be an error.
    fn note(&mut self, line: String) {
        let is_error = ["rror", "nvalid", "orrupt", "issing"]
            .iter()
            .any(|word| line.contains(word));
        if is_error && self.errors.len() < 8 {
            self.errors.push(line);
        }
    }

    /// The time of a frame in ticks of the file, if it was said.
    fn time_of(&mut self, frame: u64) -> Option<i64> {
        loop {
            match self.waiting {
                Some((index, _)) if index > frame => return None,
                Some((index, ticks)) => {
                    self.waiting = None;
                    if index == frame {
                        return ticks;
                    }
                }
                None => match self.said.recv() {
                    Ok(line) => match FrameLine::parse(&line) {
                        Some(FrameLine::Time(index, ticks)) => self.waiting = Some((index, ticks)),
                        Some(_) => {}
                        None => self.note(line),
                    },
                    Err(_) => return None,
                },
            }
        }
    }

    /// Times begin with 0 and ascend.
    fn ticks(&mut self, index: u64) -> u64 {
        let said = self.time_of(index);
        if self.format.timebase.is_none() {
            return index;
        }
        let behind = self.last.map_or(0, |last| last + self.format.frame_ticks());
        let least = self.last.map_or(0, |last| last + 1);
        let ticks = said.and_then(|ticks| u64::try_from(ticks - self.first.unwrap_or(0)).ok());
        let ticks = ticks.filter(|&ticks| ticks >= least).unwrap_or(behind);
        self.last = Some(ticks);
        ticks
    }

    /// Finds how the program ended.
    fn finish(&mut self) -> Result<()> {
        let status = self.child.wait()?;
        for line in self.said.try_iter().collect::<Vec<_>>() {
            self.note(line);
        }
        if status.success() {
            for line in &self.errors {
                self.warnings.push(format!("ffmpeg says: {line}"));
            }
            return Ok(());
        }
        let last = self.errors.last().map_or("it says nothing", String::as_str);
        Err(CodecError::Media {
            format: NAME,
            reason: format!("the program failed: {last}"),
        })
    }
}

/// Whether code points say anything.
fn is_known(cicp: &Cicp) -> bool {
    cicp.full_range || [cicp.primaries, cicp.transfer, cicp.matrix] != [2; 3]
}

impl VideoSource for FfmpegVideo {
    fn format(&self) -> &VideoFormat {
        &self.format
    }

    fn frames(&self) -> Option<u64> {
        self.count
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn read(&mut self) -> Result<Option<VideoFrame>> {
        let Some(mut frame) = self.frames.read()? else {
            self.finish()?;
            return Ok(None);
        };
        frame.ticks = self.ticks(frame.ticks);
        Ok(Some(frame))
    }
}

impl Drop for FfmpegVideo {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What the program calls a format of samples.
pub(super) fn pixel_name(chroma: Chroma, depth: u8) -> String {
    let name = match chroma {
        Chroma::None => "gray",
        Chroma::Quarter => "yuv420p",
        Chroma::Half => "yuv422p",
        Chroma::Full => "yuv444p",
    };
    match depth {
        8 => name.to_owned(),
        _ => format!("{name}{depth}le"),
    }
}

/// Lines of a pipe, read on a thread of their own, so that the program never waits for its errors to be read.
pub(super) fn lines_of(pipe: impl Read + Send + 'static) -> Receiver<String> {
    // A program goes ahead of its frames no further than the pipes reach, and so do the lines.
    let (send, lines) = channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut is_heard = true;
        loop {
            let mut line = Vec::new();
            match reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => break,
                // The rest is read and dropped, so that the program can go on.
                Ok(_) if is_heard => is_heard = send.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_ok(),
                Ok(_) => {}
            }
        }
    });
    lines
}
