//! The machine-readable report of a run: one JSON object on stdout.

use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::damage::Faults;
use crate::input::{Failed, LeftOut};
use crate::output::write_stdout;

/// What a run did, with one record for each file in the order of the command line.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a, D> {
    program: &'static str,
    version: &'static str,
    command: &'static str,
    files: Vec<Record<D>>,
    failed: usize,
    /// Files of input folders that were not worked on.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_out: &'a [LeftOut],
    seconds: f64,
}

/// What became of one file.
#[derive(Debug, Serialize)]
pub(crate) struct Record<D> {
    /// Its name as given, `-` for stdin.
    pub(crate) input: String,
    /// What was written, if anything is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<String>,
    /// Whether all went well.
    pub(crate) ok: bool,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// Time for this file, reading and writing included.
    pub(crate) seconds: f64,
    /// What the subcommand has to say.
    #[serde(flatten)]
    pub(crate) details: Option<D>,
    /// What is wrong with a stream that could be read in part.
    #[serde(flatten)]
    pub(crate) found: Option<Faults>,
}

impl<D> Record<D> {
    /// A folder that could not be worked on.
    pub(crate) fn failed(failed: &Failed) -> Self {
        Self {
            input: failed.input.clone(),
            output: None,
            ok: false,
            error: Some(failed.reason.clone()),
            seconds: 0.0,
            details: None,
            found: None,
        }
    }
}

impl<'a, D: Serialize> Report<'a, D> {
    /// The report of `command`, which began at `start`.
    pub(crate) fn new(command: &'static str, files: Vec<Record<D>>, left_out: &'a [LeftOut], start: Instant) -> Self {
        Self {
            program: "lmc",
            version: env!("CARGO_PKG_VERSION"),
            command,
            failed: files.iter().filter(|file| !file.ok).count(),
            files,
            left_out,
            seconds: start.elapsed().as_secs_f64(),
        }
    }

    /// How many files failed.
    pub(crate) fn failed(&self) -> usize {
        self.failed
    }

    /// How many files there were.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// The details of the files that went well.
    pub(crate) fn into_details(self) -> Vec<D> {
        let details = self.files.into_iter().filter_map(|file| file.details);
        details.collect()
    }

    /// Writes it to stdout, with a newline at its end.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(crate) fn print(&self) -> Result<()> {
        print_json(self)
    }
}

/// What a run has to report that ended before it looked at a file.
#[derive(Debug, Serialize)]
struct Refusal<'a> {
    program: &'static str,
    version: &'static str,
    command: &'a str,
    files: [(); 0],
    error: String,
}

/// Reports a run that ended before it looked at a file; that stdout is closed is no further error.
pub(crate) fn print_refusal(command: &str, error: &anyhow::Error) {
    let refusal = Refusal {
        program: "lmc",
        version: env!("CARGO_PKG_VERSION"),
        command,
        files: [],
        error: format!("{error:#}"),
    };
    drop(print_json(&refusal));
}

/// Writes any value to stdout as indented JSON.
///
/// # Errors
/// When stdout cannot be written.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value).context("cannot make the report")?;
    text.push('\n');
    write_stdout(text.as_bytes())
}

#[cfg(test)]
mod tests;
