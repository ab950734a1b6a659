//! Where the frames of a video go: y4m, a file that ffmpeg writes, or a picture for each frame.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use lmc_codec::files::{self, WholeFile};
use lmc_codec::video::files::{Ffmpeg, FfmpegWriter, VIDEO_ENDINGS, Y4mWriter, container_of};
use lmc_codec::video::{VideoFormat, VideoFrame, image_of};

use crate::output::{Spool, Target};
use crate::usage::usage;

/// What a video is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Y4m,
    /// A file of a kind that ffmpeg writes.
    Program,
    /// A picture for each frame.
    Pictures,
    /// The sound alone.
    Wav,
}

impl Format {
    /// What the name of the output asks for; y4m where there is no name.
    ///
    /// # Errors
    /// A usage error for other endings.
    pub(super) fn of(target: &Target) -> Result<Self> {
        let Target::File(path) = target else {
            return Ok(Self::Y4m);
        };
        if super::decode::is_nameless(path) {
            return Ok(Self::Y4m);
        }
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .to_ascii_lowercase();
        match ending.as_str() {
            "y4m" => Ok(Self::Y4m),
            "wav" | "wave" => Ok(Self::Wav),
            ending if VIDEO_ENDINGS.contains(&ending) => Ok(Self::Program),
            _ if numbered(path, 0).is_some() => files::Format::from_path(path)
                .map(|_| Self::Pictures)
                .map_err(|error| usage(error.to_string())),
            _ => Err(usage(format!(
                "{} has no known ending of videos (y4m, {}; wav for the sound), and no place for the number of a frame \
                 such as %05d",
                path.display(),
                VIDEO_ENDINGS.join(", ")
            ))),
        }
    }

    /// Its name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Y4m => "y4m",
            Self::Program => "ffmpeg",
            Self::Pictures => "a picture file",
            Self::Wav => "WAV",
        }
    }
}

/// The name of a frame: `%d` or `%05d` stands for its number.
fn numbered(pattern: &Path, number: u64) -> Option<PathBuf> {
    let text = pattern.to_str()?;
    let (before, rest) = text.split_once('%')?;
    let (digits, behind) = rest.split_once('d')?;
    let width: usize = if digits.is_empty() { 1 } else { digits.parse().ok()? };
    let is_plain = width <= 18 && !behind.contains('%');
    is_plain.then(|| PathBuf::from(format!("{before}{number:0width$}{behind}")))
}

/// Where frames are to go.
#[derive(Clone)]
pub(super) struct Destination {
    pub(super) target: Target,
    pub(super) kind: Format,
    pub(super) format: VideoFormat,
    pub(super) force: bool,
    /// The file of the sound that goes beside the frames.
    pub(super) sound: Option<PathBuf>,
    pub(super) program: Ffmpeg,
    /// What ffmpeg is asked for in place of the usual.
    pub(super) arguments: Vec<String>,
}

impl Destination {
    /// Begins the output, on the thread that writes it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn open(&self) -> Result<Output> {
        match (self.kind, &self.target) {
            (Format::Program, Target::File(path)) => {
                let whole =
                    WholeFile::create_named(path).with_context(|| format!("cannot write {}", path.display()))?;
                let temporary = whole
                    .temporary_path()
                    .context("the file has no name yet")?
                    .to_path_buf();
                let container = container_of(path)?;
                let sound = self.sound.as_deref();
                let writer = self
                    .program
                    .create(&temporary, container, &self.format, sound, &self.arguments)?;
                Ok(Output::Program(
                    Box::new(writer),
                    whole,
                    self.target.clone(),
                    self.force,
                ))
            }
            (Format::Pictures, Target::File(path)) => {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
                }
                Ok(Output::Pictures {
                    pattern: path.clone(),
                    format: self.format,
                    next: 1,
                    bytes: 0,
                    force: self.force,
                })
            }
            (_, target) => match target.live()? {
                Some(out) => Ok(Output::Live(Y4mWriter::new(BufWriter::new(out), &self.format)?)),
                None => {
                    let out = BufWriter::new(Spool::new(target)?);
                    Ok(Output::File(
                        Y4mWriter::new(out, &self.format)?,
                        target.clone(),
                        self.force,
                    ))
                }
            },
        }
    }
}

/// Where frames go.
pub(super) enum Output {
    /// To a file, which becomes the target once it is whole.
    File(Y4mWriter<BufWriter<Spool>>, Target, bool),
    /// To stdout or a descriptor.
    Live(Y4mWriter<BufWriter<Box<dyn Write>>>),
    /// To a program, which writes a file that becomes the target once it is whole.
    Program(Box<FfmpegWriter>, WholeFile, Target, bool),
    /// To a picture for each frame.
    Pictures {
        pattern: PathBuf,
        format: VideoFormat,
        next: u64,
        bytes: u64,
        force: bool,
    },
}

impl Output {
    /// Writes a frame.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&mut self, frame: &VideoFrame) -> Result<()> {
        match self {
            Self::File(out, ..) => out.write(frame).context("cannot write it"),
            Self::Live(out) => out.write(frame).context("cannot write it"),
            Self::Program(out, ..) => Ok(out.write(frame)?),
            Self::Pictures {
                pattern,
                format,
                next,
                bytes,
                force,
            } => {
                let path = numbered(pattern, *next).context("no place for the number of a frame")?;
                *next += 1;
                let kind = files::Format::from_path(&path)?;
                let (picture, _) = files::to_bytes(&image_of(frame, format)?, kind)?;
                *bytes += picture.len() as u64;
                Target::File(path).write(&picture, *force).map(drop)
            }
        }
    }

    /// Ends the output; returns its bytes.
    ///
    /// # Errors
    /// When it cannot be written, or is there already.
    pub(super) fn finish(self) -> Result<u64> {
        match self {
            Self::File(out, target, force) => {
                let (out, _) = out.finish().context("cannot write it")?;
                let spool = out.into_inner().map_err(|error| error.into_error());
                spool.context("cannot write it")?.commit(&target, force)
            }
            Self::Live(out) => Ok(out.finish().context("cannot write it")?.1),
            Self::Program(out, whole, target, force) => {
                out.finish()?;
                whole
                    .commit(force)
                    .with_context(|| format!("cannot write {}", target.name()))
            }
            Self::Pictures { bytes, .. } => Ok(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_numbered() {
        let name = |pattern: &str, number| numbered(Path::new(pattern), number).map(|path| path.display().to_string());
        assert_eq!(name("a/%05d.png", 42).as_deref(), Some("a/00042.png"));
        assert_eq!(name("%d.ppm", 7).as_deref(), Some("7.ppm"));
        for bad in ["a.png", "%s.png", "%05x.png", "%99d.png", "%d%d.png"] {
            assert_eq!(name(bad, 1), None, "{bad}");
        }
        let of = |name: &str| Format::of(&Target::of(Path::new(name)));
        assert_eq!(of("x.y4m").unwrap(), Format::Y4m);
        assert_eq!(of("x.MP4").unwrap(), Format::Program);
        assert_eq!(of("f/%04d.png").unwrap(), Format::Pictures);
        assert_eq!((of("x.wav").unwrap(), of("-").unwrap()), (Format::Wav, Format::Y4m));
        assert!(of("x.png").is_err() && of("x.txt").is_err() && of("%d.txt").is_err());
    }
}
