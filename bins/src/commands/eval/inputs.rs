//! The pictures of `lmc eval`: finding them, and reading them as all codecs get them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lmc_codec::{Color, Depth, Limits, Picture, files};
use lmc_eval::pictures::Rgb;
use lmc_eval::pictures::run::{Item, name_files};

use super::super::encode::ENDINGS;

/// Pictures, and what was left out.
pub(super) struct Inputs {
    pub(super) files: Vec<Item>,
    pub(super) notes: Vec<String>,
}

/// Named files as they are, and of folders the files that end as pictures do; others there are noted.
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
        bail!(
            "there are no pictures: none of the files ends in {}",
            ENDINGS.join(", ")
        );
    }
    let mut seen = std::collections::BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    Ok(Inputs {
        files: name_files(paths),
        notes,
    })
}

/// The files of a folder and of those below it; names that begin with a dot and links to folders are left out.
fn folder(folder: &Path, paths: &mut Vec<PathBuf>, notes: &mut Vec<String>) -> Result<()> {
    let context = || format!("cannot read the folder {}", folder.display());
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).with_context(context)? {
        let entry = entry.with_context(context)?;
        let is_folder = entry.file_type().with_context(context)?.is_dir();
        entries.push((entry.path(), is_folder));
    }
    entries.sort();
    for (path, is_folder) in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if is_folder {
            self::folder(&path, paths, notes)?;
        } else if ENDINGS.contains(&ending.as_str()) {
            paths.push(path);
        } else {
            notes.push(format!(
                "{name}: left out, its name does not end as those of pictures do"
            ));
        }
    }
    Ok(())
}

/// A picture in 8-bit RGB, which is what every codec gets, and what that changed.
pub(super) fn read(path: &Path) -> Result<(Rgb, Option<String>), String> {
    let picture = files::read_path(path, &Limits::default()).map_err(|error| error.to_string())?;
    let (width, height) = (picture.width(), picture.height());
    let samples = picture.samples().to_u8();
    let rgb = match picture.color() {
        Color::Gray => Rgb::from_gray(width, height, &samples),
        Color::Rgb => Rgb::new(width, height, samples.into_owned()),
    };
    Ok((rgb.map_err(|error| error.to_string())?, note(&picture)))
}

fn note(picture: &Picture) -> Option<String> {
    let notes = [
        (picture.color() == Color::Gray, "gray: measured as RGB"),
        (picture.depth() == Depth::Sixteen, "16 bits: rounded to 8"),
        (picture.alpha().is_some(), "alpha: left out"),
    ];
    let notes: Vec<&str> = notes.iter().filter(|(is, _)| *is).map(|(_, note)| *note).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}
