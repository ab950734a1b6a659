//! The KLT of cells: the directions in which the bands of cells vary most.

use lmc_kernels::packet::{BANDS, bands_of, energies};

use super::algebra::{add_products, leading};
use super::{Crops, FitConfig};
use crate::Result;
use crate::codecs::vq::encode::cell_of;
use crate::codecs::vq::{CELL, CELL_BANDS};

/// An orthonormal basis of weighted bands, and the weights.
#[derive(Debug)]
pub(super) struct Basis {
    /// `[coefficients, 768]`
    vectors: Vec<f64>,
    /// The energy along each, and of all.
    energy: (Vec<f64>, f64),
    metric: Metric,
}

/// What errors of bands count: as errors of pixels, and less in colour than in luma.
#[derive(Debug)]
struct Metric {
    /// Square roots of the energies of bands.
    bands: Vec<f64>,
    chroma: f64,
}

impl Metric {
    /// Weighted bands of a cell; with `inverse` undone.
    fn apply(&self, cell: &[f64], inverse: bool) -> Vec<f64> {
        let chroma = if inverse { self.chroma.recip() } else { self.chroma };
        let mut out = Vec::with_capacity(cell.len());
        for (at, colours) in cell.as_chunks::<3>().0.iter().enumerate() {
            let weight = |colour: usize| {
                let weight = self.bands[(3 * at + colour) % BANDS];
                if inverse { weight.recip() } else { weight }
            };
            // Colours share the energies of their band, so both weights may come in any order.
            let luma = colours.iter().sum::<f64>() / 3.0;
            let mixed = colours.map(|value| chroma * value + (1.0 - chroma) * luma);
            out.extend((0..3).map(|colour| mixed[colour] * weight(colour)));
        }
        out
    }
}

impl Basis {
    pub(super) fn of(config: &FitConfig, crops: &dyn Crops) -> Result<Self> {
        let metric = Metric {
            bands: energies().iter().map(|energy| f64::from(*energy).sqrt()).collect(),
            chroma: config.chroma,
        };
        let side = crops.side();
        let cells = (side / CELL).pow(2);
        let step = (crops.count() * cells).div_ceil(config.moment_cells.max(1)).max(1);
        let mut sums = vec![0.0; CELL_BANDS * CELL_BANDS];
        let mut count = 0.0;
        for index in (0..crops.count()).step_by(step) {
            let bands = bands_of(&crops.crop(index)?, side, side);
            let rows: Vec<f32> = (0..cells)
                .flat_map(|at| {
                    let cell = cell_of(&bands, side / CELL, at).map(f64::from);
                    metric.apply(&cell, false)
                })
                .map(|value| value as f32)
                .collect();
            add_products(&mut sums, &rows, CELL_BANDS, &rows, CELL_BANDS);
            count += cells as f64;
        }
        sums.iter_mut().for_each(|sum| *sum /= count);
        let all = (0..CELL_BANDS).map(|at| sums[at * CELL_BANDS + at]).sum();
        let (vectors, energy) = leading(&sums, CELL_BANDS, config.model.coefficients);
        Ok(Self {
            vectors,
            energy: (energy, all),
            metric,
        })
    }

    /// The share of the energy that the coefficients have.
    pub(super) fn kept(&self) -> f64 {
        self.energy.0.iter().sum::<f64>() / self.energy.1
    }

    /// `[channels, 768]`: bands to the leading coefficients.
    pub(super) fn analysis(&self, channels: usize) -> Vec<f32> {
        let rows = self.vectors.chunks_exact(CELL_BANDS).take(channels);
        rows.flat_map(|row| self.metric.apply(row, false))
            .map(|value| value as f32)
            .collect()
    }

    /// `[coefficients, 768]`: what one unit of each coefficient is in bands.
    pub(super) fn inverse(&self) -> Vec<f64> {
        let rows = self.vectors.chunks_exact(CELL_BANDS);
        rows.flat_map(|row| self.metric.apply(row, true)).collect()
    }
}
