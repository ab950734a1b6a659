//! The files of `lmc eval`: finding them, and telling pictures from sounds.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use lmc_codec::files::{has_ending, walk};
use lmc_eval::media::Medium;
use lmc_eval::pictures::Rgb;
use lmc_eval::run::{Item, name_files};
use lmc_eval::sound::Sound;

use super::kind::Kind;
use crate::usage::usage;

/// Files of one medium, and what was left out.
#[derive(Debug)]
pub(super) struct Inputs {
    pub(super) medium: Medium,
    pub(super) files: Vec<Item>,
    pub(super) notes: Vec<String>,
}

/// Named files as they are, and of folders the files that end as pictures or sounds do; others there are noted.
///
/// # Errors
/// A usage error where there are both pictures and sounds.
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
        let endings = [Rgb::ENDINGS, Sound::ENDINGS].concat().join(", ");
        bail!("there are no pictures or sounds: none of the files ends in {endings}");
    }
    let mut seen = std::collections::BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    Ok(Inputs {
        medium: medium(&paths)?,
        files: name_files(paths),
        notes,
    })
}

/// What the files hold by their endings; those with other endings, which only named files have, do not count.
fn medium(paths: &[PathBuf]) -> Result<Medium> {
    let first = |medium| paths.iter().find(|path| medium_of(path) == Some(medium));
    match (first(Medium::Pictures), first(Medium::Sound)) {
        (Some(picture), Some(sound)) => {
            let (picture, sound) = (picture.display(), sound.display());
            let reason = format!("{picture} is a picture and {sound} a sound: evaluate them in two runs");
            Err(usage(reason))
        }
        (None, Some(_)) => Ok(Medium::Sound),
        _ => Ok(Medium::Pictures),
    }
}

fn medium_of(path: &Path) -> Option<Medium> {
    if has_ending(path, Rgb::ENDINGS) {
        return Some(Medium::Pictures);
    }
    has_ending(path, Sound::ENDINGS).then_some(Medium::Sound)
}

/// The files of a folder and of those below it.
fn folder(folder: &Path, paths: &mut Vec<PathBuf>, notes: &mut Vec<String>) -> Result<()> {
    for path in walk(folder)? {
        if medium_of(&path).is_some() {
            paths.push(path);
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            notes.push(format!(
                "{name}: left out, its name does not end as those of pictures and sounds do"
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
    }
}
