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

    use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    // With any handler, the write that is too much fails instead of ending the program.
    signal_hook::flag::register(SIGXFSZ, Arc::default()).context("cannot handle SIGXFSZ")?;
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("cannot handle SIGINT and SIGTERM")?;
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

/// Nothing: a system without signals.
#[cfg(not(unix))]
pub(crate) fn leave_nothing_behind() -> Result<()> {
    Ok(())
}
