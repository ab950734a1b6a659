//! Prediction of alpha samples and the adaptive models of what the prediction misses.

use lmc_entropy::Result;
use lmc_entropy::coder::adaptive::{AdaptiveBit, AdaptiveInteger};
use lmc_entropy::coder::{DecodeSymbols, EncodeSymbols};

use crate::media::image::Depth;

/// Levels of local activity.
const LEVELS: usize = 8;

/// The samples around the next one that are known already: west, north, north-west and north-east.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neighbours {
    w: i32,
    n: i32,
    nw: i32,
    ne: i32,
}

impl Neighbours {
    /// The neighbours of the sample behind `row`, the samples to its left; `above` is the whole row
    /// above, or empty. Outside the tile the nearest neighbour stands in, and above all opaque.
    #[inline]
    pub(super) fn of(row: &[u16], above: &[u16], depth: Depth) -> Self {
        let x = row.len();
        let west = row.last().copied();
        let north = above.get(x).copied();
        let w = west.or(north).unwrap_or(depth.max());
        let n = north.unwrap_or(w);
        let nw = x.checked_sub(1).and_then(|x| above.get(x)).copied().unwrap_or(n);
        let ne = above.get(x + 1).copied().unwrap_or(n);
        Self {
            w: w.into(),
            n: n.into(),
            nw: nw.into(),
            ne: ne.into(),
        }
    }

    /// The median edge detector of LOCO-I (Weinberger, Seroussi, Sapiro 2000): the median of w, n
    /// and w + n - nw. Always within the samples' range.
    #[inline]
    fn predicted(&self) -> i32 {
        let (low, high) = (self.w.min(self.n), self.w.max(self.n));
        (self.w + self.n - self.nw).clamp(low, high)
    }

    /// How much the neighbourhood changes, as one of [`LEVELS`]: 0 for not at all.
    #[inline]
    fn level(&self, depth: Depth) -> usize {
        let (Self { w, n, nw, ne }, shift) = (*self, depth.bits() - 8);
        match ((w - nw).abs() + (nw - n).abs() + (n - ne).abs()) as u32 {
            0 => 0,
            activity => (1 + (activity >> shift).max(1).ilog2() as usize).min(LEVELS - 1),
        }
    }
}

/// The models of the differences between samples and their prediction.
#[derive(Debug)]
pub(super) struct Residuals {
    depth: Depth,
    /// Whether the prediction misses; by activity, whether it missed before, and which neighbours
    /// agree.
    misses: [AdaptiveBit; LEVELS * 8],
    /// Whether the sample is under the prediction; by activity.
    under: [AdaptiveBit; LEVELS],
    /// By how much it misses, less one; by activity.
    size: Vec<AdaptiveInteger>,
}

impl Residuals {
    pub(super) fn new(depth: Depth) -> Self {
        Self {
            depth,
            misses: [AdaptiveBit::new(); LEVELS * 8],
            under: [AdaptiveBit::new(); LEVELS],
            size: vec![AdaptiveInteger::new(); LEVELS],
        }
    }

    /// Codes `sample`; `quiet` tells whether the prediction was right the last time, and so does
    /// what is returned.
    #[inline]
    pub(super) fn encode(
        &mut self,
        coder: &mut impl EncodeSymbols,
        near: &Neighbours,
        quiet: bool,
        sample: u16,
    ) -> Result<bool> {
        let level = near.level(self.depth);
        let residual = self.wrapped(i32::from(sample) - near.predicted());
        self.misses[context(level, near, quiet)].encode(coder, residual != 0)?;
        if residual == 0 {
            return Ok(true);
        }
        self.under[level].encode(coder, residual < 0)?;
        self.size[level].encode(coder, residual.unsigned_abs() - 1)?;
        Ok(false)
    }

    /// Decodes a sample; returns it and whether the prediction was right.
    #[inline]
    pub(super) fn decode(
        &mut self,
        coder: &mut impl DecodeSymbols,
        near: &Neighbours,
        quiet: bool,
    ) -> Result<(u16, bool)> {
        let (level, predicted) = (near.level(self.depth), near.predicted());
        if !self.misses[context(level, near, quiet)].decode(coder)? {
            return Ok((predicted as u16, true));
        }
        let under = self.under[level].decode(coder)?;
        let size = i64::from(self.size[level].decode(coder)?) + 1;
        let sample = i64::from(predicted) + if under { -size } else { size };
        // Two's complement of the depth: values out of range, from hostile bytes too, wrap
        // around.
        Ok((sample as u16 & self.depth.max(), false))
    }

    /// The residual modulo the number of sample values, around zero: a jump from 0 to 255 is a step
    /// of -1.
    #[inline]
    fn wrapped(&self, residual: i32) -> i32 {
        match self.depth {
            Depth::Eight => i32::from(residual as i8),
            Depth::Sixteen => i32::from(residual as i16),
        }
    }
}

#[inline]
fn context(level: usize, near: &Neighbours, quiet: bool) -> usize {
    level * 8 + usize::from(quiet) + 2 * usize::from(near.w == near.n) + 4 * usize::from(near.n == near.ne)
}
