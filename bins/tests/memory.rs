//! A sound from standard input takes a fraction of its size in memory.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Samples of a second, of 64 bits: many bytes for little sound.
const RATE: u32 = 192_000;
/// Bytes of the largest sound.
const LARGE_BYTES: u32 = 300_000_000;
/// Bytes of a sound that is kept in memory.
const SMALL_BYTES: u32 = 1_536_000;

/// The header of a WAV file of one channel of floats.
fn header(bytes: u32) -> Vec<u8> {
    let format = [
        &[3, 0, 1, 0][..],
        &RATE.to_le_bytes(),
        &(8 * RATE).to_le_bytes(),
        &[8, 0, 64, 0],
    ]
    .concat();
    [
        &b"RIFF"[..],
        &(bytes + 36).to_le_bytes(),
        b"WAVEfmt \x10\0\0\0",
        &format,
        b"data",
        &bytes.to_le_bytes(),
    ]
    .concat()
}

/// The most memory that a process took so far, in bytes; `None` once it is over.
fn peak(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(1024 * kilobytes)
}

/// Encodes a silent sound of so many bytes; returns the stream and the most memory that it took.
fn encoded(bytes: u32) -> (Vec<u8>, u64) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lmc"))
        .args(["encode", "-", "-o", "-", "--threads", "1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let (mut input, mut output) = (
        child.stdin.take().expect("a pipe"),
        child.stdout.take().expect("a pipe"),
    );
    let reader = std::thread::spawn(move || {
        let mut stream = Vec::new();
        output.read_to_end(&mut stream).expect("the stream comes out");
        stream
    });
    input.write_all(&header(bytes)).expect("the program reads");
    let piece = vec![0; 1 << 20];
    for at in (0..bytes as usize).step_by(piece.len()) {
        let piece = &piece[..piece.len().min(bytes as usize - at)];
        input.write_all(piece).expect("the program reads");
    }
    drop(input);
    let mut most = 0;
    while child.try_wait().expect("the program ends").is_none() {
        most = peak(&child).unwrap_or(most).max(most);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(child.wait().expect("the program ends").success());
    (reader.join().expect("the reader ends"), most)
}

#[test]
fn a_long_sound_from_standard_input_takes_little_memory() {
    let (small, least) = encoded(SMALL_BYTES);
    let (large, most) = encoded(LARGE_BYTES);
    assert!(least > 0 && small.len() < large.len());
    let more = most.saturating_sub(least);
    assert!(more < u64::from(LARGE_BYTES / 4), "{more} bytes more than {least}");
}
