//! Sound through an installed `ffmpeg` program, which reads almost any file.

use std::ffi::OsString;
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
/// What it says of sounds that nothing is wrong with.
const NO_NEWS: [&str; 2] = ["Guessed Channel Layout", "Estimating duration from bitrate"];
/// Where tags lie that, as those of Ogg, are of the track.
const TRACK: &str = "0:s:a:0";
/// The program's names for tags that have others elsewhere, and those that say nothing of the sound.
const NAMES: [(&str, Option<&str>); 8] = [
    ("ALBUM_ARTIST", Some("ALBUMARTIST")),
    ("DISC", Some("DISCNUMBER")),
    ("HANDLER_NAME", None),
    ("VENDOR_ID", None),
    ("DURATION", None),
    ("MAJOR_BRAND", None),
    ("MINOR_VERSION", None),
    ("COMPATIBLE_BRANDS", None),
];

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
    let news = said
        .lines()
        .filter(|line| !NO_NEWS.iter().any(|other| line.contains(other)));
    for line in news.take(MAX_LINES) {
        notes.warn(format!("ffmpeg says: {}", without_address(line)));
    }
    let mut tags = tags(program, path, &mut notes)?;
    merge(&mut tags, &tags_in(program, path, TRACK, &mut notes)?);
    merge(&mut tags, inner.tags());
    Ok(Box::new(Via {
        inner: Box::new(inner),
        tags,
        notes,
        _samples: samples,
    }))
}

fn ffmpeg(program: &str, path: &Path) -> Command {
    // The name is that of a file, whatever it looks like, and so are those in playlists.
    let mut name = OsString::from("file:");
    name.push(path);
    let mut command = Command::new(program);
    command
        .args([
            "-nostdin",
            "-hide_banner",
            "-v",
            "warning",
            "-protocol_whitelist",
            "file",
            "-i",
        ])
        .arg(name);
    command.stdin(Stdio::null());
    command
}

/// A line without the address of the part of the program that says it, which is another each time.
fn without_address(line: &str) -> String {
    match line
        .split_once(" @ 0x")
        .and_then(|(start, rest)| Some((start, rest.split_once(']')?.1)))
    {
        Some((start, rest)) => format!("{start}]{rest}"),
        None => line.to_owned(),
    }
}

/// Runs the program; returns what it said.
fn run(command: &mut Command, salvage: bool) -> Result<String> {
    let output = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => CodecError::Unsupported("there is no program ffmpeg".to_owned()),
        _ => CodecError::Io(error),
    })?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.contains("matches no streams") {
        return Err(FILE.error("there is no sound in it"));
    }
    if !output.status.success() && !salvage {
        let last = said.lines().last().unwrap_or("it says nothing").to_owned();
        return Err(FILE.error(format!("the program cannot read it: {last}")));
    }
    Ok(said)
}

/// The tags that the program finds in a file.
pub(crate) fn tags(program: &str, path: &Path, notes: &mut SoundNotes) -> Result<Tags> {
    tags_in(program, path, "0", notes)
}

/// The tags that the program finds in a place.
fn tags_in(program: &str, path: &Path, place: &str, notes: &mut SoundNotes) -> Result<Tags> {
    let mut command = ffmpeg(program, path);
    command.args(["-map_metadata", place, "-bitexact", "-f", "ffmetadata", "-"]);
    let text = command.output()?.stdout;
    let mut tags = Tags::default();
    for (name, value) in entries(&String::from_utf8_lossy(&text)) {
        let name = name.to_ascii_uppercase();
        let known = NAMES.iter().find(|(other, _)| *other == name);
        if let Some(name) = known.map_or(Some(&name[..]), |(_, name)| *name) {
            add(&mut tags, name, &value, notes);
        }
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
    use super::super::WavWriter;
    use super::*;
    use crate::sound::{SampleFormat, Sound};

    #[test]
    fn metadata_is_read_up_to_the_first_section() {
        let text = ";FFMETADATA1\ntitle=a\\=b\ncomment=two\\\nlines\n[CHAPTER]\ntitle=no\n";
        let pairs =
            [("title", "a=b"), ("comment", "two\nlines")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(entries(text), pairs);
    }

    #[test]
    fn messages_lose_their_addresses() {
        assert_eq!(without_address("[mp3 @ 0x55f1b5] bad] frame"), "[mp3] bad] frame");
        for line in ["no address", "[x @ 0x12 and no end"] {
            assert_eq!(without_address(line), line);
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        let error = open_via_ffmpeg(Path::new("x.wma"), "no-such-ffmpeg-program", &ReadOptions::default());
        assert!(error.is_err_and(|error| error.to_string().contains("no program ffmpeg")));
    }

    /// Runs the program in a folder; whether there is one.
    fn ffmpeg_in(folder: &Path, line: &str) -> bool {
        let arguments = ["-v", "error", "-y"].into_iter().chain(line.split(' '));
        match Command::new("ffmpeg").args(arguments).current_dir(folder).output() {
            Ok(output) => {
                assert!(
                    output.status.success(),
                    "{line}: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
                true
            }
            Err(_) => {
                eprintln!("skipped: there is no program ffmpeg on the PATH");
                false
            }
        }
    }

    fn open(path: &Path) -> Result<(Sound, SoundNotes)> {
        let mut source = open_via_ffmpeg(path, "ffmpeg", &ReadOptions::default())?;
        let sound = Sound::read_all(&mut *source)?;
        Ok((sound, source.notes()))
    }

    /// A mono file of 16 bits with every eighth value.
    fn wav(path: &Path) -> Vec<f32> {
        let samples: Vec<f32> = (-4096..4096).map(|at| at as f32 / 4096.0).collect();
        let spec = SoundSpec {
            rate: 16_000,
            channels: 1,
            format: SampleFormat::Int16,
        };
        let mut writer = WavWriter::new(Vec::new(), spec, samples.len() as u64, &Tags::default()).unwrap();
        writer.write(&samples).unwrap();
        std::fs::write(path, writer.finish().unwrap().0).unwrap();
        samples
    }

    #[test]
    fn an_installed_program_reads_what_this_library_cannot() {
        let folder = tempfile::tempdir().unwrap();
        let samples = wav(&folder.path().join("in.wav"));
        // The name looks like that of a protocol.
        let wavpack = "-i in.wav -c:a wavpack -metadata title=Tïtel -metadata album_artist=We file:a:b.wv";
        if !ffmpeg_in(folder.path(), wavpack) {
            return;
        }
        let (sound, notes) = open(&folder.path().join("a:b.wv")).unwrap();
        assert_eq!((sound.samples(), sound.spec().rate), (&samples[..], 16_000));
        assert_eq!(notes.warnings.len(), 1, "{notes:?}");
        let tags: Vec<_> = sound.tags().entries().map(|(key, text)| (key.name(), text)).collect();
        assert!(tags.contains(&("title", "Tïtel")), "{tags:?}");
        assert!(tags.contains(&("ALBUMARTIST", "We")), "{tags:?}");
    }

    #[test]
    fn tags_of_tracks_are_kept_and_files_without_sound_refused() {
        let folder = tempfile::tempdir().unwrap();
        wav(&folder.path().join("in.wav"));
        if !ffmpeg_in(folder.path(), "-i in.wav -c:a flac -metadata artist=Who in.oga") {
            return;
        }
        let (sound, _) = open(&folder.path().join("in.oga")).unwrap();
        assert!(
            sound
                .tags()
                .entries()
                .any(|(key, text)| (key.name(), text) == ("artist", "Who"))
        );
        assert!(ffmpeg_in(
            folder.path(),
            "-f lavfi -i color=s=16x16:d=0.04 -frames:v 1 in.png"
        ));
        let error = open(&folder.path().join("in.png")).unwrap_err().to_string();
        assert!(error.contains("there is no sound in it"), "{error}");
        std::fs::write(folder.path().join("no.wma"), b"no sound at all").unwrap();
        let error = open(&folder.path().join("no.wma")).unwrap_err().to_string();
        assert!(error.contains("the program cannot read it"), "{error}");
    }
}
