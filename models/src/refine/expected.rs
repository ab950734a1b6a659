//! What latents cost on average, bits and errors together, by how far they are from their means.

use lmc_entropy::prior::PriorSpec;
use lmc_entropy::table::{CdfTable, TOTAL};
use lmc_entropy::trellis::{BIT, Element, Machine, Prices, Quantisation, Search, State};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// What a squared step is worth in bits to the search of the trellis.
const WORTH: f32 = 65536.0 / BIT as f32;
/// Distances in a quantiser step.
const PARTS: usize = 16;
/// The largest distance, in quantiser steps.
const FARTHEST: usize = 8;
/// Elements that are drawn for each scale index.
const DRAWN: usize = 20_000;
/// Of those as many as a mean needs.
const ENOUGH: f32 = 150.0;
/// Log-scales over which the index of a table is smoothed.
const SMOOTH: i32 = 8;

/// Costs in bits by scale index and distance, smooth in both.
#[derive(Debug)]
pub(super) struct Expected {
    /// By scale index, then by distance.
    costs: Vec<Vec<f32>>,
    /// The scale index of log-scales in fixed point, as a fraction, and the first of them.
    indices: Vec<f32>,
    first: i32,
}

/// A cost and how it changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cost {
    pub(super) bits: f32,
    /// By the mean, in quantiser steps.
    pub(super) by_mean: f32,
    /// By the log-scale in fixed point.
    pub(super) by_log_scale: f32,
}

impl Expected {
    /// The costs that follow from the tables of a prior, which has those of a trellis.
    pub(super) fn new(spec: &PriorSpec) -> Self {
        let prices = Prices::new(&spec.trellis_tables);
        let last = spec.scale_lut.len() as i32 - 1;
        let index = |at: i32| f32::from(spec.scale_lut[at.clamp(0, last) as usize]);
        let smooth = |at: i32| (at - SMOOTH..=at + SMOOTH).map(index).sum::<f32>() / (2 * SMOOTH + 1) as f32;
        Self {
            costs: (0..spec.scale_tables.len())
                .map(|scale| costs(spec, &prices, scale))
                .collect(),
            indices: (0..=last).map(smooth).collect(),
            first: spec.lut_min,
        }
    }

    /// What a latent costs on average at `distance` steps from its mean, with a log-scale in fixed point.
    pub(super) fn at(&self, distance: f32, log_scale: f32) -> Cost {
        let (index, index_slope) = between(&self.indices, log_scale - self.first as f32);
        let low = (index as usize).min(self.costs.len().saturating_sub(2));
        let part = index - low as f32;
        let place = distance.abs() * PARTS as f32;
        let high = (low + 1).min(self.costs.len() - 1);
        let (near, far) = (between(&self.costs[low], place), between(&self.costs[high], place));
        let slope = near.1 + part * (far.1 - near.1);
        Cost {
            bits: near.0 + part * (far.0 - near.0),
            by_mean: -slope * PARTS as f32 * distance.signum(),
            by_log_scale: (far.0 - near.0) * index_slope,
        }
    }
}

/// The value at a place between two of `values`, and the slope there; straight on behind the last two.
fn between(values: &[f32], place: f32) -> (f32, f32) {
    let place = place.max(0.0);
    let low = (place as usize).min(values.len().saturating_sub(2));
    let high = (low + 1).min(values.len() - 1);
    let slope = values[high] - values[low];
    (values[low] + (place - low as f32) * slope, slope)
}

/// Costs of one scale index by distance, as the search of a trellis has them in a series of elements that are as the table expects,
/// with others of any distance between them.
fn costs(spec: &PriorSpec, prices: &Prices, scale: usize) -> Vec<f32> {
    let places = FARTHEST * PARTS + 1;
    if scale < usize::from(spec.skip_below) {
        let distances = (0..places).map(|part| part as f32 / PARTS as f32);
        return distances.map(|distance| WORTH * distance * distance).collect();
    }
    let Some(tables) = spec.trellis_tables.get(scale) else {
        return vec![0.0; places];
    };
    let mut random = SmallRng::seed_from_u64(scale as u64);
    let distances: Vec<i32> = (0..DRAWN)
        .map(|at| {
            if at % 2 == 0 {
                drawn(&tables[0], &mut random)
            } else {
                random.random::<f32>().powi(2) * FARTHEST as f32
            }
        })
        .map(|distance| (distance * 256.0) as i32)
        .collect();
    let mut search = Search::new(prices, distances.len());
    for &distance in &distances {
        search.push(Element {
            distance,
            scale: scale as u8,
        });
    }
    let (mut sums, mut counts) = (vec![0.0; places], vec![0.0; places]);
    let mut state = State::start(Quantisation::Trellis(Machine::USUAL));
    for (&distance, symbol) in distances.iter().zip(search.finish(Machine::USUAL)) {
        let (quantiser, symbol) = (state.quantiser(), i32::from(symbol));
        state = state.after(symbol);
        let table = &tables[quantiser as usize];
        let size = table.slot(symbol).unwrap_or(table.escape()).size.get();
        let error = distance as f32 / 256.0 - quantiser.point(symbol) as f32 / 2.0;
        let place = ((distance.unsigned_abs() as usize * PARTS + 128) / 256).min(places - 1);
        sums[place] += 16.0 - f32::from(size).log2() + WORTH * error * error;
        counts[place] += 1.0;
    }
    (0..places).map(|place| around(&sums, &counts, place)).collect()
}

/// The mean around a place, of as many as are needed to be sure of it.
fn around(sums: &[f32], counts: &[f32], place: usize) -> f32 {
    let last = sums.len() - 1;
    let count_and_sum = |reach: usize| {
        let own = place.saturating_sub(reach)..=(place + reach).min(last);
        (counts[own.clone()].iter().sum::<f32>(), sums[own].iter().sum::<f32>())
    };
    let enough = (1..last).map(count_and_sum).find(|(count, _)| *count > ENOUGH);
    let (count, sum) = enough.unwrap_or_else(|| count_and_sum(last));
    sum / count.max(1.0)
}

/// A distance of an element that is as a table expects.
fn drawn(table: &CdfTable, random: &mut SmallRng) -> f32 {
    let mut left = random.random_range(0..TOTAL);
    let symbol = (table.min()..=table.max()).find(|symbol| {
        let size = table.slot(*symbol).map_or(0, |slot| u32::from(slot.size.get()));
        let found = left < size;
        left = left.saturating_sub(size);
        found
    });
    symbol.unwrap_or(0) as f32 + random.random::<f32>() - 0.5
}
