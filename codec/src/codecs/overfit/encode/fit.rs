//! The course of training.

use std::f32::consts::PI;

use super::super::latents::Plane;
use super::super::networks::Parameters;
use super::super::shape::Shape;
use super::grid::Rounding;
use super::paint::Colors;
use super::round::{planes, rounded};
use super::train::{Model, Rates, Space, Tile};
use lmc_kernels::isa::Isa;

/// The share of steps at the end in which latents are rounded hard and rest.
const HARD: f32 = 0.05;
/// Temperatures of soft rounding, and deviations of noise, from the first step to the last.
const TEMPERATURES: [f32; 2] = [0.35, 0.08];
const NOISES: [f32; 2] = [0.22, 0.15];
/// The rates at the beginning.
const RATES: Rates = Rates {
    latents: 0.16,
    networks: 0.02,
};
/// The rates of the last soft step, as a share of those.
const LAST: f32 = 0.03;
/// The rate of networks in the first hard step, as a share of that.
const FIRST_HARD: f32 = 0.1;

/// What to make of an image.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Plan {
    pub(in super::super) shape: Shape,
    /// Steps on each tile.
    pub(in super::super) steps: usize,
    /// What a bit for each pixel may cost in mean squared error, of colours of 0 to 1.
    pub(in super::super) trade: f32,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Fitted {
    pub(in super::super) parameters: Parameters,
    /// The grids of each tile, the finest first.
    pub(in super::super) tiles: Vec<Vec<Plane>>,
}

/// Trains networks for all tiles of an image and the latents of each. `report` is told of the steps done and of all;
/// where it answers `false`, training ends, and what there is then is rounded.
pub(in super::super) fn fit(
    targets: Vec<Colors>,
    plan: &Plan,
    isa: Isa,
    report: &mut dyn FnMut(usize, usize) -> bool,
) -> lmc_entropy::Result<Fitted> {
    let mut model = Model::new(plan.shape, &means(&targets), isa);
    let mut tiles: Vec<Tile> = targets
        .into_iter()
        .map(|target| Tile::new(target, &plan.shape))
        .collect();
    let mut optimiser = model.optimiser();
    let size = tiles.first().map_or([0, 0], |tile| tile.target.size);
    let mut space = Space::new(&model, size);
    let total = plan.steps * tiles.len();
    let mut done = 0;
    'training: for step in 0..plan.steps {
        let (rounding, rates) = course(step, plan.steps);
        for tile in &mut tiles {
            model.step(
                tile,
                (&mut optimiser, &mut space),
                rounding,
                plan.trade,
                rates,
                step as i32 + 1,
            );
            done += 1;
            if !report(done, total) {
                break 'training;
            }
        }
    }
    let parameters = rounded(&mut model, &mut tiles, &mut space, plan.trade)?;
    Ok(Fitted {
        parameters,
        tiles: tiles.iter().map(planes).collect(),
    })
}

/// How to round in a step, and the rates of it.
fn course(step: usize, steps: usize) -> (Rounding, Rates) {
    let soft = ((steps as f32 * (1.0 - HARD)) as usize).max(1);
    let scaled = |by: f32| Rates {
        latents: RATES.latents * by,
        networks: RATES.networks * by,
    };
    if step < soft {
        let at = step as f32 / soft as f32;
        let between = |[from, to]: [f32; 2]| from + (to - from) * at;
        let rounding = Rounding::Soft {
            temperature: between(TEMPERATURES),
            noise: between(NOISES),
            seed: step as u32,
        };
        let warm = ((step + 1) as f32 / 20.0).min(1.0);
        return (
            rounding,
            scaled(warm * (LAST + (1.0 - LAST) * 0.5 * (1.0 + (PI * at).cos()))),
        );
    }
    // Adam takes steps of the same length however small gradients are: latents would drift from where they were trained
    // to be.
    let at = (step - soft) as f32 / (steps - soft) as f32;
    let rates = Rates {
        latents: 0.0,
        ..scaled(FIRST_HARD * (1.0 - at))
    };
    (Rounding::Hard, rates)
}

/// The mean colour of all tiles.
fn means(targets: &[Colors]) -> Vec<f32> {
    let colors = targets.first().map_or(0, |target| target.planes.len());
    let mean = |color: usize| {
        let planes = targets.iter().filter_map(|target| target.planes.get(color));
        let (sum, count) = planes
            .flatten()
            .fold((0.0, 0u64), |(sum, count), &value| (sum + f64::from(value), count + 1));
        (sum / count.max(1) as f64) as f32
    };
    (0..colors).map(mean).collect()
}
