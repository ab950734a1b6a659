//! The exact part of decoding: from the bytes of tiles to latents, checked.

use std::sync::Arc;

use lmc_entropy::EntropyError;
use lmc_entropy::prior::{Coding, Decompressed, LatentPrior};
use rayon::prelude::*;

use crate::container::{Container, Mode, TilePart};
use crate::damage::{Cause, Damage};
use crate::error::{CodecError, Result};
use crate::tiles::{Rect, TileGrid};

/// Latent positions whose decoding may be under way at a time; each takes about 4 kB.
const POSITIONS_IN_FLIGHT: usize = 1 << 16;

/// A tile to decode: its index, where it is in the picture, and its bytes.
pub(super) type Job<'a> = (u32, Rect, TilePart<'a>);

/// The parts of `parts` that are there.
pub(super) fn jobs<'a>(grid: &TileGrid, parts: &[Option<TilePart<'a>>]) -> Vec<Job<'a>> {
    let numbered = (0u32..).zip(parts);
    numbered
        .filter_map(|(tile, part)| Some((tile, grid.rect(tile)?, (*part)?)))
        .collect()
}

/// Groups of tiles that are decoded at the same time.
pub(super) fn batches<'j, 'a>(jobs: &'j [Job<'a>]) -> std::slice::Chunks<'j, Job<'a>> {
    let largest = jobs.iter().map(|(_, rect, _)| rect.latents().area()).max().unwrap_or(1);
    jobs.chunks((POSITIONS_IN_FLIGHT / largest.max(1)).clamp(1, 64))
}

/// Decodes the latents of tiles, in parallel, and compares their checksums.
pub(super) fn decompress<'a>(
    prior: &Arc<LatentPrior>,
    coding: Coding,
    jobs: &[Job<'a>],
) -> Vec<(Job<'a>, Result<Decompressed>)> {
    let one = |job: &Job<'a>| (*job, decompress_one(prior, coding, job));
    jobs.par_iter().map(one).collect()
}

fn decompress_one(prior: &LatentPrior, coding: Coding, (tile, rect, part): &Job<'_>) -> Result<Decompressed> {
    let latents = rect.latents();
    let (height, width) = (latents.height as usize, latents.width as usize);
    let decoded = prior
        .decompress(part.bytes, height, width, coding)
        .map_err(|error| match error {
            EntropyError::Limit { what, value, limit } => CodecError::Limit { what, value, limit },
            other => CodecError::malformed(part.offset, format!("tile {tile}: {other}")),
        })?;
    if decoded.checksum != part.checksum {
        let (tile, expected, found) = (*tile, part.checksum, decoded.checksum);
        return Err(CodecError::Desync { tile, expected, found });
    }
    Ok(decoded)
}

/// In strict mode the error itself; else what it means for the tile.
pub(super) fn cause_of(error: CodecError, mode: Mode) -> Result<Cause> {
    match (mode, error) {
        (Mode::Strict, error) => Err(error),
        (_, CodecError::Desync { expected, found, .. }) => Ok(Cause::Desync { expected, found }),
        (_, error) => Ok(Cause::Undecodable(error.to_string())),
    }
}

/// Decodes the alpha of all tiles that are there and touch `area`, and hands it on, tile by tile.
pub(super) fn each_alpha(
    container: &Container<'_>,
    area: &Rect,
    mode: Mode,
    damage: &mut Vec<Damage>,
    mut take: impl FnMut(&Rect, &[u16]),
) -> Result<()> {
    let depth = container.header.depth;
    let decode = |(tile, rect, part): &Job<'_>| {
        crate::alpha::decompress(part.bytes, rect.width as usize, rect.height as usize, depth)
            .map_err(|reason| CodecError::malformed(part.offset, format!("alpha of tile {tile}: {reason}")))
    };
    let mut jobs = jobs(&container.header.grid()?, &container.alpha);
    jobs.retain(|(_, rect, _)| rect.common(area).is_some());
    for batch in batches(&jobs) {
        let decoded: Vec<_> = batch.par_iter().map(decode).collect();
        for (&(tile, rect, _), samples) in batch.iter().zip(decoded) {
            match samples {
                Ok(samples) => take(&rect, &samples),
                Err(error) => {
                    let cause = cause_of(error, mode)?;
                    damage.push(Damage::Alpha { tile, rect, cause });
                }
            }
        }
    }
    Ok(())
}
