//! A filter as streams tell it.

use super::bits::{self, BitReader, BitWriter};
use super::features::{OF_CHANNEL, UNITS};
use super::{CODED_BITS, Filter, OFFSET_STEP, WEIGHT_STEPS, features_of};
use crate::media::image::Color;

/// The largest coefficient, in steps of its feature.
pub(super) const LARGEST: i32 = 1 << 12;
/// Exp-Golomb orders of a group of coefficients are less.
const ORDERS: u32 = 16;

/// Bytes of a segment besides its payload.
const SEGMENT: usize = 7;

/// A filter in whole steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodedFilter {
    pub(super) color: Color,
    /// Where differences are cut off, in quarters of 8-bit steps.
    pub(super) threshold: u8,
    /// In steps of [`step`](super::features::step): for each channel those of all features.
    pub(super) coefficients: Vec<i32>,
}

impl CodedFilter {
    /// The filter itself, unless it is so strong that its sums could leave 32 bits: no encoder writes such a one.
    pub(crate) fn filter(&self) -> Option<Filter> {
        let neighbours = self.color.channels() * OF_CHANNEL;
        let (mut weights, mut offsets) = (Vec::new(), Vec::new());
        for channel in self.coefficients.chunks(features_of(self.color)) {
            let (last, others) = channel.split_last()?;
            let steps = others.iter().enumerate();
            let steps = steps.map(|(at, value)| value * WEIGHT_STEPS[usize::from(at >= neighbours)]);
            let whole: Result<Vec<i16>, _> = steps.map(i16::try_from).collect();
            weights.push(whole.ok()?);
            offsets.push(last * OFFSET_STEP);
        }
        let most = most(self.threshold);
        let bits = CODED_BITS;
        Some(Filter {
            most,
            bits,
            weights,
            offsets,
        })
        .filter(Filter::is_sound)
    }

    /// The coefficients that are of neighbours, or those that are not.
    fn group(&self, neighbours: bool) -> impl Iterator<Item = i32> {
        let first = self.color.channels() * OF_CHANNEL;
        let channels = self.coefficients.chunks(features_of(self.color));
        let of_channel = move |channel: &[i32]| if neighbours { 0..first } else { first..channel.len() };
        channels.flat_map(move |channel| channel[of_channel(channel)].to_vec())
    }

    /// The Exp-Golomb orders of both groups, that of neighbours first.
    fn orders(&self) -> [u32; 2] {
        [true, false].map(|group| best_order(|| self.group(group)))
    }

    /// Tells the bits of a coefficient of a feature beside the others.
    pub(super) fn lengths(&self) -> impl Fn(usize, i32) -> u32 + use<> {
        let (orders, neighbours) = (self.orders(), self.color.channels() * OF_CHANNEL);
        move |feature, value| bits::length(value, orders[usize::from(feature >= neighbours)])
    }

    /// The payload of a segment: the threshold, the Exp-Golomb orders of both groups in a byte, then all coefficients, those of
    /// neighbours first.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let orders = self.orders();
        let mut out = BitWriter::new(vec![self.threshold, (orders[0] | orders[1] << 4) as u8]);
        for (group, order) in [true, false].into_iter().zip(orders) {
            self.group(group).for_each(|value| out.put(value, order));
        }
        out.finish()
    }

    /// The bytes that it takes in a stream.
    pub(crate) fn stream_bytes(&self) -> usize {
        self.to_bytes().len() + SEGMENT
    }

    /// Reads what [`CodedFilter::to_bytes`] wrote; the error says what is wrong with it.
    pub(crate) fn parse(bytes: &[u8], color: Color) -> Result<Self, &'static str> {
        let (&[threshold, orders], rest) = bytes.split_first_chunk().ok_or("it is cut short")?;
        let (features, neighbours) = (features_of(color), color.channels() * OF_CHANNEL);
        let mut from = BitReader::new(rest);
        let mut coefficients = vec![0; features * color.channels()];
        for (places, order) in [(0..neighbours, orders & 15), (neighbours..features, orders >> 4)] {
            for channel in coefficients.chunks_mut(features) {
                for value in &mut channel[places.clone()] {
                    *value = from.get(u32::from(order))?;
                    if value.abs() > LARGEST {
                        return Err("a coefficient is too large");
                    }
                }
            }
        }
        from.finish()?;
        Ok(Self {
            color,
            threshold,
            coefficients,
        })
    }
}

/// A threshold in units of features.
pub(super) fn most(threshold: u8) -> i16 {
    i16::from(threshold) * (UNITS / 4)
}

/// The order that makes the values shortest.
fn best_order<I: Iterator<Item = i32>>(values: impl Fn() -> I) -> u32 {
    let length = |order: &u32| values().map(|value| bits::length(value, *order)).sum::<u32>();
    (0..ORDERS).min_by_key(length).unwrap_or(0)
}
