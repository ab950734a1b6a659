//! The CSV logs of a run: one row per step, one row per held-out point.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Progress, RatePoint};
use crate::{ModelError, Result};

/// Appends rows to `steps.csv` and `held-out.csv` of a run.
#[derive(Debug)]
pub(crate) struct CsvLog {
    folder: PathBuf,
}

impl CsvLog {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    pub(super) fn step(&self, progress: &Progress) -> Result<()> {
        self.append(
            "steps.csv",
            "step,seconds,loss,bpp,psnr_db,gradient_norm,learning_rate",
            &format!(
                "{},{:.3},{:.5},{:.5},{:.3},{:.4},{:.3e}",
                progress.step,
                progress.seconds,
                progress.loss,
                progress.bpp,
                progress.psnr_db,
                progress.gradient_norm,
                progress.learning_rate
            ),
        )
    }

    pub(super) fn held_out(&self, step: u64, weights: &str, points: &[RatePoint]) -> Result<()> {
        for point in points {
            let row = format!(
                "{step},{weights},{},{:.5},{:.4}",
                point.position, point.bpp_estimated, point.psnr_db
            );
            self.append("held-out.csv", "step,weights,position,bpp_estimated,psnr_db", &row)?;
        }
        Ok(())
    }

    /// Adds a row to a file, and the header where there is none yet.
    pub(crate) fn append(&self, name: &str, header: &str, row: &str) -> Result<()> {
        let path = self.folder.join(name);
        let fresh = !path.exists();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(ModelError::io(&path))?;
        let text = if fresh {
            format!("{header}\n{row}\n")
        } else {
            format!("{row}\n")
        };
        file.write_all(text.as_bytes()).map_err(ModelError::io(&path))
    }
}
