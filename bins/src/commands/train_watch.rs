//! How `lmc train` shows a run, and how signals stop it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use lmc_models::train::{Progress, Watch};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

use crate::talk::Talk;

/// Exit code of a run that Ctrl-C stopped, as shells have it.
pub(super) const INTERRUPTED: u8 = 130;
const TRAIN_BAR: &str = "{bar:24} {pos}/{len} {elapsed_precise} (left {eta}) {wide_msg}";
const PART_BAR: &str = "{msg} {bar:30} {pos}/{len} (left {eta})";
/// Steps between lines where no bar is drawn, and steps that shown means look back on.
const STEPS_PER_LINE: u64 = 100;
/// Scores that are shown, the first ones.
const SHOWN: usize = 3;

/// Shows a run on stderr.
pub(super) struct TrainWatch {
    talk: Talk,
    /// The part of the work that the bar is of.
    part: String,
    interrupt: Option<Arc<AtomicBool>>,
    steps: u64,
    means: BTreeMap<&'static str, f64>,
}

impl TrainWatch {
    /// Signals are listened for when the steps begin; before, they end the program.
    pub(super) fn new(talk: &Talk) -> Self {
        Self {
            talk: talk.clone(),
            part: String::new(),
            interrupt: None,
            steps: 0,
            means: BTreeMap::new(),
        }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.talk.bar().finish_and_clear();
    }

    fn show(&mut self, part: &str, total: u64, template: &str) {
        if self.part != part {
            self.finish();
            self.talk = self.talk.with_bar(total, template);
            part.clone_into(&mut self.part);
        }
    }

    /// Running means of the first scores.
    fn line(&mut self, progress: &Progress) -> String {
        self.steps += 1;
        let share = 1.0 / self.steps.min(STEPS_PER_LINE) as f64;
        let shown = progress.scores.iter().take(SHOWN).map(|score| {
            let mean = self.means.entry(score.name).or_insert(0.0);
            *mean += (score.value - *mean) * share;
            format!("{} {mean:.3}", score.name)
        });
        shown.collect::<Vec<_>>().join("  ")
    }
}

impl Watch for TrainWatch {
    fn part(&mut self, name: &str, done: usize, total: usize) {
        self.show(name, total as u64, PART_BAR);
        let bar = self.talk.bar();
        bar.set_message(name.to_owned());
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    }

    fn begin(&mut self, step: u64, steps: u64) {
        self.interrupt = on_interrupt()
            .map_err(|error| self.talk.warn(format!("{error:#}")))
            .ok();
        self.show("steps", steps, TRAIN_BAR);
        self.talk.bar().set_position(step);
        self.talk.bar().reset_eta();
    }

    fn step(&mut self, progress: &Progress) {
        let line = self.line(progress);
        let Progress {
            step, steps, seconds, ..
        } = progress;
        if self.talk.bar().is_hidden() && step.is_multiple_of(STEPS_PER_LINE) {
            let hours = seconds / 3600.0;
            self.talk
                .note(format_args!("step {step}/{steps}  {line}  {hours:.2} h"));
        }
        self.talk.bar().set_position(*step);
        self.talk.bar().set_message(line);
    }

    fn note(&mut self, line: &str) {
        self.talk.note(line);
    }

    fn detail(&mut self, line: &str) {
        self.talk.detail(line);
    }

    fn is_cancelled(&self) -> bool {
        self.interrupt.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// A flag that Ctrl-C sets; a second Ctrl-C ends the program at once.
fn on_interrupt() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag unset, so that it does not end the program, and sets it.
        register_conditional_shutdown(signal, i32::from(INTERRUPTED), Arc::clone(&flag))
            .and_then(|_| register(signal, Arc::clone(&flag)))
            .context("cannot listen for Ctrl-C")?;
    }
    Ok(flag)
}
