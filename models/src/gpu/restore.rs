//! The restoration filter as a kernel; see `codecs::wavelet::restore` of the codec crate for what it computes.

use cubecl::prelude::*;
use lmc_codec::codecs::wavelet::Filter;
use lmc_codec::{Image, Samples};

use super::memory::{Buffer, Gpu};
use crate::Result;

/// Rows above and below a pixel on which it depends.
const REACH: usize = 2;
/// Samples that are on the device at a time, about: bounds its memory.
const SAMPLES: usize = 1 << 23;
/// Fractional bits of features, in 8-bit steps.
const FEATURE_BITS: u32 = 4;
/// The largest value of a pixel: 255 8-bit steps. No difference is larger.
const WHITE: i32 = 255 << FEATURE_BITS;
/// The value that stands for no colour at all.
const MIDDLE: i32 = 128 << FEATURE_BITS;
/// Rings of neighbours at like distances. Each has two features of a channel: the sum of the differences to the pixel
/// as they are, and cut off.
const RINGS: usize = 5;

/// The colours of an image after a filter.
///
/// # Errors
/// [`ModelError::Device`](crate::ModelError::Device) when the device fails.
pub(crate) fn restored(gpu: &Gpu, image: &Image, filter: &Filter) -> Result<Samples> {
    let job = Job::new(gpu, [image.width() as usize, image.height() as usize], filter);
    Ok(match image.samples() {
        Samples::U8(samples) => {
            let made = job.run(samples, false)?;
            Samples::U8(made.into_iter().map(|sample| sample as u8).collect())
        }
        Samples::U16(samples) => {
            let made = job.run(samples, true)?;
            Samples::U16(made.into_iter().map(|sample| sample as u16).collect())
        }
    })
}

/// A filter and the size of what it works on.
struct Job<'a> {
    gpu: &'a Gpu,
    size: [usize; 2],
    filter: &'a Filter,
    /// `[channels, features]`
    weights: Buffer,
    offsets: Buffer,
}

impl<'a> Job<'a> {
    fn new(gpu: &'a Gpu, size: [usize; 2], filter: &'a Filter) -> Self {
        Self {
            gpu,
            size,
            filter,
            weights: gpu.upload_short(&filter.weights().concat()),
            offsets: gpu.upload(filter.offsets()),
        }
    }

    /// All samples, filtered in bands of rows.
    fn run<T: Copy + Into<i32>>(&self, samples: &[T], deep: bool) -> Result<Vec<i32>> {
        let [width, height] = self.size;
        let stride = width * self.filter.weights().len();
        let rows = (SAMPLES / stride.max(1)).max(1);
        let mut made = Vec::with_capacity(samples.len());
        for top in (0..height).step_by(rows) {
            let bottom = (top + rows).min(height);
            let around = top.saturating_sub(REACH)..(bottom + REACH).min(height);
            let values: Vec<i32> = samples[around.start * stride..around.end * stride]
                .iter()
                .map(|sample| (*sample).into())
                .collect();
            let out = self.launch(&self.gpu.upload(&values), [top - around.start, bottom - top], deep);
            made.extend(self.gpu.read(out)?);
        }
        Ok(made)
    }

    /// Some rows of a band that is on the device.
    fn launch(&self, band: &Buffer, [first, rows]: [usize; 2], deep: bool) -> Buffer {
        let (channels, [width, _]) = (self.filter.weights().len(), self.size);
        let out = self.gpu.room(rows * width * channels);
        let (count, cube) = self.gpu.launch_of(rows * width);
        restore_kernel::launch(
            self.gpu.client(),
            count,
            cube,
            band.arg(),
            self.weights.arg(),
            self.offsets.arg(),
            out.arg(),
            width as i32,
            first as i32,
            i32::from(self.filter.threshold()),
            (FEATURE_BITS + self.filter.bits()) as i32,
            channels as i32,
            deep,
        );
        out
    }
}

/// The value of a sample of 8 or 16 bits.
#[cube]
fn value_of(sample: i32, #[comptime] deep: bool) -> i32 {
    if comptime!(deep) {
        (sample * WHITE + 32_767) / 65_535
    } else {
        sample * 16
    }
}

/// A channel of a pixel.
#[derive(CubeType, Clone, Copy)]
struct Place {
    row: i32,
    column: i32,
    channel: i32,
    width: i32,
}

/// The value at some rows and columns from a place. Beyond the image its edge goes on.
#[cube]
fn value_at(
    samples: &[i32],
    place: &Place,
    down: i32,
    right: i32,
    #[comptime] channels: i32,
    #[comptime] deep: bool,
) -> i32 {
    let last = samples.len() as i32 / (place.width * channels) - 1;
    let row = clamp(place.row + down, 0, last);
    let column = clamp(place.column + right, 0, place.width - 1);
    let at = (row * place.width + column) * channels + place.channel;
    value_of(samples[at as usize], deep)
}

/// Adds the difference of a neighbour to the sums of a ring: as it is, and cut off.
#[cube]
fn add(value: i32, middle: i32, most: i32, #[comptime] ring: usize, rings: &mut Array<i32>) {
    let difference = value - middle;
    rings[ring] += difference;
    rings[ring + RINGS] += clamp(difference, -most, most);
}

/// Adds the neighbours straight above, below and beside.
#[cube]
fn add_beside(
    samples: &[i32],
    place: &Place,
    most: i32,
    rings: &mut Array<i32>,
    #[comptime] by: i32,
    #[comptime] ring: usize,
    #[comptime] channels: i32,
    #[comptime] deep: bool,
) {
    let middle = value_at(samples, place, 0, 0, channels, deep);
    add(
        value_at(samples, place, -by, 0, channels, deep),
        middle,
        most,
        ring,
        rings,
    );
    add(
        value_at(samples, place, by, 0, channels, deep),
        middle,
        most,
        ring,
        rings,
    );
    add(
        value_at(samples, place, 0, -by, channels, deep),
        middle,
        most,
        ring,
        rings,
    );
    add(
        value_at(samples, place, 0, by, channels, deep),
        middle,
        most,
        ring,
        rings,
    );
}

/// Adds the neighbours at four corners.
#[cube]
fn add_corners(
    samples: &[i32],
    place: &Place,
    most: i32,
    rings: &mut Array<i32>,
    #[comptime] down: i32,
    #[comptime] right: i32,
    #[comptime] ring: usize,
    #[comptime] channels: i32,
    #[comptime] deep: bool,
) {
    let middle = value_at(samples, place, 0, 0, channels, deep);
    add(
        value_at(samples, place, -down, -right, channels, deep),
        middle,
        most,
        ring,
        rings,
    );
    add(
        value_at(samples, place, -down, right, channels, deep),
        middle,
        most,
        ring,
        rings,
    );
    add(
        value_at(samples, place, down, -right, channels, deep),
        middle,
        most,
        ring,
        rings,
    );
    add(
        value_at(samples, place, down, right, channels, deep),
        middle,
        most,
        ring,
        rings,
    );
}

/// A sample and what is added to it.
#[cube]
fn moved(sample: i32, sum: i32, bits: i32, #[comptime] deep: bool) -> i32 {
    let half = 1 << (bits - 1);
    if comptime!(deep) {
        // `(257 sum + half) >> bits` without 64-bit integers: what is beyond `bits` is multiplied for itself.
        let low = sum & ((1 << bits) - 1);
        clamp(sample + (sum >> bits) * 257 + ((low * 257 + half) >> bits), 0, 65_535)
    } else {
        clamp(sample + ((sum + half) >> bits), 0, 255)
    }
}

/// Each unit filters one pixel.
#[cube(launch)]
fn restore_kernel(
    samples: &[i32],
    weights: &[i32],
    offsets: &[i32],
    out: &mut [i32],
    width: i32,
    first: i32,
    most: i32,
    bits: i32,
    #[comptime] channels: i32,
    #[comptime] deep: bool,
) {
    let pixel = ABSOLUTE_POS as i32;
    if pixel * channels >= out.len() as i32 {
        terminate!();
    }
    let (row, column) = (first + pixel / width, pixel % width);
    let all = channels * (2 * RINGS as i32 + 1);
    let mut sums = Array::<i32>::new(3usize);
    for to in 0..channels {
        sums[to as usize] = offsets[to as usize];
    }
    let mut rings = Array::<i32>::new(2 * RINGS);
    for channel in 0..channels {
        let place = Place {
            row,
            column,
            channel,
            width,
        };
        #[unroll]
        for ring in 0..2 * RINGS {
            rings[ring] = 0i32;
        }
        add_beside(samples, &place, most, &mut rings, 1, 0usize, channels, deep);
        add_corners(samples, &place, most, &mut rings, 1, 1, 1usize, channels, deep);
        add_beside(samples, &place, most, &mut rings, 2, 2usize, channels, deep);
        add_corners(samples, &place, most, &mut rings, 2, 2, 3usize, channels, deep);
        add_corners(samples, &place, most, &mut rings, 2, 1, 4usize, channels, deep);
        add_corners(samples, &place, most, &mut rings, 1, 2, 4usize, channels, deep);
        for to in 0..channels {
            let row = to * all + channel * 2 * RINGS as i32;
            let mut sum = sums[to as usize];
            #[unroll]
            for ring in 0..2 * RINGS {
                sum += rings[ring] * weights[row as usize + ring];
            }
            sums[to as usize] = sum;
        }
    }
    let at = ((row * width + column) * channels) as usize;
    for to in 0..channels {
        // The colour of the pixel: differences to green, and that of green, or of gray, to the middle.
        let colours = ((to + 1) * all - channels) as usize;
        let mut sum = sums[to as usize];
        if comptime!(channels == 3) {
            let red = value_of(samples[at], deep);
            let green = value_of(samples[at + 1], deep);
            let blue = value_of(samples[at + 2], deep);
            sum += (red - green) * weights[colours] + (blue - green) * weights[colours + 1];
            sum += (green - MIDDLE) * weights[colours + 2];
        } else {
            sum += (value_of(samples[at], deep) - MIDDLE) * weights[colours];
        }
        let made = moved(samples[at + to as usize], sum, bits, deep);
        out[(pixel * channels + to) as usize] = made;
    }
}
