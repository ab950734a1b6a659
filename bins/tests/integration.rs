//! That the program runs. What it does is tested in the crate of integration tests, which finds the program because
//! this test makes Cargo build it.

use std::process::Command;

#[test]
fn the_program_names_itself() {
    let output = Command::new(env!("CARGO_BIN_EXE_lmc"))
        .arg("--version")
        .output()
        .expect("the program starts");
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(concat!("lmc ", env!("CARGO_PKG_VERSION"))));
    // The second line tells which build it is.
    let build = if cfg!(feature = "full") {
        "full build"
    } else {
        "default build"
    };
    assert!(lines.next().is_some_and(|line| line.starts_with(build)), "{text}");
}

/// Runs the program on files of a folder; fails the test if it fails.
fn run(folder: &std::path::Path, args: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_lmc"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn latents_become_arrays() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/samples/chelsea.png");
    run(folder.path(), &["encode", sample, "-o", "cat.lmc"]);
    for (args, about, element) in [
        (&[][..], "{'descr': '<f4', 'fortran_order': False, 'shape': (", 4),
        (&["--hyper"], "{'descr': '<i2', 'fortran_order': False, 'shape': (", 2),
    ] {
        run(
            folder.path(),
            &[&["export-latents", "cat.lmc", "cat.npy", "--force"], args].concat(),
        );
        let bytes = std::fs::read(folder.path().join("cat.npy")).expect("the array is there");
        let header = String::from_utf8_lossy(&bytes[10..128]);
        let shape = header.strip_prefix(about).and_then(|rest| rest.split(')').next());
        let shape = shape.expect("the header of an array").split(", ");
        let elements: usize = shape.map(|side| side.parse::<usize>().expect("a number")).product();
        assert_eq!(bytes.len(), 128 + elements * element, "{header}");
    }
}
