//! The CSV logs of a run: `steps.csv` with a row for each step, `held-out.csv` with a row for each point measured.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::checkpoint::write_whole;
use super::{Progress, Score};
use crate::{ModelError, Result};

const STEPS: &str = "steps.csv";
const HELD_OUT: &str = "held-out.csv";

/// Appends rows to the logs of a run. The first column of each is the step.
#[derive(Debug)]
pub(super) struct RunLog {
    folder: PathBuf,
}

impl RunLog {
    /// Opens the logs of a run that goes on from `step`: rows of later steps, which will be done again, are cut off.
    pub(super) fn open(folder: &Path, step: u64) -> Result<Self> {
        for name in [STEPS, HELD_OUT] {
            cut(&folder.join(name), step)?;
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    pub(super) fn step(&self, progress: &Progress) -> Result<()> {
        let row = format!("{},{:.3},{}", progress.step, progress.seconds, values(&progress.scores));
        let header = format!("step,seconds,{}", names(&progress.scores));
        self.append(STEPS, &header, &row)
    }

    pub(super) fn held_out(&self, step: u64, points: &[Vec<Score>]) -> Result<()> {
        points.iter().try_for_each(|scores| {
            let row = format!("{step},{}", values(scores));
            self.append(HELD_OUT, &format!("step,{}", names(scores)), &row)
        })
    }

    /// Adds a row to a file, and the header where there is none yet. A log with other columns, of another version, is kept aside.
    fn append(&self, name: &str, header: &str, row: &str) -> Result<()> {
        let path = self.folder.join(name);
        let io = || ModelError::io(&path);
        let fresh = match first_line(&path)? {
            Some(found) if found == header => false,
            Some(_) => {
                fs::rename(&path, path.with_extension("old.csv")).map_err(io())?;
                true
            }
            None => true,
        };
        let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(io())?;
        let text = if fresh {
            format!("{header}\n{row}\n")
        } else {
            format!("{row}\n")
        };
        file.write_all(text.as_bytes()).map_err(io())
    }
}

fn names(scores: &[Score]) -> String {
    let names: Vec<&str> = scores.iter().map(|score| score.name).collect();
    names.join(",")
}

fn values(scores: &[Score]) -> String {
    let values: Vec<String> = scores.iter().map(|score| short(score.value)).collect();
    values.join(",")
}

/// Five decimals, or four significant digits of smaller numbers.
fn short(value: f64) -> String {
    if value == 0.0 || value.abs() >= 0.01 {
        format!("{value:.5}")
    } else {
        format!("{value:.3e}")
    }
}

fn first_line(path: &Path) -> Result<Option<String>> {
    use std::io::{BufRead, BufReader};
    if !path.exists() {
        return Ok(None);
    }
    let file = fs::File::open(path).map_err(ModelError::io(path))?;
    let mut line = String::new();
    BufReader::new(file)
        .read_line(&mut line)
        .map_err(ModelError::io(path))?;
    Ok((!line.is_empty()).then(|| line.trim_end().to_owned()))
}

/// Removes the rows of steps after `step`, and a row that a kill cut short.
fn cut(path: &Path, step: u64) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(path).map_err(ModelError::io(path))?;
    let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let header = lines.next().unwrap_or_default();
    let is_done = |line: &&str| {
        let first = line.split(',').next().unwrap_or_default();
        first.parse().is_ok_and(|row: u64| row <= step)
    };
    let kept: String = std::iter::once(header).chain(lines.filter(is_done)).collect();
    if kept == text {
        return Ok(());
    }
    write_whole(path, kept.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_after_the_checkpoint_and_torn_rows_are_cut() {
        let folder = std::env::temp_dir().join(format!("lmc-log-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(STEPS);
        fs::write(&path, "step,seconds,loss\n1,0.1,5\n2,0.2,4\n3,0.3,3\n2,0.").unwrap();
        let log = RunLog::open(&folder, 2).unwrap();
        let read = || fs::read_to_string(&path).unwrap();
        assert_eq!(read(), "step,seconds,loss\n1,0.1,5\n2,0.2,4\n");
        let progress = |name| Progress {
            step: 3,
            steps: 9,
            seconds: 0.5,
            scores: vec![Score::new(name, 2e-5)],
        };
        log.step(&progress("loss")).unwrap();
        assert!(read().ends_with("\n3,0.500,2.000e-5\n"), "{}", read());
        log.step(&progress("cost")).unwrap();
        assert_eq!(read(), "step,seconds,cost\n3,0.500,2.000e-5\n");
        assert!(folder.join("steps.old.csv").exists());
        RunLog::open(&folder, 0).unwrap();
        assert_eq!(read(), "step,seconds,cost\n");
        fs::remove_dir_all(&folder).unwrap();
    }
}
