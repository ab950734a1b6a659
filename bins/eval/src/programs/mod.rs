//! Codecs that are installed programs: finding them, calling them, their settings.

mod options;
mod program;
mod recipe;
mod tool;

pub(crate) use options::resolve;
pub(crate) use program::Program;
#[cfg(test)]
pub(crate) use recipe::check_all;
pub(crate) use recipe::{Needs, Recipe, needs};

pub(crate) use tool::on_path;

pub use options::Options;
pub use tool::{Tool, Usage, peak_memory_of_this_process};
