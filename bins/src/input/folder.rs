//! From the names on the command line to inputs, folders replaced by what can be used of them.

use std::io;
use std::path::{Path, PathBuf};

use lmc_codec::files::{Content, has_ending, walk_what_can_be_read};
use serde::Serialize;

use super::Source;

/// Which files of a folder a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted<'a> {
    /// Those that end so.
    Endings(&'a [&'a str]),
    /// Streams, by content or by ending.
    Streams,
    /// Pictures, sounds, videos or all of them, by the endings of such files, and by content but for videos.
    Media {
        pictures: bool,
        sounds: bool,
        endings: &'a [&'a str],
    },
}

/// An input, and where it lies below the folder that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) source: Source,
    /// The folder that holds it, seen from the one that was named; empty for files that were named themselves.
    pub(crate) below: PathBuf,
}

/// A file of a folder that is not worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LeftOut {
    pub(crate) input: String,
    pub(crate) reason: String,
}

/// A folder that cannot be worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) input: String,
    pub(crate) reason: String,
}

/// What the names on a command line stand for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Inputs {
    pub(crate) found: Vec<Found>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) failed: Vec<Failed>,
}

/// Inputs as the user named them, with folders replaced by those of their files that are wanted. What is left out, and
/// folders that cannot be read or have nothing to use, are listed. That a named file is missing is found when it is read,
/// so that the others are still worked on.
pub(crate) fn expand(inputs: &[PathBuf], wanted: Wanted<'_>) -> Inputs {
    let mut all = Inputs::default();
    for input in inputs {
        if input.as_os_str() != "-" && input.is_dir() {
            all.add_folder(input, wanted);
        } else {
            all.found.push(Found {
                source: Source::of(input),
                below: PathBuf::new(),
            });
        }
    }
    all
}

impl Inputs {
    /// The sources alone.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.found.iter().map(|found| &found.source)
    }

    fn add_folder(&mut self, folder: &Path, wanted: Wanted<'_>) {
        let walked = walk_what_can_be_read(folder);
        let (before, whole) = (self.found.len(), walked.failed.is_empty());
        self.failed
            .extend(walked.failed.into_iter().map(|(path, error)| Failed {
                input: path.display().to_string(),
                reason: format!("cannot read the folder: {error}"),
            }));
        self.left_out.extend(walked.links.into_iter().map(|path| LeftOut {
            input: path.display().to_string(),
            reason: "a link to a folder: name it to use what it holds".to_owned(),
        }));
        for path in walked.files {
            match wanted.refuses(&path) {
                None => self.found.push(Found {
                    below: below(folder, &path),
                    source: Source::of(&path),
                }),
                Some(reason) => self.left_out.push(LeftOut {
                    input: path.display().to_string(),
                    reason,
                }),
            }
        }
        if self.found.len() == before && whole {
            self.failed.push(Failed {
                input: folder.display().to_string(),
                reason: format!("there is nothing in it to use: {}", wanted.description()),
            });
        }
    }
}

fn below(folder: &Path, path: &Path) -> PathBuf {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    inside.parent().map(Path::to_path_buf).unwrap_or_default()
}

impl Wanted<'_> {
    /// Why a file of a folder is not wanted; `None` for one that is.
    fn refuses(&self, path: &Path) -> Option<String> {
        let content = || Content::of_path(path);
        match *self {
            // Pipes wait for a writer, and devices may never end.
            _ if crate::output::is_special(path) => Some("a pipe or a device: name it to read it".to_owned()),
            Self::Endings(endings) => (!has_ending(path, endings)).then(|| self.description()),
            Self::Streams if has_ending(path, &["lmc"]) => None,
            Self::Streams => match content() {
                Ok(Content::Stream) => None,
                _ => Some("it is no lmc stream".to_owned()),
            },
            // What calls itself a picture or a sound is one, or an error.
            Self::Media { endings, .. } if has_ending(path, endings) => None,
            Self::Media { pictures, sounds, .. } => refusal(content(), pictures, sounds),
        }
    }

    fn description(&self) -> String {
        match *self {
            Self::Endings(endings) => format!("wanted are files that end in {}", endings.join(", ")),
            Self::Streams => "wanted are lmc streams".to_owned(),
            Self::Media { endings, .. } => {
                format!(
                    "wanted are files that end in {}, or hold such content",
                    endings.join(", ")
                )
            }
        }
    }
}

/// Why content is not wanted.
fn refusal(content: io::Result<Content>, pictures: bool, sounds: bool) -> Option<String> {
    match content {
        Ok(Content::Image(_)) if pictures => None,
        Ok(Content::Sound(_)) if sounds => None,
        Ok(Content::Image(format)) => Some(format!("a picture: {}", format.name())),
        Ok(Content::Sound(format)) => Some(format!("a sound: {}", format.name())),
        Ok(Content::Empty) => Some("it is empty".to_owned()),
        Ok(Content::Stream) => Some("an lmc stream".to_owned()),
        Ok(Content::Other(Some(name))) => Some(format!("{name}, which is not read")),
        Ok(_) => Some("of an unknown format".to_owned()),
        Err(error) => Some(format!("cannot read it: {error}")),
    }
}
