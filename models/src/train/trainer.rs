//! The training loop of all tasks.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use super::checkpoint::{Checkpoint, write_whole};
use super::log::RunLog;
use super::prefetch::Prefetch;
use super::{Data, Export, Exported, Pace, Progress, Run, Settings, Sources, Task, Watch, record, settings};
use crate::zoo::Manifest;
use crate::{ModelError, Result};

/// File in the folder of a run with its settings.
const CONFIG: &str = "config.json";

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ended {
    /// Steps done.
    pub step: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// Seconds of training, over all starts.
    pub seconds: f64,
}

impl Ended {
    /// Whether the run was cancelled before its last step.
    pub fn is_cancelled(&self) -> bool {
        self.step < self.steps
    }
}

/// A run of a task, from its last checkpoint on.
#[derive(Debug)]
pub struct Trainer<T: Task> {
    task: T,
    data: T::Data,
    settings: T::Settings,
    folder: PathBuf,
    log: RunLog,
    step: u64,
    steps: u64,
    seconds: f64,
    /// Step of the newest checkpoint.
    saved: Option<u64>,
}

impl<T: Task> Trainer<T> {
    /// Opens the data and goes on from the last checkpoint in the folder of the run, if there is one, else starts.
    ///
    /// # Errors
    /// Unusable settings, data, weights and checkpoints.
    pub fn open(run: &Run, watch: &mut dyn Watch) -> Result<Self> {
        let checkpoint = Checkpoint::<T::Settings>::latest(&run.folder)?;
        let settings = settings_of(run, checkpoint.as_ref())?;
        fs::create_dir_all(&run.folder).map_err(ModelError::io(&run.folder))?;
        let sources = Sources {
            data: &run.data,
            held_out: &run.held_out,
            folder: &run.folder,
        };
        let data = T::open(&settings, sources, watch)?;
        let (task, step, seconds) = match &checkpoint {
            Some(at) => {
                let task = T::restore(&settings, &run.device, &at.files)?;
                (task, at.step, at.seconds)
            }
            None => {
                let init = run
                    .init
                    .as_ref()
                    .map(|path| fs::read(path).map_err(ModelError::io(path)));
                let task = T::start(&settings, &run.device, init.transpose()?.as_deref(), &data)?;
                record::write(&run.record(data.describe(), T::ORIGIN), &run.folder)?;
                (task, 0, 0.0)
            }
        };
        let text = serde_json::to_vec_pretty(&settings).map_err(|error| ModelError::Parameter(error.to_string()))?;
        write_whole(&run.folder.join(CONFIG), &text)?;
        Ok(Self {
            task,
            steps: data.steps().unwrap_or(settings.pace().steps),
            data,
            settings,
            log: RunLog::open(&run.folder, step)?,
            folder: run.folder.clone(),
            step,
            seconds,
            saved: checkpoint.map(|at| at.step),
        })
    }

    /// Trains to the last step, or until the watch cancels, and saves a checkpoint there.
    ///
    /// # Errors
    /// Failing batches, files and steps.
    pub fn train(mut self, watch: &mut dyn Watch) -> Result<Ended> {
        let Pace {
            evaluate_every,
            checkpoint_every,
            ..
        } = self.settings.pace();
        watch.begin(self.step, self.steps);
        if self.step < self.steps {
            let batches = Prefetch::new(self.data.batches(self.step)?)?;
            while self.step < self.steps && !watch.is_cancelled() {
                let progress = self.learn(&batches)?;
                watch.step(&progress);
                if self.step.is_multiple_of(evaluate_every) || self.step == self.steps {
                    self.log.held_out(self.step, &self.task.evaluate(&self.data)?)?;
                }
                if self.step.is_multiple_of(checkpoint_every) {
                    self.save()?;
                }
            }
        }
        self.save()?;
        Ok(Ended {
            step: self.step,
            steps: self.steps,
            seconds: self.seconds,
        })
    }

    fn learn(&mut self, batches: &Prefetch<<T::Data as Data>::Batch>) -> Result<Progress> {
        self.task.prepare(self.step, &self.data)?;
        let batch = batches.next()?;
        let start = Instant::now();
        let scores = self.task.step(self.step, batch)?;
        self.step += 1;
        self.seconds += start.elapsed().as_secs_f64();
        let progress = Progress {
            step: self.step,
            steps: self.steps,
            seconds: self.seconds,
            scores,
        };
        self.log.step(&progress)?;
        Ok(progress)
    }

    fn save(&mut self) -> Result<()> {
        if self.saved == Some(self.step) {
            return Ok(());
        }
        let checkpoint = Checkpoint {
            step: self.step,
            seconds: self.seconds,
            settings: self.settings.clone(),
            files: self.task.save()?,
        };
        checkpoint.save(&self.folder)?;
        self.saved = Some(self.step);
        Ok(())
    }
}

/// The settings of a run that goes on are its own; else those of the file. Single settings win.
fn settings_of<S: Settings>(run: &Run, checkpoint: Option<&Checkpoint<S>>) -> Result<S> {
    let settings = match (checkpoint, &run.config) {
        (Some(at), _) => at.settings.clone(),
        (None, Some(path)) => {
            let json = fs::read(path).map_err(ModelError::io(path))?;
            let context = |error| ModelError::Parameter(format!("cannot use {}: {error}", path.display()));
            settings::parse(&json).map_err(context)?
        }
        (None, None) => S::default(),
    };
    let settings = settings::settle(settings::change(settings, &run.set)?)?;
    let pace = settings.pace();
    if pace.batch == 0 || pace.checkpoint_every == 0 || pace.evaluate_every == 0 {
        return Err(ModelError::Parameter(
            "batch, checkpoint_every and evaluate_every must be at least 1".into(),
        ));
    }
    settings.check()?;
    Ok(settings)
}

/// Makes a weights file of the last checkpoint in the folder of a run.
pub(super) fn export<T: Task>(run: &Run, export: &Export, watch: &mut dyn Watch) -> Result<Exported> {
    let none = || ModelError::Checkpoint(format!("there is none in {}: train first", run.folder.display()));
    let at = Checkpoint::<T::Settings>::latest(&run.folder)?.ok_or_else(none)?;
    let mut training = record::read(&run.folder, at.settings.pace(), at.step, at.seconds);
    training.notes.clone_from(&export.notes);
    let manifest = Manifest {
        id: export.id.clone(),
        codec: T::NAME.to_owned(),
        config: (),
        training,
    };
    let task = T::restore(&at.settings, &run.device, &at.files)?;
    task.export(manifest, &run.folder, watch)
}
