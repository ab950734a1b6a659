//! From names to codecs that can be run.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use lmc_eval::EvalError;
use lmc_eval::anchors::Anchor;
use lmc_eval::pictures::run::Planned;
use lmc_eval::pictures::{Codec, codecs};
use lmc_eval::results::Series;

use super::names::{Named, Qualities, parse, qualities};
use super::ours::{self, Ours};
use crate::cli::EvalArgs;
use crate::talk::Talk;
use crate::usage::usage;

/// Series to measure, and what there is to say of those that cannot be.
pub(super) struct Chosen {
    pub(super) series: Vec<Planned>,
    /// Those whose programs are not there.
    pub(super) missing: Vec<Series>,
    pub(super) notes: Vec<String>,
}

/// The codec of a series by its name.
pub(super) fn codec_of(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

/// Opens what `--codecs` and `--model` name.
///
/// # Errors
/// Usage errors for unknown names and settings, and when no codec is left.
pub(super) fn choose(args: &EvalArgs, talk: &Talk) -> Result<Chosen> {
    let wanted = args
        .qualities
        .iter()
        .map(|text| qualities(text))
        .collect::<Result<Vec<_>>>()?;
    let mut chosen = Chosen {
        series: Vec::new(),
        missing: Vec::new(),
        notes: Vec::new(),
    };
    let mut device = ours::Device::new(args.device);
    for named in parse(&args.codecs)? {
        match open(&named, &mut device, talk) {
            Ok(codec) => chosen.add(named.name, codec, &wanted)?,
            Err(error) => chosen.miss(named.name, error, talk)?,
        }
    }
    for path in &args.model {
        let codec = Ours::open(Some(path), &[], &mut device, talk)?;
        chosen.add(model_name(path), Arc::new(codec), &wanted)?;
    }
    for Qualities { of, .. } in &wanted {
        let used = |of: &String| chosen.all_names().any(|name| name == of || codec_of(name) == of);
        if let Some(of) = of.as_ref().filter(|of| !used(of)) {
            return Err(usage(format!("--qualities names {of}, which is not measured")));
        }
    }
    if chosen.series.is_empty() {
        return Err(usage("none of the codecs is there: see the warnings"));
    }
    Ok(chosen)
}

fn open(named: &Named, device: &mut ours::Device, talk: &Talk) -> Result<Arc<dyn Codec>> {
    if named.codec == ours::NAME {
        return Ok(Arc::new(Ours::open(None, &named.options, device, talk)?));
    }
    match codecs::open(&named.codec, &named.options) {
        Ok(Some(codec)) => Ok(codec),
        Ok(None) => {
            let known = codecs::names().join(", ");
            let reason = format!("there is no codec '{}': there are {}, {known}", named.codec, ours::NAME);
            Err(usage(reason))
        }
        Err(EvalError::Parameter(reason)) => Err(usage(reason)),
        Err(error) => Err(error.into()),
    }
}

fn model_name(path: &Path) -> String {
    format!(
        "{}@model={}",
        ours::NAME,
        path.file_stem().unwrap_or_default().to_string_lossy()
    )
}

/// That `--anchor` names a series, found before hours of work.
pub(super) fn check_anchor(args: &EvalArgs, chosen: &Chosen, published: &[Anchor]) -> Result<()> {
    let mut names = chosen
        .all_names()
        .chain(published.iter().map(|anchor| &anchor.series.name));
    match &args.anchor {
        Some(anchor) if !names.any(|name| name == anchor) => {
            let measured: Vec<&str> = chosen.all_names().map(String::as_str).collect();
            let reason = format!("--anchor {anchor} is no series: there are {}", measured.join(", "));
            Err(usage(reason))
        }
        _ => Ok(()),
    }
}

impl Chosen {
    fn all_names(&self) -> impl Iterator<Item = &String> {
        self.series.iter().map(|series| &series.name)
    }

    fn add(&mut self, name: String, codec: Arc<dyn Codec>, wanted: &[Qualities]) -> Result<()> {
        if self.all_names().any(|other| *other == name) {
            return Err(usage(format!("{name} is there twice")));
        }
        // What names the series counts before what names its codec, and that before what is for all.
        let of = |wanted_name: Option<&str>| wanted.iter().rev().find(|q| q.of.as_deref() == wanted_name);
        let found = of(Some(&name))
            .or_else(|| of(Some(codec_of(&name))))
            .or_else(|| of(None));
        let qualities = found.map_or_else(|| codec.default_qualities(), |found| found.values.clone());
        let (low, high) = codec.quality_range();
        if let Some(bad) = qualities.iter().find(|quality| !(low..=high).contains(*quality)) {
            return Err(usage(format!("{name} has qualities of {low} to {high}, not {bad}")));
        }
        self.series.push(Planned { name, codec, qualities });
        Ok(())
    }

    /// A codec whose program is not there is noted; any other error ends the run.
    fn miss(&mut self, name: String, error: anyhow::Error, talk: &Talk) -> Result<()> {
        if !matches!(error.downcast_ref(), Some(EvalError::Missing { .. })) {
            return Err(error);
        }
        let note = format!("{name} is left out: {error}");
        talk.warn(&note);
        self.notes.push(note);
        self.missing.push(Series {
            name,
            error: Some(error.to_string()),
            ..Series::default()
        });
        Ok(())
    }
}
