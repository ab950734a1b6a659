//! What people look at: plots, tables and a page.

mod axis;
mod colours;
pub mod markdown;
pub mod page;
pub mod plots;
mod raster;
pub mod scene;
mod svg;
mod tables;

use std::path::{Path, PathBuf};

use crate::results::Results;
use crate::{Result, whole_file};

pub use page::{Shown, View};

/// Writes `results.json`, `results.csv`, `bd.md`, `plots/*.svg`, `plots/*.png` and `index.html` into a folder; returns the
/// page.
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
    let page = folder.join("index.html");
    whole_file::write(&page, page::html(results, &plots, views).as_bytes())?;
    Ok(page)
}
