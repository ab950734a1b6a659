//! The latents of a tile and their bytes.
//!
//! Grids are coded from the coarsest to the finest, each in the order of `column + 3 * row`, then of the row: what a
//! latent is predicted from lies in earlier such diagonals and in coarser grids, so all of a diagonal are computed at a
//! time.

use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols, RangeDecoder, RangeEncoder};
use lmc_entropy::laplace::{LaplaceTables, Placed, UNIT_SCALE};
use lmc_entropy::{EntropyError, Result};
use lmc_kernels::isa::Isa;

use super::dense::{LANES, Lanes};
use super::networks::{LATENT_BITS, Networks};
use super::shape::{MOST_FEATURES, MOST_WIDTH, NEIGHBOURS, Shape};

/// The largest magnitude of a latent.
pub(super) const LARGEST_LATENT: i32 = 127;
/// Diagonals that are kept, more than neighbours reach back.
const KEPT: usize = 16;
/// Rows above the first one, which hold zeros.
const ABOVE: usize = 3;

/// A grid of latents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plane {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) values: Vec<i16>,
}

impl Plane {
    /// A grid of zeros.
    pub(super) fn zeros([rows, columns]: [usize; 2]) -> Self {
        Self {
            rows,
            columns,
            values: vec![0; rows * columns],
        }
    }

    /// The latent at a position; 0 outside.
    fn at(&self, row: isize, column: isize) -> i16 {
        let (Ok(row), Ok(column)) = (usize::try_from(row), usize::try_from(column)) else {
            return 0;
        };
        if row >= self.rows || column >= self.columns {
            return 0;
        }
        self.values.get(row * self.columns + column).copied().unwrap_or(0)
    }
}

/// What writes or reads latents.
trait LatentIo {
    /// Codes a latent with its table: gives `value`, or what is read in its place.
    fn latent(&mut self, placed: &Placed<'_>, value: i32) -> Result<i32>;

    /// Codes whether a grid has latents other than zero.
    fn flag(&mut self, value: bool) -> Result<bool>;
}

struct Writing(RangeEncoder);

impl LatentIo for Writing {
    #[inline(always)]
    fn latent(&mut self, placed: &Placed<'_>, value: i32) -> Result<i32> {
        self.0.encode(placed.table, placed.symbol(value))?;
        Ok(value)
    }

    fn flag(&mut self, value: bool) -> Result<bool> {
        self.0.encode_bits(u32::from(value), 1)?;
        Ok(value)
    }
}

struct Reading<'a>(RangeDecoder<'a>);

impl LatentIo for Reading<'_> {
    #[inline(always)]
    fn latent(&mut self, placed: &Placed<'_>, _: i32) -> Result<i32> {
        let value = placed.value(self.0.decode(placed.table)?);
        match value.abs() <= LARGEST_LATENT {
            true => Ok(value),
            false => Err(EntropyError::Malformed("a latent is out of range")),
        }
    }

    fn flag(&mut self, _: bool) -> Result<bool> {
        Ok(self.0.decode_bits(1)? == 1)
    }
}

/// Codes the grids of a tile, the finest first in `planes`.
///
/// # Errors
/// [`EntropyError::Symbol`] for latents out of range.
pub(super) fn compress(planes: &mut [Plane], networks: &Networks, isa: Isa) -> Result<Vec<u8>> {
    let mut io = Writing(RangeEncoder::new());
    code(&mut io, planes, networks, isa)?;
    Ok(io.0.finish())
}

/// Reads the grids of a tile of `[rows, columns]` of pixels.
///
/// # Errors
/// [`EntropyError::Malformed`].
pub(super) fn decompress(bytes: &[u8], size: [usize; 2], networks: &Networks, isa: Isa) -> Result<Vec<Plane>> {
    let sizes = (0..networks.shape.grids).map(|grid| Shape::size(grid, size));
    let mut planes: Vec<Plane> = sizes.map(Plane::zeros).collect();
    let mut io = Reading(RangeDecoder::new(bytes)?);
    code(&mut io, &mut planes, networks, isa)?;
    io.0.finish()?;
    Ok(planes)
}

fn code(io: &mut impl LatentIo, planes: &mut [Plane], networks: &Networks, isa: Isa) -> Result<()> {
    for grid in (0..planes.len()).rev() {
        let (finer, coarser) = planes.split_at_mut(grid + 1);
        let Some(plane) = finer.last_mut() else { continue };
        if io.flag(plane.values.iter().any(|&value| value != 0))? {
            let level = networks.levels.get(grid).copied().unwrap_or(0);
            isa.run(
                #[inline(always)]
                || Grid::new(networks, coarser, level, plane.rows).code(io, plane),
            )?;
        }
    }
    Ok(())
}

/// The coding of one grid.
struct Grid<'a> {
    networks: &'a Networks,
    /// Coarser grids, the next one first.
    coarser: &'a [Plane],
    level: i32,
    /// The last diagonals, each with its latents by row.
    diagonals: Vec<i16>,
    stride: usize,
    inputs: Vec<Lanes>,
    layers: [[Lanes; MOST_WIDTH]; 2],
    /// Of positions whose inputs are all zero.
    quiet: [i32; 2],
}

impl<'a> Grid<'a> {
    #[inline(always)]
    fn new(networks: &'a Networks, coarser: &'a [Plane], level: i32, rows: usize) -> Self {
        let stride = rows + ABOVE;
        let mut grid = Self {
            networks,
            coarser,
            level,
            diagonals: vec![0; stride * KEPT],
            stride,
            inputs: vec![[0; LANES]; networks.shape.width + networks.shape.inputs()],
            layers: [[[0; LANES]; MOST_WIDTH]; 2],
            quiet: [0; 2],
        };
        let [means, scales] = grid.predict();
        grid.quiet = [means[0], scales[0]];
        grid
    }

    #[inline(always)]
    fn code(&mut self, io: &mut impl LatentIo, plane: &mut Plane) -> Result<()> {
        let (rows, columns) = (plane.rows, plane.columns);
        for diagonal in 0..columns + 3 * (rows - 1) {
            let own = (diagonal % KEPT) * self.stride;
            self.diagonals[own..own + self.stride].fill(0);
            let first = (diagonal + 1).saturating_sub(columns).div_ceil(3);
            let end = rows.min(diagonal / 3 + 1);
            for start in (first..end).step_by(LANES) {
                let count = LANES.min(end - start);
                self.code_lanes(io, plane, diagonal, start..start + count)?;
            }
        }
        Ok(())
    }

    /// Codes the latents of some rows of a diagonal.
    #[inline(always)]
    fn code_lanes(
        &mut self,
        io: &mut impl LatentIo,
        plane: &mut Plane,
        diagonal: usize,
        rows: std::ops::Range<usize>,
    ) -> Result<()> {
        let [means, scales] = match self.gather(diagonal, rows.clone()) {
            true => self.predict(),
            false => [[self.quiet[0]; LANES], [self.quiet[1]; LANES]],
        };
        let tables = LaplaceTables::shared();
        let own = (diagonal % KEPT) * self.stride + ABOVE;
        for ((row, mean), scale) in rows.zip(means).zip(scales) {
            let at = row * plane.columns + diagonal - 3 * row;
            let value = plane.values.get(at).copied().unwrap_or(0);
            let placed = tables.place(scale, mean)?;
            let value = io.latent(&placed, value.into())? as i16;
            self.diagonals[own + row] = value;
            if let Some(place) = plane.values.get_mut(at) {
                *place = value;
            }
        }
        Ok(())
    }

    /// Collects the inputs of some rows of a diagonal, behind the place of the hidden layer; whether any is not zero.
    #[inline(always)]
    fn gather(&mut self, diagonal: usize, rows: std::ops::Range<usize>) -> bool {
        let Shape {
            contexts,
            features,
            width,
            ..
        } = self.networks.shape;
        let mut any = 0;
        let places = NEIGHBOURS.iter().take(contexts);
        for ([dy, dx], input) in places.zip(&mut self.inputs[width..]) {
            let from = (KEPT as isize + diagonal as isize + dx + 3 * dy) as usize % KEPT * self.stride;
            let from = from + (ABOVE + rows.start).wrapping_add_signed(*dy);
            let known = &self.diagonals[from..from + rows.len()];
            for (input, &value) in input.iter_mut().zip(known) {
                any |= value;
                *input = i32::from(value) << LATENT_BITS;
            }
        }
        for (lane, row) in rows.enumerate() {
            let told = features_of(self.coarser, row, diagonal - 3 * row);
            for (input, value) in self.inputs[width + contexts..].iter_mut().zip(told).take(features) {
                any |= value;
                input[lane] = i32::from(value) << LATENT_BITS;
            }
        }
        any != 0
    }

    /// Means in sixteenths and scale indices of all lanes.
    #[inline(always)]
    fn predict(&mut self) -> [Lanes; 2] {
        let (networks, width) = (self.networks, self.networks.shape.width);
        let [one, two] = &mut self.layers;
        networks.first.run(&self.inputs[width..], &mut one[..width], true);
        networks.second.run(&one[..width], &mut two[..width], true);
        self.inputs[..width].copy_from_slice(&two[..width]);
        let mut out = [[0; LANES]; 2];
        networks.last.run(&self.inputs, &mut out, false);
        let [means, scales] = &mut out;
        for (mean, scale) in means.iter_mut().zip(scales) {
            *mean = (*mean + 4) >> 3;
            *scale = ((*scale + self.level + 8) >> 4) + UNIT_SCALE;
        }
        out
    }
}

/// What coarser grids, the next one first, tell of a latent: that of the next one at its place, its nearer neighbours
/// to the side and above or below, and that of the one after it.
#[inline(always)]
fn features_of(coarser: &[Plane], row: usize, column: usize) -> [i16; MOST_FEATURES] {
    let Some(next) = coarser.first() else {
        return [0; MOST_FEATURES];
    };
    let [y, x] = [row >> 1, column >> 1].map(|at| at as isize);
    let [side, beyond] = [column, row].map(|at| if at.is_multiple_of(2) { -1 } else { 1 });
    let after = coarser.get(1).map_or(0, |plane| plane.at(y >> 1, x >> 1));
    [next.at(y, x), next.at(y, x + side), next.at(y + beyond, x), after]
}
