//! Which files inputs stand for.

use super::*;

#[test]
fn folders_become_their_files_sorted() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("sub")).unwrap();
    for name in ["b.png", "sub/a.PNG", "c.txt", ".hidden.png", "a.lmc"] {
        fs::write(dir.path().join(name), b"").unwrap();
    }
    let named = dir.path().join("missing.jpg");
    let inputs = [dir.path().to_path_buf(), named.clone(), "-".into()];
    let sources = expand(&inputs, &["png"]).unwrap();
    let file = |name: &str| Source::File(dir.path().join(name));
    let expected = [file("b.png"), file("sub/a.PNG"), Source::File(named), Source::Stdin];
    assert_eq!(sources, expected);
    assert!(expand(&inputs, &["webp"]).is_err());
}

#[test]
fn a_missing_file_is_an_error_said_once() {
    let error = Source::File("no/such.lmc".into()).read().unwrap_err();
    let text = format!("{error:#}");
    assert_eq!(text.matches("No such file").count(), usize::from(cfg!(unix)), "{text}");
}
