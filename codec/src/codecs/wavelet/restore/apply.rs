//! The decoder's side: the filter on a picture.

use lmc_kernels::isa::Isa;
use rayon::prelude::*;

use super::Filter;
use super::features::{Band, Features, MOST, RUN, Run, to_8_bits};
use crate::media::image::{Depth, Image, Samples, to_u8, to_u16};

/// Rows that are filtered at a time.
const ROWS: usize = 32;

/// Filters the colours of a picture; alpha stays.
pub(crate) fn restore(picture: &mut Image, filter: &Filter) {
    let factor = to_8_bits(picture.depth()).recip();
    let samples = match picture.depth() {
        Depth::Eight => Samples::U8(filtered(picture, filter, to_u8)),
        Depth::Sixteen => Samples::U16(filtered(picture, filter, |value| to_u16(value * factor))),
    };
    picture.set_samples(samples);
}

/// Samples of all rows; `convert` cuts off what is out of range, as casts from floats do.
fn filtered<T: Copy + Default + Send>(picture: &Image, filter: &Filter, convert: impl Fn(f32) -> T + Sync) -> Vec<T> {
    let stride = picture.width() as usize * filter.weights.len();
    let mut out = vec![T::default(); picture.samples().len()];
    let isa = Isa::best();
    out.par_chunks_mut(ROWS * stride).enumerate().for_each(|(band, out)| {
        let job = Job {
            picture,
            filter,
            top: band * ROWS,
        };
        isa.run(
            #[inline(always)]
            || job.run(&convert, out),
        );
    });
    out
}

/// Some rows to filter.
struct Job<'a> {
    picture: &'a Image,
    filter: &'a Filter,
    top: usize,
}

impl Job<'_> {
    #[inline(always)]
    fn run<T: Copy + Default>(&self, convert: &impl Fn(f32) -> T, out: &mut [T]) {
        match self.filter.weights.len() {
            1 => self.rows::<1, T>(convert, out),
            _ => self.rows::<3, T>(convert, out),
        }
    }

    #[inline(always)]
    fn rows<const CHANNELS: usize, T: Copy + Default>(&self, convert: &impl Fn(f32) -> T, out: &mut [T]) {
        let stride = self.picture.width() as usize * CHANNELS;
        let source = Band::new(self.picture, self.top, out.len() / stride);
        let mut features: Features = [[0.0; RUN]; MOST];
        let mut made = [[T::default(); RUN]; CHANNELS];
        let mut pixels = [[T::default(); CHANNELS]; RUN];
        for (row, out) in out.chunks_exact_mut(stride).enumerate() {
            for (left, count) in source.runs() {
                source.features(row, left, self.filter.most, &mut features);
                for (channel, (made, weights)) in made.iter_mut().zip(&self.filter.weights).enumerate() {
                    let values = weighed(source.values(row, left, channel), &features, weights);
                    made.iter_mut()
                        .zip(values)
                        .for_each(|(sample, value)| *sample = convert(value));
                }
                for x in 0..RUN {
                    pixels[x] = std::array::from_fn(|channel| made[channel][x]);
                }
                out[left * CHANNELS..(left + count) * CHANNELS]
                    .copy_from_slice(&pixels.as_flattened()[..count * CHANNELS]);
            }
        }
    }
}

/// Values with all features in their weights added.
#[inline(always)]
fn weighed(values: &Run, features: &Features, weights: &[f32]) -> Run {
    let mut values = *values;
    for (feature, weight) in features.iter().zip(weights) {
        for x in 0..RUN {
            values[x] += weight * feature[x];
        }
    }
    values
}
