//! `lmc models`: the models that can be used.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lmc::Tune;
use lmc_codec::ModelHash;
use lmc_codec::codecs::{Cpu, Registry};
use lmc_codec::weights::{ManifestHead, WeightsFile};
use serde::Serialize;

use crate::cli::ModelsArgs;
use crate::input::{Wanted, expand};
use crate::models::{ENDING, FOLDER_VARIABLE, hash_of, read};
use crate::output::write_stdout;
use crate::report::print_json;
use crate::talk::{Talk, thousands};
use crate::usage::FAILURE;

/// One model.
#[derive(Debug, Serialize)]
struct Model {
    id: String,
    codec: String,
    /// The hash by which streams name it.
    hash: String,
    bytes: usize,
    /// Its file; absent for those inside the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    shipped: bool,
    /// Whether `encode` takes it unless told otherwise.
    default: bool,
    /// The flag of `encode` that chooses it instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<&'static str>,
    manifest: ManifestHead,
}

#[derive(Debug, Serialize)]
struct Report {
    program: &'static str,
    version: &'static str,
    command: &'static str,
    models: Vec<Model>,
    failed: usize,
}

/// Runs `lmc models`.
pub(crate) fn run(args: &ModelsArgs, talk: &Talk) -> Result<ExitCode> {
    let mut models = Vec::new();
    let mut failed = 0;
    let mut take = |name: &str, model: Result<Model>| match model {
        Ok(model) => models.push(model),
        Err(error) => {
            failed += 1;
            talk.error(format_args!("{name}: {error:#}"));
        }
    };
    for shipped in lmc_weights::SHIPPED {
        take(shipped.id, describe(shipped.bytes, None));
    }
    for path in local(&args.paths)? {
        let read = read(&path).context("cannot read it");
        take(
            &path.display().to_string(),
            read.and_then(|bytes| describe(&bytes, Some(&path))),
        );
    }
    if args.json {
        print_json(&Report {
            program: "lmc",
            version: env!("CARGO_PKG_VERSION"),
            command: "models",
            models,
            failed,
        })?;
    } else {
        write_stdout(text(&models).as_bytes())?;
    }
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILURE),
    })
}

/// The weight files that were named, and those of the environment's folder.
fn local(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut inputs = expand(paths, Wanted::Endings(&[ENDING]));
    if let Some(failed) = inputs.failed.first() {
        bail!("{}: {}", failed.input, failed.reason);
    }
    if let Some(folder) = env::var_os(FOLDER_VARIABLE).map(PathBuf::from) {
        // An empty folder is as good as none.
        inputs.found.extend(expand(&[folder], Wanted::Endings(&[ENDING])).found);
    }
    let files = inputs.sources().filter_map(|source| source.path());
    Ok(files.map(Path::to_path_buf).collect())
}

fn describe(bytes: &[u8], path: Option<&Path>) -> Result<Model> {
    let head = ManifestHead::parse(bytes)?;
    let hash = hash_of(bytes);
    // Only what can be used is listed.
    let registry = Registry::default();
    let row = registry.named(&head.codec);
    let row = row.with_context(|| format!("this program has no codec '{}'", head.codec))?;
    (row.open)(Some(&WeightsFile::known(bytes, hash)), &Cpu)?;
    let shipped = lmc_weights::by_model(&hash.0);
    Ok(Model {
        id: head.id.clone(),
        codec: head.codec.clone(),
        hash: hash.to_string(),
        bytes: bytes.len(),
        path: path.map(|path| path.display().to_string()),
        shipped: shipped.is_some(),
        default: path.is_none() && is_default(&head.codec, hash),
        flag: (path.is_none() && shipped.is_some_and(is_perceptual)).then_some("--tune perceptual"),
        manifest: head,
    })
}

fn is_perceptual(shipped: &lmc_weights::Shipped) -> bool {
    let tuned = lmc_weights::of_variant(shipped.codec, Tune::Perceptual.variant());
    tuned.is_some_and(|tuned| tuned.id == shipped.id)
}

/// Whether a model is the one that its codec encodes with.
fn is_default(codec: &str, hash: ModelHash) -> bool {
    let default = lmc_weights::of_codec(codec);
    default.is_some_and(|model| model.model == hash.0)
}

fn text(models: &[Model]) -> String {
    let mut out = String::new();
    for model in models {
        let place = match (&model.path, model.default, model.flag) {
            (Some(path), ..) => path.clone(),
            (None, true, _) => "ships with this program, the default".to_owned(),
            (None, false, Some(flag)) => format!("ships with this program, chosen by {flag}"),
            (None, false, None) => "ships with this program".to_owned(),
        };
        let training = &model.manifest.training;
        let bytes = thousands(model.bytes as u64);
        let (id, codec, hash) = (&model.id, &model.codec, &model.hash);
        let (steps, hours) = (thousands(training.steps), training.hours);
        let device = &training.device;
        out += &format!("{id}\n  {place}\n  hash     {hash}\n  codec    {codec}, {bytes} bytes\n");
        out += &format!("  trained  {steps} steps in {hours:.1} h on {device}\n");
    }
    out
}
