//! The encoding of one picture: from pixels to coded tiles to a stream.

use lmc_entropy::prior::{self, Compressed};
use lmc_models::refine::RefineTask;
use lmc_models::wavelet::{LatentField, Planes};
use rayon::prelude::*;

use super::Progress;
use super::assemble::{CodedTile, assemble, check_input};
use super::latents::Latents;
use super::model::ImageModel;
use super::options::{EncodeOptions, Encoded};
use crate::container::{Header, ImageCodec};
use crate::error::{CodecError, Result};
use crate::picture::Picture;
use crate::restore::CodedFilter;
use crate::tiles::{HALO, LATENT, Rect, TileGrid, WINDOW};

/// The encoding of one picture.
pub(super) struct Job<'a, M> {
    pub(super) model: &'a M,
    options: &'a EncodeOptions,
    picture: &'a Picture,
    pub(super) grid: TileGrid,
    pub(super) header: Header,
    /// For each tile what its segment holds, once known.
    tiles: Vec<Option<CodedTile>>,
    /// All latents as a decoder will see them, where they are wanted.
    pub(super) y_hat: Option<Latents<i16>>,
}

impl<'a, M: ImageModel> Job<'a, M> {
    pub(super) fn new(model: &'a M, options: &'a EncodeOptions, picture: &'a Picture) -> Result<Self> {
        check_input(picture, options)?;
        let grid = TileGrid::new(picture.width(), picture.height(), options.tile_size)?;
        if options.effort.steps() > 0 && options.tile_size > WINDOW {
            let reason = format!(
                "an effort above 1 needs tiles of at most {WINDOW} pixels, not {}",
                options.tile_size
            );
            return Err(CodecError::Parameter(reason));
        }
        let header = Header {
            codec: ImageCodec::Wavelet,
            model: model.hash(),
            width: picture.width(),
            height: picture.height(),
            color: picture.color(),
            depth: picture.depth(),
            alpha: picture.alpha().is_some(),
            coding: model.prior().coding(options.effort.machine(), options.effort.context()),
            quality: options.quality.hundredths(),
            tile_size: options.tile_size,
        };
        let tiles = vec![None; grid.count() as usize];
        Ok(Self {
            model,
            options,
            picture,
            grid,
            header,
            tiles,
            y_hat: None,
        })
    }

    /// Codes all tiles, each after so many steps of refinement. Of each only its bytes stay.
    pub(super) fn run(&mut self, steps: usize, progress: Progress<'_>) -> Result<()> {
        let mut done = 0;
        for block in self.grid.blocks() {
            let mut field = self.analyse(&block)?;
            let tiles = self.grid.tiles_in(&block);
            let all = self.tiles.len() * (steps + 1);
            for (index, tile) in tiles.iter().enumerate().filter(|_| steps > 0) {
                let mut step = |done_steps, _| progress((done + index) * (steps + 1) + done_steps, all);
                self.refine((&block, *tile), &mut field, steps, &mut step)?;
            }
            for (tile, rect, coded) in self.compress(&block, &field, &tiles)? {
                if let Some(plane) = &mut self.y_hat {
                    let at = rect.latents();
                    let (height, width) = (at.height as usize, at.width as usize);
                    let piece = Latents::new(height, width, plane.channels, coded.y_hat)?;
                    plane.put(at.x as usize, at.y as usize, &piece);
                }
                let Compressed {
                    bytes,
                    checksum,
                    symbols,
                    cost,
                    symbol_hash,
                    ..
                } = coded;
                if let Some(slot) = self.tiles.get_mut(tile as usize) {
                    *slot = Some(CodedTile {
                        bytes,
                        checksum,
                        symbols,
                        cost: Some(cost),
                        symbol_hash,
                    });
                }
                done += 1;
                progress(done * (steps + 1), all);
            }
        }
        Ok(())
    }

    /// The latents of a block of tiles.
    fn analyse(&self, block: &Rect) -> Result<Latents<f32>> {
        let channels = self.model.prior().channels();
        let whole = block.latents();
        let mut field = Latents::zeros(whole.height as usize, whole.width as usize, channels);
        for cell in block.pieces(WINDOW) {
            let (window, planes) = self.window(&cell);
            let latents = self.model.analyse(&planes, self.options.quality)?;
            let latents = Latents::new(latents.height, latents.width, channels, latents.data)?;
            let inner = Rect {
                x: (cell.x - window.x) / LATENT,
                y: (cell.y - window.y) / LATENT,
                ..cell.latents()
            };
            let (x, y) = ((cell.x - block.x) / LATENT, (cell.y - block.y) / LATENT);
            field.put(x as usize, y as usize, &latents.piece(&inner));
        }
        Ok(field)
    }

    /// Replaces the latents of one tile by better ones.
    fn refine(
        &self,
        (block, tile): (&Rect, u32),
        field: &mut Latents<f32>,
        steps: usize,
        progress: Progress<'_>,
    ) -> Result<()> {
        let rect = self.grid.rect(tile).unwrap_or(self.grid.bounds());
        let (window, planes) = self.window(&rect);
        let pair = |rect: &Rect| [rect.height as usize, rect.width as usize];
        let task = RefineTask {
            window: &planes,
            start: [(rect.y - window.y) / LATENT, (rect.x - window.x) / LATENT].map(|v| v as usize),
            size: pair(&rect.latents()),
            visible: pair(&window),
            coding: self.header.coding,
            steps,
        };
        let latents = self.model.refine(&task, self.options.quality, progress)?;
        let latents = Latents::new(latents.height, latents.width, field.channels, latents.data)?;
        let (x, y) = ((rect.x - block.x) / LATENT, (rect.y - block.y) / LATENT);
        field.put(x as usize, y as usize, &latents);
        Ok(())
    }

    /// A rectangle with its surroundings, and their pixels up to multiples of 16: just those that a decoder makes, as transforms
    /// treat edges alike only where both have them.
    fn window(&self, rect: &Rect) -> (Rect, Planes) {
        let window = rect.grown(HALO, self.picture.width(), self.picture.height());
        let (height, width) = (
            window.height.next_multiple_of(LATENT),
            window.width.next_multiple_of(LATENT),
        );
        let planes = Planes {
            height: height as usize,
            width: width as usize,
            data: self.picture.window(&window, width, height),
        };
        (window, planes)
    }

    /// Codes the tiles of a block.
    fn compress(&self, block: &Rect, field: &Latents<f32>, tiles: &[u32]) -> Result<Vec<(u32, Rect, Compressed)>> {
        let mut ready = Vec::with_capacity(tiles.len());
        for &tile in tiles {
            if let Some(rect) = self.grid.rect(tile) {
                ready.push((tile, rect, self.quantise(block, field, &rect)?));
            }
        }
        let prior = self.model.prior();
        let one = |(tile, rect, latents): &(u32, Rect, prior::Latents)| {
            let coded = prior.compress(latents, self.header.coding);
            let coded = coded.map_err(|e| CodecError::model("coding of the latents", e))?;
            Ok((*tile, *rect, coded))
        };
        ready.par_iter().map(one).collect()
    }

    /// The integers of one tile.
    fn quantise(&self, block: &Rect, field: &Latents<f32>, rect: &Rect) -> Result<prior::Latents> {
        let inner = Rect {
            x: (rect.x - block.x) / LATENT,
            y: (rect.y - block.y) / LATENT,
            ..rect.latents()
        };
        let Latents {
            height,
            width,
            channels,
            data,
        } = field.piece(&inner);
        let (z, y) = self.model.quantise(&LatentField {
            height,
            width,
            channels,
            data,
        })?;
        Ok(prior::Latents { height, width, z, y })
    }

    /// Bytes of all tiles.
    pub(super) fn bytes(&self) -> usize {
        self.tiles.iter().flatten().map(|tile| tile.bytes.len()).sum()
    }

    /// Assembles the stream.
    pub(super) fn write(self, restorations: &[CodedFilter]) -> Result<Encoded> {
        assemble(self.picture, self.options, &self.header, restorations, &self.tiles)
    }
}
