//! `lmc verify`: do the symbols of a stream come out as they went in? Makes no pixels and needs no device.

use std::collections::HashMap;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lmc_codec::container::{Header, ImageCodec};
use lmc_codec::{ImageVerifier, Limits, ModelHash, Verified, verify_lossless};
use lmc_models::zoo::ModelFile;
use serde::Serialize;

use crate::batch::{Batch, Item};
use crate::cli::VerifyArgs;
use crate::input::{Source, expand};
use crate::models::{Weights, name_of, set_threads};
use crate::talk::{Talk, thousands};

/// What was found.
#[derive(Debug, Serialize)]
struct Record {
    bytes: u64,
    width: u32,
    height: u32,
    tiles: usize,
    symbols: u64,
    /// Hash of all symbols: the same on every machine.
    symbol_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_hash: Option<String>,
}

/// Runs `lmc verify`.
pub(crate) fn run(args: &VerifyArgs, talk: &Talk) -> Result<ExitCode> {
    set_threads(args.device.threads)?;
    let items: Vec<Item<Source>> = expand(&args.files, &["lmc"])?
        .into_iter()
        .map(Item::input_only)
        .collect();
    let mut verifiers = Verifiers::new(Weights::new(args.model.as_deref())?);
    let batch = Batch {
        command: "verify",
        talk,
        json: args.json,
    };
    let (_, code) = batch.run(&items, |source, talk| {
        let record = check(source, &mut verifiers, talk)?;
        if !args.json {
            let symbols = thousands(record.symbols);
            let line = format!(
                "{}  {}  tiles: {}, symbols: {symbols}\n",
                record.symbol_hash,
                source.name(),
                record.tiles
            );
            talk.print(&line)?;
        }
        Ok(record)
    })?;
    Ok(code)
}

/// Decodes the symbols of one stream; anything wrong with it is an error.
fn check(source: &Source, verifiers: &mut Verifiers, talk: &Talk) -> Result<Record> {
    let bytes = source.read()?;
    let (header, _) = Header::parse(&bytes, &Limits::default())?;
    let verified = match header.codec {
        ImageCodec::Lossless => verify_lossless(&bytes, &Limits::default())?,
        ImageCodec::Wavelet => verifiers.get(header.model)?.verify(&bytes)?,
    };
    let model = (header.codec == ImageCodec::Wavelet).then_some(header.model);
    let Verified {
        tiles, symbols, damage, ..
    } = &verified;
    for damage in damage {
        talk.warn(format_args!("{}: {damage}", source.name()));
    }
    match (verified.symbol_hash, damage.as_slice()) {
        (Some(hash), []) => Ok(Record {
            bytes: bytes.len() as u64,
            width: header.width,
            height: header.height,
            tiles: tiles.len(),
            symbols: *symbols,
            symbol_hash: format!("{hash:016x}"),
            model: model.map(name_of),
            model_hash: model.map(|hash| hash.to_string()),
        }),
        (_, damage) => {
            let first = damage.first().map(ToString::to_string).unwrap_or_default();
            let more = match damage.len() {
                0 | 1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            bail!("{first}{more}: decode with --conceal to save the rest")
        }
    }
}

/// One verifier for each model that streams name. They need the prior alone.
pub(super) struct Verifiers {
    weights: Weights,
    made: HashMap<[u8; 16], ImageVerifier>,
}

impl Verifiers {
    pub(super) fn new(weights: Weights) -> Self {
        Self {
            weights,
            made: HashMap::new(),
        }
    }

    pub(super) fn get(&mut self, hash: ModelHash) -> Result<&ImageVerifier> {
        let verifier = match self.made.remove(&hash.0) {
            Some(verifier) => verifier,
            None => {
                let model = ModelFile::parse(&self.weights.for_stream(hash)?)
                    .with_context(|| format!("cannot use the model {}", name_of(hash)))?;
                ImageVerifier::new(model.prior, hash, Limits::default())
            }
        };
        Ok(self.made.entry(hash.0).or_insert(verifier))
    }
}
