//! What devices encode: an image, a sound and a video that no file holds.

use crate::error::Result;
use crate::media::image::{Color, Image, Samples};
use crate::media::sound::{SampleFormat, Sound, SoundSpec};
use crate::media::video::{Ratio, VideoFormat, VideoFrame, VideoSource};

/// An image with gradients, edges and texture, 203 x 157 in 8-bit RGB: its sides are no multiples of anything.
pub(super) fn drawn() -> Result<Image> {
    let (width, height) = (203u32, 157u32);
    let mut samples = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let disc = (x as i32 - 120).pow(2) + (y as i32 - 70).pow(2) < 45 * 45;
            let texture = (x * y * 13 % 31) as u8;
            samples.push(if disc { 210 } else { (x * 200 / width) as u8 + texture });
            samples.push((y * 220 / height) as u8 + if disc { 30 } else { 0 });
            samples.push(if (x / 16 + y / 16) % 2 == 0 { 60 } else { 140 + texture });
        }
    }
    Image::new(width, height, Color::Rgb, Samples::U8(samples), None)
}

/// Two seconds of falling tones, in stereo at a rate that no codec works at.
pub(super) fn made_up() -> Result<Sound> {
    let spec = SoundSpec {
        rate: 44_100,
        channels: 2,
        format: SampleFormat::Int16,
    };
    let sample = |at: usize| {
        let (time, channel) = ((at / 2) as f32 / 44_100.0, (at % 2) as f32);
        let tone = (2000.0 * (1.0 - (-time * (1.0 + channel)).exp())).sin();
        spec.format.rounded(0.4 * tone * (8.0 * time).cos())
    };
    Sound::new(spec, (0..2 * 88_200).map(sample).collect())
}

/// A disc that crosses a texture, which moves the other way: five frames of 99x77 in 4:2:0.
pub(super) struct Film {
    format: VideoFormat,
    next: u64,
}

impl Film {
    pub(super) fn new() -> Self {
        let format = VideoFormat::new(99, 77, Ratio::new(25, 1));
        Self { format, next: 0 }
    }

    fn sample(&self, plane: usize, x: i32, y: i32) -> u16 {
        // Chroma in units of luma.
        let (at, step) = (self.next as i32, if plane == 0 { 1 } else { 2 });
        let (x, y) = (step * x, step * y);
        let disc = (x - 30 - 3 * at).pow(2) + (y - 40).pow(2) < 20 * 20;
        let moved = x + 2 * at;
        match (plane, disc) {
            (0, true) => 200,
            (0, false) => (60 + (moved * y % 37) + 40 * ((moved / 16 + y / 16) % 2)) as u16,
            (_, true) => 90 + 60 * (plane as u16 - 1),
            (_, false) => 120 + 8 * (plane as u16 - 1),
        }
    }
}

impl VideoSource for Film {
    fn format(&self) -> &VideoFormat {
        &self.format
    }

    fn read(&mut self) -> Result<Option<VideoFrame>> {
        if self.next == 5 {
            return Ok(None);
        }
        let planes = (0..3).map(|plane| {
            let [width, height] = self.format.plane_size(plane);
            let places = (0..height as i32).flat_map(|y| (0..width as i32).map(move |x| (x, y)));
            places.map(|(x, y)| self.sample(plane, x, y)).collect()
        });
        let frame = VideoFrame::new(&self.format, planes.collect(), self.next)?;
        self.next += 1;
        Ok(Some(frame))
    }
}
