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
    let version = format!("lmc {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), version);
}
