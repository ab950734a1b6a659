//! Outputs that are open already, by the names that the system has for them.

use std::fs::File;
use std::io;
use std::path::Path;

/// The number of what is open under a name such as `/dev/fd/3`.
pub(super) fn number_of(path: &Path) -> Option<u32> {
    let name = path.to_str()?;
    match name {
        "/dev/stdout" => Some(1),
        "/dev/stderr" => Some(2),
        _ => {
            let number = name
                .strip_prefix("/dev/fd/")
                .or_else(|| name.strip_prefix("/proc/self/fd/"))?;
            number.parse().ok()
        }
    }
}

/// Another handle of what is open under a number: opening its name instead would begin at the start of a file.
#[cfg(unix)]
#[allow(unsafe_code)]
pub(super) fn duplicate(number: u32) -> io::Result<File> {
    use std::os::fd::BorrowedFd;

    let number = i32::try_from(number).map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
    // SAFETY: the number is used for this call only, which refuses one that is not open; it is not -1.
    let open = unsafe { BorrowedFd::borrow_raw(number) };
    open.try_clone_to_owned().map(File::from)
}

#[cfg(not(unix))]
pub(super) fn duplicate(_: u32) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn names_of_what_is_open_have_numbers() {
        let numbers = [
            "/dev/stdout",
            "/dev/stderr",
            "/dev/fd/63",
            "/proc/self/fd/1",
            "/dev/fd/x",
            "out/fd/3",
        ];
        let found = numbers.map(|name| number_of(Path::new(name)));
        assert_eq!(found, [Some(1), Some(2), Some(63), Some(1), None, None]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_open_is_an_error() {
        assert!(duplicate(60_000).is_err() && duplicate(u32::MAX).is_err());
        assert!(duplicate(2).is_ok());
    }
}
