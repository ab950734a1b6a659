//! The corpus of every fuzz target, and damaged copies of it, as plain tests.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::Instant;

use lmc_tests::corpus::{folder, seeds};
use lmc_tests::damage::Damager;
use lmc_tests::sounds::untrained_weights;
use lmc_tests::targets::{ALL, weights};

/// Damaged copies of the corpus that each target gets.
const DAMAGED: usize = 3000;

/// The name and bytes of each file; those of the seeds written anew first where that is asked for.
fn files(target: &str) -> Vec<(String, Vec<u8>)> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os("LMC_REGENERATE").is_some() {
            ALL.iter().for_each(|(target, _)| write_seeds(target));
        }
    });
    let mut files: Vec<_> = fs::read_dir(folder(target))
        .unwrap_or_else(|error| panic!("the corpus of {target}: {error}"))
        .map(|file| file.expect("the folder can be read").path())
        .map(|path| {
            (
                path.display().to_string(),
                fs::read(&path).expect("the corpus can be read"),
            )
        })
        .collect();
    files.sort();
    files
}

fn write_seeds(target: &str) {
    fs::create_dir_all(folder(target)).expect("the folder can be made");
    for (name, bytes) in seeds(target) {
        fs::write(folder(target).join(name), bytes).expect("the seed can be written");
    }
}

/// Runs a target; a panic is told with the bytes that led to it, the first of them where there are many.
fn run(target: fn(&[u8]), name: &str, bytes: &[u8]) {
    let start = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(bytes)));
    let (length, head) = (bytes.len(), &bytes[..bytes.len().min(2_000)]);
    assert!(outcome.is_ok(), "{name} panics on the {length} bytes {head:02x?}");
    let seconds = start.elapsed().as_secs_f64();
    // Much less than a second; the rest is patience with a machine that has other work.
    assert!(
        seconds < 5.0,
        "{name} takes {seconds} s for the {length} bytes {head:02x?}"
    );
}

#[test]
fn targets_take_their_corpus() {
    for (name, target) in ALL {
        let files = files(name);
        assert!(
            files.len() >= seeds(name).len(),
            "the corpus of {name} lacks seeds: see CONTRIBUTING.md"
        );
        for (file, bytes) in &files {
            run(target, file, bytes);
        }
    }
}

/// Whole weights files are too large for a corpus.
#[test]
fn damaged_weights_are_refused_or_work() {
    let whole = untrained_weights();
    weights(whole);
    let mut damager = Damager::new(23);
    let others = [vec![0xff; 64]];
    for _ in 0..200 {
        run(weights, "weights", &damager.damage(whole, &others));
    }
}

#[test]
fn targets_take_damaged_corpora() {
    for (name, target) in ALL {
        let corpus: Vec<Vec<u8>> = files(name).into_iter().map(|(_, bytes)| bytes).collect();
        let mut damager = Damager::new(17);
        for _ in 0..DAMAGED {
            let good = &corpus[damager.below(corpus.len())];
            run(target, name, &damager.damage(good, &corpus));
        }
    }
}
