//! Rate-distortion curves of codecs: measure, compare, report.
//!
//! The core knows series of points and nothing of what was coded: [`results`] are records of a rate and some metrics,
//! [`averages`] makes curves of them, [`bd`] compares curves, [`anchors`] reads published ones, [`report`] draws and
//! writes, [`check`] compares two runs. [`run`] takes files of one kind of [`media`] through [`codec`]s and meters;
//! [`pictures`], [`sound`] and [`videos`] are the only parts that look into files and streams.
//!
//! ```
//! use lmc_eval::bd::{Point, bd_rate};
//!
//! let curve = |factor: f64| -> Vec<Point> {
//!     (0..5).map(|i| Point { rate: factor * 0.1 * 2f64.powi(i), quality: 28.0 + 3.0 * f64::from(i) }).collect()
//! };
//! // A fifth fewer bits everywhere.
//! let percent = bd_rate(&curve(1.0), &curve(0.8))?;
//! assert!((percent + 20.0).abs() < 1e-9);
//! # Ok::<(), lmc_eval::bd::Refusal>(())
//! ```

pub mod anchors;
pub mod averages;
pub mod bd;
pub mod cache;
pub mod check;
pub mod codec;
pub mod compare;
pub mod media;
pub mod metric;
pub mod pictures;
pub mod programs;
pub mod report;
pub mod results;
pub mod run;
pub mod sound;
pub mod videos;
pub mod views;

mod cubic;
mod error;
pub mod whole_file;

pub use error::{EvalError, Result};
