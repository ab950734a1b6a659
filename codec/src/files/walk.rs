//! The files of folders.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What lies below a folder.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Walked {
    /// All files, sorted by path.
    pub files: Vec<PathBuf>,
    /// The folders that could not be read, sorted by path, each with the reason.
    pub failed: Vec<(PathBuf, io::Error)>,
    /// Links to folders, which are not followed, sorted by path.
    pub links: Vec<PathBuf>,
}

/// All files below `folder`, sorted by path. Names that begin with a dot are left out, and so are links to folders, so
/// that a link to a parent does no harm.
///
/// # Errors
/// When a folder cannot be read; the message names it.
pub fn walk(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let Walked { files, failed, .. } = walk_what_can_be_read(folder);
    match failed.into_iter().next() {
        None => Ok(files),
        Some((folder, error)) => {
            let reason = format!("cannot read the folder {}: {error}", folder.display());
            Err(io::Error::new(error.kind(), reason))
        }
    }
}

/// As [`walk`], but folders that cannot be read do not keep it from the others.
pub fn walk_what_can_be_read(folder: &Path) -> Walked {
    let mut walked = Walked::default();
    collect(folder, &mut walked);
    walked.files.sort();
    walked.links.sort();
    walked.failed.sort_by(|(one, _), (other, _)| one.cmp(other));
    walked
}

/// Whether the name of `path` has one of these endings, which are in lower case.
pub fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| endings.contains(&ending.as_str()))
}

fn collect(folder: &Path, walked: &mut Walked) {
    if let Err(error) = collect_from(folder, walked) {
        walked.failed.push((folder.to_path_buf(), error));
    }
}

fn collect_from(folder: &Path, walked: &mut Walked) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let item = item?;
        let path = item.path();
        if item.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if item.file_type()?.is_dir() {
            collect(&path, walked);
        } else if path.is_dir() {
            walked.links.push(path);
        } else {
            walked.files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn folders_give_their_files_sorted() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("b/.git")).unwrap();
        for name in ["c.png", "b/a.PNG", "b/.git/x.png", ".hidden.png", "b.png"] {
            fs::write(dir.path().join(name), b"").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path(), dir.path().join("b/loop")).unwrap();
        let files = walk(dir.path()).unwrap();
        let expected = ["b/a.PNG", "b.png", "c.png"].map(|name| dir.path().join(name));
        assert_eq!(files, expected);
        assert!(files.iter().all(|path| has_ending(path, &["png"])));
        #[cfg(unix)]
        assert_eq!(walk_what_can_be_read(dir.path()).links, [dir.path().join("b/loop")]);
        let missing = walk(&dir.path().join("nowhere")).unwrap_err();
        assert!(missing.to_string().contains("nowhere"), "{missing}");
    }
}
