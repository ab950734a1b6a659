//! Batches of clips: a fixed sequence, each batch a function of seed and step.

use super::{Clip, PackedClips};
use crate::Result;
use crate::rng::Rng;

/// A clip and the square of it that is coded; what is around it serves motion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipSample {
    /// The whole clip, mirrored at times.
    pub clip: Clip,
    /// Left and top of the square, multiples of 16.
    pub place: [usize; 2],
}

/// An endless iterator over batches: shuffled anew each epoch.
#[derive(Debug)]
pub struct ClipBatches {
    clips: PackedClips,
    batch: usize,
    side: usize,
    seed: u64,
    step: u64,
    epoch: Option<(u64, Vec<u32>)>,
}

impl PackedClips {
    /// Batches from a step on: `batch` clips each, of which squares of `side` pixels are coded.
    pub fn batches(&self, batch: usize, side: usize, seed: u64, step: u64) -> ClipBatches {
        ClipBatches {
            clips: self.clone(),
            batch,
            side: side.min(self.side()),
            seed,
            step,
            epoch: None,
        }
    }
}

impl ClipBatches {
    fn sample(&mut self, position: u64) -> Result<ClipSample> {
        let index = self.index(position);
        let mut rng = Rng::from_keys(&[self.seed, 3, position]);
        let play = ((self.clips.side() - self.side) / 16 + 1) as u64;
        let place = [0, 1].map(|_| 16 * rng.below(play) as usize);
        let clip = self.clips.clip(index as usize)?;
        let clip = if rng.coin() { clip.flipped() } else { clip };
        Ok(ClipSample { clip, place })
    }

    /// The clip at a position of the endless sequence of shuffled epochs.
    fn index(&mut self, position: u64) -> u32 {
        let count = self.clips.len() as u64;
        let epoch = position / count;
        if self.epoch.as_ref().is_none_or(|(known, _)| *known != epoch) {
            let mut rng = Rng::from_keys(&[self.seed, 2, epoch]);
            self.epoch = Some((epoch, rng.permutation(count as u32)));
        }
        let order = self.epoch.as_ref().map(|(_, order)| order.as_slice());
        order.unwrap_or_default()[(position % count) as usize]
    }
}

impl Iterator for ClipBatches {
    type Item = Result<Vec<ClipSample>>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.step.wrapping_mul(self.batch as u64);
        self.step += 1;
        Some(
            (0..self.batch as u64)
                .map(|slot| self.sample(first.wrapping_add(slot)))
                .collect(),
        )
    }
}
