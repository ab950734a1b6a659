//! What people look at: plots, tables and a page.

mod axis;
mod colours;
mod course;
pub mod markdown;
pub mod page;
pub mod plots;
mod raster;
pub mod scene;
mod svg;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use crate::results::Results;
use crate::{EvalError, Result, whole_file};

pub use page::{Shown, View};

/// Writes `results.json`, `results.csv`, `bd.md`, `plots/*.svg`, `plots/*.png`, `sounds/*.wav` where there are any, and
/// `index.html` into a folder; returns the page.
///
/// # Errors
/// `Io` when the folder cannot be written.
pub fn write(results: &Results, views: &[View], folder: &Path) -> Result<PathBuf> {
    let plots_folder = folder.join("plots");
    whole_file::make_folder(&plots_folder)?;
    results.write(&folder.join("results.json"))?;
    whole_file::write(&folder.join("results.csv"), results.to_csv().as_bytes())?;
    whole_file::write(&folder.join("bd.md"), markdown::bd_table(results).as_bytes())?;
    let plots = plots::all(results);
    for plot in &plots {
        let path = plots_folder.join(&plot.name);
        whole_file::write(&path.with_extension("svg"), plot.scene.to_svg().as_bytes())?;
        if let Some(png) = plot.scene.to_png() {
            whole_file::write(&path.with_extension("png"), &png)?;
        }
    }
    sounds(views, folder)?;
    let page = folder.join("index.html");
    whole_file::write(&page, page::html(results, &plots, views).as_bytes())?;
    Ok(page)
}

/// Sounds would make the page too large to open, so they are files of their own. Those of an earlier report go.
fn sounds(views: &[View], folder: &Path) -> Result<()> {
    let sounds = folder.join(page::SOUNDS);
    if sounds.is_dir() {
        fs::remove_dir_all(&sounds).map_err(EvalError::io("remove", &sounds))?;
    }
    for (v, view) in views.iter().enumerate() {
        for (i, shown) in view.versions.iter().enumerate() {
            if let Some(wav) = &shown.exhibit.wav {
                whole_file::make_folder(&sounds)?;
                whole_file::write(&folder.join(page::sound_file(v, i)), wav)?;
            }
        }
    }
    Ok(())
}
