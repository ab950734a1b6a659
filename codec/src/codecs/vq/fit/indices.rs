//! What the prior knows before a stream begins.

use lmc_entropy::index::{IndexPrior, NEIGHBOURS, Nodes, Tree, WEIGHT_BITS};

use super::FitConfig;
use super::algebra::{add_products, least_squares};
use super::field::{Field, Square};
use crate::Result;

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

/// Shares of the mean gain from which cells are refined: what encoders do at several worths of a bit.
const SHARES: [f32; 4] = [0.6, 1.2, 0.3, 2.0];

/// The state of the prior after it saw all crops, at all depths in turn.
pub(super) fn state(
    config: &FitConfig,
    field: &Field,
    prior: &mut IndexPrior,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<u8>> {
    let (depth, second) = (config.model.depth, config.model.refinement);
    for pass in 0..config.passes {
        let mut costs = vec![[0u64; 2]; config.model.depths() + 1];
        for (at, square) in field.squares.iter().enumerate() {
            let turn = at + pass;
            // Both trees and the deepest levels have more to learn.
            let (whole, nodes) = match turn % 4 {
                0 | 2 if second > 0 => {
                    let share = SHARES[turn / 4 % SHARES.len()];
                    (depth + second, square.both(second, share * field.gain))
                }
                1 => level(square, depth - turn as u32 / 4 % depth.min(4)),
                _ => level(square, 1 + turn as u32 / 4 % depth),
            };
            let cost = &mut costs[if whole > depth {
                depth as usize + 1
            } else {
                whole as usize
            }];
            cost[0] += prior.learn(whole, field.side, &nodes)?;
            cost[1] += (nodes.len() * whole as usize) as u64;
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

fn level(square: &Square, depth: u32) -> (u32, Vec<Nodes>) {
    (depth, square.plain(depth, 0))
}
