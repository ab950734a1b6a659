//! What `lmc eval` needs to know of a medium beside what the crate that measures knows.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use lmc_eval::codec::Codec;
use lmc_eval::media::Meter;
use lmc_eval::metric::Metric;
use lmc_eval::results::Results;
use lmc_eval::views::Show;

use super::names::Named;
use super::ours::Device;
use crate::talk::Talk;

/// A medium that can be evaluated.
pub(super) trait Kind: Show {
    /// Endings of its files in folders.
    const ENDINGS: &'static [&'static str];

    /// The codecs to measure where `--codecs` is not given, in its form.
    fn usual() -> String;

    /// Metrics where nobody says, as in `--metrics`.
    fn default_metrics(codecs: &[Named]) -> &'static str;

    /// Names of our codecs.
    fn ours() -> Vec<String>;

    /// Names of the classical codecs.
    fn classical() -> Vec<&'static str>;

    /// By what curves of a codec can be made.
    fn paces(codec: &str) -> Paces;

    /// The codec of that name; nothing where there is none.
    ///
    /// # Errors
    /// `EvalError::Parameter` for wrong settings, `EvalError::Missing` for programs that are not there.
    fn open(named: &Named, pace: Pace, host: &mut Host<'_>) -> Result<Option<Arc<dyn Codec<Self>>>>;

    /// A series for a file of weights, and its name.
    ///
    /// # Errors
    /// When they cannot be used.
    fn open_model(path: &Path, pace: &dyn Fn(&str, &str) -> Pace, host: &mut Host<'_>) -> Result<ModelSeries<Self>>;

    /// Reads a file as all codecs get it, and says what that changed.
    fn read(path: &Path, reading: &Reading) -> Result<(Self, Option<String>), String>;

    /// What computes the metrics; those that cannot be computed here are taken from the list. `looks` is a
    /// file of networks for those of looks.
    fn meters(metrics: &mut Vec<Metric>, looks: Option<&Path>) -> Meters<Self>;

    /// What a reader must know of this medium's points.
    fn remarks(results: &Results) -> Vec<String>;
}

/// A series of a file of weights.
pub(super) struct ModelSeries<M> {
    pub(super) name: String,
    pub(super) pace: Pace,
    pub(super) codec: Arc<dyn Codec<M>>,
}

/// What computes metrics.
pub(super) struct Meters<M> {
    pub(super) meter: Box<dyn Meter<M>>,
    /// Versions of other programs that compute some.
    pub(super) versions: BTreeMap<Metric, String>,
    /// What could not be had.
    pub(super) notes: Vec<String>,
}

/// How files are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// Frames of a video that are measured, at most.
    pub(super) most_frames: usize,
}

/// What makes the points of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// A quality of 0 to 100, or what a classical codec calls so.
    Quality,
    /// A rate in kbit/s.
    Bitrate,
}

/// What may make the points of a codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paces {
    /// Nothing else.
    Only(Pace),
    /// Both; rates where nobody says.
    Either,
}

/// What opening a codec takes.
pub(super) struct Host<'a> {
    pub(super) device: Device,
    pub(super) talk: &'a Talk,
}
