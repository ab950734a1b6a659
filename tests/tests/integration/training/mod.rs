//! Training in small: a run that is stopped or killed and goes on ends where an uninterrupted one does, with each row of its logs once,
//! and its weights encode and decode.
//!
//! Each run is a process of its own, as the random numbers of a device belong to the whole process.

mod audio;
mod speech;
mod wavelet;

use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::cli::Bench;

/// The newest checkpoint of a run.
fn newest(bench: &Bench, run: &str) -> Option<PathBuf> {
    let names = bench.names(run);
    let newest = names.iter().rev().find(|name| name.starts_with("checkpoint-"))?;
    Some(bench.path(run).join(newest))
}

/// The newest checkpoint of a run: its name, and its files but those with times.
fn learned(bench: &Bench, run: &str) -> (String, Vec<(String, Vec<u8>)>) {
    let folder = newest(bench, run).expect("there is a checkpoint");
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let files = bench.names(&format!("{run}/{name}"));
    // Optimisers write maps of parameters in any order.
    let files = files
        .into_iter()
        .filter(|name| !["state.json", "optimizer.bpk"].contains(&name.as_str()));
    let read = |name: String| {
        let bytes = fs::read(folder.join(&name)).expect("checkpoints are whole");
        (name, bytes)
    };
    (name, files.map(read).collect())
}

/// The steps of the rows in a log.
fn rows(bench: &Bench, log: &str) -> Vec<u64> {
    let text = fs::read_to_string(bench.path(log)).unwrap_or_default();
    let steps = text
        .lines()
        .skip(1)
        .filter_map(|row| row.split(',').next()?.parse().ok());
    steps.collect()
}

/// Starts a run and waits for it to log `step`.
fn start(bench: &Bench, line: &str, out: &str, step: u64) -> Child {
    let child = bench.command(line).spawn().expect("the program starts");
    let patience = Instant::now();
    while rows(bench, &format!("{out}/steps.csv"))
        .last()
        .is_none_or(|last| *last < step)
    {
        assert!(patience.elapsed() < Duration::from_secs(120), "step {step} never comes");
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

/// Kills a run without warning once it has logged `step`.
fn kill(bench: &Bench, line: &str, out: &str, step: u64) {
    let mut child = start(bench, line, out, step);
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}

/// Checks that `run` is what `whole` is, which was never stopped: weights, averages, logs.
fn same(bench: &Bench, run: &str, whole: &str, steps: u64) {
    assert!(
        learned(bench, run) == learned(bench, whole),
        "{run} went on and has other weights than {whole}"
    );
    let all: Vec<u64> = (1..=steps).collect();
    assert_eq!(rows(bench, &format!("{run}/steps.csv")), all, "each step of {run} once");
    let held_out = |run: &str| bench.read(&format!("{run}/held-out.csv"));
    assert!(held_out(run) == held_out(whole), "{run} has another held-out.csv");
    assert!(bench.read(&format!("{run}/config.json")).starts_with(b"{"));
}
