//! An attack on all golden streams with every checksum repaired. A few hundred cases run always; for the whole of it:
//!
//! ```sh
//! ATTACK_CASES=100000 ATTACK_SEED=1 cargo test --release -p lmc-tests attacked_streams -- --nocapture
//! ```
//!
//! Case `n` of seed `s` is the same everywhere. A case that fails is named by both; `ATTACK_FIRST=n ATTACK_CASES=1` gives
//! it again.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use lmc_codec::codecs::Codecs;
use lmc_tests::attack::{COMMANDS, Command, Pieces, bound_bytes, patience, strike};
use lmc_tests::damage::Damager;
use lmc_tests::{models, repository};

/// One case of this number attacks a larger stream.
const LARGE_EVERY: usize = 12;
/// Streams of more bytes are large.
const LARGE_BYTES: usize = 1600;

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// Whether no other test runs in this process, whose memory would be counted.
fn is_alone() -> bool {
    std::env::var_os("ATTACK_CASES").is_some()
}

/// All golden streams, in the order of their names.
fn golden() -> Vec<Vec<u8>> {
    let entries = |folder: PathBuf| {
        fs::read_dir(folder)
            .expect("it can be read")
            .map(|e| e.expect("it can be read").path())
    };
    let mut paths: Vec<PathBuf> = entries(repository("tests/golden")).flat_map(entries).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "lmc"));
    paths.sort();
    let streams: Vec<_> = paths
        .iter()
        .map(|path| fs::read(path).expect("it can be read"))
        .collect();
    assert!(streams.len() > 20, "{}", streams.len());
    streams
}

/// A changed stream; half of them with symbols that are taken for good.
fn changed(damager: &mut Damager, all: &[Pieces], large: bool, codecs: &Codecs) -> Vec<u8> {
    let fit: Vec<&Pieces> = all
        .iter()
        .filter(|pieces| (pieces.sealed().len() > LARGE_BYTES) == large)
        .collect();
    let mut pieces = fit[damager.below(fit.len())].clone();
    pieces.change(damager, all);
    if damager.below(2) == 0 {
        let verdict = strike(Command::Verify, codecs, &pieces.sealed());
        pieces.agree(&verdict.damage);
    }
    pieces.sealed()
}

/// What is wrong with the answers to a stream.
fn wrong(codecs: &Codecs, bytes: &[u8]) -> Option<String> {
    let verdicts = COMMANDS.map(|command| strike(command, codecs, bytes));
    let (bound, patience) = (bound_bytes(bytes), patience(bytes));
    for (command, verdict) in COMMANDS.iter().zip(&verdicts) {
        let slow = verdict.time > patience && strike(*command, codecs, bytes).time > patience;
        if slow || (verdict.peak_bytes > bound && is_alone()) {
            let (time, peak) = (verdict.time, verdict.peak_bytes >> 20);
            return Some(format!("{command:?} takes {time:?} and {peak} MiB of {}", bound >> 20));
        }
    }
    let [info, verify, decode, conceal] = verdicts.map(|verdict| verdict.good);
    (verify != decode || verify != conceal || (verify && !info))
        .then(|| format!("no common verdict: info {info}, verify {verify}, decode {decode}, conceal {conceal}"))
}

#[test]
fn attacked_streams_are_judged_alike_in_bounded_time_and_memory() {
    let (cases, seed, first) = (
        setting("ATTACK_CASES", 300),
        setting("ATTACK_SEED", 1),
        setting("ATTACK_FIRST", 0),
    );
    let codecs = models::all_codecs();
    let all: Vec<Pieces> = golden()
        .iter()
        .map(|stream| Pieces::of(stream).expect("it is whole"))
        .collect();
    for (pieces, stream) in all.iter().zip(golden()) {
        assert!(pieces.sealed() == stream, "what is not changed stays the same");
    }
    let (mut faults, mut good) = (Vec::new(), 0);
    for case in first..first + cases {
        let mut damager = Damager::new((seed as u64) << 32 | case as u64);
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let bytes = changed(&mut damager, &all, case % LARGE_EVERY == 0, &codecs);
            good += usize::from(strike(Command::Verify, &codecs, &bytes).good);
            wrong(&codecs, &bytes).map(|fault| (fault, bytes))
        }));
        match judged {
            Ok(None) => {}
            Ok(Some((fault, bytes))) => {
                println!("case {case} of seed {seed}, {} bytes: {fault}", bytes.len());
                faults.push(case);
            }
            Err(_) => {
                println!("case {case} of seed {seed}: panic");
                faults.push(case);
            }
        }
    }
    println!("{cases} cases, {good} of them taken for good");
    assert!(faults.is_empty(), "seed {seed}: cases {faults:?}");
    assert!(good > 0 || cases < 100, "some changes must reach the pixels");
}
