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
