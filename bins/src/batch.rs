//! Working through many files: progress, failures that leave the others alone, one report.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use serde::Serialize;

use crate::input::Source;
use crate::jobs::Job;
use crate::report::{Record, Report};
use crate::talk::Talk;
use crate::usage::{FAILURE, is_broken_pipe};

const BAR: &str = "{bar:30} {pos}/{len} {elapsed_precise} (left {eta}) {wide_msg}";

/// One thing to work on, and its names in the report.
pub(crate) struct Item<J> {
    pub(crate) job: J,
    pub(crate) input: String,
    pub(crate) output: Option<String>,
}

/// How a batch is reported.
pub(crate) struct Batch<'a> {
    pub(crate) command: &'static str,
    pub(crate) talk: &'a Talk,
    pub(crate) json: bool,
}

impl Batch<'_> {
    /// Does `work` on each item in turn. A failure is reported and counted, and the next item goes on; only a closed
    /// stdout ends the run. Returns the report, printed already where JSON is wanted.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(crate) fn run<J, D: Serialize>(
        &self,
        items: &[Item<J>],
        mut work: impl FnMut(&J, &Talk) -> Result<D>,
    ) -> Result<(Vec<D>, ExitCode)> {
        let start = Instant::now();
        let talk = self.talk.with_bar(items.len() as u64, BAR);
        let mut records = Vec::with_capacity(items.len());
        for item in items {
            talk.bar().set_message(item.input.clone());
            let begin = Instant::now();
            let result = work(&item.job, &talk);
            let seconds = begin.elapsed().as_secs_f64();
            if let Err(error) = &result {
                if is_broken_pipe(error) {
                    talk.bar().finish_and_clear();
                    return result.map(|_| (Vec::new(), ExitCode::SUCCESS));
                }
                talk.error(format_args!("{}: {error:#}", item.input));
            }
            let error = result.as_ref().err().map(|error| format!("{error:#}"));
            records.push(Record {
                input: item.input.clone(),
                output: item.output.clone().filter(|_| error.is_none()),
                ok: error.is_none(),
                error,
                seconds,
                details: result.ok(),
            });
            if items.len() > 1 {
                talk.bar().inc(1);
            }
        }
        talk.bar().finish_and_clear();
        self.close(records, start)
    }

    fn close<D: Serialize>(&self, records: Vec<Record<D>>, start: Instant) -> Result<(Vec<D>, ExitCode)> {
        let report = Report::new(self.command, records, start);
        if self.json {
            report.print()?;
        }
        let code = match report.failed() {
            0 => ExitCode::SUCCESS,
            failed => {
                if report.len() > 1 {
                    let all = report.len();
                    self.talk.error(format_args!("{failed} of {all} files failed"));
                }
                ExitCode::from(FAILURE)
            }
        };
        Ok((report.into_details(), code))
    }
}

impl Item<Source> {
    /// An input of which nothing is written.
    pub(crate) fn input_only(source: Source) -> Self {
        Self {
            input: source.name(),
            output: None,
            job: source,
        }
    }
}

impl From<Job> for Item<Job> {
    fn from(job: Job) -> Self {
        Self {
            input: job.source.name(),
            output: Some(job.target.name()),
            job,
        }
    }
}
