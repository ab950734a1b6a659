//! From arguments to jobs: which input goes where, with all conflicts found before any work.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::input::{Source, expand};
use crate::output::{Target, exists, is_special};
use crate::usage::usage;

/// One input and where its result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) source: Source,
    pub(crate) target: Target,
}

/// What the user asked for, before it is looked at.
pub(crate) struct Request<'a> {
    /// Files, folders and `-`.
    pub(crate) inputs: &'a [PathBuf],
    /// Endings of the files to take from folders.
    pub(crate) endings: &'a [&'a str],
    /// A file, a folder or `-`.
    pub(crate) output: &'a Path,
    /// Ending of the file made of a source in a folder.
    pub(crate) new_ending: fn(&Source) -> &'static str,
    /// Whether outputs may be there already.
    pub(crate) force: bool,
    /// Whether a report goes to stdout.
    pub(crate) json: bool,
}

impl Request<'_> {
    /// Finds the jobs, makes the output folder, and refuses what cannot end well.
    ///
    /// # Errors
    /// Usage errors for several inputs to one file, two inputs to one name, an output that is an input, stdin to a
    /// folder, or stdout used twice; failures for outputs that exist without `force`, and for unreadable folders.
    pub(crate) fn resolve(&self) -> Result<Vec<Job>> {
        let sources = expand(self.inputs, self.endings)?;
        let jobs = if self.output.as_os_str() == "-" {
            self.to_stdout(sources)?
        } else if self.is_folder() {
            self.to_folder(sources)?
        } else {
            self.to_file(sources)?
        };
        refuse_collisions(&jobs)?;
        refuse_inputs_as_outputs(&jobs)?;
        if !self.force {
            refuse_existing(&jobs)?;
        }
        if self.is_folder() {
            fs::create_dir_all(self.output)
                .with_context(|| format!("cannot make the folder {}", self.output.display()))?;
        }
        Ok(jobs)
    }

    /// Several inputs, a folder as input, a folder that is there, or a name that ends in a separator.
    fn is_folder(&self) -> bool {
        let several = self.inputs.len() > 1 || self.inputs.iter().any(|input| input.is_dir());
        let name = self.output.as_os_str().to_string_lossy();
        several || self.output.is_dir() || name.ends_with(['/', std::path::MAIN_SEPARATOR])
    }

    fn to_stdout(&self, sources: Vec<Source>) -> Result<Vec<Job>> {
        if self.json {
            return Err(usage("--json and -o - both want stdout: write to a file"));
        }
        if io::stdout().is_terminal() && !self.force {
            return Err(usage("stdout is a terminal: redirect it, or let -o name a file"));
        }
        match <[Source; 1]>::try_from(sources) {
            Ok([source]) => Ok(vec![Job {
                source,
                target: Target::Stdout,
            }]),
            Err(_) => Err(usage("stdout holds one output only: let -o name a folder")),
        }
    }

    fn to_file(&self, sources: Vec<Source>) -> Result<Vec<Job>> {
        let target = Target::File(self.output.to_path_buf());
        let jobs = sources.into_iter().map(|source| Job {
            source,
            target: target.clone(),
        });
        Ok(jobs.collect())
    }

    fn to_folder(&self, sources: Vec<Source>) -> Result<Vec<Job>> {
        if self.output.exists() && !self.output.is_dir() {
            let output = self.output.display();
            return Err(usage(format!(
                "several inputs need a folder for their outputs, and {output} is a file"
            )));
        }
        let job = |source| match &source {
            Source::Stdin => Err(usage("stdin has no name to use in a folder: let -o name a file")),
            Source::File(path) => {
                let mut name = OsString::from(path.file_stem().unwrap_or_default());
                name.push(".");
                name.push((self.new_ending)(&source));
                let target = Target::File(self.output.join(name));
                Ok(Job { source, target })
            }
        };
        sources.into_iter().map(job).collect()
    }
}

fn refuse_collisions(jobs: &[Job]) -> Result<()> {
    let mut taken = BTreeMap::new();
    for job in jobs {
        if let Target::File(path) = &job.target
            && let Some(other) = taken.insert(path, &job.source)
        {
            let (one, two) = (other.name(), job.source.name());
            return Err(usage(format!(
                "{one} and {two} would both become {}: rename one, or write them to different folders",
                path.display()
            )));
        }
    }
    Ok(())
}

/// Compares what the names lead to, so that links do not deceive.
fn refuse_inputs_as_outputs(jobs: &[Job]) -> Result<()> {
    let mut inputs = BTreeMap::new();
    for job in jobs {
        if let Source::File(path) = &job.source
            && let Ok(real) = fs::canonicalize(path)
            && !is_special(&real)
        {
            inputs.insert(real, path);
        }
    }
    for job in jobs {
        if let Target::File(path) = &job.target
            && let Ok(real) = fs::canonicalize(path)
            && let Some(input) = inputs.get(&real)
        {
            return Err(usage(format!(
                "the output {} is the input {}: give another name",
                path.display(),
                input.display()
            )));
        }
    }
    Ok(())
}

fn refuse_existing(jobs: &[Job]) -> Result<()> {
    let there = |job: &Job| match &job.target {
        Target::File(path) if path.exists() && !is_special(path) => Some(path.clone()),
        _ => None,
    };
    let existing: Vec<PathBuf> = jobs.iter().filter_map(there).collect();
    match existing.as_slice() {
        [] => Ok(()),
        [one] => bail!(exists(one)),
        [first, rest @ ..] => bail!(
            "{} and {} more outputs exist: give --force to overwrite them",
            first.display(),
            rest.len()
        ),
    }
}

#[cfg(test)]
mod tests;
