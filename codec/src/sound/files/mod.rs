//! Sound files: read piece by piece, and WAV is written so.
//!
//! Files are recognised by their content, whatever their name. What they hold is kept, or noted as lost; damage is
//! noted, and silence stands in the place of what is lost. What cannot be read is refused by name.

mod chunks;
mod coded;
mod flac;
mod format;
mod guard;
mod input;
mod mkv;
mod mp4;
mod ogg;
mod pcm;
mod tags;
mod tails;
mod via;
mod wav_write;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::Path;

use super::SoundSource;
use crate::error::Result;
use input::{Input, bytes_at};

pub use format::{ENDINGS, SoundFormat};
pub use guard::is_guarded;
pub use input::MediaSource;
pub use pcm::raw::{RawFormat, RawSound};
pub use via::open_via_ffmpeg;
pub(crate) use via::tags as tags_via_ffmpeg;
pub use wav_write::WavWriter;

/// Bytes that tell a format, and how long a tag in front of it is.
const HEAD_BYTES: u64 = 64;

/// How sound files are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Whether what there is of a cut file is taken, with a warning. Default false: it is refused.
    pub salvage: bool,
}

impl ReadOptions {
    /// The same with what becomes of cut files.
    pub fn with_salvage(self, salvage: bool) -> Self {
        Self { salvage }
    }
}

/// Opens a sound file.
///
/// # Errors
/// As [`open`], and `Io` when there is no such file.
pub fn open_path(path: &Path) -> Result<Box<dyn SoundSource>> {
    open(File::open(path)?)
}

/// Opens the sound file that `bytes` are.
///
/// # Errors
/// As [`open`].
pub fn open_bytes(bytes: Vec<u8>) -> Result<Box<dyn SoundSource>> {
    open(Cursor::new(bytes))
}

/// Opens a sound file whatever its format, with the default options.
///
/// # Errors
/// As [`open_with`].
pub fn open<R: MediaSource + 'static>(file: R) -> Result<Box<dyn SoundSource>> {
    open_with(file, &ReadOptions::default())
}

/// Opens a sound file whatever its format. No more than a few packets are held in memory, however long it is.
///
/// # Errors
/// `Unsupported` for other formats, and for sounds of other rates and channels than streams may have; `Media` for files
/// that are damaged beyond use or, without [`ReadOptions::salvage`], cut; `Io`.
pub fn open_with<R: MediaSource + 'static>(file: R, options: &ReadOptions) -> Result<Box<dyn SoundSource>> {
    let mut input: Input = BufReader::with_capacity(1 << 16, Box::new(file));
    let format = format_of(&mut input)?;
    let source = guard::guarded(format, || open_as(format, input, options))?;
    source.spec().check()?;
    Ok(source)
}

/// Opens samples without a header.
///
/// # Errors
/// `Unsupported` for rates and channels that streams cannot have; `Media` when there are no channels; `Io`.
pub fn open_raw<R: MediaSource + 'static>(file: R, raw: RawSound) -> Result<Box<dyn SoundSource>> {
    let input: Input = BufReader::with_capacity(1 << 16, Box::new(file));
    let source = pcm::raw::open(input, raw)?;
    source.spec().check()?;
    Ok(Box::new(source))
}

fn open_as(format: SoundFormat, input: Input, options: &ReadOptions) -> Result<Box<dyn SoundSource>> {
    Ok(match format {
        SoundFormat::Wav => Box::new(pcm::open_riff(input, options)?),
        SoundFormat::Aiff => Box::new(pcm::aiff::open(input, options)?),
        SoundFormat::Caf => Box::new(pcm::caf::open(input, options)?),
        SoundFormat::Au => Box::new(pcm::au::open(input, options)?),
        SoundFormat::Flac => Box::new(flac::open(input, options)?),
        SoundFormat::Mp3 => Box::new(coded::mpeg::open(input, options)?),
        SoundFormat::Aac => Box::new(coded::adts::open(input, options)?),
        SoundFormat::Ogg => Box::new(ogg::open(input, options)?),
        SoundFormat::M4a => Box::new(mp4::open(input, options)?),
        SoundFormat::Matroska => Box::new(mkv::open(input, options)?),
        SoundFormat::Ffmpeg => return Err(format.error("it takes a program")),
        SoundFormat::Raw => return Err(format.error("its rate and its channels must be told")),
    })
}

/// The format of a file, found behind tags in front of it.
fn format_of(input: &mut Input) -> Result<SoundFormat> {
    let mut at = 0;
    let mut head = bytes_at(input, 0, HEAD_BYTES)?;
    // One tag behind another is rare, but programs have written it.
    for _ in 0..16 {
        let Some(bytes) = SoundFormat::tag_bytes(&head) else {
            break;
        };
        at += bytes;
        head = bytes_at(input, at, HEAD_BYTES)?;
    }
    match SoundFormat::from_content(&head) {
        // Only tags; or frames of MP3 behind something else, or behind a part of one.
        Err(_) if at > 0 || coded::mpeg::is_inside(input)? => Ok(SoundFormat::Mp3),
        found => found,
    }
}
