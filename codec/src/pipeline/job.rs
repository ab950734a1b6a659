//! The encoding of one picture: from pixels to coded tiles to a stream.

use crate::codecs::wavelet::RefineTask;
use crate::codecs::wavelet::{LatentField, Planes};
use lmc_entropy::prior;
use lmc_entropy::trellis::Machine;
use rayon::prelude::*;

use super::Progress;
use super::assemble::{CodedTile, assemble, check_input};
use super::latents::Latents;
use super::model::ImageModel;
use super::options::{EncodeOptions, Encoded};
use crate::container::{Header, ImageCodec};
use crate::error::{CodecError, Result};
use crate::picture::{Orientation, Picture};
use crate::restore::CodedFilter;
use crate::tiles::{HALO, LATENT, Rect, TileGrid, WINDOW};

/// The encoding of one picture.
pub(super) struct Job<'a, M> {
    pub(super) model: &'a M,
    options: &'a EncodeOptions,
    picture: &'a Picture,
    pub(super) grid: TileGrid,
    pub(super) header: Header,
}

/// For each tile of a picture what its segment holds.
pub(super) type Tiles = Vec<Option<CodedTile>>;

/// A tile and where it is in the picture, with one choice of its latents for each stop of refinement.
type Chosen = (u32, Vec<prior::Latents>);

impl<'a, M: ImageModel> Job<'a, M> {
    /// `picture` is what is coded, of one that is shown another way.
    pub(super) fn new(
        model: &'a M,
        options: &'a EncodeOptions,
        picture: &'a Picture,
        orientation: Orientation,
    ) -> Result<Self> {
        check_input(picture, options)?;
        let grid = TileGrid::new(picture.width(), picture.height(), options.tile_size)?;
        if options.effort.stops().len() > 1 && options.tile_size > WINDOW {
            let reason = format!(
                "an effort above 1 needs tiles of at most {WINDOW} pixels, not {}",
                options.tile_size
            );
            return Err(CodecError::Parameter(reason));
        }
        let [width, height] = orientation.sides([picture.width(), picture.height()]);
        let header = Header {
            codec: ImageCodec::Wavelet,
            model: model.hash(),
            width,
            height,
            orientation,
            color: picture.color(),
            depth: picture.depth(),
            alpha: picture.alpha().is_some(),
            coding: model.prior().coding(options.effort.machine(), options.effort.context()),
            quality: options.quality.hundredths(),
            tile_size: options.tile_size,
        };
        Ok(Self {
            model,
            options,
            picture,
            grid,
            header,
        })
    }

    /// Codes all tiles, once for each number of steps of refinement in `stops`, fewest first.
    pub(super) fn run(&self, stops: &[usize], progress: Progress<'_>) -> Result<Vec<Tiles>> {
        let count = self.grid.count() as usize;
        let work = self.options.effort.steps();
        let mut report = |done: usize| progress(done, count * (work + 1));
        let mut coded = vec![vec![None; count]; stops.len()];
        let mut done = 0;
        for block in self.grid.blocks() {
            let field = self.analyse(&block)?;
            let tiles = self.grid.tiles_in(&block).into_iter();
            let mut chosen = Vec::new();
            for (tile, rect) in tiles.filter_map(|tile| Some((tile, self.grid.rect(tile)?))) {
                let choices = if work == 0 {
                    vec![self.quantise(&piece_of(&block, &field, &rect))?]
                } else {
                    self.refine(&rect, stops, &mut |of_tile, _| report(done + of_tile))?
                };
                chosen.push((tile, choices));
                done += work;
            }
            for (tile, choices) in self.compress(&chosen)? {
                for (tiles, choice) in coded.iter_mut().zip(choices) {
                    if let Some(slot) = tiles.get_mut(tile as usize) {
                        *slot = Some(choice);
                    }
                }
                done += 1;
                report(done);
            }
        }
        Ok(coded)
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

    /// Better latents of one tile, for each stop.
    fn refine(&self, rect: &Rect, stops: &[usize], progress: Progress<'_>) -> Result<Vec<prior::Latents>> {
        let (window, planes) = self.window(rect);
        let pair = |rect: &Rect| [rect.height as usize, rect.width as usize];
        let task = RefineTask {
            window: &planes,
            start: [(rect.y - window.y) / LATENT, (rect.x - window.x) / LATENT].map(|v| v as usize),
            size: pair(&rect.latents()),
            visible: pair(&window),
            // Steps are told from each other without the last bits that the largest machine saves.
            coding: self.model.prior().coding(
                self.options.effort.machine().min(Machine::LARGE),
                self.header.coding.context,
            ),
            stops,
        };
        self.model.refine(&task, self.options.quality, progress)
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

    /// The integers of latents.
    fn quantise(&self, field: &LatentField) -> Result<prior::Latents> {
        let (z, y) = self.model.quantise(field)?;
        let (height, width) = (field.height, field.width);
        Ok(prior::Latents { height, width, z, y })
    }

    /// Codes tiles, all choices of each.
    fn compress(&self, chosen: &[Chosen]) -> Result<Vec<(u32, Vec<CodedTile>)>> {
        let prior = self.model.prior();
        let one = |latents: &prior::Latents| {
            let coded = prior.compress(latents, self.header.coding);
            coded
                .map(CodedTile::from)
                .map_err(|e| CodecError::model("coding of the latents", e))
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

    /// Assembles the stream.
    pub(super) fn write(&self, tiles: &Tiles, restorations: &[CodedFilter]) -> Result<Encoded> {
        assemble(self.picture, self.options, &self.header, restorations, tiles)
    }
}

/// The latents of the tile `rect` of those of a block.
fn piece_of(block: &Rect, field: &Latents<f32>, rect: &Rect) -> LatentField {
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
    LatentField {
        height,
        width,
        channels,
        data,
    }
}
