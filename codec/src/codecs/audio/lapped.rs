//! The lapped transform: sound as coefficients of blocks that overlap their neighbours, and back.
//!
//! An MDCT with windows that change, taken apart: at each border between blocks the samples either side are turned against
//! each other (folded), as far as the overlap reaches; then each block has a DCT-IV. Both steps are orthonormal, so all
//! together is, whatever the lengths of blocks and overlaps, and going back is the same in reverse.
//!
//! ```text
//! ... x x x x | x x x x ...      border between two blocks
//!        \  \ | /  /
//!     v = w_r x - w_f x'   u = w_r x' + w_f x        w_r^2 + w_f^2 = 1
//! ```

use std::f64::consts::PI;

use lmc_entropy::audio::{CLASSES, FRAME};
use lmc_kernels::fft::Dct;
use lmc_kernels::functions::sin_cos;

/// Transforms and slopes of all classes.
#[derive(Debug, Clone)]
pub(super) struct Lapped {
    dcts: Vec<Dct>,
    /// For each class the upper half of a slope: `w_r` and `w_f` from the border outwards.
    slopes: Vec<Vec<[f32; 2]>>,
}

impl Lapped {
    pub(super) fn new() -> Self {
        Self {
            dcts: (0..CLASSES).map(|class| Dct::new(FRAME >> class)).collect(),
            slopes: (0..CLASSES).map(|class| slope(FRAME >> class)).collect(),
        }
    }

    /// Transforms a block of a class, either way.
    pub(super) fn transform(&self, class: usize, block: &mut [f32]) {
        self.dcts[class].run(block);
    }

    /// Half the length of an overlap: how far it reaches to either side.
    pub(super) fn reach(class: usize) -> usize {
        FRAME >> (class + 1)
    }

    /// Folds the samples around `border`.
    pub(super) fn fold(&self, class: usize, samples: &mut [f32], border: usize) {
        for (i, &[near, far]) in self.slopes[class].iter().enumerate() {
            let (before, behind) = (samples[border - 1 - i], samples[border + i]);
            samples[border + i] = near * behind + far * before;
            samples[border - 1 - i] = near * before - far * behind;
        }
    }

    /// Undoes [`Self::fold`].
    pub(super) fn unfold(&self, class: usize, samples: &mut [f32], border: usize) {
        for (i, &[near, far]) in self.slopes[class].iter().enumerate() {
            let (before, behind) = (samples[border - 1 - i], samples[border + i]);
            samples[border + i] = near * behind - far * before;
            samples[border - 1 - i] = near * before + far * behind;
        }
    }

    /// Undoes [`Self::fold`] where all samples on the other side are 0: `folded` goes from the border outwards.
    pub(super) fn unfold_edge<'a>(&self, class: usize, folded: impl Iterator<Item = &'a mut f32>) {
        for (sample, [near, _]) in folded.zip(&self.slopes[class]) {
            *sample /= near;
        }
    }
}

/// The power-complementary slope of Vorbis, from its middle up.
fn slope(len: usize) -> Vec<[f32; 2]> {
    let at = |i: usize| {
        let (sine, _) = sin_cos(PI / 2.0 * (i as f64 + 0.5) / len as f64);
        sin_cos(PI / 2.0 * sine * sine).0 as f32
    };
    (0..len / 2).map(|i| [at(len / 2 + i), at(len / 2 - 1 - i)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_all_lengths_give_the_samples_back() {
        let lapped = Lapped::new();
        let classes = [0, 1, 3, 4, 4, 2, 0, 0];
        let len: usize = classes.iter().map(|class| FRAME >> class).sum();
        let wave = |i: usize| (i as f32 * 0.37).sin() + ((i * 7919) % 101) as f32 / 50.0 - 1.0;
        let samples: Vec<f32> = (0..len).map(wave).collect();
        let mut work = samples.clone();
        let borders = || {
            classes.windows(2).scan(0, |at, pair| {
                *at += FRAME >> pair[0];
                Some((pair[0].max(pair[1]), *at))
            })
        };
        let blocks = |work: &mut [f32]| {
            let mut rest = work;
            for class in classes {
                let (block, others) = std::mem::take(&mut rest).split_at_mut(FRAME >> class);
                lapped.transform(class, block);
                rest = others;
            }
        };
        borders().for_each(|(class, at)| lapped.fold(class, &mut work, at));
        blocks(&mut work);
        let energy = |of: &[f32]| of.iter().map(|&x| f64::from(x * x)).sum::<f64>();
        assert!(
            (energy(&work) / energy(&samples) - 1.0).abs() < 1e-5,
            "it is orthonormal"
        );
        blocks(&mut work);
        borders().for_each(|(class, at)| lapped.unfold(class, &mut work, at));
        for (found, wanted) in work.iter().zip(&samples) {
            assert!((found - wanted).abs() < 1e-5);
        }
    }

    #[test]
    fn an_edge_to_silence_needs_no_neighbour() {
        let lapped = Lapped::new();
        let mut work: Vec<f32> = (0..256).map(|i| if i < 128 { 0.0 } else { i as f32 }).collect();
        lapped.fold(3, &mut work, 128);
        lapped.unfold_edge(3, work[128..].iter_mut());
        for (i, found) in work[128..].iter().enumerate() {
            assert!((found - (128 + i) as f32).abs() < 1e-3);
        }
    }
}
