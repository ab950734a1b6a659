//! Sound through an installed `ffmpeg` program, which reads almost any file.

use std::io::{BufReader, ErrorKind};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::NamedTempFile;

use super::SoundFormat;
use super::input::Input;
use super::pcm::open_riff;
use super::tags::{add, merge};
use super::{ReadOptions, SoundSource};
use crate::error::{CodecError, Result};
use crate::sound::{SoundNotes, SoundSpec, Tags};

const FILE: SoundFormat = SoundFormat::Ffmpeg;
/// The most lines of the program that are passed on.
const MAX_LINES: usize = 8;

/// Has `program`, which is an ffmpeg, turn the first track of sound of a file into samples. These lie in a temporary file
/// while the source lives.
///
/// # Errors
/// `Media` when the program fails, `Unsupported` when there is none, `Io`.
pub fn open_via_ffmpeg(path: &Path, program: &str, options: &ReadOptions) -> Result<Box<dyn SoundSource>> {
    let samples = NamedTempFile::new()?;
    let mut command = ffmpeg(program, path);
    command.args([
        "-map",
        "0:a:0",
        "-f",
        "wav",
        "-rf64",
        "auto",
        "-c:a",
        "pcm_f32le",
        "-bitexact",
        "-y",
    ]);
    command.arg(samples.path());
    let said = run(&mut command, options.salvage)?;
    let file = samples.reopen()?;
    let input: Input = BufReader::with_capacity(1 << 16, Box::new(file));
    let inner = open_riff(input, options)?;
    inner.spec().check()?;
    let mut notes = SoundNotes::default();
    notes.warn("it was read by the program ffmpeg: what that does not tell of it is not kept");
    for line in said.lines().take(MAX_LINES) {
        notes.warn(format!("ffmpeg says: {line}"));
    }
    let mut tags = tags(program, path, &mut notes)?;
    merge(&mut tags, inner.tags());
    Ok(Box::new(Via {
        inner: Box::new(inner),
        tags,
        notes,
        _samples: samples,
    }))
}

fn ffmpeg(program: &str, path: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args(["-nostdin", "-hide_banner", "-v", "warning", "-i"])
        .arg(path);
    command.stdin(Stdio::null());
    command
}

/// Runs the program; returns what it said.
fn run(command: &mut Command, salvage: bool) -> Result<String> {
    let output = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => CodecError::Unsupported("there is no program ffmpeg".to_owned()),
        _ => CodecError::Io(error),
    })?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() && !salvage {
        let last = said.lines().last().unwrap_or("it says nothing").to_owned();
        return Err(FILE.error(format!("the program cannot read it: {last}")));
    }
    Ok(said)
}

/// The tags that the program finds in a file.
pub(crate) fn tags(program: &str, path: &Path, notes: &mut SoundNotes) -> Result<Tags> {
    let output = ffmpeg(program, path).args(["-f", "ffmetadata", "-"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut tags = Tags::default();
    for (name, value) in entries(&text) {
        add(&mut tags, &name.to_ascii_uppercase(), &value, notes);
    }
    Ok(tags)
}

/// Keys and values of the metadata before the first section; a backslash stands before letters that mean something else.
fn entries(text: &str) -> Vec<(String, String)> {
    let (mut entries, mut name, mut value) = (Vec::new(), None, String::new());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next()),
            '=' if name.is_none() => name = Some(std::mem::take(&mut value)),
            '\n' => {
                let value = std::mem::take(&mut value);
                match name.take() {
                    Some(name) => entries.push((name, value)),
                    None if value.starts_with('[') => break,
                    None => {}
                }
            }
            letter => value.push(letter),
        }
    }
    entries
}

/// What the program made, with the file it lies in.
struct Via {
    inner: Box<dyn SoundSource + Send>,
    tags: Tags,
    notes: SoundNotes,
    _samples: NamedTempFile,
}

impl SoundSource for Via {
    fn spec(&self) -> SoundSpec {
        self.inner.spec()
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn channel_mask(&self) -> Option<u32> {
        self.inner.channel_mask()
    }

    fn notes(&self) -> SoundNotes {
        let mut notes = self.notes.clone();
        let inner = self.inner.notes();
        inner.warnings.into_iter().for_each(|warning| notes.warn(warning));
        inner.lost.into_iter().for_each(|name| notes.lose(name));
        notes
    }

    fn length(&self) -> Option<u64> {
        self.inner.length()
    }

    fn read(&mut self, out: &mut Vec<f32>, most: usize) -> Result<usize> {
        self.inner.read(out, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read_up_to_the_first_section() {
        let text = ";FFMETADATA1\ntitle=a\\=b\ncomment=two\\\nlines\n[CHAPTER]\ntitle=no\n";
        let pairs =
            [("title", "a=b"), ("comment", "two\nlines")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(entries(text), pairs);
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        let error = open_via_ffmpeg(Path::new("x.wma"), "no-such-ffmpeg-program", &ReadOptions::default());
        assert!(error.is_err_and(|error| error.to_string().contains("no program ffmpeg")));
    }
}
