//! The files of `lmc eval`: finding them, and telling pictures, sounds and videos apart.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use lmc_codec::files::{has_ending, walk};
use lmc_codec::video::files::Ffmpeg;
use lmc_eval::media::Medium;
use lmc_eval::pictures::Rgb;
use lmc_eval::run::{Item, name_files};
use lmc_eval::sound::Sound;
use lmc_eval::videos::Clip;

use super::kind::Kind;
use crate::usage::usage;

/// Files of one medium, and what was left out.
#[derive(Debug)]
pub(super) struct Inputs {
    pub(super) medium: Medium,
    pub(super) files: Vec<Item>,
    pub(super) notes: Vec<String>,
}

/// Named files as they are, and of folders the files that end as pictures, sounds or videos do; others there are noted.
///
/// # Errors
/// A usage error where there are files of several media.
pub(super) fn find(inputs: &[PathBuf]) -> Result<Inputs> {
    let (mut paths, mut notes) = (Vec::new(), Vec::new());
    for input in inputs {
        if input.is_dir() {
            folder(input, &mut paths, &mut notes)?;
        } else {
            paths.push(input.clone());
        }
    }
    if paths.is_empty() {
        let endings = [Rgb::ENDINGS, Sound::ENDINGS, Clip::ENDINGS].concat().join(", ");
        bail!("there are no pictures, sounds or videos: none of the files ends in {endings}");
    }
    let mut seen = std::collections::BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    Ok(Inputs {
        medium: medium(&paths)?,
        files: name_files(paths),
        notes,
    })
}

/// What the files hold; those with other endings, which only named files have, do not count.
fn medium(paths: &[PathBuf]) -> Result<Medium> {
    let known = paths.iter().filter_map(|path| Some((path, medium_of(path)?)));
    let known: Vec<(&PathBuf, Medium)> = known.collect();
    let Some((first, medium)) = known.first() else {
        return Ok(Medium::Pictures);
    };
    match known.iter().find(|(_, other)| other != medium) {
        Some((other, of)) => {
            let (first, other) = (first.display(), other.display());
            let reason = format!(
                "{first} is {} and {other} {}: evaluate them in two runs",
                a(*medium),
                a(*of)
            );
            Err(usage(reason))
        }
        None => Ok(*medium),
    }
}

fn a(medium: Medium) -> &'static str {
    match medium {
        Medium::Pictures => "a picture",
        Medium::Sound => "a sound",
        Medium::Video => "a video",
    }
}

/// What a file holds by its ending. Of what may be either, such as MP4, ffmpeg tells, if there is one.
fn medium_of(path: &Path) -> Option<Medium> {
    if has_ending(path, Rgb::ENDINGS) {
        return Some(Medium::Pictures);
    }
    match (has_ending(path, Sound::ENDINGS), has_ending(path, Clip::ENDINGS)) {
        (true, true) if Ffmpeg::find(None).has_video(path) => Some(Medium::Video),
        (true, _) => Some(Medium::Sound),
        (false, true) => Some(Medium::Video),
        (false, false) => None,
    }
}

/// The files of a folder and of those below it.
fn folder(folder: &Path, paths: &mut Vec<PathBuf>, notes: &mut Vec<String>) -> Result<()> {
    for path in walk(folder)? {
        if medium_of(&path).is_some() {
            paths.push(path);
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            notes.push(format!(
                "{name}: left out, its name does not end as those of pictures, sounds and videos do"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_say_what_is_measured() {
        let medium = |names: &[&str]| medium(&names.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(medium(&["a.png", "b.JPG", "c"]).unwrap(), Medium::Pictures);
        assert_eq!(medium(&["a.WAV", "c.txt"]).unwrap(), Medium::Sound);
        assert_eq!(medium(&["c.txt"]).unwrap(), Medium::Pictures);
        let error = medium(&["a.png", "b.wav"]).unwrap_err().to_string();
        assert!(error.contains("a.png is a picture and b.wav a sound"), "{error}");
        assert_eq!(medium(&["a.y4m", "b.avi", "c"]).unwrap(), Medium::Video);
        assert_eq!(
            medium(&["nowhere.mp4"]).unwrap(),
            Medium::Sound,
            "no program finds a video in it"
        );
        assert!(medium(&["a.wav", "b.y4m"]).is_err());
    }
}
