//! Which files inputs stand for.

use super::*;

const PICTURES: Wanted<'_> = Wanted::Media {
    pictures: true,
    sounds: false,
    endings: &["png"],
};

fn names(inputs: &Inputs, folder: &Path) -> Vec<String> {
    let name = |source: &Source| match source {
        Source::File(path) => path.strip_prefix(folder).unwrap().display().to_string(),
        other => other.name(),
    };
    inputs.sources().map(name).collect()
}

#[test]
fn folders_become_their_files_sorted_and_what_is_left_out_is_listed() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("sub")).unwrap();
    for name in ["b.png", "sub/a.PNG", "c.txt", ".hidden.png", "a.lmc"] {
        fs::write(dir.path().join(name), b"").unwrap();
    }
    fs::write(dir.path().join("nameless"), b"P6 1 1 255 abc").unwrap();
    let inputs = [dir.path().to_path_buf(), dir.path().join("missing.jpg"), "-".into()];
    let all = expand(&inputs, PICTURES);
    let expected = ["b.png", "nameless", "sub/a.PNG", "missing.jpg", "-"];
    assert_eq!(names(&all, dir.path()), expected);
    assert_eq!(all.found[2].below, Path::new("sub"));
    let left_out: Vec<&str> = all.left_out.iter().map(|left| left.reason.as_str()).collect();
    assert_eq!(left_out, ["it is empty"; 2], "a.lmc and c.txt");
    assert_eq!(all.failed, []);
}

/// A socket stands for whatever can be waited for: pipes, terminals.
#[cfg(unix)]
#[test]
fn folders_give_no_pipes_and_no_devices_and_name_links_to_folders() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("sub")).unwrap();
    fs::write(dir.path().join("a.png"), b"").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("b.png")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", dir.path().join("c.png")).unwrap();
    std::os::unix::fs::symlink("..", dir.path().join("sub/d")).unwrap();
    for wanted in [PICTURES, Wanted::Endings(&["png"])] {
        let all = expand(&[dir.path().to_path_buf()], wanted);
        assert_eq!(names(&all, dir.path()), ["a.png"]);
        let left_out: Vec<&str> = all.left_out.iter().map(|left| left.reason.as_str()).collect();
        let special = "a pipe or a device: name it to read it";
        let link = "a link to a folder: name it to use what it holds";
        assert_eq!(left_out, [link, special, special]);
    }
}

#[test]
fn a_folder_of_nothing_is_a_failure_beside_the_others() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["empty", "full"] {
        fs::create_dir(dir.path().join(name)).unwrap();
    }
    fs::write(dir.path().join("full/a.png"), b"").unwrap();
    let all = expand(&[dir.path().join("empty"), dir.path().join("full")], PICTURES);
    assert_eq!(names(&all, dir.path()), ["full/a.png"]);
    assert_eq!(all.failed.len(), 1);
    assert!(all.failed[0].reason.contains("png"), "{}", all.failed[0].reason);
    let streams = expand(&[dir.path().join("full")], Wanted::Streams);
    assert_eq!(
        (streams.found.len(), streams.left_out.len(), streams.failed.len()),
        (0, 1, 1)
    );
}

#[test]
fn names_of_stdin_are_stdin() {
    for name in ["-", "/dev/stdin", "/dev/fd/0"] {
        assert_eq!(Source::of(Path::new(name)), Source::Stdin, "{name}");
    }
    assert_eq!(Source::of(Path::new("no/such")), Source::File("no/such".into()));
    if cfg!(unix) {
        assert_eq!(Source::of(Path::new("/dev/zero")), Source::Pipe("/dev/zero".into()));
    }
}

#[test]
fn a_missing_file_is_an_error_said_once() {
    let error = Source::File("no/such.lmc".into()).read(&Limits::default()).unwrap_err();
    let text = format!("{error:#}");
    assert_eq!(text.matches("No such file").count(), usize::from(cfg!(unix)), "{text}");
}
