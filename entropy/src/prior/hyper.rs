//! Coding of the hyper-latents, position by position: by the table of each channel, or with the context of positions before.

use super::steps::Grid;
use super::{HyperContext, LatentPrior, ObservedHyper, Part};
use crate::cost::cost;
use crate::error::Result;
use crate::table::CdfTable;
use lmc_kernels::net::{PointwiseSpec, Single};

/// Positions whose values tell of a position: rows and columns from it. All are coded before it.
const AROUND: [[isize; 2]; 4] = [[0, -1], [-1, 0], [-1, -1], [-1, 1]];
/// The input that says that there is nothing on a side.
const EDGE: i16 = 4;
/// Fractional bits of means.
const FRACTION_BITS: u32 = 4;

/// Inputs of the context network: values around, their magnitudes, and whether there is nothing to the left and above.
pub(super) fn inputs(channels: usize) -> usize {
    channels.saturating_mul(2 * AROUND.len()).saturating_add(2)
}

/// The inputs of the context of hyper-latents at a row and column: `8 Z + 2` whole numbers.
///
/// These are the values to the left, above, above left and above right, zeros where there are none, then their magnitudes, then 4 where
/// nothing is to the left, else 0, and the same of above.
///
/// # Shapes
///
/// `z` are hyper-latents, `[rows, width, channels]`; all rows above and what is to the left must be there, or count as nothing.
pub fn hyper_inputs(z: &[i16], at: [usize; 2], width: usize, channels: usize) -> Vec<i16> {
    let mut all = Vec::with_capacity(inputs(channels));
    for [down, right] in AROUND {
        let row = at[0].checked_add_signed(down);
        let column = at[1].checked_add_signed(right).filter(|column| *column < width);
        let from = row.zip(column).map(|(row, column)| (row * width + column) * channels);
        match from.and_then(|from| z.get(from..from + channels)) {
            Some(values) => all.extend(values.iter().map(|value| (*value).max(-i16::MAX))),
            None => all.resize(all.len() + channels, 0),
        }
    }
    all.extend_from_within(..);
    let magnitudes = AROUND.len() * channels;
    all[magnitudes..].iter_mut().for_each(|value| *value = value.abs());
    let edges = [at[1], at[0]].map(|place| if place == 0 { EDGE } else { 0 });
    all.extend(edges);
    all
}

/// What symbols are distances to: the whole number nearest to a mean. They count towards the side on which the mean lies, so that
/// tables need to know just how far it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    whole: i32,
    side: i32,
}

impl Near {
    const ZERO: Self = Self { whole: 0, side: 1 };

    /// What a mean with 4 fractional bits is near to, and how far it is in sixteenths, 0 to 8.
    fn of(mean: i16) -> (Self, usize) {
        let mean = i32::from(mean);
        let whole = (mean + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS;
        let rest = mean - (whole << FRACTION_BITS);
        let side = if rest < 0 { -1 } else { 1 };
        (Self { whole, side }, rest.unsigned_abs() as usize)
    }

    /// The symbol of a hyper-latent.
    pub(super) fn symbol(self, z: i16) -> i32 {
        (i32::from(z) - self.whole) * self.side
    }

    /// The hyper-latent of a symbol.
    pub(super) fn value(self, symbol: i32) -> i16 {
        let z = symbol.saturating_mul(self.side).saturating_add(self.whole);
        z.clamp(-32767, 32767) as i16
    }
}

/// A context of hyper-latents ready to run.
#[derive(Debug, Clone)]
pub(super) struct Context(Single);

impl Context {
    pub(super) fn new(spec: &PointwiseSpec) -> Result<Self> {
        Ok(Self(Single::new(spec)?))
    }

    /// Means and log-scales of the channels at a position.
    fn run(&self, z: &[i16], position: usize, width: usize, channels: usize) -> Result<Vec<i16>> {
        let at = [position / width, position % width];
        Ok(self.0.run(&hyper_inputs(z, at, width, channels))?)
    }
}

impl LatentPrior {
    /// Goes through the hyper-latents in coding order and collects them, zeros where they are left out. `code` is given the place of each, what its symbol counts
    /// from, and its table; it tells the hyper-latent.
    pub(super) fn hyper_latents(
        &self,
        grid: Grid<'_>,
        mut code: impl FnMut(usize, Near, &CdfTable) -> Result<i16>,
    ) -> Result<Vec<i16>> {
        let Some((context, spec)) = self.pz.as_ref().zip(self.spec.pz.as_ref()) else {
            return self.timed(Part::Coder, || {
                let elements = 0..grid.z_positions() * self.spec.z_channels;
                let tables = self.spec.z_tables.iter().cycle();
                elements
                    .zip(tables)
                    .map(|(at, table)| match grid.skips(at / self.spec.z_channels) {
                        true => Ok(0),
                        false => code(at, Near::ZERO, table),
                    })
                    .collect()
            });
        };
        let mut z = vec![0; grid.z_positions() * self.spec.z_channels];
        self.predict((context, spec), grid, &mut z, |z, at, predicted| {
            z[at] = code(at, predicted.near, predicted.table)?;
            Ok(())
        })?;
        Ok(z)
    }

    /// What the context says of hyper-latents, for building tables: an element for each, or none without a context.
    ///
    /// `z` are those of `height * width` positions of `y`, as in [`Latents`](super::Latents).
    ///
    /// # Errors
    ///
    /// Those of [`LatentPrior::compress`].
    pub fn observe_z(&self, z: &[i16], height: usize, width: usize) -> Result<Vec<ObservedHyper>> {
        let grid = self.grid(height, width, super::Coding::default().into())?;
        super::check_length("length of z", z.len(), grid.z_positions() * self.spec.z_channels)?;
        let Some((context, spec)) = self.pz.as_ref().zip(self.spec.pz.as_ref()) else {
            return Ok(Vec::new());
        };
        let mut seen = Vec::with_capacity(z.len());
        self.predict((context, spec), grid, &mut z.to_vec(), |z, at, predicted| {
            seen.push(ObservedHyper {
                scale: predicted.scale,
                fraction: predicted.fraction,
                symbol: predicted.near.symbol(z[at]).clamp(-32767, 32767) as i16,
            });
            Ok(())
        })?;
        Ok(seen)
    }

    /// What each hyper-latent costs, in 1/65536 bits: less by one, as it is, and more by one, while all others are as they are.
    ///
    /// `z` are those of `height * width` positions of `y`, as in [`Latents`](super::Latents).
    ///
    /// # Errors
    ///
    /// Those of [`LatentPrior::compress`].
    pub fn hyper_costs(&self, z: &[i16], height: usize, width: usize) -> Result<Vec<[u64; 3]>> {
        let grid = self.grid(height, width, super::Coding::default().into())?;
        super::check_length("length of z", z.len(), grid.z_positions() * self.spec.z_channels)?;
        let mut costs = Vec::with_capacity(z.len());
        self.hyper_latents(grid, |at, near, table| {
            let of = |value: i16| {
                let slot = table.slot(near.symbol(value));
                cost(slot.unwrap_or(table.escape()).size)
            };
            costs.push([-1, 0, 1].map(|step| of(z[at].saturating_add(step))));
            Ok(z[at])
        })?;
        Ok(costs)
    }

    /// Runs the context at each position; `each` decides an element, whose place it is told, by what is predicted.
    fn predict(
        &self,
        (context, spec): (&Context, &HyperContext),
        grid: Grid<'_>,
        z: &mut [i16],
        mut each: impl FnMut(&mut [i16], usize, Predicted<'_>) -> Result<()>,
    ) -> Result<()> {
        let ([_, width], channels) = (grid.z_size(), self.spec.z_channels);
        for position in (0..grid.z_positions()).filter(|position| !grid.skips(*position)) {
            let outputs = self.timed(Part::Networks, || context.run(z, position, width, channels))?;
            let (means, scales) = outputs.split_at(channels);
            self.timed(Part::Coder, || {
                let outputs = means.iter().zip(scales);
                (position * channels..)
                    .zip(outputs)
                    .try_for_each(|(at, (&mean, &scale))| {
                        let last = spec.tables.len().saturating_sub(1);
                        let scale = usize::from(self.spec.scale_index(scale)).min(last);
                        let (near, fraction) = Near::of(mean);
                        let predicted = Predicted {
                            near,
                            scale: scale as u8,
                            fraction: fraction as u8,
                            table: &spec.tables[scale][fraction],
                        };
                        each(z, at, predicted)
                    })
            })?;
        }
        Ok(())
    }
}

/// What the context says of a hyper-latent.
struct Predicted<'a> {
    near: Near,
    scale: u8,
    fraction: u8,
    table: &'a CdfTable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_lie_within_half_a_step_of_what_they_are_near_to() {
        for (mean, whole, side, sixteenths) in [
            (0, 0, 1, 0),
            (7, 0, 1, 7),
            (8, 1, -1, 8),
            (-8, 0, -1, 8),
            (-9, -1, 1, 7),
            (-16, -1, 1, 0),
            (25, 2, -1, 7),
        ] {
            let (near, fraction) = Near::of(mean);
            assert_eq!((near.whole, near.side, fraction), (whole, side, sixteenths), "{mean}");
        }
        for mean in i16::MIN..=i16::MAX {
            let (near, fraction) = Near::of(mean);
            assert!(fraction < super::super::FRACTIONS);
            assert_eq!(near.value(near.symbol(-300)), -300);
        }
        assert_eq!(Near::of(-20).0.value(i32::MIN), 32767);
    }

    #[test]
    fn inputs_are_what_is_around() {
        // Two rows of three positions of one channel.
        let z = [1, -2, 3, -4, i16::MIN, 6];
        assert_eq!(hyper_inputs(&z, [0, 0], 3, 1), [0, 0, 0, 0, 0, 0, 0, 0, 4, 4]);
        assert_eq!(hyper_inputs(&z, [0, 1], 3, 1), [1, 0, 0, 0, 1, 0, 0, 0, 0, 4]);
        assert_eq!(hyper_inputs(&z, [1, 0], 3, 1), [0, 1, 0, -2, 0, 1, 0, 2, 4, 0]);
        assert_eq!(hyper_inputs(&z, [1, 2], 3, 1), [-32767, 3, -2, 0, 32767, 3, 2, 0, 0, 0]);
    }
}
