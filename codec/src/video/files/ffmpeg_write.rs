//! Video files of any kind through an installed `ffmpeg` program, which takes frames through a pipe.

use std::io::BufWriter;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::Receiver;

use super::ffmpeg::{Ffmpeg, NAME, input_name, lines_of, pixel_name};
use super::mkv_write::MkvWriter;
use super::y4m_write::Y4mWriter;
use crate::error::{CodecError, Result};
use crate::media::video::{VideoFormat, VideoFrame};

/// Endings of the files that are written, in lower case.
pub const VIDEO_ENDINGS: [&str; 5] = ["mp4", "m4v", "mov", "mkv", "webm"];

/// A video file that is being written. Frames of a variable rate keep their times, the first of which becomes 0.
pub struct FfmpegWriter {
    child: Child,
    frames: Option<Pipe>,
    said: Receiver<String>,
}

/// What the program reads: y4m knows no times, so a variable rate takes Matroska.
enum Pipe {
    Constant(Y4mWriter<BufWriter<ChildStdin>>),
    Variable(MkvWriter<BufWriter<ChildStdin>>),
}

impl Pipe {
    fn new(pipe: ChildStdin, format: &VideoFormat) -> Result<Self> {
        let pipe = BufWriter::with_capacity(1 << 18, pipe);
        match format.timebase {
            None => Ok(Self::Constant(Y4mWriter::new(pipe, format)?)),
            Some(_) => Ok(Self::Variable(MkvWriter::new(pipe, format)?)),
        }
    }

    fn write(&mut self, frame: &VideoFrame) -> Result<()> {
        match self {
            Self::Constant(writer) => writer.write(frame),
            Self::Variable(writer) => writer.write(frame),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Constant(writer) => writer.finish().map(|_| ()),
            Self::Variable(writer) => writer.finish(),
        }
    }
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
        let variable = format.timebase.is_some();
        let kind = if variable { "matroska" } else { "yuv4mpegpipe" };
        command.args(["-v", "warning", "-y", "-f", kind, "-i", "pipe:0"]);
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
        if variable {
            // Times as they come in, in the ticks of the pipe.
            command.args(["-fps_mode", "passthrough", "-enc_time_base", "1:1000000"]);
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
        let pipe = child.stdin.take().ok_or_else(no_pipe)?;
        let mut writer = FfmpegWriter {
            child,
            frames: None,
            said,
        };
        match Pipe::new(pipe, format) {
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
        let Some(frames) = &mut self.frames else {
            return Err(CodecError::Internal("the program was ended".into()));
        };
        frames.write(frame).map_err(|error| self.failed(error))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn finish(mut self) -> Result<()> {
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
