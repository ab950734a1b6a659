//! Working through many files: progress, failures that leave the others alone, one report.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use serde::Serialize;

use crate::input::{Inputs, Source};
use crate::jobs::Job;
use crate::overlap;
use crate::report::{Record, Report};
use crate::talk::Talk;
use crate::usage::{FAILURE, Faulty, is_broken_pipe};

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
    /// Where the items come from: what was left out, and what could not be read, is part of the report.
    pub(crate) inputs: &'a Inputs,
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
        let mut ledger = self.open(items.len());
        for item in items {
            ledger.talk.bar().set_message(item.input.clone());
            let begin = Instant::now();
            let result = work(&item.job, &ledger.talk);
            if !ledger.enter(item, result, begin) {
                return Ok((Vec::new(), ledger.code()));
            }
        }
        self.close(ledger, start)
    }

    /// As [`Self::run`] with several items under way at a time: `open` is done on one after another, `work` on what it
    /// returned, of that number of pixels, beside that on others. What is said of an item is said when those before it are done.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub(crate) fn run_overlapped<J: Sync, P, D: Serialize + Send>(
        &self,
        items: &[Item<J>],
        mut open: impl FnMut(&J) -> Result<(P, u64)> + Send,
        work: impl Fn(&J, P, &Talk) -> Result<D> + Sync,
    ) -> Result<(Vec<D>, ExitCode)> {
        let start = Instant::now();
        let mut ledger = self.open(items.len());
        let talk = ledger.talk.clone();
        let open = |item: &Item<J>| {
            talk.bar().set_message(item.input.clone());
            let begin = Instant::now();
            match open(&item.job) {
                Ok((opened, pixels)) => ((begin, Ok(opened)), pixels),
                Err(error) => ((begin, Err(error)), 0),
            }
        };
        let work = |item: &Item<J>, (begin, opened): (Instant, Result<P>)| {
            let held = talk.held();
            let result = opened.and_then(|opened| work(&item.job, opened, &held));
            (result, begin, held)
        };
        let mut whole = true;
        overlap::run(
            items,
            overlap::lanes(items.len()),
            open,
            work,
            |item, (result, begin, held)| {
                held.release(&talk);
                whole = ledger.enter(item, result, begin);
                whole
            },
        );
        if whole {
            self.close(ledger, start)
        } else {
            Ok((Vec::new(), ledger.code()))
        }
    }

    /// Begins a run: says what was left out, and enters what could not be read.
    fn open<D>(&self, items: usize) -> Ledger<D> {
        let Inputs { left_out, failed, .. } = self.inputs;
        for left in left_out {
            self.talk
                .detail(format_args!("{}: left out: {}", left.input, left.reason));
        }
        if !left_out.is_empty() {
            let (count, plural) = (left_out.len(), if left_out.len() == 1 { "" } else { "s" });
            self.talk
                .note(format_args!("{count} file{plural} left out (-v or --json names them)"));
        }
        let mut ledger = Ledger::new(self.talk.with_bar(items as u64, BAR), items);
        for failed in failed {
            self.talk.error(format_args!("{}: {}", failed.input, failed.reason));
            ledger.records.push(Record::failed(failed));
        }
        ledger
    }

    fn close<D: Serialize>(&self, ledger: Ledger<D>, start: Instant) -> Result<(Vec<D>, ExitCode)> {
        ledger.talk.bar().finish_and_clear();
        let code = ledger.code();
        let report = Report::new(self.command, ledger.records, &self.inputs.left_out, start);
        let (failed, all) = (report.failed(), report.len());
        if failed > 0 && all > 1 {
            self.talk.error(format_args!("{failed} of {all} files failed"));
        }
        if self.json {
            match report.print() {
                // Nobody reads the report; that a file failed is still so.
                Err(error) if is_broken_pipe(&error) => {}
                printed => printed?,
            }
        }
        Ok((report.into_details(), code))
    }
}

/// What became of the items so far.
struct Ledger<D> {
    records: Vec<Record<D>>,
    talk: Talk,
    /// Of how many items.
    all: usize,
}

impl<D> Ledger<D> {
    fn new(talk: Talk, all: usize) -> Self {
        Self {
            records: Vec::with_capacity(all),
            talk,
            all,
        }
    }

    /// The exit code of what is entered so far.
    fn code(&self) -> ExitCode {
        match self.records.iter().all(|record| record.ok) {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(FAILURE),
        }
    }

    /// Enters what came of an item that was begun at `begin`; returns whether to go on, which only a closed stdout ends.
    fn enter<J>(&mut self, item: &Item<J>, result: Result<D>, begin: Instant) -> bool {
        let seconds = begin.elapsed().as_secs_f64();
        if let Err(error) = &result {
            if is_broken_pipe(error) {
                self.talk.bar().finish_and_clear();
                return false;
            }
            self.talk.error(format_args!("{}: {error:#}", item.input));
        }
        let faulty = result.as_ref().err().and_then(|error| error.downcast_ref::<Faulty>());
        let (written, found) = match faulty {
            Some(faulty) => (faulty.is_written, faulty.found.clone()),
            None => (result.is_ok(), None),
        };
        let error = result.as_ref().err().map(|error| format!("{error:#}"));
        self.records.push(Record {
            input: item.input.clone(),
            output: item.output.clone().filter(|_| written),
            ok: error.is_none(),
            error,
            seconds,
            details: result.ok(),
            found,
        });
        if self.all > 1 {
            self.talk.bar().inc(1);
        }
        true
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
