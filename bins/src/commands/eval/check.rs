//! `lmc eval --check`: a run against a baseline.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use lmc_eval::check::{Tolerance, check};
use lmc_eval::results::Results;

use crate::cli::EvalArgs;
use crate::report::print_json;
use crate::talk::Talk;
use crate::usage::{FAILURE, usage};

/// Fails where a point is worse than in the baseline, or missing.
pub(super) fn run(results: &Path, args: &EvalArgs, talk: &Talk) -> Result<ExitCode> {
    let baseline = args.against.as_deref().context("no baseline")?;
    let tolerance = match &args.tolerance {
        Some(text) => Tolerance::parse(text).map_err(|reason| usage(format!("--tolerance: {reason}")))?,
        None => Tolerance::default(),
    };
    let verdict = check(&Results::read(results)?, &Results::read(baseline)?, &tolerance);
    for failure in &verdict.failures {
        talk.error(failure);
    }
    let (compared, failed) = (verdict.compared, verdict.failures.len());
    if args.json {
        print_json(&serde_json::json!({
            "program": "lmc",
            "version": env!("CARGO_PKG_VERSION"),
            "command": "eval",
            "compared": compared,
            "failures": verdict.failures,
        }))?;
    }
    talk.note(format_args!("{compared} points compared, {failed} failures"));
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILURE)
    })
}
