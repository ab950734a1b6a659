//! What the prior knows before a stream begins.

use std::sync::Arc;

use lmc_entropy::index::{IndexPrior, NEIGHBOURS, Prediction, Tree, WEIGHT_BITS};

use super::algebra::{add_products, least_squares};
use super::field::Field;
use super::{FitConfig, VqParts};
use crate::Result;
use crate::codecs::vq::model::tree;

/// Cells that the prediction is fitted to, at each depth.
const CELLS: usize = 150_000;

/// Weights of the prediction of a vector from those of its neighbours, at a third of the depth, two thirds and all.
pub(super) fn prediction(config: &FitConfig, field: &Field, tree: &Tree) -> Vec<i16> {
    let wide = config.model.predicted;
    let inputs = NEIGHBOURS * wide;
    let (mut gram, mut cross) = (vec![0.0; inputs * inputs], vec![0.0; inputs * wide]);
    let depth = tree.depth() as usize;
    for depth in [depth.div_ceil(2), (3 * depth).div_ceil(4), depth] {
        for (_, square) in field.some(CELLS) {
            let (mut x, mut y) = (Vec::new(), Vec::new());
            for (at, values) in square.values.chunks_exact(field.coefficients).enumerate() {
                let (row, column) = (at / field.side, at % field.side);
                if row == 0 || column == 0 || column + 1 == field.side {
                    continue;
                }
                for back in [1, field.side + 1, field.side, field.side - 1] {
                    let vector = tree.vector(square.nodes[depth][at - back]);
                    x.extend(vector.iter().take(wide).map(|value| f32::from(*value)));
                }
                y.extend_from_slice(&values[..wide]);
            }
            add_products(&mut gram, &x, inputs, &x, inputs);
            add_products(&mut cross, &x, inputs, &y, wide);
        }
    }
    let weights = least_squares(gram, cross, inputs, 1e-4);
    let one = f64::from(1u32 << WEIGHT_BITS);
    (0..wide * inputs)
        .map(|at| {
            (weights[at % inputs * wide + at / inputs] * one)
                .round()
                .clamp(-32_767.0, 32_767.0) as i16
        })
        .collect()
}

/// The state of the prior after it saw all crops, at all depths in turn.
pub(super) fn state(config: &FitConfig, field: &Field, parts: &VqParts, say: &mut dyn FnMut(&str)) -> Result<Vec<u8>> {
    let code = Arc::new(tree(&parts.config, &parts.shifts, &parts.vectors)?);
    let mut prior = IndexPrior::new(code, Prediction::new(config.model.predicted, parts.prediction.clone())?)?;
    let depths = config.model.depth as usize;
    for pass in 0..config.passes {
        let mut costs = vec![[0u64; 2]; depths + 1];
        for (at, square) in field.squares.iter().enumerate() {
            // Deep grids have more to learn: every other crop is one of the deepest four.
            let turn = at + pass;
            let depth = match turn % 2 {
                0 => depths - turn / 2 % depths.min(4),
                _ => 1 + turn / 2 % depths,
            };
            let nodes = &square.nodes[depth];
            costs[depth][0] += prior.learn(depth as u32, field.side, nodes)?;
            costs[depth][1] += (nodes.len() * depth) as u64;
        }
        let share = |[cost, bits]: &[u64; 2]| (*cost as f64 / 4096.0 / (*bits).max(1) as f64 * 1000.0).round() / 1000.0;
        let shares: Vec<f64> = costs.iter().skip(1).map(share).collect();
        say(&format!(
            "prior, pass {}: share of plain bits by depth {shares:?}",
            pass + 1
        ));
    }
    Ok(prior.state(config.certainty))
}
