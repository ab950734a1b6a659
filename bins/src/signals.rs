//! Signals that end the program, or would.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

/// Whether work is under way that can end early and keep what it has.
static CAN_END_EARLY: AtomicBool = AtomicBool::new(false);
/// Whether Ctrl-C ended such work.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// While one exists, the first Ctrl-C ends the work instead of the program.
pub(crate) struct EndsEarly(());

impl EndsEarly {
    /// For work that asks [`interrupted`] whether to go on.
    pub(crate) fn new() -> Self {
        CAN_END_EARLY.store(true, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for EndsEarly {
    fn drop(&mut self) {
        CAN_END_EARLY.store(false, Ordering::SeqCst);
    }
}

/// Whether Ctrl-C was pressed while an [`EndsEarly`] existed.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Whether the work takes this Ctrl-C: the first one, if the work can end early.
#[cfg(unix)]
fn is_taken() -> bool {
    CAN_END_EARLY.load(Ordering::SeqCst) && !INTERRUPTED.swap(true, Ordering::SeqCst)
}

/// Sees to it that no half of an output stays when the program is interrupted, terminated, or writes more than a file may
/// have. Where the system has files without a name, outputs are such files until they are whole, and nothing is left of
/// them anyway.
///
/// # Errors
/// When the system gives no thread.
#[cfg(unix)]
pub(crate) fn leave_nothing_behind() -> Result<()> {
    use std::sync::Arc;

    use signal_hook::consts::{SIGINT, SIGXFSZ};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    // With any handler, the write that is too much fails instead of ending the program.
    signal_hook::flag::register(SIGXFSZ, Arc::default()).context("cannot handle SIGXFSZ")?;
    let mut signals = Signals::new(ending()).context("cannot handle SIGINT, SIGTERM and SIGHUP")?;
    let wait = move || {
        for signal in signals.forever() {
            if signal == SIGINT && is_taken() {
                continue;
            }
            lmc_codec::files::remove_unfinished();
            // Nothing but the signals that are handled above comes here, and they have a default.
            let _ = emulate_default_handler(signal);
        }
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(wait)
        .context("cannot start the thread that waits for signals")?;
    Ok(())
}

/// The signals that end the program; SIGHUP only where it is not ignored, as it is under `nohup`.
#[cfg(unix)]
fn ending() -> Vec<i32> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    let mut signals = vec![SIGINT, SIGTERM];
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    // Where that cannot be told, `nohup` is to have its way.
    if ignores(&status, SIGHUP) == Some(false) {
        signals.push(SIGHUP);
    }
    signals
}

/// Whether a process of this status, as Linux writes it, ignores a signal.
#[cfg(unix)]
fn ignores(status: &str, signal: i32) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    Some(mask >> (signal - 1) & 1 == 1)
}

/// Nothing: a system without signals.
#[cfg(not(unix))]
pub(crate) fn leave_nothing_behind() -> Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn work_that_can_end_early_takes_the_first_interrupt_alone() {
        assert!(!is_taken() && !interrupted());
        let early = EndsEarly::new();
        assert!(is_taken() && interrupted());
        assert!(!is_taken());
        drop(early);
        assert!(!is_taken());
    }

    #[test]
    fn what_is_ignored_stays_so() {
        use signal_hook::consts::{SIGHUP, SIGINT};
        let status = "Name:\tlmc\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignores(status, SIGHUP), Some(true));
        assert_eq!(ignores(status, SIGINT), Some(false));
        assert_eq!(ignores("", SIGHUP), None);
        assert!(ending().contains(&SIGINT));
    }
}
