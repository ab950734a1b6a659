//! Batches of crops for training: a fixed sequence, read ahead by background threads.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use crate::packed::PackedCrops;
use crate::rng::Rng;
use crate::{Error, Result};

/// How batches are made of packed crops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// Crops in a batch.
    pub batch: usize,
    /// Width and height of the part of each crop that is used, at a random place; `None` for the whole crop.
    pub size: Option<usize>,
    /// Whether crops are mirrored at random.
    pub flip: bool,
    /// What order, places and mirroring follow from.
    pub seed: u64,
    /// Background threads.
    pub workers: usize,
    /// Batches that each thread keeps ready.
    pub ahead: usize,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self {
            batch: 8,
            size: None,
            flip: true,
            seed: 0,
            workers: 2,
            ahead: 2,
        }
    }
}

/// Some crops, as training wants them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The step it belongs to.
    pub step: u64,
    /// Height of a crop in pixels.
    pub height: usize,
    /// Width of a crop in pixels.
    pub width: usize,
    /// Planar RGB in 0..=1, `[crop, colour, row, column]`.
    pub data: Vec<f32>,
    /// Index of each crop in the packed file.
    pub sources: Vec<u32>,
}

impl Batch {
    /// Number of crops.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether there are no crops.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }
}

/// An endless iterator over batches.
///
/// The batch of a step follows from `(options.seed, step)` and the file alone, however many threads make it. Threads
/// start at the first call of `next` and end when the iterator is dropped. After an error the iterator ends.
#[derive(Debug)]
pub struct Batches {
    crops: PackedCrops,
    options: BatchOptions,
    step: u64,
    /// One channel for each worker; worker `w` makes the steps that are `w` modulo the number of workers.
    workers: Vec<Receiver<Result<Batch>>>,
    failed: bool,
}

impl Batches {
    pub(crate) fn new(crops: PackedCrops, options: BatchOptions) -> Result<Self> {
        let size = options.size.unwrap_or(crops.size());
        if size == 0 || size > crops.size() {
            return Err(Error::parameter("size", size, "must be within the packed crops"));
        }
        if !(1..=4096).contains(&options.batch) {
            return Err(Error::parameter("batch", options.batch, "must be in 1..=4096"));
        }
        if !(1..=64).contains(&options.workers) {
            return Err(Error::parameter("workers", options.workers, "must be in 1..=64"));
        }
        Ok(Self {
            crops,
            options,
            step: 0,
            workers: Vec::new(),
            failed: false,
        })
    }

    /// The same sequence from `step` on, at no cost for the steps before.
    pub fn starting_at(self, step: u64) -> Self {
        Self {
            step,
            workers: Vec::new(),
            failed: false,
            ..self
        }
    }

    fn start(&mut self) -> Result<()> {
        let workers = self.options.workers as u64;
        for w in 0..workers {
            let (sender, receiver) = sync_channel(self.options.ahead);
            let mut maker = Maker::new(self.crops.clone(), self.options.clone());
            // Worker w takes the w-th residue, so the receivers can be indexed by step.
            let first = self.step + (w + workers - self.step % workers) % workers;
            let work = move || {
                let steps = (0..).map(|i| first + i * workers);
                for step in steps {
                    let batch = maker.make(step);
                    let failed = batch.is_err();
                    if sender.send(batch).is_err() || failed {
                        break;
                    }
                }
            };
            thread::Builder::new()
                .name(format!("crops-{w}"))
                .spawn(work)
                .map_err(|error| Error::Prefetch {
                    reason: error.to_string(),
                })?;
            self.workers.push(receiver);
        }
        Ok(())
    }

    fn receive(&mut self) -> Result<Batch> {
        if self.workers.is_empty() {
            self.start()?;
        }
        let worker = (self.step % self.workers.len() as u64) as usize;
        self.workers[worker].recv().map_err(|_| Error::Prefetch {
            reason: format!("the thread for step {} ended", self.step),
        })?
    }
}

impl Iterator for Batches {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let batch = self.receive();
        self.failed = batch.is_err();
        self.step += 1;
        Some(batch)
    }
}

/// Makes the batch of any step; keeps the order of the epoch it is in.
struct Maker {
    crops: PackedCrops,
    options: BatchOptions,
    epoch: Option<(u64, Vec<u32>)>,
    rgb: Vec<u8>,
}

impl Maker {
    fn new(crops: PackedCrops, options: BatchOptions) -> Self {
        Self {
            crops,
            options,
            epoch: None,
            rgb: Vec::new(),
        }
    }

    fn make(&mut self, step: u64) -> Result<Batch> {
        let size = self.options.size.unwrap_or(self.crops.size());
        let mut batch = Batch {
            step,
            height: size,
            width: size,
            data: Vec::with_capacity(self.options.batch * 3 * size * size),
            sources: Vec::with_capacity(self.options.batch),
        };
        for slot in 0..self.options.batch as u64 {
            let position = step.wrapping_mul(self.options.batch as u64) + slot;
            let index = self.index(position);
            self.crops.read(index as usize, &mut self.rgb)?;
            let mut rng = Rng::from_keys(&[self.options.seed, 1, position]);
            let play = (self.crops.size() - size + 1) as u64;
            let (left, top) = (rng.below(play) as usize, rng.below(play) as usize);
            let flip = self.options.flip && rng.coin();
            self.append(&mut batch.data, size, left, top, flip);
            batch.sources.push(index);
        }
        Ok(batch)
    }

    /// The crop at a position of the endless sequence of shuffled epochs.
    fn index(&mut self, position: u64) -> u32 {
        let count = self.crops.len() as u64;
        let epoch = position / count;
        if self.epoch.as_ref().is_none_or(|(e, _)| *e != epoch) {
            let mut rng = Rng::from_keys(&[self.options.seed, 0, epoch]);
            self.epoch = Some((epoch, rng.permutation(count as u32)));
        }
        let order = self.epoch.as_ref().map(|(_, order)| order.as_slice());
        order.unwrap_or_default()[(position % count) as usize]
    }

    /// Appends a window of the crop in `self.rgb` as planes.
    fn append(&self, data: &mut Vec<f32>, size: usize, left: usize, top: usize, flip: bool) {
        let stride = self.crops.size() * 3;
        for colour in 0..3 {
            for y in top..top + size {
                let start = y * stride + left * 3;
                let row = self.rgb[start..start + size * 3].iter();
                let row = row.skip(colour).step_by(3).map(|&v| f32::from(v) / 255.0);
                if flip {
                    data.extend(row.rev());
                } else {
                    data.extend(row);
                }
            }
        }
    }
}
