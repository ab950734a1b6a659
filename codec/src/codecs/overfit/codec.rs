//! The overfitted codec behind the traits of all codecs.

use lmc_kernels::isa::Isa;

use super::encode::{Colors, Fitted, fit};
use super::latents::compress;
use super::networks::Networks;
use super::params::{Params, describe};
use super::plan::plan;
use super::stream::{OverfitStream, check};
use crate::codecs::image::{CodedImage, CodedTile, EncodeOptions, ImageCodec, ImageStream};
use crate::codecs::row::{AnyCodec, Backend, Row};
use crate::container::{CodecId, ImageMedia, MediaKind};
use crate::error::{CodecError, ModelHash, Result, check_encoders};
use crate::media::image::{Image, Orientation, Samples};
use crate::tiles::{Rect, TileGrid};
use crate::watch::Watch;
use crate::weights::WeightsFile;

/// Its number in headers.
const ID: CodecId = CodecId(7);
/// What users call it.
const NAME: &str = "overfit";

/// What the registry knows of the overfitted codec. It is too slow an encoder to be anyone's default.
pub const ROW: Row = Row {
    summary: "Pictures of 8 bits, by networks trained for each: minutes to encode",
    has_efforts: true,
    ends_early: true,
    ..Row::new(ID, NAME, MediaKind::Image, describe, open)
};

fn open(_: Option<&WeightsFile<'_>>, _: &dyn Backend) -> Result<AnyCodec> {
    Ok(AnyCodec::Image(std::sync::Arc::new(Overfit)))
}

/// The overfitted codec. It has no model: each stream brings its own.
struct Overfit;

impl ImageCodec for Overfit {
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
        Ok(Box::new(OverfitStream::new(media, block, segments)?))
    }

    /// Its steps are those of training. A watch that cancels ends training early: the stream is then of what there is,
    /// and whole.
    fn encode(
        &self,
        image: &Image,
        options: &EncodeOptions,
        reconstruct: bool,
        watch: &mut dyn Watch,
    ) -> Result<CodedImage> {
        check_encoders()?;
        check(image.depth(), options.tile_size).map_err(CodecError::Parameter)?;
        let grid = TileGrid::new(image.width(), image.height(), options.tile_size)?;
        let rects: Vec<Rect> = (0..grid.count() as u32).filter_map(|tile| grid.rect(tile)).collect();
        let size = [image.height(), image.width()].map(|side| side as usize);
        let plan = plan(size, image.color().channels(), options.quality, options.effort);
        let targets = rects.iter().map(|rect| colors(image, rect)).collect();
        let isa = Isa::best();
        let fitted = fit(targets, &plan, isa, &mut |done, total| {
            watch.progress(done as u64, total as u64);
            !watch.cancelled()
        })?;
        let params = Params {
            quality: options.quality,
            shape: plan.shape,
        };
        coded(image, params, fitted, &rects, reconstruct, isa)
    }
}

/// The colours of a tile, from 0 to 1.
fn colors(image: &Image, rect: &Rect) -> Colors {
    let channels = image.color().channels();
    let plane = |channel| {
        let samples = image.samples().plane(image.width(), [channel, channels], rect);
        samples.into_iter().map(|sample| f32::from(sample) / 255.0).collect()
    };
    Colors {
        size: [rect.height as usize, rect.width as usize],
        planes: (0..channels).map(plane).collect(),
    }
}

/// The stream of what was trained.
fn coded(
    image: &Image,
    params: Params,
    fitted: Fitted,
    rects: &[Rect],
    reconstruct: bool,
    isa: Isa,
) -> Result<CodedImage> {
    let networks = Networks::new(params.shape, &fitted.parameters)?;
    let stream = OverfitStream::of(networks.clone(), isa);
    let channels = params.shape.colors;
    let mut decoded = image.samples().clone();
    let mut tiles = Vec::with_capacity(rects.len());
    for (rect, mut planes) in rects.iter().zip(fitted.tiles) {
        let bytes = compress(&mut planes, &networks, isa)?;
        let symbols = stream.read(&bytes, [rect.height as usize, rect.width as usize])?;
        for channel in 0..channels {
            let values = symbols.cells.iter().skip(channel).step_by(channels);
            let plane: Vec<u16> = values.map(|&value| value as u16).collect();
            decoded.put_plane(image.width(), [channel, channels], rect, &plane);
        }
        tiles.push(CodedTile {
            bytes,
            checksum: symbols.checksum,
            symbol_hash: symbols.symbol_hash,
            symbols: symbols.symbols,
            cost: None,
        });
    }
    let whole = |samples: Samples| Image::new(image.width(), image.height(), image.color(), samples, None);
    Ok(CodedImage {
        block: params.to_bytes(),
        segments: vec![fitted.parameters.compress(&params.shape.layout())?],
        tiles,
        orientation: Orientation::default(),
        reconstruction: reconstruct.then(|| whole(decoded)).transpose()?,
    })
}
