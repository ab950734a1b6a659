//! The sound of a video file through an installed `ffmpeg` program, with its place in time.

use std::io::{BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use super::ffmpeg::{Ffmpeg, FfmpegVideo, NAME, input_name, lines_of};
use super::said::SoundLine;
use crate::error::{CodecError, Result};
use crate::media::Tags;
use crate::media::sound::{SoundNotes, SoundSource, SoundSpec};
use crate::sound::files::tags_via_ffmpeg;

/// Bytes of a sample as the program gives it.
const SAMPLE_BYTES: usize = 4;

/// The first sound of a file, as the program decodes it.
pub struct FfmpegSound {
    child: Child,
    out: BufReader<ChildStdout>,
    first: SoundLine,
    tags: Tags,
    is_over: bool,
}

impl Ffmpeg {
    /// Title, artist and other texts of a file; none where the program tells none.
    pub fn tags(&self, path: &Path) -> Tags {
        let tags = self
            .name()
            .map(|program| tags_via_ffmpeg(program, path, &mut SoundNotes::default()));
        tags.and_then(Result::ok).unwrap_or_default()
    }

    /// Opens the first sound of a file.
    ///
    /// # Errors
    /// `Unsupported` without the program and for shapes that sounds may not have, `Media` when the program fails, `Io`.
    pub fn open_sound(&self, path: &Path) -> Result<FfmpegSound> {
        let mut command = self.command();
        command
            .args(["-v", "info", "-nostats", "-copyts", "-i"])
            .arg(input_name(path));
        command.args([
            "-map",
            "0:a:0",
            "-af",
            "ashowinfo",
            "-c:a",
            "pcm_f32le",
            "-f",
            "f32le",
            "pipe:1",
        ]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| self.not_started(error))?;
        let no_pipe = || CodecError::Internal("the program has no pipe".into());
        let said = lines_of(child.stderr.take().ok_or_else(no_pipe)?);
        let out = BufReader::with_capacity(1 << 16, child.stdout.take().ok_or_else(no_pipe)?);
        let mut last = String::new();
        let first = said.iter().find_map(|line| {
            let found = SoundLine::parse(&line);
            last = line;
            found
        });
        // Nobody listens to what is said of further pieces of the sound.
        drop(said);
        let Some(first) = first else {
            child.wait()?;
            let reason = format!("the program cannot read the sound: {last}");
            return Err(CodecError::Media { format: NAME, reason });
        };
        let sound = FfmpegSound {
            child,
            out,
            first,
            tags: Tags::default(),
            is_over: false,
        };
        sound.spec().check()?;
        Ok(sound)
    }
}

impl FfmpegSound {
    /// Samples from the first frame of the video of the same file to the first sample; below 0 where the sound begins
    /// before.
    pub fn offset(&self, video: &FfmpegVideo) -> i64 {
        self.first.start.saturating_sub(video.start_samples(self.first.rate))
    }
}

impl SoundSource for FfmpegSound {
    fn spec(&self) -> SoundSpec {
        SoundSpec {
            rate: self.first.rate,
            channels: self.first.channels,
            format: self.first.format,
        }
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn channel_mask(&self) -> Option<u32> {
        self.first.channel_mask
    }

    fn length(&self) -> Option<u64> {
        None
    }

    fn read(&mut self, out: &mut Vec<f32>, most: usize) -> Result<usize> {
        let bytes_of_all = SAMPLE_BYTES * usize::from(self.first.channels);
        if self.is_over || most == 0 {
            return Ok(0);
        }
        let mut bytes = vec![0; most.min(1 << 14) * bytes_of_all];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.out.read(&mut bytes[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        self.is_over = filled < bytes.len();
        let count = filled / bytes_of_all;
        let samples = bytes[..count * bytes_of_all].chunks_exact(SAMPLE_BYTES);
        out.extend(samples.map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])));
        Ok(count)
    }
}

impl Drop for FfmpegSound {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
