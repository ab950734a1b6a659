//! Files that appear whole or not at all.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::{Builder, TempPath};

/// Temporary files that have a name.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes all temporary files of [`WholeFile`]s that are not committed, for programs that a signal is about to end.
/// Where files need no name, there are none.
pub fn remove_unfinished() {
    let unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    for path in unfinished.iter() {
        // The program ends: there is no one left to tell.
        let _ = fs::remove_file(path);
    }
}

/// A file that is written piece by piece and gets its name once it is whole. Until then it has none, on Linux and where
/// the file system allows it, so that nothing is left of it however the program ends; elsewhere it is a temporary file
/// in the same folder, which is removed unless the program is killed.
#[derive(Debug)]
pub struct WholeFile {
    file: File,
    name: Option<Name>,
    target: PathBuf,
}

impl WholeFile {
    /// A file that is to become the one at `path`. Where that is a link, the file that it points to is meant. The new
    /// file has the mode of the one that it replaces.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let mode = fs::metadata(&target).ok().map(|file| file.permissions());
        let (file, name) = match unnamed(folder_of(&target), mode.is_some()) {
            Some(file) => (file, None),
            None => named(folder_of(&target), mode.is_some()).map(|(file, name)| (file, Some(name)))?,
        };
        if let Some(mode) = mode {
            file.set_permissions(mode)?;
        }
        Ok(Self { file, name, target })
    }

    /// The same with a temporary name, for programs that write to names.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_named(path: &Path) -> io::Result<Self> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let mode = fs::metadata(&target).ok().map(|file| file.permissions());
        let (file, name) = named(folder_of(&target), mode.is_some())?;
        if let Some(mode) = mode {
            file.set_permissions(mode)?;
        }
        Ok(Self {
            file,
            name: Some(name),
            target,
        })
    }

    /// The temporary name, where the file has one.
    pub fn temporary_path(&self) -> Option<&Path> {
        self.name.as_ref().map(|name| name.listed.as_path())
    }

    /// Gives the file its name, once all of it is on the disk; returns its size in bytes.
    ///
    /// # Errors
    /// `AlreadyExists` when there is a file of that name and `replace` is not given. Nothing is left of this one then.
    pub fn commit(self, replace: bool) -> io::Result<u64> {
        self.file.sync_all()?;
        let bytes = self.file.metadata()?.len();
        match self.name {
            Some(name) => name.persist(&self.target, replace)?,
            None => link(&self.file, &self.target, replace)?,
        }
        Ok(bytes)
    }
}

/// Writes `bytes` to the file at `path`, whole or not at all.
///
/// # Errors
/// As [`WholeFile::create`] and [`WholeFile::commit`].
pub fn write_whole(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.commit(replace).map(drop)
}

impl Read for WholeFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.read(bytes)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for WholeFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn builder() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(".lmc-").suffix(".tmp");
    builder
}

/// The mode of a file that is new, less what the umask forbids, or of one that takes another's place.
#[cfg(unix)]
fn first_mode(replaces: bool) -> u32 {
    if replaces { 0o600 } else { 0o666 }
}

/// A file without a name, where the system has such files.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path, replaces: bool) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};
    // Names are given through this folder.
    if !Path::new("/proc/self/fd").is_dir() {
        return None;
    }
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    open(folder, flags, Mode::from_raw_mode(first_mode(replaces)))
        .ok()
        .map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path, _: bool) -> Option<File> {
    None
}

/// Gives a file that has no name the one at `target`.
#[cfg(target_os = "linux")]
fn link(file: &File, target: &Path, replace: bool) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;

    let source = format!("/proc/self/fd/{}", file.as_raw_fd());
    let link_to = |path: &Path| -> io::Result<()> {
        linkat(CWD, source.as_str(), CWD, path, AtFlags::SYMLINK_FOLLOW)?;
        Ok(())
    };
    match link_to(target) {
        // A link replaces nothing, but a rename does.
        Err(error) if replace && error.kind() == io::ErrorKind::AlreadyExists => {
            let beside = builder().make_in(folder_of(target), link_to)?;
            beside.into_temp_path().persist(target).map_err(|error| error.error)
        }
        linked => linked,
    }
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path, _: bool) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn named(folder: &Path, replaces: bool) -> io::Result<(File, Name)> {
    let mut builder = builder();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(first_mode(replaces)));
    }
    #[cfg(not(unix))]
    let _ = replaces;
    let (file, path) = builder.tempfile_in(folder).map_err(|error| plain(&error))?.into_parts();
    Ok((file, Name::new(path)))
}

/// The kind of an error alone: the name of a temporary file is no help to anyone.
fn plain(error: &io::Error) -> io::Error {
    error.kind().into()
}

/// The name of a temporary file, which is removed with it.
#[derive(Debug)]
struct Name {
    path: Option<TempPath>,
    listed: PathBuf,
}

impl Name {
    fn new(path: TempPath) -> Self {
        let listed = path.to_path_buf();
        let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        unfinished.insert(listed.clone());
        Self {
            path: Some(path),
            listed,
        }
    }

    fn persist(mut self, target: &Path, replace: bool) -> io::Result<()> {
        match self.path.take() {
            Some(path) if replace => path.persist(target).map_err(|error| error.error),
            Some(path) => path.persist_noclobber(target).map_err(|error| error.error),
            None => Ok(()),
        }
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        drop(self.path.take());
        let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        unfinished.remove(&self.listed);
    }
}

#[cfg(test)]
mod unit {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::*;

    /// One of the tests removes the files of all.
    fn alone() -> MutexGuard<'static, ()> {
        static LOCK: Mutex<()> = Mutex::new(());
        LOCK.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn names(folder: &Path) -> Vec<String> {
        let items = fs::read_dir(folder).unwrap().map(|item| item.unwrap().file_name());
        let mut names: Vec<_> = items.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A file by its name, as where the system has no others.
    fn by_name(path: &Path) -> WholeFile {
        let (file, name) = named(folder_of(path), path.exists()).unwrap();
        let (name, target) = (Some(name), path.to_path_buf());
        WholeFile { file, name, target }
    }

    #[test]
    fn files_are_absent_until_they_are_whole() {
        let _alone = alone();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        for create in [by_name as fn(&Path) -> WholeFile, |path| {
            WholeFile::create(path).unwrap()
        }] {
            let mut file = create(&path);
            file.write_all(b"half").unwrap();
            assert!(!path.exists());
            drop(file);
            assert_eq!(names(dir.path()), Vec::<String>::new());
            let mut file = create(&path);
            file.write_all(b"whole").unwrap();
            assert_eq!(file.commit(false).unwrap(), 5);
            let kept = create(&path).commit(false).unwrap_err();
            assert_eq!(kept.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&path).unwrap(), b"whole");
            assert_eq!(create(&path).commit(true).unwrap(), 0);
            assert_eq!(
                (names(dir.path()), fs::read(&path).unwrap()),
                (vec!["a".to_owned()], vec![])
            );
            fs::remove_file(&path).unwrap();
        }
        let error = WholeFile::create(&dir.path().join("no/where")).unwrap_err();
        assert!(!error.to_string().contains(".tmp"), "{error}");
    }

    #[test]
    fn named_files_are_removed_before_a_program_ends() {
        let _alone = alone();
        let dir = tempfile::tempdir().unwrap();
        let mut file = by_name(&dir.path().join("a"));
        file.write_all(b"half").unwrap();
        assert_eq!(names(dir.path()).len(), 1);
        remove_unfinished();
        assert_eq!(names(dir.path()).len(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn replaced_files_keep_their_mode() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        for mode in [0o600, 0o640, 0o755] {
            fs::write(&path, b"old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            write_whole(&path, b"new", true).unwrap();
            let kept = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
            assert_eq!((kept, fs::read(&path).unwrap()), (mode, b"new".to_vec()));
        }
    }
}
