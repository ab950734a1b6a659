//! One way to code a picture: from pixels to coded tiles.

use std::sync::Arc;

use lmc_entropy::prior;
use lmc_entropy::trellis::Machine;
use rayon::prelude::*;

use super::params::Params;
use super::{HALO, ImageModel, LATENT, LatentField, RefineTask, WINDOW};
use crate::codecs::image::{CodedTile, EncodeOptions, Grid, Planes};
use crate::error::{CodecError, Result};
use crate::media::image::{Image, Orientation};
use crate::tiles::{Rect, TileGrid};
use crate::watch::{Share, Watch};

/// The coding of one picture.
pub(super) struct Job<'a> {
    pub(super) model: &'a dyn ImageModel,
    options: &'a EncodeOptions,
    /// What is coded, of one that may be shown another way.
    picture: &'a Image,
    pub(super) grid: TileGrid,
    pub(super) params: Params,
}

/// A tile, coded, and what decoders will find in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coded {
    pub(super) tile: CodedTile,
    /// Rows, columns, channels, with 4 fractional bits.
    pub(super) y_hat: Arc<[i16]>,
}

/// All tiles of a picture in raster order.
pub(super) type Tiles = Vec<Coded>;

/// A tile and one choice of its latents for each stop of refinement.
type Chosen = (u32, Vec<prior::Latents>);

impl<'a> Job<'a> {
    /// `picture` is what is coded, of one that is shown another way.
    pub(super) fn new(
        model: &'a dyn ImageModel,
        options: &'a EncodeOptions,
        picture: &'a Image,
        orientation: Orientation,
    ) -> Result<Self> {
        let grid = TileGrid::new(picture.width(), picture.height(), options.tile_size)?;
        if options.effort.stops().len() > 1 && options.tile_size > WINDOW {
            let reason = format!(
                "an effort above 1 needs tiles of at most {WINDOW} pixels, not {}",
                options.tile_size
            );
            return Err(CodecError::Parameter(reason));
        }
        let params = Params {
            quality: options.quality,
            coding: model.prior().coding(options.effort.machine(), options.effort.context()),
            orientation,
        };
        Ok(Self {
            model,
            options,
            picture,
            grid,
            params,
        })
    }

    /// Codes all tiles, once for each number of steps of refinement in `stops`, fewest first. Each tile is as many steps
    /// of `watch` as it has steps of refinement, and one.
    pub(super) fn run(&self, stops: &[usize], watch: &mut Share<'_>) -> Result<Vec<Tiles>> {
        let steps = self.options.effort.steps();
        let mut coded = vec![vec![None; self.grid.count() as usize]; stops.len()];
        let mut done = 0;
        for block in self.grid.blocks(WINDOW) {
            let field = self.analyse(&block)?;
            let tiles = self.grid.tiles_in(&block).into_iter();
            let mut chosen = Vec::new();
            for (tile, rect) in tiles.filter_map(|tile| Some((tile, self.grid.rect(tile)?))) {
                let choices = if steps == 0 {
                    vec![self.quantise(&piece_of(&block, &field, &rect))?]
                } else {
                    self.refine(&rect, stops, &mut watch.from(done))?
                };
                chosen.push((tile, choices));
                done += steps;
                watch.check()?;
            }
            for (tile, choices) in self.compress(&chosen)? {
                for (tiles, choice) in coded.iter_mut().zip(choices) {
                    if let Some(slot) = tiles.get_mut(tile as usize) {
                        *slot = Some(choice);
                    }
                }
                done += 1;
                watch.done(done)?;
            }
        }
        coded.into_iter().map(all_of).collect()
    }

    /// The latents of a block of tiles.
    fn analyse(&self, block: &Rect) -> Result<Grid<f32>> {
        let channels = self.model.prior().channels();
        let whole = block.cells(LATENT);
        let mut field = Grid::zeros(whole.height as usize, whole.width as usize, channels);
        for cell in block.pieces(WINDOW) {
            let (window, planes) = self.window(&cell);
            let latents = self.model.analyse(&planes, self.params.quality)?;
            let latents = Grid::new(latents.height, latents.width, channels, latents.data)?;
            let inner = Rect {
                x: (cell.x - window.x) / LATENT,
                y: (cell.y - window.y) / LATENT,
                ..cell.cells(LATENT)
            };
            let (x, y) = ((cell.x - block.x) / LATENT, (cell.y - block.y) / LATENT);
            field.put(x as usize, y as usize, &latents.piece(&inner));
        }
        Ok(field)
    }

    /// Better latents of one tile, for each stop.
    fn refine(&self, rect: &Rect, stops: &[usize], watch: &mut dyn Watch) -> Result<Vec<prior::Latents>> {
        let (window, planes) = self.window(rect);
        let pair = |rect: &Rect| [rect.height as usize, rect.width as usize];
        let task = RefineTask {
            window: &planes,
            start: [(rect.y - window.y) / LATENT, (rect.x - window.x) / LATENT].map(|v| v as usize),
            size: pair(&rect.cells(LATENT)),
            visible: pair(&window),
            // Steps are told from each other without the last bits that the largest machine saves.
            coding: self.model.prior().coding(
                self.options.effort.machine().min(Machine::LARGE),
                self.params.coding.context,
            ),
            stops,
        };
        self.model.refine(&task, self.params.quality, watch)
    }

    /// A rectangle with its surroundings, and their pixels up to multiples of 16: just those that a decoder makes, as
    /// transforms treat edges alike only where both have them.
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

    /// The integers of latents.
    fn quantise(&self, field: &LatentField) -> Result<prior::Latents> {
        let (z, y) = self.model.quantise(field)?;
        let (height, width) = (field.height, field.width);
        Ok(prior::Latents { height, width, z, y })
    }

    /// Codes tiles, all choices of each.
    fn compress(&self, chosen: &[Chosen]) -> Result<Vec<(u32, Vec<Coded>)>> {
        let prior = self.model.prior();
        let one = |latents: &prior::Latents| {
            let coded = prior.compress(latents, self.params.coding);
            coded
                .map(Coded::from)
                .map_err(|error| CodecError::model("coding of the latents", error))
        };
        let all = |(tile, choices): &Chosen| {
            // A step that brought nothing leaves the latents as they are.
            let is_new = |at: usize| at == 0 || choices[at] != choices[at - 1];
            let coded = (0..choices.len())
                .into_par_iter()
                .map(|at| is_new(at).then(|| one(&choices[at])).transpose());
            let coded: Vec<_> = coded.collect::<Result<_>>()?;
            let each = coded.into_iter().scan(None, |last, coded| {
                *last = coded.or(last.take());
                last.clone()
            });
            Ok((*tile, each.collect()))
        };
        chosen.par_iter().map(all).collect()
    }

    /// All latents of coded tiles, as decoders will see them.
    pub(super) fn latents(&self, tiles: &Tiles) -> Result<Grid<i16>> {
        let channels = self.model.prior().channels();
        let size = self.grid.bounds().cells(LATENT);
        let mut plane = Grid::zeros(size.height as usize, size.width as usize, channels);
        for (index, coded) in (0u32..).zip(tiles) {
            let rect = self.grid.rect(index).unwrap_or(self.grid.bounds()).cells(LATENT);
            let (height, width) = (rect.height as usize, rect.width as usize);
            let piece = Grid::new(height, width, channels, coded.y_hat.to_vec())?;
            plane.put(rect.x as usize, rect.y as usize, &piece);
        }
        Ok(plane)
    }
}

impl From<prior::Compressed> for Coded {
    fn from(coded: prior::Compressed) -> Self {
        Self {
            tile: CodedTile {
                bytes: coded.bytes,
                checksum: coded.checksum,
                symbol_hash: coded.symbol_hash,
                symbols: coded.symbols,
                cost: Some(coded.cost),
            },
            y_hat: coded.y_hat.into(),
        }
    }
}

/// The tiles, none of which is missing.
fn all_of(tiles: Vec<Option<Coded>>) -> Result<Tiles> {
    let missing = || CodecError::Internal("a tile was not coded".into());
    tiles.into_iter().map(|tile| tile.ok_or_else(missing)).collect()
}

/// The latents of the tile `rect` of those of a block.
fn piece_of(block: &Rect, field: &Grid<f32>, rect: &Rect) -> LatentField {
    let inner = Rect {
        x: (rect.x - block.x) / LATENT,
        y: (rect.y - block.y) / LATENT,
        ..rect.cells(LATENT)
    };
    let Grid {
        height,
        width,
        channels,
        data,
    } = field.piece(&inner);
    LatentField {
        height,
        width,
        channels,
        data,
    }
}
