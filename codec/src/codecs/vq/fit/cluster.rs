//! The tree: all cells in two halves by k-means, each half in two halves, and so on.

use rayon::prelude::*;

use super::FitConfig;
use crate::codecs::vq::model::TreeParts;

/// Cells that a node needs to be split; else both children are the node again.
const FEWEST: usize = 8;
/// Rounds of the power iteration for the direction in which a node is split.
const POWERS: usize = 6;
/// Nodes with more cells sample this number, evenly spread, except in the last round.
const ENOUGH: usize = 40_000;

/// Splits cells `[cells, channels]` down to a depth.
pub(super) fn tree_of(config: &FitConfig, cells: &[f32], depth: u32) -> TreeParts {
    quantised(&means_of(config, cells, depth), config.model.channels)
}

/// A tree for what another one leaves: the low half of it is zero, for cells that need no refinement.
pub(super) fn refinement(config: &FitConfig, cells: &[f32], depth: u32) -> TreeParts {
    let channels = config.model.channels;
    let means = means_of(config, cells, depth - 1);
    let mut whole = vec![0f32; (2 << depth) * channels];
    for node in 1usize..1 << depth {
        // The node n of the smaller tree is the one with a 1 more behind its highest bit.
        let level = node.ilog2();
        let place = node + (2 << level);
        let own = &means[node * channels..][..channels];
        whole[place * channels..][..channels].copy_from_slice(own);
    }
    quantised(&whole, channels)
}

/// The means of all nodes, `[2^(depth + 1), channels]`.
fn means_of(config: &FitConfig, cells: &[f32], depth: u32) -> Vec<f32> {
    let channels = config.model.channels;
    let mut means = vec![0f32; (2 << depth) * channels];
    let all: Vec<u32> = (0..(cells.len() / channels) as u32).collect();
    means[channels..2 * channels].copy_from_slice(&mean(cells, channels, &all));
    let mut members = vec![all];
    for level in 0..depth {
        let first = 1usize << level;
        let split: Vec<_> = members
            .into_par_iter()
            .enumerate()
            .map(|(at, members)| {
                let own = &means[(first + at) * channels..][..channels];
                halves(cells, channels, members, own, config.rounds)
            })
            .collect();
        members = Vec::with_capacity(2 * split.len());
        for (at, (centres, parts)) in split.into_iter().enumerate() {
            for ((centre, part), side) in centres.into_iter().zip(parts).zip(0..) {
                means[(2 * (first + at) + side) * channels..][..channels].copy_from_slice(&centre);
                members.push(part);
            }
        }
    }
    means
}

type Halves = ([Vec<f32>; 2], [Vec<u32>; 2]);

/// Two halves of the cells of a node, and their means.
fn halves(cells: &[f32], channels: usize, members: Vec<u32>, own: &[f32], rounds: usize) -> Halves {
    if members.len() < FEWEST {
        return ([own.to_vec(), own.to_vec()], [members, Vec::new()]);
    }
    let few: Vec<u32> = members
        .iter()
        .copied()
        .step_by(members.len().div_ceil(ENOUGH))
        .collect();
    let direction = principal(cells, channels, &few, own);
    let shifted = |sign: f32| {
        own.iter()
            .zip(&direction)
            .map(|(own, along)| own + sign * along)
            .collect()
    };
    let mut centres: [Vec<f32>; 2] = [shifted(-1.0), shifted(1.0)];
    for _ in 0..rounds {
        centres = moved(cells, channels, &few, centres).0;
    }
    let (centres, parts) = moved(cells, channels, &members, centres);
    (centres, parts)
}

/// Cells by the nearer centre, and the means of both parts.
fn moved(cells: &[f32], channels: usize, members: &[u32], centres: [Vec<f32>; 2]) -> Halves {
    let border: Vec<f32> = centres[1]
        .iter()
        .zip(&centres[0])
        .map(|(high, low)| high - low)
        .collect();
    let middle: f32 = border
        .iter()
        .zip(centres[0].iter().zip(&centres[1]))
        .map(|(border, (low, high))| border * (low + high) / 2.0)
        .sum();
    let is_high = |&member: &u32| {
        let cell = &cells[member as usize * channels..][..channels];
        cell.iter().zip(&border).map(|(a, b)| a * b).sum::<f32>() > middle
    };
    let (high, low): (Vec<u32>, Vec<u32>) = members.iter().copied().partition(is_high);
    let [old_low, old_high] = centres;
    let centre = |part: &[u32], old| {
        if part.is_empty() {
            old
        } else {
            mean(cells, channels, part)
        }
    };
    ([centre(&low, old_low), centre(&high, old_high)], [low, high])
}

fn mean(cells: &[f32], channels: usize, members: &[u32]) -> Vec<f32> {
    let mut sums = vec![0f64; channels];
    for &member in members {
        let cell = &cells[member as usize * channels..][..channels];
        sums.iter_mut()
            .zip(cell)
            .for_each(|(sum, value)| *sum += f64::from(*value));
    }
    sums.iter()
        .map(|sum| (sum / members.len().max(1) as f64) as f32)
        .collect()
}

/// The direction in which cells vary most, one standard deviation long.
fn principal(cells: &[f32], channels: usize, members: &[u32], own: &[f32]) -> Vec<f32> {
    let mut direction: Vec<f32> = (0..channels).map(|at| 1.0 / (1 + at) as f32).collect();
    let mut deviation = 1.0;
    for _ in 0..POWERS {
        let length = direction
            .iter()
            .map(|value| value * value)
            .sum::<f32>()
            .sqrt()
            .max(1e-12);
        direction.iter_mut().for_each(|value| *value /= length);
        let mut next = vec![0f32; channels];
        for &member in members {
            let cell = &cells[member as usize * channels..][..channels];
            let along: f32 = cell
                .iter()
                .zip(own)
                .zip(&direction)
                .map(|((cell, own), d)| (cell - own) * d)
                .sum();
            next.iter_mut()
                .zip(cell.iter().zip(own))
                .for_each(|(sum, (cell, own))| *sum += along * (cell - own));
        }
        let size = next.iter().map(|value| value * value).sum::<f32>().sqrt();
        deviation = (size / members.len().max(1) as f32).sqrt();
        direction = next;
    }
    let length = direction
        .iter()
        .map(|value| value * value)
        .sum::<f32>()
        .sqrt()
        .max(1e-12);
    direction.iter().map(|value| value / length * deviation).collect()
}

/// Values of 8 bits, each channel shifted as far as its largest value needs.
fn quantised(means: &[f32], channels: usize) -> TreeParts {
    let largest = |channel: usize| {
        let values = means.iter().skip(channel).step_by(channels);
        values.fold(0f32, |most, value| most.max(value.abs()))
    };
    let shift = |channel| {
        (0..4u8)
            .find(|shift| largest(channel) <= f32::from(127u8) * (1 << shift) as f32)
            .unwrap_or(4)
    };
    let shifts: Vec<u8> = (0..channels).map(shift).collect();
    let rounded = means.iter().zip(shifts.iter().cycle());
    let vectors = rounded.map(|(value, shift)| (value / (1 << shift) as f32).round().clamp(-127.0, 127.0) as i8);
    TreeParts {
        vectors: vectors.collect(),
        shifts,
    }
}
