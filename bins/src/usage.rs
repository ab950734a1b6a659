//! Telling a wrong command line from work that failed, and both from a reader that went away.

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::damage::Faults;

/// Exit code of work that failed.
pub(crate) const FAILURE: u8 = 1;
/// Exit code of a command line that makes no sense; clap's too.
const USAGE: u8 = 2;

/// A command line that makes no sense, found after clap was content with it.
#[derive(Debug)]
pub(crate) struct UsageError(String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// A stream that is damaged, or of which only a part could be written.
#[derive(Debug)]
pub(crate) struct Faulty {
    pub(crate) reason: String,
    /// Whether an output was written all the same.
    pub(crate) is_written: bool,
    /// What is wrong with the stream.
    pub(crate) found: Option<Faults>,
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Faulty {}

/// An error for which the command line is to blame.
pub(crate) fn usage(message: impl Into<String>) -> anyhow::Error {
    UsageError(message.into()).into()
}

/// Prints `error` and chooses the exit code: 1 for failures, 2 for usage, 0 in silence when a pipe was closed.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    eprint(format_args!("lmc: error: {error:#}"));
    match error.downcast_ref::<UsageError>() {
        Some(_) => {
            eprint(format_args!("See 'lmc help' for the usage."));
            ExitCode::from(USAGE)
        }
        None => ExitCode::from(FAILURE),
    }
}

/// One line on stderr; that stderr is closed is no reason to fail.
pub(crate) fn eprint(line: fmt::Arguments<'_>) {
    use io::Write;
    let _ = writeln!(io::stderr().lock(), "{}", harmless(&line.to_string()));
}

/// Text without what would steer a terminal: names of files may hold anything.
fn harmless(text: &str) -> String {
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    text.replace(steers, "\u{fffd}")
}

/// Whether the reader of our output went away, which is no failure of ours.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|e| e.downcast_ref::<io::Error>());
    causes.any(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn names_do_not_steer_terminals() {
        assert_eq!(
            harmless("a\u{1b}[31m\u{9b}2J\r\n\tb\u{7f}"),
            "a\u{fffd}[31m\u{fffd}2J\u{fffd}\n\tb\u{fffd}"
        );
        assert_eq!(harmless("grün 図.png"), "grün 図.png");
    }

    #[test]
    fn a_broken_pipe_is_found_under_its_context() {
        let pipe = io::Error::from(io::ErrorKind::BrokenPipe);
        let error = Err::<(), _>(pipe).context("cannot write to stdout");
        assert!(error.is_err_and(|e| is_broken_pipe(&e)));
        let other = io::Error::from(io::ErrorKind::NotFound);
        assert!(!is_broken_pipe(&other.into()));
    }

    #[test]
    fn usage_errors_are_told_apart() {
        let error = Err::<(), _>(usage("no")).context("while resolving");
        assert!(error.is_err_and(|e| e.downcast_ref::<UsageError>().is_some()));
    }
}
