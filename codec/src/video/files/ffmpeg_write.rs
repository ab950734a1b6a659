//! Video files of any kind through an installed `ffmpeg` program, which takes frames through a pipe.

use std::io::BufWriter;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::Receiver;

use super::ffmpeg::{Ffmpeg, NAME, input_name, lines_of, pixel_name};
use super::y4m_write::Y4mWriter;
use crate::error::{CodecError, Result};
use crate::media::video::{VideoFormat, VideoFrame};

/// Endings of the files that are written, in lower case.
pub const VIDEO_ENDINGS: [&str; 5] = ["mp4", "m4v", "mov", "mkv", "webm"];

/// A video file that is being written. Frames of a variable rate are repeated or left out, so that each is shown at its
/// time and the rate is constant.
pub struct FfmpegWriter {
    child: Child,
    frames: Option<Y4mWriter<BufWriter<ChildStdin>>>,
    said: Receiver<String>,
    format: VideoFormat,
    /// The time of the first frame, which the file begins with.
    origin: Option<u64>,
    last: Option<VideoFrame>,
    written: u64,
}

impl Ffmpeg {
    /// Starts to write a video of `format` to the file `out`, with the sound of another file beside it. The program gets
    /// `arguments` in place of the usual choice of codecs, if there are any.
    ///
    /// # Errors
    /// `Unsupported` without the program, `Io`.
    pub fn create(
        &self,
        out: &Path,
        container: Container,
        format: &VideoFormat,
        sound: Option<&Path>,
        arguments: &[String],
    ) -> Result<FfmpegWriter> {
        let mut command = self.command();
        command.args(["-v", "warning", "-y", "-f", "yuv4mpegpipe", "-i", "pipe:0"]);
        if let Some(sound) = sound {
            command
                .arg("-i")
                .arg(input_name(sound))
                .args(["-map", "0:v", "-map", "1:a", "-map_metadata", "1"]);
        }
        if arguments.is_empty() {
            command.args(container.codecs);
            command.args(["-pix_fmt", &pixel_name(format.chroma, format.depth)]);
        }
        command.args(arguments).arg("-vf").arg(colors(format));
        command.args(["-f", container.name]).arg(input_name(out));
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.map_err(|error| self.not_started(error))?;
        let no_pipe = || CodecError::Internal("the program has no pipe".into());
        let said = lines_of(child.stderr.take().ok_or_else(no_pipe)?);
        let pipe = BufWriter::with_capacity(1 << 18, child.stdin.take().ok_or_else(no_pipe)?);
        let constant = VideoFormat {
            timebase: None,
            ..*format
        };
        let mut writer = FfmpegWriter {
            child,
            frames: None,
            said,
            format: *format,
            origin: None,
            last: None,
            written: 0,
        };
        match Y4mWriter::new(pipe, &constant) {
            Ok(frames) => writer.frames = Some(frames),
            Err(error) => return Err(writer.failed(error)),
        }
        Ok(writer)
    }
}

/// A kind of file that the program writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container {
    /// What the program calls it.
    name: &'static str,
    /// Good quality in codecs that players know; without loss in Matroska.
    codecs: &'static [&'static str],
}

const H264: &[&str] = &["-c:v", "libx264", "-crf", "14", "-c:a", "aac", "-b:a", "256k"];
const VP9: &[&str] = &[
    "-c:v",
    "libvpx-vp9",
    "-crf",
    "20",
    "-b:v",
    "0",
    "-c:a",
    "libopus",
    "-b:a",
    "192k",
];
const LOSSLESS: &[&str] = &["-c:v", "ffv1", "-level", "3", "-c:a", "flac"];

/// The kind of file that a name asks for.
///
/// # Errors
/// `Parameter` for other endings than those of [`VIDEO_ENDINGS`].
pub fn container_of(path: &Path) -> Result<Container> {
    let ending = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let (name, codecs) = match ending.as_str() {
        "mp4" | "m4v" => ("mp4", H264),
        "mov" => ("mov", H264),
        "mkv" => ("matroska", LOSSLESS),
        "webm" => ("webm", VP9),
        _ => {
            let known = VIDEO_ENDINGS.join(", ");
            return Err(CodecError::Parameter(format!(
                "'{ending}' is no ending of videos (y4m, {known})"
            )));
        }
    };
    Ok(Container { name, codecs })
}

/// The filter that says what colours mean.
fn colors(format: &VideoFormat) -> String {
    match format.cicp {
        None => "null".to_owned(),
        Some(cicp) => format!(
            "setparams=range={}:color_primaries={}:color_trc={}:colorspace={}",
            if cicp.full_range { "full" } else { "limited" },
            cicp.primaries,
            cicp.transfer,
            cicp.matrix
        ),
    }
}

impl FfmpegWriter {
    /// Writes a frame at its time.
    ///
    /// # Errors
    /// `Media` when the program fails, `Parameter` for a frame of another format.
    pub fn write(&mut self, frame: &VideoFrame) -> Result<()> {
        if self.format.timebase.is_none() {
            return self.put(frame);
        }
        // The one before is shown up to the time of this one.
        let origin = *self.origin.get_or_insert(frame.ticks);
        let due =
            (self.format.seconds(frame.ticks.saturating_sub(origin)) * self.format.frame_rate.value()).round() as u64;
        if let Some(last) = self.last.replace(frame.clone()) {
            while self.written < due {
                self.put(&last)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, frame: &VideoFrame) -> Result<()> {
        let Some(frames) = &mut self.frames else {
            return Err(CodecError::Internal("the program was ended".into()));
        };
        self.written += 1;
        frames.write(frame).map_err(|error| self.failed(error))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn finish(mut self) -> Result<()> {
        if let Some(last) = self.last.take() {
            self.put(&last)?;
        }
        if let Some(frames) = self.frames.take() {
            frames.finish().map_err(|error| self.failed(error))?;
        }
        let said = self.said.iter().filter(|line| !line.is_empty()).last();
        match self.child.wait()?.success() {
            true => Ok(()),
            false => Err(refused(said)),
        }
    }

    /// What the program says of the end of its pipe.
    fn failed(&mut self, error: CodecError) -> CodecError {
        self.frames = None;
        match error {
            CodecError::Io(_) => {
                self.child.wait().ok();
                refused(self.said.iter().filter(|line| !line.is_empty()).last())
            }
            other => other,
        }
    }
}

fn refused(said: Option<String>) -> CodecError {
    let said = said.unwrap_or_else(|| "it says nothing".to_owned());
    CodecError::Media {
        format: NAME,
        reason: format!("the program cannot write it: {said}"),
    }
}

impl Drop for FfmpegWriter {
    fn drop(&mut self) {
        self.frames = None;
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
