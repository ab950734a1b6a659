//! `lmc export-latents`: the latents of an image as a NumPy file.

use std::process::ExitCode;

use anyhow::{Context, Result};
use lmc_codec::ImageLatents;
use lmc_codec::container::{Mode, StreamReader};
use lmc_codec::{Limits, ModelHash};
use serde::Serialize;

use crate::batch::{Batch, Item};
use crate::cli::ExportLatentsArgs;
use crate::input::{Wanted, expand};
use crate::jobs::{Job, Request};
use crate::models::{self, Loaded, ModelUsed, set_threads};
use crate::talk::Talk;

/// What was written.
#[derive(Debug, Serialize)]
struct Record {
    rows: usize,
    columns: usize,
    channels: usize,
    #[serde(rename = "type")]
    kind: &'static str,
    output_bytes: u64,
    #[serde(flatten)]
    model: ModelUsed,
}

/// Runs `lmc export-latents`.
pub(crate) fn run(args: &ExportLatentsArgs, talk: &Talk) -> Result<ExitCode> {
    let names = std::slice::from_ref(&args.input);
    let inputs = expand(names, Wanted::Streams);
    let request = Request {
        names,
        inputs: &inputs,
        output: Some(&args.output),
        new_ending: &|_| "npy",
        keep_tree: false,
        force: args.force,
        json: args.json,
    };
    let items: Vec<Item<Job>> = request.resolve()?.into_iter().map(Item::from).collect();
    set_threads(args.threads)?;
    let loaded = Loaded::without_device(models::find(args.model.as_deref())?);
    let batch = Batch {
        command: "export-latents",
        talk,
        json: args.json,
        inputs: &inputs,
    };
    let (_, code) = batch.run(&items, |job, talk| export(job, &loaded, args, talk))?;
    Ok(code)
}

fn export(job: &Job, loaded: &Loaded, args: &ExportLatentsArgs, talk: &Talk) -> Result<Record> {
    let reader = StreamReader::new(job.source.reader()?, &Limits::default(), Mode::Strict)?;
    let model: ModelHash = reader.header().model;
    let found = ImageLatents::read(&loaded.for_stream(reader.header())?, reader)?;
    let (grid, kind) = match args.hyper {
        true => (&found.hyper, "int16"),
        false => (&found.latents, "float32"),
    };
    let shape = [grid.height(), grid.width(), grid.channels()];
    let bytes = match args.hyper {
        true => npy("<i2", shape, grid.data().iter().flat_map(|value| value.to_le_bytes())),
        false => npy(
            "<f4",
            shape,
            found.values().iter().flat_map(|value| value.to_le_bytes()),
        ),
    };
    let output_bytes = job
        .target
        .write(&bytes.context("an array of this shape")?, args.force)?;
    let [rows, columns, channels] = shape;
    talk.result(format_args!(
        "{} -> {}: {rows}x{columns}x{channels} {kind}",
        job.source.name(),
        job.target.name()
    ));
    Ok(Record {
        rows,
        columns,
        channels,
        kind,
        output_bytes,
        model: ModelUsed::new(model, None),
    })
}

/// A file of NumPy's format 1.0: an array in C order.
fn npy(kind: &str, [rows, columns, channels]: [usize; 3], data: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    /// The header with its length ends at a multiple of this.
    const ALIGN: usize = 64;
    let mut out = b"\x93NUMPY\x01\x00\0\0".to_vec();
    let shape = format!("({rows}, {columns}, {channels})");
    let about = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    let start = out.len();
    out.extend_from_slice(about.as_bytes());
    out.resize((out.len() + 1).next_multiple_of(ALIGN) - 1, b' ');
    out.push(b'\n');
    let length = u16::try_from(out.len() - start).ok()?.to_le_bytes();
    out[start - 2..start].copy_from_slice(&length);
    out.extend(data);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_begin_as_numpy_reads_them() {
        let bytes = npy("<i2", [1, 2, 1], [1, 0, 2, 0].into_iter()).unwrap();
        assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert_eq!(bytes.len(), 128 + 4);
        let about = "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 2, 1), }";
        assert_eq!(&bytes[10..10 + about.len()], about.as_bytes());
        assert_eq!(&bytes[127..], [b'\n', 1, 0, 2, 0]);
    }
}
