//! What goes to stderr: notes, warnings, errors and progress bars.

use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::TalkArgs;
use crate::output::write_stdout;
use crate::usage::eprint;

/// How much is said, and the progress bar that lines must not disturb.
#[derive(Debug, Clone)]
pub(crate) struct Talk {
    level: Level,
    bar: ProgressBar,
    /// Whether the bar counts the steps of a single file rather than files.
    single: bool,
    /// Lines that wait for their turn, where they must.
    held: Option<Arc<Mutex<Vec<String>>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Level {
    /// Errors only: asked for, or implied by a report on stdout.
    Quiet,
    Normal,
    Verbose,
}

impl Talk {
    /// As the user wants it; a report on stdout says all that notes would say.
    pub(crate) fn new(args: TalkArgs, json: bool) -> Self {
        let level = match (args.verbose, args.quiet || json) {
            (true, _) => Level::Verbose,
            (false, true) => Level::Quiet,
            (false, false) => Level::Normal,
        };
        Self {
            level,
            bar: ProgressBar::hidden(),
            single: false,
            held: None,
        }
    }

    /// The same with a bar of `total` files, or of the steps of the only one; drawn where stderr is a terminal and not
    /// quiet.
    pub(crate) fn with_bar(&self, total: u64, template: &str) -> Self {
        let visible = self.level > Level::Quiet && io::stderr().is_terminal();
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let style = ProgressStyle::with_template(template);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(total), target);
        bar.set_style(style.progress_chars("=> "));
        Self {
            level: self.level,
            bar,
            single: total == 1,
            held: None,
        }
    }

    /// The same with lines that wait until [`Self::release`].
    pub(crate) fn held(&self) -> Self {
        Self {
            held: Some(Arc::default()),
            ..self.clone()
        }
    }

    /// Says to `talk` what was held.
    pub(crate) fn release(&self, talk: &Self) {
        let held = self.held.as_ref().map(|lines| std::mem::take(&mut *lock(lines)));
        for line in held.into_iter().flatten() {
            talk.line(format_args!("{line}"));
        }
    }

    /// The bar; hidden where there is none.
    pub(crate) fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    /// How far the work on a file is; shown where it is the only one.
    pub(crate) fn steps(&self, done: usize, total: usize) {
        if self.single {
            self.bar.set_length(total as u64);
            self.bar.set_position(done as u64);
        }
    }

    /// How fast frames are worked on; shown where a file is the only one.
    pub(crate) fn speed(&self, frames: u64, seconds: f64) {
        if self.single && !self.bar.is_hidden() && seconds > 0.0 {
            self.bar.set_message(format!("{:.1} frames/s", frames as f64 / seconds));
        }
    }

    /// What came of a file: worth a line where it is the only one, else a detail.
    pub(crate) fn result(&self, line: impl fmt::Display) {
        if self.single {
            self.note(line);
        } else {
            self.detail(line);
        }
    }

    /// What a user who watches wants to know.
    pub(crate) fn note(&self, line: impl fmt::Display) {
        if self.level >= Level::Normal {
            self.line(format_args!("{line}"));
        }
    }

    /// What a user who wonders wants to know.
    pub(crate) fn detail(&self, line: impl fmt::Display) {
        if self.level >= Level::Verbose {
            self.line(format_args!("{line}"));
        }
    }

    /// What may be wrong.
    pub(crate) fn warn(&self, line: impl fmt::Display) {
        if self.level >= Level::Normal {
            self.line(format_args!("lmc: warning: {line}"));
        }
    }

    /// An error that does not stop the other inputs.
    pub(crate) fn error(&self, line: impl fmt::Display) {
        self.line(format_args!("lmc: error: {line}"));
    }

    /// A result on stdout, between two drawings of the bar.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(crate) fn print(&self, text: &str) -> Result<()> {
        self.bar.suspend(|| write_stdout(text.as_bytes()))
    }

    fn line(&self, line: fmt::Arguments<'_>) {
        match &self.held {
            Some(lines) => lock(lines).push(line.to_string()),
            None => self.bar.suspend(|| eprint(line)),
        }
    }
}

/// Lines are whole whatever became of the thread that wrote them.
fn lock(lines: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number with commas between thousands.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        let all = [0, 999, 1000, 12_345, 1_234_567].map(thousands);
        assert_eq!(all, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn a_report_silences_notes_unless_verbose_is_asked_for() {
        let level = |verbose, quiet, json| Talk::new(TalkArgs { verbose, quiet }, json).level;
        assert_eq!(level(false, false, false), Level::Normal);
        assert_eq!(level(false, false, true), Level::Quiet);
        assert_eq!(level(false, true, false), Level::Quiet);
        assert_eq!(level(true, false, true), Level::Verbose);
    }
}
