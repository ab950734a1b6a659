//! Signals that end the program, or would.

use anyhow::{Context, Result};

/// Sees to it that no half of an output stays when the program is interrupted, terminated, or writes more than a file may
/// have. Where the system has files without a name, outputs are such files until they are whole, and nothing is left of
/// them anyway.
///
/// # Errors
/// When the system gives no thread.
#[cfg(unix)]
pub(crate) fn leave_nothing_behind() -> Result<()> {
    use std::sync::Arc;

    use signal_hook::consts::SIGXFSZ;
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    // With any handler, the write that is too much fails instead of ending the program.
    signal_hook::flag::register(SIGXFSZ, Arc::default()).context("cannot handle SIGXFSZ")?;
    let mut signals = Signals::new(ending()).context("cannot handle SIGINT, SIGTERM and SIGHUP")?;
    let wait = move || {
        for signal in signals.forever() {
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
    fn what_is_ignored_stays_so() {
        use signal_hook::consts::{SIGHUP, SIGINT};
        let status = "Name:\tlmc\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignores(status, SIGHUP), Some(true));
        assert_eq!(ignores(status, SIGINT), Some(false));
        assert_eq!(ignores("", SIGHUP), None);
        assert!(ending().contains(&SIGINT));
    }
}
