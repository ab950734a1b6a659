//! From arguments to jobs: which input goes where, with all conflicts found before any work.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lmc_codec::files::has_ending;

use crate::input::{Found, Inputs, Source};
use crate::output::{Target, exists, is_special};
use crate::usage::usage;

/// One input and where its result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) source: Source,
    pub(crate) target: Target,
}

impl Job {
    /// Gives the output, which is written, the times of the input, where both are files.
    ///
    /// # Errors
    /// When the system does not allow that.
    pub(crate) fn keep_times(&self) -> Result<()> {
        match self.source.file() {
            Some(path) => self.target.keep_times(path),
            None => Ok(()),
        }
    }
}

/// What the user asked for, before it is looked at.
pub(crate) struct Request<'a> {
    /// Files, folders and `-`, as they were named.
    pub(crate) names: &'a [PathBuf],
    /// What they stand for.
    pub(crate) inputs: &'a Inputs,
    /// A file, a folder or `-`; without it outputs lie beside their inputs.
    pub(crate) output: Option<&'a Path>,
    /// Ending of the file made of a source where its name is not given.
    pub(crate) new_ending: &'a dyn Fn(&Source) -> &'static str,
    /// Whether outputs lie in folders as their inputs do.
    pub(crate) keep_tree: bool,
    /// Whether outputs may be there already.
    pub(crate) force: bool,
    /// Whether a report goes to stdout.
    pub(crate) json: bool,
}

impl Request<'_> {
    /// Finds the jobs, makes the output folders, and refuses what cannot end well.
    ///
    /// # Errors
    /// Usage errors for several inputs to one file, two inputs to one name, an output that is an input, an input without
    /// a name to a folder, or stdout used twice; failures for outputs that exist without `force`.
    pub(crate) fn resolve(&self) -> Result<Vec<Job>> {
        let jobs = match self.output {
            None => self.beside()?,
            Some(output) => match Target::of(output) {
                target @ (Target::Stdout | Target::Descriptor(..)) => self.to_open(target)?,
                Target::File(_) if self.is_folder(output) => self.to_folder(output)?,
                target @ Target::File(_) => self.to_file(&target),
            },
        };
        refuse_collisions(&jobs)?;
        refuse_inputs_as_outputs(&jobs)?;
        if !self.force {
            refuse_existing(&jobs)?;
        }
        match self.output {
            Some(output) if Target::of(output).is_file() && self.is_folder(output) && !jobs.is_empty() => {
                make_folders(output, &jobs)?;
            }
            _ => {}
        }
        Ok(jobs)
    }

    /// Several inputs, a folder as input, a folder that is there, or a name that ends in a separator.
    fn is_folder(&self, output: &Path) -> bool {
        let several = self.names.len() > 1 || self.names.iter().any(|input| input.is_dir());
        let name = output.as_os_str().to_string_lossy();
        several || output.is_dir() || name.ends_with(['/', std::path::MAIN_SEPARATOR])
    }

    /// To stdout or another descriptor that is open.
    fn to_open(&self, target: Target) -> Result<Vec<Job>> {
        if target == Target::Stdout {
            if self.json {
                return Err(usage("--json and -o - both want stdout: write to a file"));
            }
            if io::stdout().is_terminal() && !self.force {
                return Err(usage("stdout is a terminal: redirect it, or let -o name a file"));
            }
        }
        let name = match &target {
            Target::Stdout => "stdout".to_owned(),
            other => other.name(),
        };
        let several = || usage(format!("{name} holds one output only: let -o name a folder"));
        match self.inputs.found.as_slice() {
            [found] if !self.names.iter().any(|name| name.is_dir()) => Ok(vec![Job {
                source: found.source.clone(),
                target,
            }]),
            _ => Err(several()),
        }
    }

    fn to_file(&self, target: &Target) -> Vec<Job> {
        let job = |source: &Source| Job {
            source: source.clone(),
            target: target.clone(),
        };
        self.inputs.sources().map(job).collect()
    }

    fn to_folder(&self, output: &Path) -> Result<Vec<Job>> {
        if output.exists() && !output.is_dir() {
            let output = output.display();
            return Err(usage(format!(
                "several inputs need a folder for their outputs, and {output} is a file"
            )));
        }
        let job = |Found { source, below }: &Found| {
            let folder = match self.keep_tree {
                true => output.join(below),
                false => output.to_path_buf(),
            };
            let path = self.path_in(&folder, source, "let -o name a file")?;
            Ok(Job {
                source: source.clone(),
                target: Target::File(path),
            })
        };
        let jobs = self.inputs.found.iter().map(job).collect::<Result<_>>()?;
        Ok(self.apart(jobs))
    }

    /// Each output beside its input.
    fn beside(&self) -> Result<Vec<Job>> {
        let job = |source: &Source| {
            let folder = source.file().and_then(Path::parent).unwrap_or(Path::new(""));
            let path = self.path_in(folder, source, "name the output with -o")?;
            Ok(Job {
                source: source.clone(),
                target: Target::File(path),
            })
        };
        let jobs = self.inputs.sources().map(job).collect::<Result<_>>()?;
        Ok(self.apart(jobs))
    }

    /// Gives outputs that would share a name the whole names of their inputs: `a.png.lmc` and `a.jpg.lmc`.
    fn apart(&self, mut jobs: Vec<Job>) -> Vec<Job> {
        let mut counts = BTreeMap::new();
        for job in &jobs {
            if let Target::File(path) = &job.target {
                *counts.entry(path.clone()).or_insert(0) += 1;
            }
        }
        for job in &mut jobs {
            if let (Target::File(path), Source::File(input)) = (&mut job.target, &job.source)
                && counts.get(path).is_some_and(|count| *count > 1)
                && let Some(name) = input.file_name()
            {
                path.set_file_name(named(name, (self.new_ending)(&job.source)));
            }
        }
        jobs
    }

    /// The file in a folder that is named after a source.
    fn path_in(&self, folder: &Path, source: &Source, instead: &str) -> Result<PathBuf> {
        let nameless = || usage(format!("{} has no name for its output: {instead}", source.name()));
        let path = match source {
            Source::Stdin => return Err(nameless()),
            // Their names are numbers.
            Source::Pipe(path) if path.starts_with("/dev/fd") || path.starts_with("/proc") => return Err(nameless()),
            Source::File(path) | Source::Pipe(path) => path,
        };
        let ending = (self.new_ending)(source);
        let stem = path.file_stem().unwrap_or_default();
        // The stream of `a.png` may be `a.png.lmc`.
        match has_ending(Path::new(stem), &[ending]) {
            true => Ok(folder.join(stem)),
            false => Ok(folder.join(named(stem, ending))),
        }
    }
}

/// A name with an ending.
fn named(name: &OsStr, ending: &str) -> OsString {
    let mut named = name.to_owned();
    named.push(".");
    named.push(ending);
    named
}

/// The folder of the outputs, and where the tree of the inputs is kept, those in it.
fn make_folders(output: &Path, jobs: &[Job]) -> Result<()> {
    let parents = jobs.iter().filter_map(|job| match &job.target {
        Target::File(path) => path.parent(),
        Target::Stdout | Target::Descriptor(..) => None,
    });
    let mut folders: Vec<&Path> = parents.chain([output]).collect();
    folders.sort_unstable();
    folders.dedup();
    folders.into_iter().try_for_each(|folder| {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))
    })
}

fn refuse_collisions(jobs: &[Job]) -> Result<()> {
    let mut taken = BTreeMap::new();
    for job in jobs {
        if let Target::File(path) = &job.target
            && let Some(other) = taken.insert(path, &job.source)
        {
            let (one, two) = (other.name(), job.source.name());
            return Err(usage(format!(
                "{one} and {two} would both become {}: rename one, write them to different folders, or keep those of a \
                 folder apart with --keep-tree",
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
