//! The lossless coding of alpha planes, tile by tile.
//!
//! Most alpha is one value over large areas with soft edges between. A tile of one value costs one
//! to four bytes; others predict each sample from its neighbours and code the difference with
//! adaptive models. `FORMAT.md` describes the bytes.

mod model;
#[cfg(test)]
mod tests;

use lmc_entropy::checksum::Checksum;
use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};

use crate::container::{read_leb, write_leb};
use crate::error::{CodecError, Result};
use crate::media::image::Depth;
use model::{Neighbours, Residuals};

/// Every sample is the largest: opaque.
const OPAQUE: u8 = 0;
/// Every sample has the value that follows as LEB128.
const CONSTANT: u8 = 1;
/// The samples follow as they are, 16-bit ones little-endian.
const RAW: u8 = 2;
/// The samples are predicted, and the residuals follow in the bytes of a range coder.
const CODED: u8 = 3;

/// Codes the `samples` of a tile of `width` columns.
pub(crate) fn compress(samples: &[u16], width: usize, depth: Depth) -> Result<Vec<u8>> {
    let first = samples.first().copied().unwrap_or(depth.max());
    if samples.iter().all(|&sample| sample == first) {
        if first == depth.max() {
            return Ok(vec![OPAQUE]);
        }
        let mut out = vec![CONSTANT];
        write_leb(&mut out, u32::from(first));
        return Ok(out);
    }
    let mut out = vec![CODED];
    out.extend(encode(samples, width, depth).map_err(|error| CodecError::Internal(error.to_string()))?);
    let raw_bytes = samples.len() * depth.bits() as usize / 8;
    if out.len() > raw_bytes {
        out = vec![RAW];
        match depth {
            Depth::Eight => out.extend(samples.iter().map(|&sample| sample as u8)),
            Depth::Sixteen => out.extend(samples.iter().flat_map(|sample| sample.to_le_bytes())),
        }
    }
    Ok(out)
}

/// Decodes a tile of `width` x `height` samples; the error names the fault of the bytes.
pub(crate) fn decompress(
    bytes: &[u8],
    width: usize,
    height: usize,
    depth: Depth,
) -> std::result::Result<Vec<u16>, String> {
    let count = width * height;
    let (&mode, rest) = bytes.split_first().ok_or("it is empty")?;
    match (mode, depth) {
        (OPAQUE, _) if rest.is_empty() => Ok(vec![depth.max(); count]),
        (CONSTANT, _) => {
            let (value, length) = read_leb(rest).map_err(|error| error.reason())?;
            match u16::try_from(value) {
                Ok(value) if value <= depth.max() && length == rest.len() => Ok(vec![value; count]),
                _ => Err("its value is out of range".into()),
            }
        }
        (RAW, Depth::Eight) if rest.len() == count => Ok(rest.iter().map(|&sample| u16::from(sample)).collect()),
        (RAW, Depth::Sixteen) if rest.len() == 2 * count => Ok(rest
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect()),
        (CODED, _) => decode(rest, width, height, depth).map_err(|error| error.to_string()),
        (OPAQUE | RAW, _) => Err("it has the wrong length".into()),
        _ => Err(format!("coding {mode} is unknown")),
    }
}

fn encode(samples: &[u16], width: usize, depth: Depth) -> lmc_entropy::Result<Vec<u8>> {
    let mut encoder = RangeEncoder::new();
    let mut residuals = Residuals::new(depth);
    let mut above: &[u16] = &[];
    for row in samples.chunks_exact(width.max(1)) {
        let mut quiet = true;
        for (x, &sample) in row.iter().enumerate() {
            let near = Neighbours::of(row.get(..x).unwrap_or_default(), above, depth);
            quiet = residuals.encode(&mut encoder, &near, quiet, sample)?;
        }
        above = row;
    }
    Ok(encoder.finish())
}

fn decode(bytes: &[u8], width: usize, height: usize, depth: Depth) -> lmc_entropy::Result<Vec<u16>> {
    let mut decoder = RangeDecoder::new(bytes)?;
    let mut residuals = Residuals::new(depth);
    let mut samples = Vec::with_capacity(width * height);
    for y in 0..height {
        let mut quiet = true;
        for _ in 0..width {
            let (done, row) = samples.split_at(y * width);
            let above = done.get(done.len().saturating_sub(width)..).unwrap_or_default();
            let near = Neighbours::of(row, above, depth);
            let sample;
            (sample, quiet) = residuals.decode(&mut decoder, &near, quiet)?;
            samples.push(sample);
        }
    }
    decoder.finish()?;
    Ok(samples)
}

/// The checksum of the samples of a tile, which its stream carries.
pub(crate) fn checksum(samples: &[u16]) -> u32 {
    let values: Vec<i16> = samples.iter().map(|&sample| sample as i16).collect();
    let mut sum = Checksum::new();
    sum.update(&values);
    sum.finish32()
}
