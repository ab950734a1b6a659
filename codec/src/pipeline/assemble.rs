//! From coded tiles to a stream.

use lmc_entropy::cost::FRACTION;
use rayon::prelude::*;

use super::encoded::{EncodeStats, Encoded, StreamBytes};
use super::verify::StreamHash;
use crate::alpha;
use crate::codecs::image::{CodedImage, CodedTile, EncodeOptions, ImageCodec};
use crate::container::{Header, ImageMedia, Media, SegmentId, StreamWriter};
use crate::error::{CodecError, Result, check_limit};
use crate::media::image::{Image, ImageMetadata, PixelHash};
use crate::tiles::TileGrid;

/// Refuses a picture that a decoder with the same limits would not accept, and tiles that there can't be.
pub(super) fn check_input(picture: &Image, options: &EncodeOptions) -> Result<()> {
    TileGrid::new(picture.width(), picture.height(), options.tile_size)?;
    options.limits.check_size(picture.width(), picture.height())?;
    let metadata = kept_metadata(picture, options).bytes();
    let limit = options.limits.max_metadata_bytes;
    check_limit("the number of bytes of metadata", metadata as u64, limit)
}

/// The metadata that the options let through.
pub(super) fn kept_metadata(picture: &Image, options: &EncodeOptions) -> ImageMetadata {
    picture.metadata().kept(options.keep_icc, options.keep_exif)
}

/// The header of a coded picture.
fn header_of(picture: &Image, options: &EncodeOptions, codec: &dyn ImageCodec, block: Vec<u8>) -> Header {
    Header {
        codec: codec.id(),
        model: codec.model(),
        media: Media::Image(ImageMedia {
            width: picture.width(),
            height: picture.height(),
            color: picture.color(),
            depth: picture.depth(),
            alpha: picture.alpha().is_some(),
            cicp: picture.cicp(),
            tile_size: options.tile_size,
        }),
        codec_block: block,
    }
}

/// Writes header, metadata, codec segments, tiles and alpha, and the hash of pixels if there is one.
pub(super) fn assemble(
    picture: &Image,
    options: &EncodeOptions,
    codec: &dyn ImageCodec,
    coded: CodedImage,
    pixels: Option<PixelHash>,
) -> Result<Encoded> {
    let header = header_of(picture, options, codec, coded.block);
    let mut bytes = StreamBytes::default();
    let mut writer = StreamWriter::new(Vec::new(), &header)?;
    let metadata = kept_metadata(picture, options);
    if let Some(icc) = &metadata.icc {
        bytes.icc = writer.icc(icc)? as usize;
    }
    for (id, block) in [(SegmentId::EXIF, &metadata.exif), (SegmentId::XMP, &metadata.xmp)] {
        if let Some(block) = block {
            bytes.exif += writer.block(id, block)? as usize;
        }
    }
    bytes.exif += (writer.tags(&metadata.tags)? + writer.extras(&metadata.extras)?) as usize;
    for segment in &coded.segments {
        bytes.codec += writer.codec(segment)? as usize;
    }
    let turned = picture.coded(coded.orientation)?;
    let alpha = compress_alpha(&turned, options.tile_size)?;
    for (index, tile) in (0u32..).zip(&coded.tiles) {
        bytes.tiles += writer.part(index, tile.checksum, &tile.bytes)? as usize;
        bytes.tile_payloads += tile.bytes.len();
        if let Some((checksum, coded)) = alpha.get(index as usize) {
            bytes.alpha += writer.alpha(index, *checksum, coded)? as usize;
        }
    }
    if let Some(pixels) = pixels {
        bytes.hash = writer.hash(&pixels.to_payload())? as usize;
    }
    let (stream, _) = writer.finish()?;
    bytes.total = stream.len();
    Ok(Encoded {
        stats: stats(picture, &coded.tiles, bytes),
        bytes: stream,
        header,
        is_exact_instead: false,
    })
}

fn stats(picture: &Image, tiles: &[CodedTile], bytes: StreamBytes) -> EncodeStats {
    let (mut symbols, mut cost, mut hash) = (0, Some(0), StreamHash::default());
    for tile in tiles {
        symbols += tile.symbols as u64;
        cost = cost.zip(tile.cost).map(|(sum, cost)| sum + cost);
        hash.add(tile.symbol_hash);
    }
    let pixels = f64::from(picture.width()) * f64::from(picture.height());
    EncodeStats {
        tiles: tiles.len() as u32,
        symbols,
        bits_estimated: cost.map(|cost: u64| cost as f64 / f64::from(1u32 << FRACTION)),
        symbol_hash: hash.finish(),
        bytes,
        bpp: bytes.total as f64 * 8.0 / pixels,
    }
}

/// Checksum and coded alpha of every tile; nothing for a picture without.
fn compress_alpha(picture: &Image, tile_size: u32) -> Result<Vec<(u32, Vec<u8>)>> {
    let Some(samples) = picture.alpha() else {
        return Ok(Vec::new());
    };
    let grid = TileGrid::new(picture.width(), picture.height(), tile_size)?;
    let one = |tile: u32| {
        let missing = || CodecError::Internal(format!("there is no tile {tile}"));
        let rect = grid.rect(tile).ok_or_else(missing)?;
        let piece = samples.plane(picture.width(), [0, 1], &rect);
        let coded = alpha::compress(&piece, rect.width as usize, picture.depth())?;
        Ok((alpha::checksum(&piece), coded))
    };
    (0..grid.count() as u32).into_par_iter().map(one).collect()
}
