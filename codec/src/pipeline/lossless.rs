//! Pictures to lossless streams and back: no model, no device.

use crate::Quality;
use lmc_entropy::prior::Coding;
use rayon::prelude::*;

use super::Progress;
use super::assemble::{CodedTile, assemble, check_input};
use super::decode::{Canvas, DecodeOptions, Decoded};
use super::options::{EncodeOptions, Encoded, MaxError};
use super::tile::{Job, cause_of, each_alpha, jobs};
use super::verify::{Verified, hash_of, unverified};
use super::view::View;
use crate::container::{Container, Header, ImageCodec, Limits, Mode};
use crate::damage::Damage;
use crate::error::{CodecError, ModelHash, Result};
use crate::lossless::{self, Tile};
use crate::picture::{Depth, Orientation, Picture, Samples};
use crate::tiles::{Rect, TileGrid};

/// Tiles that are coded between two reports of progress.
const BATCH: usize = 16;

/// Encodes a picture exactly, or within the largest error of the options. Quality and effort mean nothing here, and tiles
/// have at most 1024 pixels a side.
///
/// # Errors
/// `Parameter` for options out of range, `Limit` for a picture or metadata over the limits.
pub fn encode(picture: &Picture, options: &EncodeOptions, progress: Progress<'_>) -> Result<Encoded> {
    check_input(picture, options)?;
    let grid = TileGrid::new(picture.width(), picture.height(), options.tile_size)?;
    let header = Header {
        codec: ImageCodec::Lossless,
        model: ModelHash([0; 16]),
        width: picture.width(),
        height: picture.height(),
        orientation: Orientation::default(),
        color: picture.color(),
        depth: picture.depth(),
        alpha: picture.alpha().is_some(),
        coding: Coding::default(),
        quality: quality_of(options.max_error),
        tile_size: options.tile_size,
    };
    // The rules of the header come before the work.
    header.to_bytes()?;
    let count = grid.count() as usize;
    let mut tiles = Vec::with_capacity(count);
    for start in (0..count).step_by(BATCH) {
        let batch = start..count.min(start + BATCH);
        let coded: Result<Vec<_>> = batch
            .into_par_iter()
            .map(|tile| compress(picture, &grid, tile as u32, options.max_error))
            .collect();
        tiles.extend(coded?.into_iter().map(Some));
        progress(tiles.len(), count);
    }
    assemble(picture, options, &header, &[], &tiles)
}

/// What the header of a lossless stream holds for its quality.
fn quality_of(error: MaxError) -> u16 {
    Quality::MAX - u16::from(error.value())
}

fn compress(picture: &Picture, grid: &TileGrid, tile: u32, error: MaxError) -> Result<CodedTile> {
    let rect = grid.rect(tile).unwrap_or(grid.bounds());
    let channels = picture.color().channels();
    let max = picture.depth().max();
    let plane = |channel| {
        let mut samples = picture.samples().plane(picture.width(), [channel, channels], &rect);
        samples
            .iter_mut()
            .for_each(|sample| *sample = error.nearest(*sample, max));
        samples
    };
    let tile = Tile {
        width: rect.width as usize,
        height: rect.height as usize,
        planes: (0..channels).map(plane).collect(),
    };
    let ((checksum, symbol_hash), symbols) = (tile.hashes(), tile.samples());
    Ok(CodedTile {
        bytes: lossless::compress(tile)?,
        checksum,
        symbols,
        cost: None,
        symbol_hash,
    })
}

/// Decodes a lossless stream.
///
/// # Errors
/// Those of [`ImageDecoder::decode`](super::ImageDecoder::decode); `Unsupported` for a stream of another codec.
pub fn decode(bytes: &[u8], options: &DecodeOptions, progress: Progress<'_>) -> Result<Decoded> {
    let mode = options.mode();
    let mut container = parse(bytes, &options.limits, mode)?;
    let Header { color, depth, .. } = container.header;
    let mut damage = std::mem::take(&mut container.damage);
    let view = View::new(&container.header, options, 0)?;
    let (work, channels) = (view.work, color.channels());
    let mut samples = Samples::filled(depth, work.area() * channels, 0);
    each_tile(&container, &work, mode, &mut damage, progress, |_, rect, tile| {
        put(&mut samples, &work, rect, tile);
    })?;
    let samples = samples.reduced(work.width, channels, view.scale.levels());
    Canvas::of(&container.header, view, samples)?.into_decoded(&container, &[], mode, damage)
}

/// Decodes all samples and all alpha of a lossless stream and compares checksums. Damage is collected, not returned as an error.
///
/// # Errors
/// `Unsupported`, `Limit`, and `Malformed` for a damaged header.
pub fn verify(bytes: &[u8], limits: &Limits) -> Result<Verified> {
    let mut container = parse(bytes, limits, Mode::Tolerant)?;
    let mut damage = std::mem::take(&mut container.damage);
    let mut tiles = unverified(&container);
    let mut symbols = 0;
    let all = container.header.grid()?.bounds();
    each_tile(
        &container,
        &all,
        Mode::Tolerant,
        &mut damage,
        &mut |_, _| {},
        |index, _, tile| {
            symbols += tile.samples() as u64;
            if let Some(entry) = tiles.get_mut(index as usize) {
                entry.symbol_hash = Some(tile.hashes().1);
            }
        },
    )?;
    each_alpha(&container, &all, Mode::Tolerant, &mut damage, |_, _| {})?;
    Ok(Verified {
        header: container.header,
        symbol_hash: hash_of(&tiles),
        tiles,
        symbols,
        damage,
    })
}

fn parse<'a>(bytes: &'a [u8], limits: &Limits, mode: Mode) -> Result<Container<'a>> {
    let container = Container::parse(bytes, limits, mode)?;
    match container.header.codec {
        ImageCodec::Lossless => Ok(container),
        other => {
            let what = format!("codec {}: this is the decoder of lossless streams", other.name());
            Err(CodecError::Unsupported(what))
        }
    }
}

/// Writes what of a tile lies in `work` into the samples of that.
fn put(samples: &mut Samples, work: &Rect, rect: &Rect, tile: &Tile) {
    let Some(common) = rect.common(work) else {
        return;
    };
    let channels = tile.planes.len();
    for (channel, plane) in tile.planes.iter().enumerate() {
        let part = common.within(rect);
        let rows = plane
            .chunks_exact(tile.width)
            .skip(part.y as usize)
            .take(part.height as usize);
        let columns = part.x as usize..part.right() as usize;
        let piece: Vec<u16> = rows
            .flat_map(|row| row.get(columns.clone()).unwrap_or_default())
            .copied()
            .collect();
        samples.put_plane(work.width, [channel, channels], &common.within(work), &piece);
    }
}

/// Decodes all tiles that are there and touch `area`, in parallel, and hands them on.
fn each_tile(
    container: &Container<'_>,
    area: &Rect,
    mode: Mode,
    damage: &mut Vec<Damage>,
    progress: Progress<'_>,
    mut take: impl FnMut(u32, &Rect, &Tile),
) -> Result<()> {
    let Header { color, depth, .. } = container.header;
    let mut jobs = jobs(&container.header.grid()?, &container.tiles);
    jobs.retain(|(_, rect, _)| rect.common(area).is_some());
    let mut done = 0;
    for batch in jobs.chunks(BATCH) {
        let decoded: Vec<_> = batch
            .par_iter()
            .map(|job| decompress(job, color.channels(), depth))
            .collect();
        for (&(tile, rect, _), decoded) in batch.iter().zip(decoded) {
            match decoded {
                Ok(decoded) => take(tile, &rect, &decoded),
                Err(error) => {
                    let cause = cause_of(error, mode)?;
                    damage.push(Damage::Tile { tile, rect, cause });
                }
            }
        }
        done += batch.len();
        progress(done, jobs.len());
    }
    Ok(())
}

fn decompress((tile, rect, part): &Job<'_>, channels: usize, depth: Depth) -> Result<Tile> {
    let size = [rect.height as usize, rect.width as usize];
    let decoded = lossless::decompress(part.bytes, size, channels, depth.max())
        .map_err(|reason| CodecError::malformed(part.offset, format!("tile {tile}: {reason}")))?;
    let (tile, expected, found) = (*tile, part.checksum, decoded.hashes().0);
    if found != expected {
        return Err(CodecError::Desync { tile, expected, found });
    }
    Ok(decoded)
}
