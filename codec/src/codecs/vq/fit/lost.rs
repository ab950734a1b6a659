//! The energy that nodes lose, for their textures.

use lmc_entropy::index::{IndexPrior, Tree};
use lmc_kernels::packet::{bands_of, exact};
use rayon::prelude::*;

use super::decoder::{inputs_of, predicted};
use super::field::{Field, real};
use super::klt::Basis;
use super::{Crops, FitConfig};
use crate::Result;
use crate::codecs::vq::encode::cell_of;
use crate::codecs::vq::synthesis::{AROUND, SynthesisSpec};
use crate::codecs::vq::texture::{GROUPS, groups, level, place};
use crate::codecs::vq::{CELL, CELL_BANDS};

/// Cells that the energies are of, at most.
const CELLS: usize = 600_000;
/// Cells whose energies a leaf takes over from its parent, and that from its parent.
const BORROWED: f64 = 6.0;
/// Energy of a band that nobody sees.
const FAINTEST: f64 = 1e-7;
/// Crops that are under way at a time.
const BATCH: usize = 16;

type Energies = [f64; GROUPS];

/// Levels of texture of all nodes.
pub(super) fn textures(
    config: &FitConfig,
    crops: &dyn Crops,
    field: &Field,
    prior: &IndexPrior,
    basis: &Basis,
    synthesis: &SynthesisSpec,
) -> Result<Vec<u8>> {
    let inverse: Vec<f32> = basis.inverse().iter().map(|value| *value as f32).collect();
    let depth = config.model.depth as usize;
    let count = 2usize << depth;
    let (mut sums, mut counts) = (vec![[0f64; GROUPS]; count], vec![0f64; count]);
    let some: Vec<_> = field.some(CELLS).collect();
    for batch in some.chunks(BATCH) {
        let lost: Result<Vec<Vec<Energies>>> = batch
            .par_iter()
            .map(|(index, square)| {
                let x = inputs_of(config, field, prior, square, depth - 1);
                let layer = &synthesis.spread[depth - 1];
                let found = predicted(layer, &x, AROUND * field.channels, field.coefficients);
                let bands = bands_of(&crops.crop(*index)?, field.side * CELL, field.side * CELL);
                let cells = found.chunks_exact(field.coefficients).enumerate();
                Ok(cells
                    .map(|(at, found)| {
                        let mut cell = cell_of(&bands, field.side, at);
                        subtract(&mut cell, found, &inverse);
                        energies(&cell)
                    })
                    .collect())
            })
            .collect();
        for ((_, square), lost) in batch.iter().zip(lost?) {
            for (node, lost) in square.nodes[depth].iter().zip(lost) {
                let node = usize::from(*node);
                let logarithms = lost.map(|energy| (energy + FAINTEST).ln());
                sums[node]
                    .iter_mut()
                    .zip(logarithms)
                    .for_each(|(sum, value)| *sum += value);
                counts[node] += 1.0;
            }
        }
    }
    // Geometric means: a few rough cells among many smooth ones leave a node smooth.
    for (sums, count) in sums.iter_mut().zip(&counts).filter(|(_, count)| **count > 0.0) {
        *sums = sums.map(|sum| (sum / count).exp() * count);
    }
    if let Some(tree) = prior.tree(0) {
        upwards(tree, &inverse, &mut sums, &mut counts);
    }
    downwards(&mut sums, &counts);
    Ok(sums
        .iter()
        .flat_map(|energies| energies.map(|energy| level(energy.sqrt() * amplitude())))
        .collect())
}

fn amplitude() -> f64 {
    f64::from(1u32 << exact::BAND_BITS)
}

fn subtract(cell: &mut [f32; CELL_BANDS], found: &[f32], inverse: &[f32]) {
    for (value, row) in found.iter().zip(inverse.chunks_exact(CELL_BANDS)) {
        cell.iter_mut().zip(row).for_each(|(band, part)| *band -= value * part);
    }
}

/// The mean energy of luma in each group of bands.
fn energies(cell: &[f32]) -> Energies {
    let (mut sums, mut counts) = ([0.0; GROUPS], [0.0; GROUPS]);
    for (at, colours) in cell.as_chunks::<3>().0.iter().enumerate() {
        let [_, band] = place(at);
        if let Some(group) = groups()[band] {
            let luma = f64::from(colours.iter().sum::<f32>()) / 3.0;
            sums[group] += luma * luma;
            counts[group] += 1.0;
        }
    }
    std::array::from_fn(|group| sums[group] / f64::max(counts[group], 1.0))
}

/// Inner nodes lose what their children lose, and what tells these apart.
fn upwards(tree: &Tree, inverse: &[f32], sums: &mut [Energies], counts: &mut [f64]) {
    for node in (1..1usize << tree.depth()).rev() {
        for child in [2 * node, 2 * node + 1] {
            let own = tree.vector(node as u16).iter().zip(tree.vector(child as u16));
            let apart: Vec<f32> = own.map(|(a, b)| real(f32::from(*a - *b))).collect();
            let mut cell = [0.0; CELL_BANDS];
            if counts[child] > 0.0 {
                subtract(&mut cell, &apart, inverse);
            }
            let (between, count) = (energies(&cell), counts[child]);
            for group in 0..GROUPS {
                sums[node][group] += sums[child][group] + count * between[group];
            }
            counts[node] += count;
        }
    }
}

/// Means, those of nodes with few cells drawn to their parents'.
fn downwards(sums: &mut [Energies], counts: &[f64]) {
    for node in 1..sums.len() {
        let parent = sums[node / 2];
        let borrowed = if node > 1 { BORROWED } else { 0.0 };
        let weight = (counts[node] + borrowed).max(1e-9);
        for group in 0..GROUPS {
            sums[node][group] = (sums[node][group] + borrowed * parent[group]) / weight;
        }
    }
}
