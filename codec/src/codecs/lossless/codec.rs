//! The lossless codec behind the traits of all codecs: cells are pixels, and the symbols are the samples.

use rayon::prelude::*;

use super::method::Method;
use super::params::{Params, describe};
use super::stream::LosslessStream;
use super::tile::{Tile, compress};
use crate::codecs::image::{CodedImage, CodedTile, EncodeOptions, ImageCodec, ImageStream, MaxError};
use crate::codecs::row::{AnyCodec, Backend, Row};
use crate::container::{CodecId, ImageMedia, MediaKind};
use crate::error::{CodecError, ModelHash, Result, check_encoders};
use crate::media::image::{Image, Orientation, Samples};
use crate::quality::Quality;
use crate::tiles::{Rect, TileGrid};
use crate::watch::{Watch, report};
use crate::weights::WeightsFile;

/// Its number in headers.
const ID: CodecId = CodecId(4);
/// What users call it.
const NAME: &str = "lossless";
/// Tiles that are coded between two reports of progress.
const BATCH: usize = 16;
/// Side of the largest tile in pixels: a pixel of one under way takes about 70 bytes.
const MAX_TILE_SIZE: u32 = 1024;
/// What encoders choose.
const METHOD: Method = Method::Recursive;

/// What the registry knows of the lossless codec. The highest qualities are near-lossless: networks do not reach them.
pub const ROW: Row = Row {
    summary: "Pictures of any kind, every sample exactly",
    qualities: Some(NEAR_LOSSLESS..=Quality::MAX),
    bounds_errors: true,
    ..Row::new(ID, NAME, MediaKind::Image, describe, open)
};

/// From this quality on, in hundredths, samples are within 2 of 255; at the highest within 1.
const NEAR_LOSSLESS: u16 = 9_900;

fn open(_: Option<&WeightsFile<'_>>, _: &dyn Backend) -> Result<AnyCodec> {
    Ok(AnyCodec::Image(std::sync::Arc::new(Lossless)))
}

/// The lossless codec. It has no model and no options but the largest error.
struct Lossless;

/// What options ask for: the largest error, or what the quality stands for.
fn max_error(options: &EncodeOptions) -> Result<MaxError> {
    match (options.max_error, options.quality.hundredths()) {
        (Some(error), _) => Ok(error),
        (None, Quality::MAX) => MaxError::new(1),
        (None, NEAR_LOSSLESS..) => MaxError::new(2),
        (None, _) => Ok(MaxError::default()),
    }
}

impl ImageCodec for Lossless {
    fn id(&self) -> CodecId {
        ID
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn model(&self) -> ModelHash {
        ModelHash([0; 16])
    }

    fn stream<'a>(
        &'a self,
        media: &ImageMedia,
        block: &[u8],
        segments: &[Vec<u8>],
    ) -> Result<Box<dyn ImageStream + 'a>> {
        let method = Params::parse(block)?.method;
        check_tile_size(media.tile_size).map_err(|reason| CodecError::malformed(0, reason))?;
        if !segments.is_empty() {
            return Err(CodecError::malformed(0, "a lossless stream has no codec segments"));
        }
        Ok(Box::new(LosslessStream::new(media, method)))
    }

    fn encode(
        &self,
        image: &Image,
        options: &EncodeOptions,
        reconstruct: bool,
        watch: &mut dyn Watch,
    ) -> Result<CodedImage> {
        check_encoders()?;
        check_tile_size(options.tile_size).map_err(CodecError::Parameter)?;
        let grid = TileGrid::new(image.width(), image.height(), options.tile_size)?;
        let (error, count) = (max_error(options)?, grid.count() as usize);
        let mut tiles = Vec::with_capacity(count);
        for start in (0..count).step_by(BATCH) {
            let batch = start..count.min(start + BATCH);
            let rects = batch.into_par_iter().filter_map(|tile| grid.rect(tile as u32));
            let coded: Result<Vec<_>> = rects.map(|rect| code(image, &rect, error)).collect();
            tiles.extend(coded?);
            report(watch, tiles.len(), count)?;
        }
        Ok(CodedImage {
            block: Params { error, method: METHOD }.to_bytes(),
            segments: Vec::new(),
            tiles,
            orientation: Orientation::default(),
            reconstruction: reconstruct.then(|| kept(image, error)).transpose()?,
        })
    }
}

/// Refuses tile sizes that the codec does not have.
fn check_tile_size(tile_size: u32) -> std::result::Result<(), String> {
    if tile_size > MAX_TILE_SIZE {
        return Err(format!(
            "tiles of the lossless codec have at most {MAX_TILE_SIZE} pixels a side, not {tile_size}"
        ));
    }
    Ok(())
}

/// Codes the tile `rect`.
fn code(image: &Image, rect: &Rect, error: MaxError) -> Result<CodedTile> {
    let channels = image.color().channels();
    let max = image.depth().max();
    let plane = |channel| {
        let samples = image.samples().plane(image.width(), [channel, channels], rect);
        samples.into_iter().map(|sample| error.nearest(sample, max)).collect()
    };
    let tile = Tile {
        width: rect.width as usize,
        height: rect.height as usize,
        planes: (0..channels).map(plane).collect(),
    };
    let ((checksum, symbol_hash), symbols) = (tile.hashes(), tile.samples());
    Ok(CodedTile {
        bytes: compress(tile, METHOD)?,
        checksum,
        symbol_hash,
        symbols,
        cost: None,
    })
}

/// The colours of the image that decoders make.
fn kept(image: &Image, error: MaxError) -> Result<Image> {
    let max = image.depth().max();
    let near = |sample: u16| error.nearest(sample, max);
    let samples = match image.samples() {
        Samples::U8(samples) => Samples::U8(samples.iter().map(|&sample| near(sample.into()) as u8).collect()),
        Samples::U16(samples) => Samples::U16(samples.iter().map(|&sample| near(sample)).collect()),
    };
    Image::new(image.width(), image.height(), image.color(), samples, None)
}
