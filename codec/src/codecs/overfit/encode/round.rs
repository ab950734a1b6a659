//! From trained numbers to the integers of a stream.

use std::ops::Range;

use lmc_entropy::Result;
use rayon::prelude::*;

use super::super::latents::Plane;
use super::super::networks::{MOST_BITS, Networks, Parameters};
use super::grid::Rounding;
use super::train::{Model, Tile};

/// Fractional bits that the search for the best number of them begins with.
const MOST: u8 = 10;
/// Fewest fractional bits: layers between different units need some.
const LEAST: u8 = 5;
/// Tiles that are looked at.
const TILES: usize = 2;

/// Rounds the latents, and the networks to the steps that cost the least in bits and error together.
///
/// # Errors
/// Those of [`Networks::new`] if no steps are allowed, which training does not bring about.
pub(super) fn rounded(model: &mut Model, tiles: &mut [Tile], trade: f32) -> Result<Parameters> {
    let isa = model.isa;
    for tile in tiles.iter_mut() {
        let rounding = Rounding::Hard { temperature: 0.1 };
        tile.grids.par_iter_mut().for_each(|grid| isa.run(|| grid.round(rounding)));
    }
    let pixels: usize = tiles.iter().map(Tile::pixels).sum();
    let mut search = Search {
        trained: model.parameters.clone(),
        parameters: Parameters {
            values: vec![0; model.layout.total],
            bits: vec![0; model.layout.tensors().len()],
        },
        trade: f64::from(trade),
        pixels: pixels as f64,
        model,
        tiles: { let count = tiles.len().min(TILES); &mut tiles[..count] },
    };
    search.start()?;
    search.run();
    Ok(search.parameters)
}

/// The grids of a tile as integers.
pub(super) fn planes(tile: &Tile) -> Vec<Plane> {
    let plane = |grid: &super::grid::Latents| Plane {
        rows: grid.rounded.rows,
        columns: grid.rounded.columns,
        values: grid.values.iter().map(|value| value.round() as i16).collect(),
    };
    tile.grids.iter().map(plane).collect()
}

/// The search for the steps of tensors, one after the other.
struct Search<'a> {
    trained: Vec<f32>,
    parameters: Parameters,
    model: &'a mut Model,
    tiles: &'a mut [Tile],
    trade: f64,
    pixels: f64,
}

impl Search<'_> {
    /// Fine steps, as far as sums allow.
    fn start(&mut self) -> Result<()> {
        let tensors = self.model.layout.tensors();
        for most in (LEAST..=MOST).rev() {
            for (at, tensor) in tensors.iter().enumerate() {
                self.set(at, tensor, most);
            }
            match Networks::new(self.model.shape, &self.parameters) {
                Err(_) if most > LEAST => {}
                result => return result.map(|_| ()),
            }
        }
        Ok(())
    }

    /// Rounds a tensor to a step.
    fn set(&mut self, at: usize, tensor: &Range<usize>, bits: u8) {
        let factor = f32::from(1u16 << bits.min(MOST_BITS));
        self.parameters.bits[at] = bits;
        for place in tensor.clone() {
            let value = (self.trained[place] * factor).round().clamp(-32_000.0, 32_000.0);
            self.parameters.values[place] = value as i32;
            self.model.parameters[place] = value / factor;
        }
    }

    fn run(&mut self) {
        let first_doubling = self.model.layout.levels.end;
        for (at, tensor) in self.model.layout.tensors().into_iter().enumerate() {
            let predicts = tensor.start < first_doubling;
            let (mut best, mut kept) = (f64::INFINITY, self.parameters.bits[at]);
            let needs = tensor == self.model.layout.mix[0];
            let least = if needs { LEAST } else { 0 };
            for bits in (least..=self.parameters.bits[at]).rev() {
                self.set(at, &tensor, bits);
                let cost = self.cost(&tensor, predicts);
                if cost < best {
                    (best, kept) = (cost, bits);
                } else if bits + 1 < kept {
                    break;
                }
            }
            self.set(at, &tensor, kept);
        }
    }

    /// What changes with a tensor: its own bits, and the error or the bits of latents.
    fn cost(&mut self, tensor: &Range<usize>, predicts: bool) -> f64 {
        let own = self.parameters.bits_of(tensor) * self.trade / self.pixels;
        let seen: f64 = self.tiles.iter().map(|tile| tile.pixels() as f64).sum();
        let mut sum = 0.0;
        for tile in self.tiles.iter_mut() {
            sum += match predicts {
                true => self.trade * self.model.bits(tile),
                false => self.model.error(tile) * tile.pixels() as f64,
            };
        }
        own + sum / seen
    }
}
