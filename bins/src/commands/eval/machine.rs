//! What stands in a report about how it was made: program, machine, time.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use lmc_eval::programs::peak_memory_of_this_process;
use lmc_eval::run::Outcome;

/// Cores of this machine.
pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Facts by name.
pub(super) fn describe(outcome: &Outcome, jobs: usize, threads: u16, start: Instant) -> BTreeMap<String, String> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let peak = peak_memory_of_this_process().map_or_else(|| "unknown".to_owned(), |b| format!("{} MB", b / 1_000_000));
    let facts = [
        ("program", format!("lmc {}", env!("CARGO_PKG_VERSION"))),
        ("commit", env!("LMC_COMMIT").to_owned()),
        ("command", format!("lmc {}", arguments.join(" "))),
        ("date", today()),
        ("system", format!("{} {}", env::consts::OS, env::consts::ARCH)),
        (
            "processor",
            line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
        ),
        (
            "memory",
            line_of("/proc/meminfo", "MemTotal").unwrap_or_else(|| "unknown".to_owned()),
        ),
        ("cores", cores().to_string()),
        ("files at a time", jobs.to_string()),
        ("threads of a file", format!("{threads} in this program, 1 in others")),
        ("seconds of this run", format!("{:.1}", start.elapsed().as_secs_f64())),
        ("points encoded in this run", outcome.encoded.to_string()),
        ("points of earlier runs", outcome.known.to_string()),
        ("peak memory of this program", peak),
    ];
    facts
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The value of the first line `name : value` of a file of the system.
fn line_of(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The date in UTC, year first.
fn today() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let (year, month, day) = date(seconds / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The date of a day since 1970: years begin in March here, so that the leap day is their last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(11_017), (2000, 3, 1));
        assert_eq!(date(20_819), (2027, 1, 1));
    }
}
