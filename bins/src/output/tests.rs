//! Outputs are whole or absent.

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let items = fs::read_dir(folder).unwrap().map(|item| item.unwrap().file_name());
    let mut names: Vec<_> = items.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn files_are_whole_and_nothing_else_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.lmc");
    assert_eq!(Target::File(path.clone()).write(b"hello", false).unwrap(), 5);
    assert_eq!(fs::read(&path).unwrap(), b"hello");
    assert_eq!(names(dir.path()), ["a.lmc"]);
}

#[test]
fn nothing_is_overwritten_unless_forced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.lmc");
    let target = Target::File(path.clone());
    target.write(b"old", false).unwrap();
    let error = target.write(b"new", false).unwrap_err();
    assert!(error.to_string().contains("--force"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"old");
    target.write(b"new", true).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(dir.path()), ["a.lmc"]);
}

#[test]
fn a_missing_folder_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::File(dir.path().join("nowhere/a.lmc"));
    let error = target.write(b"x", true).unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_stay_links_and_devices_are_written_to() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    let (real, link) = (dir.path().join("real"), dir.path().join("link"));
    fs::write(&real, b"old").unwrap();
    symlink(&real, &link).unwrap();
    Target::File(link.clone()).write(b"new", true).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read(&real).unwrap(), b"new");
    Target::File("/dev/null".into()).write(b"gone", false).unwrap();
    let fresh = dir.path().join("fresh");
    Target::File(fresh.clone()).write(b"x", false).unwrap();
    let mode = fs::metadata(&fresh).unwrap().permissions().mode();
    fs::write(dir.path().join("plain"), b"x").unwrap();
    let plain = fs::metadata(dir.path().join("plain")).unwrap();
    assert_eq!(mode, plain.permissions().mode());
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o600)).unwrap();
    Target::File(fresh.clone()).write(b"y", true).unwrap();
    assert_eq!(fs::metadata(&fresh).unwrap().permissions().mode() & 0o777, 0o600);
}
