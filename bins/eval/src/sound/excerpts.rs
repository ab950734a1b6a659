//! Excerpts to look at and listen to: a spectrogram, and the sound itself.

use png::Compression;

use super::fft::{Fft, powers};
use super::{Sound, wav};
use crate::pictures::{Rgb, to_png};
use crate::views::{Exhibit, Show};

/// Length of an excerpt in seconds.
const SECONDS: f64 = 5.0;
/// Size of the picture.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 320;
/// Windows of the spectrogram in seconds.
const WINDOW: f64 = 0.04;
/// The quietest that is not black, in dB of a full-scale sine.
const FLOOR_DB: f64 = -100.0;
/// Colours from the quietest to the loudest.
const COLOURS: [[f64; 3]; 6] = [
    [0.0, 0.0, 0.0],
    [52.0, 18.0, 98.0],
    [142.0, 30.0, 112.0],
    [222.0, 73.0, 74.0],
    [252.0, 165.0, 64.0],
    [255.0, 252.0, 220.0],
];

impl Show for Sound {
    // Rates of most codecs of sound are asked for, so that the points that are there lie near enough.
    const MORE_ENCODINGS: usize = 0;

    /// Its first moment.
    type Place = usize;

    fn busiest(&self) -> usize {
        let length = length(self);
        let power = |start: usize| {
            let samples = self.excerpt(start, length);
            let squares = samples.samples().iter().map(|&sample| f64::from(sample).powi(2));
            squares.sum::<f64>()
        };
        let starts = (0..=self.frames().saturating_sub(length)).step_by(length.div_ceil(2).max(1));
        starts
            .fold((0, -1.0), |best, start| {
                let power = power(start);
                if power > best.1 { (start, power) } else { best }
            })
            .0
    }

    fn show(&self, start: usize) -> Option<Exhibit> {
        let excerpt = self.excerpt(start, length(self));
        let picture = spectrogram(&excerpt)?;
        Some(Exhibit {
            png: to_png(&picture, Compression::High).ok()?,
            wav: Some(wav::to_wav(&excerpt).ok()?),
        })
    }
}

/// Moments of an excerpt.
fn length(sound: &Sound) -> usize {
    (SECONDS * f64::from(sound.rate())) as usize
}

/// Levels of the mean of the channels: time to the right, 0 Hz to half of the rate upwards, both evenly.
fn spectrogram(sound: &Sound) -> Option<Rgb> {
    let samples = sound.mono();
    let size = (WINDOW * f64::from(sound.rate())) as usize;
    let fft = Fft::new(size.max(2 * HEIGHT as usize));
    let columns: Vec<Vec<f64>> = (0..WIDTH).map(|x| column(&samples, x, size, &fft)).collect();
    let colours = (0..HEIGHT).flat_map(|y| {
        let row = (HEIGHT - 1 - y) as usize;
        columns.iter().flat_map(move |column| colour(column[row]))
    });
    Rgb::new(WIDTH, HEIGHT, colours.collect()).ok()
}

/// Levels of a column from the lowest row to the highest, in dB.
fn column(samples: &[f64], x: u32, size: usize, fft: &Fft) -> Vec<f64> {
    let middle = (u64::from(2 * x + 1) * samples.len() as u64 / u64::from(2 * WIDTH)) as usize;
    let sample = |i: usize| {
        samples
            .get((middle + i).wrapping_sub(size / 2))
            .copied()
            .unwrap_or_default()
    };
    let hann = |i: usize| 0.5 - 0.5 * (std::f64::consts::TAU * (i as f64 + 0.5) / size as f64).cos();
    let powers = powers(fft, (0..size).map(|i| sample(i) * hann(i)));
    let full = (size as f64 / 4.0).powi(2);
    let edge = |row: u32| (u64::from(row) * (powers.len() as u64 - 1) / u64::from(HEIGHT)) as usize;
    let level = |row: u32| {
        let lines = &powers[edge(row)..=edge(row + 1)];
        10.0 * (lines.iter().copied().fold(0.0, f64::max) / full).log10()
    };
    (0..HEIGHT).map(level).collect()
}

fn colour(level_db: f64) -> [u8; 3] {
    let share = ((level_db - FLOOR_DB) / -FLOOR_DB).clamp(0.0, 1.0);
    let place = share * (COLOURS.len() - 1) as f64;
    let below = (place as usize).min(COLOURS.len() - 2);
    let rest = place - below as f64;
    let mixed = |i: usize| COLOURS[below][i] * (1.0 - rest) + COLOURS[below + 1][i] * rest;
    [0, 1, 2].map(|i| mixed(i).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_are_bright_where_they_lie() {
        let tone = |hertz: f64| {
            let sample = |i: usize| (20_000.0 * (i as f64 * hertz * std::f64::consts::TAU / 8000.0).sin()) as i16;
            Sound::new(8000, 1, (0..8000).map(sample).collect()).unwrap()
        };
        let picture = spectrogram(&tone(1000.0)).unwrap();
        let light = |y: u32| {
            picture
                .crop((WIDTH / 2, y), (1, 1))
                .samples()
                .iter()
                .map(|&s| u32::from(s))
                .sum::<u32>()
        };
        let brightest = (0..HEIGHT).max_by_key(|&y| light(y)).unwrap();
        assert!(brightest.abs_diff(HEIGHT * 3 / 4) <= 2, "{brightest}");
        assert!(light(10) < 200);
    }

    #[test]
    fn the_loudest_part_is_shown_and_short_sounds_whole() {
        let mut samples = vec![3; 80_000];
        samples[50_000..60_000].fill(3000);
        let sound = Sound::new(4000, 1, samples).unwrap();
        assert!((40_000..=50_000).contains(&sound.busiest()));
        let dot = Sound::new(8000, 2, vec![5, 6]).unwrap();
        assert_eq!(dot.busiest(), 0);
        let wav = dot.show(0).unwrap().wav.unwrap();
        assert_eq!(wav::parse(&wav).unwrap(), dot);
    }
}
