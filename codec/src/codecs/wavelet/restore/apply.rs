//! The decoder's side: the filter on a picture.
//!
//! The sums of features times weights are those of the integer networks with the parts exchanged: the features of 64
//! pixels stand where the weights of 64 outputs do, and the weights of a channel where the inputs of a position do.

use lmc_kernels::dots::{self, PANEL, PanelRow, Sink};
use lmc_kernels::isa::Isa;
use rayon::prelude::*;

use super::Filter;
use super::features::{Band, Features, MOST, RUN, WHITE};
use crate::Result;
use crate::codecs::video::motion::Frame;
use crate::media::image::{Image, Samples};

/// Rows that are filtered at a time.
const ROWS: usize = 32;
/// Pairs of features, the last filled up with zeros.
const PAIRS: usize = MOST / 2;
/// Fractional bits of features, in 8-bit steps.
const FEATURE_BITS: u32 = 4;

const _: () = assert!(RUN == PANEL, "a run of pixels is a panel");

/// The colours of a picture after a filter.
pub(crate) fn restored(picture: &Image, filter: &Filter) -> Samples {
    restored_with(Isa::best(), picture, filter)
}

/// Filters a frame, whose samples are 16ths of 8-bit steps.
pub(crate) fn restore_frame(frame: &Frame, filter: &Filter) -> Result<Frame> {
    let job = Job::new(Isa::best(), [frame.width(), frame.height()], filter);
    let rows = ROWS * frame.width();
    let mut planes = frame.planes().clone();
    let [red, green, blue] = planes.each_mut().map(|plane| plane.data.par_chunks_mut(rows));
    let bands = red.zip(green).zip(blue).enumerate();
    bands.for_each(|(band, ((red, green), blue))| {
        let source = Band::of_frame(frame, band * ROWS, red.len() / frame.width());
        job.planes(&source, [red, green, blue]);
    });
    Frame::new(planes)
}

pub(super) fn restored_with(isa: Isa, picture: &Image, filter: &Filter) -> Samples {
    let size = [picture.width() as usize, picture.height() as usize];
    let job = Job::new(isa, size, filter);
    let bits = FEATURE_BITS + filter.bits;
    match picture.samples() {
        Samples::U8(from) => Samples::U8(job.filtered(picture, from, |sample, sum| {
            let sum = (sum + (1 << (bits - 1))) >> bits;
            (i32::from(sample) + sum).clamp(0, 255) as u8
        })),
        Samples::U16(from) => Samples::U16(job.filtered(picture, from, |sample, sum| {
            let sum = (i64::from(sum) * 257 + (1 << (bits - 1))) >> bits;
            (i64::from(sample) + sum).clamp(0, 65_535) as u16
        })),
    }
}

/// A filter and what it works on.
struct Job<'a> {
    isa: Isa,
    width: usize,
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
    fn new(isa: Isa, [width, _]: [usize; 2], filter: &'a Filter) -> Self {
        let features = filter.weights.first().map_or(0, Vec::len);
        let pairs = features.div_ceil(2);
        let mut weights = Vec::with_capacity(2 * pairs * filter.weights.len());
        for channel in &filter.weights {
            weights.extend_from_slice(channel);
            weights.resize(weights.len().next_multiple_of(2 * pairs), 0);
        }
        Self {
            isa,
            width,
            filter,
            weights,
            pairs,
        }
    }

    /// The samples of all rows: `convert` makes one of the sample before and what is added.
    fn filtered<T>(&self, picture: &Image, from: &[T], convert: impl Fn(T, i32) -> T + Sync) -> Vec<T>
    where
        T: Copy + Default + Send + Sync,
    {
        let stride = self.width * self.filter.weights.len();
        let mut out = from.to_vec();
        out.par_chunks_mut(ROWS * stride).enumerate().for_each(|(band, out)| {
            let source = Band::new(picture, band * ROWS, out.len() / stride);
            match self.filter.weights.len() {
                1 => self.rows::<1, T>(&source, &convert, out),
                _ => self.rows::<3, T>(&source, &convert, out),
            }
        });
        out
    }

    fn rows<const CHANNELS: usize, T: Copy>(&self, source: &Band, convert: &impl Fn(T, i32) -> T, out: &mut [T]) {
        let stride = self.width * CHANNELS;
        self.sums(source, out.len() / stride, |row, left, count, sums| {
            let start = row * stride + left * CHANNELS;
            let pixels = out[start..start + count * CHANNELS].as_chunks_mut::<CHANNELS>().0;
            for (x, pixel) in pixels.iter_mut().enumerate() {
                for (channel, sample) in pixel.iter_mut().enumerate() {
                    *sample = convert(*sample, sums[channel][x]);
                }
            }
        });
    }

    /// Filters rows of the planes of a frame in place; `source` has them as they were.
    fn planes(&self, source: &Band, mut planes: [&mut [i16]; 3]) {
        let (width, bits) = (self.width, self.filter.bits);
        self.sums(source, planes[0].len() / width, |row, left, count, sums| {
            for (plane, sums) in planes.iter_mut().zip(sums) {
                let start = row * width + left;
                for (sample, sum) in plane[start..start + count].iter_mut().zip(sums) {
                    let sum = (sum + (1 << (bits - 1))) >> bits;
                    *sample = (i32::from(*sample) + sum).clamp(0, i32::from(WHITE)) as i16;
                }
            }
        });
    }

    /// Hands what is added to each run of pixels of some rows on: their row, their first column, and how many they are.
    fn sums(&self, source: &Band, rows: usize, mut put: impl FnMut(usize, usize, usize, &[[i32; RUN]; 3])) {
        let mut features: Features = [[0; RUN]; MOST];
        let mut panel = [[0; PANEL]; PAIRS];
        let mut sums = Sums {
            offsets: &self.filter.offsets,
            sums: [[0; RUN]; 3],
        };
        for (row, (left, count)) in (0..rows).flat_map(|row| source.runs().map(move |run| (row, run))) {
            self.isa.run(
                #[inline(always)]
                || {
                    source.features(row, left, self.filter.most, &mut features);
                    pair(&features, &mut panel[..self.pairs]);
                },
            );
            dots::panel(self.isa, &panel[..self.pairs], &[0; PANEL], &self.weights, &mut sums);
            self.isa.run(
                #[inline(always)]
                || put(row, left, count, &sums.sums),
            );
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
