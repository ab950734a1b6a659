//! What the filter sees of pixels: integers in 16ths of an 8-bit step.

use lmc_kernels::isa::Isa;

use crate::codecs::video::motion::Frame;
use crate::media::image::{Color, Image, Samples};

/// Rings of neighbours at like distances: beside a pixel, at its corners, the same two apart, and those between.
const RINGS: usize = 5;
/// Features of a channel: differences to the pixel in each ring, summed as they are, and cut off.
pub(super) const OF_CHANNEL: usize = 2 * RINGS;
/// Features of a pixel of three channels, more than of one. The last one, which is 1, stands for itself.
pub(super) const MOST: usize = 3 * (OF_CHANNEL + 1) + 1;
/// Pixels of a row whose features are found at a time, so that they stay in the fastest memory.
pub(super) const RUN: usize = 64;
/// Units of values in an 8-bit step.
pub(super) const UNITS: i16 = 16;
/// The largest value.
pub(super) const WHITE: i16 = 255 * UNITS;
/// The radius of the largest ring.
const RADIUS: usize = super::REACH as usize;
/// The value that stands for no colour at all.
const MIDDLE: i16 = 128 * UNITS;

/// A feature of a run of pixels. Sums of eight differences are at most 8 * 4080 = 32640.
pub(super) type Run = [i16; RUN];
/// Values of a run of pixels and those beyond its ends.
type Line = [i16; RUN + 2 * RADIUS];
/// Features of a run of pixels: rings of each channel, those of whole differences before those of cut ones; the colour; and one more,
/// which is constant and not written.
pub(super) type Features = [Run; MOST];

/// What a step of the coefficient of a feature is worth: of a neighbour, of a colour, and of the 1 at the end.
pub(super) fn step(feature: usize, color: Color) -> f32 {
    if feature < color.channels() * OF_CHANNEL {
        1.0 / 128.0
    } else if feature + 1 < super::features_of(color) {
        1.0 / 256.0
    } else {
        0.25
    }
}

/// Some rows of a picture and those around them as planes, their edges repeated.
pub(super) struct Band {
    width: usize,
    channels: usize,
    /// Values of a row of a channel: those of the picture and [`RADIUS`] more at both ends, filled up to whole runs.
    length: usize,
    values: Vec<i16>,
}

impl Band {
    /// The `rows` rows from `top` on, with [`RADIUS`] more above and below.
    pub(super) fn new(picture: &Image, top: usize, rows: usize) -> Self {
        let size = [picture.width() as usize, picture.height() as usize];
        let channels = picture.color().channels();
        Self::filled(size, channels, (top, rows), |y, planes| {
            let row = y * size[0] * channels..(y + 1) * size[0] * channels;
            match picture.samples() {
                Samples::U8(samples) => spread(&samples[row], channels, of_8_bits, planes),
                Samples::U16(samples) => spread(&samples[row], channels, of_16_bits, planes),
            }
        })
    }

    /// The same rows of a frame, whose samples are values.
    pub(super) fn of_frame(frame: &Frame, top: usize, rows: usize) -> Self {
        let size = [frame.width(), frame.height()];
        Self::filled(size, 3, (top, rows), |y, planes| {
            let length = planes.len() / 3;
            for (plane, to) in frame.planes().iter().zip(planes.chunks_exact_mut(length)) {
                let row = plane.data[y * size[0]..(y + 1) * size[0]].as_chunks::<1>().0;
                spread_pixels(row, |sample| sample, to);
            }
        })
    }

    /// Rows that `fill` makes as planes with both ends.
    fn filled(
        [width, height]: [usize; 2],
        channels: usize,
        (top, rows): (usize, usize),
        fill: impl Fn(usize, &mut [i16]),
    ) -> Self {
        let length = width.next_multiple_of(RUN) + 2 * RADIUS;
        let mut values = vec![0; (rows + 2 * RADIUS) * channels * length];
        Isa::best().run(
            #[inline(always)]
            || {
                for (y, planes) in (top..).zip(values.chunks_exact_mut(channels * length)) {
                    fill(y.saturating_sub(RADIUS).min(height - 1), planes);
                }
            },
        );
        Self {
            width,
            channels,
            length,
            values,
        }
    }

    /// The first columns of the runs of a row, and how many pixels each has.
    pub(super) fn runs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let width = self.width;
        (0..width).step_by(RUN).map(move |left| (left, RUN.min(width - left)))
    }

    /// The values of a run of a channel; beyond the picture they repeat.
    #[inline(always)]
    pub(super) fn values(&self, row: usize, left: usize, channel: usize) -> &Run {
        run_at(self.line(row + RADIUS, left, channel), RADIUS)
    }

    /// The values of a run of a channel and [`RADIUS`] more at both ends, where rows count from the outermost one.
    #[inline(always)]
    fn line(&self, row: usize, left: usize, channel: usize) -> &Line {
        const NOTHING: &Line = &[0; RUN + 2 * RADIUS];
        let at = (row * self.channels + channel) * self.length + left;
        self.values.get(at..).and_then(<[i16]>::first_chunk).unwrap_or(NOTHING)
    }

    /// Finds the features of a run of pixels. Differences are cut off at `most`.
    #[inline(always)]
    pub(super) fn features(&self, row: usize, left: usize, most: i16, out: &mut Features) {
        let (rings, colour) = out.split_at_mut(self.channels * OF_CHANNEL);
        for (channel, out) in rings.chunks_exact_mut(OF_CHANNEL).enumerate() {
            self.rings([row, left, channel], most, out);
        }
        let values: [&Run; 3] = std::array::from_fn(|channel| self.values(row, left, channel.min(self.channels - 1)));
        let [red, green, blue] = values;
        match &mut colour[..self.channels] {
            [grey] => *grey = std::array::from_fn(|x| green[x] - MIDDLE),
            [from_red, from_blue, from_green] => {
                *from_red = std::array::from_fn(|x| red[x] - green[x]);
                *from_blue = std::array::from_fn(|x| blue[x] - green[x]);
                *from_green = std::array::from_fn(|x| green[x] - MIDDLE);
            }
            _ => {}
        }
    }

    /// The sums of all rings of one channel.
    #[inline(always)]
    fn rings(&self, [row, left, channel]: [usize; 3], most: i16, out: &mut [Run]) {
        let lines: [&Line; 2 * RADIUS + 1] = std::array::from_fn(|line| self.line(row + line, left, channel));
        let near = |[line, column]: [usize; 2]| run_at(lines[line], column);
        let (middle, (whole, cut)) = (near([2, 2]), out.split_at_mut(RINGS));
        // Places are written out, so that they are constants to the loops.
        let mut set = |ring: usize, near: &[[&Run; 4]]| {
            set_differences(near, middle, most, [&mut whole[ring], &mut cut[ring]]);
        };
        set(0, &[[[1, 2], [3, 2], [2, 1], [2, 3]].map(near)]);
        set(1, &[[[1, 1], [1, 3], [3, 1], [3, 3]].map(near)]);
        set(2, &[[[0, 2], [4, 2], [2, 0], [2, 4]].map(near)]);
        set(3, &[[[0, 0], [0, 4], [4, 0], [4, 4]].map(near)]);
        let (upright, lying) = ([[0, 1], [0, 3], [4, 1], [4, 3]], [[1, 0], [1, 4], [3, 0], [3, 4]]);
        set(4, &[upright.map(near), lying.map(near)]);
    }
}

/// The values of a run with its ends from a column on.
#[inline(always)]
fn run_at(line: &Line, column: usize) -> &Run {
    const NOTHING: &Run = &[0; RUN];
    line.get(column..).and_then(<[i16]>::first_chunk).unwrap_or(NOTHING)
}

/// Sums of the differences of neighbours to the pixel between them, as they are and cut off at `most`.
#[inline(always)]
fn set_differences(near: &[[&Run; 4]], middle: &Run, most: i16, [whole, cut]: [&mut Run; 2]) {
    let (mut sums, mut cut_sums) = ([0i16; RUN], [0i16; RUN]);
    for line in near.as_flattened() {
        for x in 0..RUN {
            let difference = line[x] - middle[x];
            sums[x] += difference;
            cut_sums[x] += difference.min(most).max(-most);
        }
    }
    (*whole, *cut) = (sums, cut_sums);
}

/// The value of an 8-bit sample.
#[inline(always)]
fn of_8_bits(sample: u8) -> i16 {
    i16::from(sample) * UNITS
}

/// The value of a 16-bit sample, rounded.
#[inline(always)]
fn of_16_bits(sample: u16) -> i16 {
    ((u32::from(sample) * WHITE as u32 + 32_767) / 65_535) as i16
}

/// Planes of a row, one after the other, each filled up at both ends.
#[inline(always)]
fn spread<T: Copy>(row: &[T], channels: usize, value: impl Fn(T) -> i16, planes: &mut [i16]) {
    match channels {
        1 => spread_pixels::<1, T>(row.as_chunks().0, value, planes),
        _ => spread_pixels::<3, T>(row.as_chunks().0, value, planes),
    }
}

#[inline(always)]
fn spread_pixels<const CHANNELS: usize, T: Copy>(row: &[[T; CHANNELS]], value: impl Fn(T) -> i16, planes: &mut [i16]) {
    let length = planes.len() / CHANNELS;
    for (channel, plane) in planes.chunks_exact_mut(length).enumerate() {
        let (before, values) = plane.split_at_mut(RADIUS);
        let (values, behind) = values.split_at_mut(row.len());
        values
            .iter_mut()
            .zip(row)
            .for_each(|(to, pixel)| *to = value(pixel[channel]));
        before.fill(values.first().copied().unwrap_or(0));
        behind.fill(values.last().copied().unwrap_or(0));
    }
}
