//! Samples without a header, which flags describe.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the program on standard input.
fn run(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lmc"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    // A program that refuses its call does not read.
    let _ = pipe.write_all(input);
    drop(pipe);
    child.wait_with_output().expect("the program ends")
}

/// A WAV file of 16 bits and two channels.
fn wav(samples: &[u8]) -> Vec<u8> {
    let size = samples.len() as u32;
    let format = b"WAVEfmt \x10\0\0\0\x01\0\x02\0\x80\xbb\0\0\0\xee\x02\0\x04\0\x10\0data";
    [
        b"RIFF",
        &(size + 36).to_le_bytes()[..],
        format,
        &size.to_le_bytes(),
        samples,
    ]
    .concat()
}

#[test]
fn samples_without_a_header_become_the_stream_of_a_file_with_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let wave = (0..9000).flat_map(|at: i32| ((at * at % 7919) as i16).to_le_bytes());
    let samples: Vec<u8> = wave.collect();
    let told = run(folder.path(), &["encode", "-", "-o", "-"], &wav(&samples));
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    std::fs::write(folder.path().join("a.pcm"), &samples).expect("a file");
    let big: Vec<u8> = samples.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]).collect();
    for (input, format, bytes) in [
        ("-", "s16le", &samples),
        ("-", "s16be", &big),
        ("a.pcm", "s16le", &vec![]),
    ] {
        let flags = ["--raw-format", format, "--rate", "48000", "--channels", "2"];
        let found = run(
            folder.path(),
            &[&["encode", input, "-o", "-"], &flags[..]].concat(),
            bytes,
        );
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        assert_eq!(found.stdout, told.stdout, "{input} {format}");
    }
}

#[test]
fn samples_without_a_header_are_refused_without_their_rate_and_channels() {
    let folder = tempfile::tempdir().expect("a folder");
    let code = |flags: &[&str]| {
        let output = run(
            folder.path(),
            &[&["encode", "-", "-o", "x.lmc"], flags].concat(),
            &[0; 64],
        );
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    for flags in [
        &["--raw-format", "s16le"][..],
        &["--raw-format", "s16le", "--rate", "8000"],
        &["--raw-format", "s16", "--rate", "8000", "--channels", "1"],
        &["--raw-format", "s16le", "--rate", "8000", "--channels", "0"],
        &["--rate", "8000", "--channels", "1"],
    ] {
        assert_eq!(code(flags).0, Some(2), "{flags:?}: {}", code(flags).1);
    }
    let (found, said) = code(&["--raw-format", "s16le", "--rate", "500", "--channels", "1"]);
    assert!(found == Some(1) && said.contains("500 Hz"), "{said}");
    let (found, said) = code(&[]);
    assert!(found == Some(1) && said.contains("unknown format"), "{said}");
    assert!(!folder.path().join("x.lmc").exists());
}
