//! What a run tells whoever watches it, and how it is stopped.

use super::Score;

/// How a step went.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// Seconds of training so far, over all starts.
    pub seconds: f64,
    /// What the task measured, the loss first.
    pub scores: Vec<Score>,
}

/// Watches a run. All methods but [`Self::is_cancelled`] may do nothing.
pub trait Watch {
    /// Called with `(done, total)` of a part of the work before or after the steps, such as "packing crops".
    fn part(&mut self, _name: &str, _done: usize, _total: usize) {}

    /// Called once, before the first step of this start.
    fn begin(&mut self, _step: u64, _steps: u64) {}

    /// Called after every step.
    fn step(&mut self, _progress: &Progress) {}

    /// A line for whoever trains.
    fn note(&mut self, _line: &str) {}

    /// A line for whoever wonders what happened, such as the name of a file that cannot be read.
    fn detail(&mut self, _line: &str) {}

    /// Whether to stop after this step, with a checkpoint.
    fn is_cancelled(&self) -> bool;
}
