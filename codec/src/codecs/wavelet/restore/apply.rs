//! The decoder's side: the filter on a picture.
//!
//! The sums of features times weights are those of the integer networks with the parts exchanged: the features of 64
//! pixels stand where the weights of 64 outputs do, and the weights of a channel where the inputs of a position do.

use lmc_kernels::dots::{self, PANEL, PanelRow, Sink};
use lmc_kernels::isa::Isa;
use rayon::prelude::*;

use super::Filter;
use super::features::{Band, Features, MOST, RUN};
use crate::media::image::{Image, Samples};

/// Rows that are filtered at a time.
const ROWS: usize = 32;
/// Pairs of features, the last filled up with zeros.
const PAIRS: usize = MOST / 2;
/// Fractional bits of features, in 8-bit steps.
const FEATURE_BITS: u32 = 4;

const _: () = assert!(RUN == PANEL, "a run of pixels is a panel");

/// Filters the colours of a picture; alpha stays.
pub(crate) fn restore(picture: &mut Image, filter: &Filter) {
    restore_with(Isa::best(), picture, filter);
}

pub(super) fn restore_with(isa: Isa, picture: &mut Image, filter: &Filter) {
    let job = Job::new(isa, picture, filter);
    let bits = FEATURE_BITS + filter.bits;
    let samples = match picture.samples() {
        Samples::U8(from) => Samples::U8(job.filtered(from, |sample, sum| {
            let sum = (sum + (1 << (bits - 1))) >> bits;
            (i32::from(sample) + sum).clamp(0, 255) as u8
        })),
        Samples::U16(from) => Samples::U16(job.filtered(from, |sample, sum| {
            let sum = (i64::from(sum) * 257 + (1 << (bits - 1))) >> bits;
            (i64::from(sample) + sum).clamp(0, 65_535) as u16
        })),
    };
    picture.set_samples(samples);
}

/// A filter and what it works on.
struct Job<'a> {
    isa: Isa,
    picture: &'a Image,
    filter: &'a Filter,
    /// The weights of each channel, filled up to whole pairs.
    weights: Vec<i16>,
    /// Pairs of features of a channel.
    pairs: usize,
}

/// What is added to each channel of a run of pixels.
struct Sums<'a> {
    offsets: &'a [i32],
    sums: [[i32; RUN]; 3],
}

impl Sink for Sums<'_> {
    #[inline(always)]
    fn take(&mut self, channel: usize, sums: &[i32; PANEL]) {
        let (Some(to), Some(offset)) = (self.sums.get_mut(channel), self.offsets.get(channel)) else {
            return;
        };
        to.iter_mut().zip(sums).for_each(|(to, sum)| *to = sum + offset);
    }
}

impl<'a> Job<'a> {
    fn new(isa: Isa, picture: &'a Image, filter: &'a Filter) -> Self {
        let features = filter.weights.first().map_or(0, Vec::len);
        let pairs = features.div_ceil(2);
        let mut weights = Vec::with_capacity(2 * pairs * filter.weights.len());
        for channel in &filter.weights {
            weights.extend_from_slice(channel);
            weights.resize(weights.len().next_multiple_of(2 * pairs), 0);
        }
        Self {
            isa,
            picture,
            filter,
            weights,
            pairs,
        }
    }

    /// The samples of all rows: `convert` makes one of the sample before and what is added.
    fn filtered<T>(&self, from: &[T], convert: impl Fn(T, i32) -> T + Sync) -> Vec<T>
    where
        T: Copy + Default + Send + Sync,
    {
        let stride = self.picture.width() as usize * self.filter.weights.len();
        let mut out = from.to_vec();
        out.par_chunks_mut(ROWS * stride).enumerate().for_each(|(band, out)| {
            let source = Band::new(self.picture, band * ROWS, out.len() / stride);
            match self.filter.weights.len() {
                1 => self.rows::<1, T>(&source, &convert, out),
                _ => self.rows::<3, T>(&source, &convert, out),
            }
        });
        out
    }

    fn rows<const CHANNELS: usize, T: Copy>(&self, source: &Band, convert: &impl Fn(T, i32) -> T, out: &mut [T]) {
        let stride = self.picture.width() as usize * CHANNELS;
        let mut features: Features = [[0; RUN]; MOST];
        let mut panel = [[0; PANEL]; PAIRS];
        let mut sums = Sums {
            offsets: &self.filter.offsets,
            sums: [[0; RUN]; 3],
        };
        for (row, out) in out.chunks_exact_mut(stride).enumerate() {
            for (left, count) in source.runs() {
                self.isa.run(
                    #[inline(always)]
                    || {
                        source.features(row, left, self.filter.most, &mut features);
                        pair(&features, &mut panel[..self.pairs]);
                    },
                );
                dots::panel(self.isa, &panel[..self.pairs], &[0; PANEL], &self.weights, &mut sums);
                let pixels = out[left * CHANNELS..(left + count) * CHANNELS]
                    .as_chunks_mut::<CHANNELS>()
                    .0;
                self.isa.run(
                    #[inline(always)]
                    || {
                        for (x, pixel) in pixels.iter_mut().enumerate() {
                            for (channel, sample) in pixel.iter_mut().enumerate() {
                                *sample = convert(*sample, sums.sums[channel][x]);
                            }
                        }
                    },
                );
            }
        }
    }
}

/// Features side by side in the halves of words.
#[inline(always)]
fn pair(features: &Features, panel: &mut [PanelRow]) {
    for (row, [low, high]) in panel.iter_mut().zip(features.as_chunks().0) {
        for x in 0..RUN {
            row[x] = i32::from(low[x]) & 0xffff | i32::from(high[x]) << 16;
        }
    }
}
