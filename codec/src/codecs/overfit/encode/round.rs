//! From trained numbers to the integers of a stream.

use std::ops::Range;

use lmc_entropy::Result;
use lmc_entropy::laplace::LaplaceTables;

use super::super::latents::Plane;
use super::super::networks::{MOST_BITS, Networks, Parameters, scale_of};
use super::grid::Rounding;
use super::train::{Model, Space, Tile};

/// Fractional bits that the search for the best number of them begins with.
const MOST: u8 = 10;
/// Fewest fractional bits of the mixing layer, whose outputs have more than its inputs.
const LEAST: u8 = 5;
/// The largest sum of magnitudes of an output's weights: less than what 32 bits allow, for its bias.
const SUM: f32 = 48_000.0;
/// Tiles that are looked at.
const TILES: usize = 2;

/// Rounds the latents, and the networks to the steps that cost the least in bits and error together.
///
/// # Errors
/// Those of [`Networks::new`] if no steps are allowed, which training does not bring about.
pub(super) fn rounded(model: &mut Model, tiles: &mut [Tile], space: &mut Space, trade: f32) -> Result<Parameters> {
    let isa = model.isa;
    for tile in tiles.iter_mut() {
        tile.grids.iter_mut().for_each(|grid| grid.round(Rounding::Hard, isa));
    }
    let count = tiles.len().min(TILES);
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
        space,
        tiles: tiles.get_mut(..count).unwrap_or_default(),
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
    space: &'a mut Space,
    tiles: &'a mut [Tile],
    trade: f64,
    pixels: f64,
}

impl Search<'_> {
    /// Fine steps, as far as sums allow.
    fn start(&mut self) -> Result<()> {
        for (at, tensor) in self.model.layout.tensors().iter().enumerate() {
            let length = (tensor.len() / self.model.rows(tensor)).max(1);
            let rows = self.trained[tensor.clone()].chunks(length);
            let largest = rows
                .map(|row| row.iter().map(|weight| weight.abs()).sum::<f32>())
                .fold(0.0, f32::max);
            let bits = (SUM / (largest + 1.0)).log2().clamp(0.0, f32::from(MOST));
            self.set(at, tensor, bits as u8);
        }
        Networks::new(self.model.shape, &self.parameters).map(|_| ())
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
        let own = bits_of(&self.parameters.values[tensor.clone()]) * self.trade / self.pixels;
        let seen: f64 = self.tiles.iter().map(|tile| tile.pixels() as f64).sum();
        let mut sum = 0.0;
        for tile in self.tiles.iter_mut() {
            sum += match predicts {
                true => self.trade * self.model.bits(tile, self.space),
                false => self.model.error(tile, self.space) * tile.pixels() as f64,
            };
        }
        own + sum / seen
    }
}

/// The bits that the numbers of a tensor take, about.
fn bits_of(values: &[i32]) -> f64 {
    let Ok(placed) = LaplaceTables::shared().place(scale_of(values) as i32, 0) else {
        return f64::INFINITY;
    };
    let cost = |&value: &i32| match placed.table.slot(value) {
        Some(slot) => 16.0 - f64::from(slot.size.get()).log2(),
        None => 16.0 + 2.0 * f64::from(value.unsigned_abs()).log2(),
    };
    values.iter().map(cost).sum()
}
