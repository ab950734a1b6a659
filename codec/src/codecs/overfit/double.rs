//! From grids of latents to planes of the size of the tile.

use rayon::prelude::*;

use super::dense::LARGEST;
use super::latents::Plane;
use super::networks::{Doubling, LATENT_BITS, Networks};
use lmc_kernels::isa::Isa;

/// The planes of all grids in the size of the first one, the coarsest first, with [`LATENT_BITS`] fractional bits.
pub(super) fn grown(planes: &[Plane], networks: &Networks, isa: Isa) -> Vec<Plane> {
    let mut stack: Vec<Plane> = Vec::with_capacity(planes.len());
    for (grid, plane) in planes.iter().enumerate().rev() {
        if let Some(doubling) = networks.doublings.get(grid) {
            let size = [plane.rows, plane.columns];
            stack = stack.par_iter().map(|coarse| doubling.run(coarse, size, isa)).collect();
        }
        let values = plane.values.iter().map(|value| value << LATENT_BITS).collect();
        stack.push(Plane {
            values,
            ..Plane::zeros([plane.rows, plane.columns])
        });
    }
    stack
}

impl Doubling {
    /// A plane of twice the size, cut to `[rows, columns]`: first down its columns, then along its rows. What lies
    /// outside is as the nearest sample inside.
    fn run(&self, coarse: &Plane, [rows, columns]: [usize; 2], isa: Isa) -> Plane {
        let mut fine = Plane::zeros([rows, columns]);
        let width = coarse.columns;
        isa.run(
            #[inline(always)]
            || {
                let mut tall = vec![0i16; width + 4];
                for (row, out) in fine.values.chunks_exact_mut(columns).enumerate() {
                    let lines = sources(row, coarse.rows).map(|line| &coarse.values[line * width..(line + 1) * width]);
                    for (x, tall) in tall[2..width + 2].iter_mut().enumerate() {
                        *tall = self.blend(lines.map(|line| line[x]));
                    }
                    let (first, last) = (tall[2], tall[width + 1]);
                    tall[..2].fill(first);
                    tall[width + 2..].fill(last);
                    self.widen(&tall, out);
                }
            },
        );
        fine
    }

    /// Doubles a row that is continued by two samples at each end.
    #[inline(always)]
    fn widen(&self, row: &[i16], out: &mut [i16]) {
        for (pair, near) in out.chunks_mut(2).zip(row.windows(5)) {
            let &[a, b, c, d, e] = near else { continue };
            let both = [self.blend([c, b, d, a]), self.blend([c, d, b, e])];
            pair.iter_mut().zip(both).for_each(|(out, value)| *out = value);
        }
    }

    #[inline(always)]
    fn blend(&self, samples: [i16; 4]) -> i16 {
        let products = self
            .taps
            .iter()
            .zip(samples)
            .map(|(&tap, sample)| tap.wrapping_mul(sample.into()));
        let sum = products.fold((1 << self.shift) >> 1, i32::wrapping_add);
        (sum >> self.shift).clamp(-LARGEST, LARGEST) as i16
    }
}

/// The lines that a line of twice as many is made of, in the order of the taps.
pub(super) fn sources(line: usize, lines: usize) -> [usize; 4] {
    let (at, step) = ((line / 2) as isize, if line.is_multiple_of(2) { -1 } else { 1 });
    [0, step, -step, 2 * step].map(|by| (at + by).clamp(0, lines as isize - 1) as usize)
}
