//! Antialiased reduction of a window of an RGB picture, separable, with the Catmull-Rom kernel.

/// A square window of a picture, in pixels of the picture; its corners may lie between pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) side: f64,
}

/// For each output sample the first input sample and the weights from there on, which sum to one.
struct Taps {
    first: Vec<usize>,
    weights: Vec<f32>,
    count: usize,
}

impl Taps {
    /// Taps that map `start..start + side` of `len` input samples onto `out` samples.
    fn new(start: f64, side: f64, len: usize, out: usize) -> Self {
        let step = side / out as f64;
        // Reducing widens the kernel, which is what suppresses aliases; at step 1 it interpolates.
        let width = step.max(1.0);
        let count = ((4.0 * width).ceil() as usize + 1).min(len);
        let mut taps = Self {
            first: Vec::with_capacity(out),
            weights: Vec::with_capacity(out * count),
            count,
        };
        for i in 0..out {
            let centre = start + (i as f64 + 0.5) * step - 0.5;
            let first = (centre - 2.0 * width).ceil().max(0.0) as usize;
            let first = first.min(len - count);
            let at = taps.weights.len();
            taps.weights
                .extend((first..first + count).map(|x| catmull_rom((x as f64 - centre) / width) as f32));
            let sum: f32 = taps.weights[at..].iter().sum();
            taps.weights[at..].iter_mut().for_each(|w| *w /= sum);
            taps.first.push(first);
        }
        taps
    }

    fn get(&self, i: usize) -> (usize, &[f32]) {
        let weights = &self.weights[i * self.count..(i + 1) * self.count];
        (self.first[i], weights)
    }
}

fn catmull_rom(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

/// Resamples `window` of `rgb` (interleaved, `width * height * 3`) to `size * size` pixels.
///
/// The window lies inside the picture and is not smaller than `size`.
pub(crate) fn resample(rgb: &[u8], width: usize, height: usize, window: Window, size: usize) -> Vec<u8> {
    let across = Taps::new(window.left, window.side, width, size);
    let down = Taps::new(window.top, window.side, height, size);
    let top = down.first[0];
    let bottom = down.first[size - 1] + down.count;
    let row_len = size * 3;
    let mut rows = vec![0f32; (bottom - top) * row_len];
    for (y, row) in rows.chunks_exact_mut(row_len).enumerate() {
        let source = &rgb[(top + y) * width * 3..(top + y + 1) * width * 3];
        for (x, out) in row.chunks_exact_mut(3).enumerate() {
            let (first, weights) = across.get(x);
            let mut sum = [0f32; 3];
            for (pixel, w) in source[first * 3..].chunks_exact(3).zip(weights) {
                for c in 0..3 {
                    sum[c] += f32::from(pixel[c]) * w;
                }
            }
            out.copy_from_slice(&sum);
        }
    }
    let mut out = Vec::with_capacity(size * row_len);
    let mut sums = vec![0f32; row_len];
    for y in 0..size {
        let (first, weights) = down.get(y);
        sums.fill(0.0);
        for (row, w) in rows[(first - top) * row_len..].chunks_exact(row_len).zip(weights) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value * w;
            }
        }
        // A cast from float to integer saturates, so overshoot ends at 0 and 255.
        out.extend(sums.iter().map(|sum| (sum + 0.5) as u8));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(side: usize) -> Window {
        Window {
            left: 0.0,
            top: 0.0,
            side: side as f64,
        }
    }

    #[test]
    fn same_size_copies() {
        let rgb: Vec<u8> = (0..16 * 16 * 3).map(|i| (i * 37 % 256) as u8).collect();
        assert_eq!(resample(&rgb, 16, 16, whole(16), 16), rgb);
    }

    #[test]
    fn flat_stays_flat_and_a_ramp_stays_a_ramp() {
        let flat = vec![77u8; 64 * 64 * 3];
        assert!(resample(&flat, 64, 64, whole(64), 37).iter().all(|&v| v == 77));
        let ramp: Vec<u8> = (0..64 * 64 * 3).map(|i| (i / 3 % 64 * 4) as u8).collect();
        let half = resample(&ramp, 64, 64, whole(64), 32);
        // The middle of two neighbours 4x and 4x + 4, away from the borders.
        for x in 4..28 {
            assert_eq!(half[(16 * 32 + x) * 3], (x * 8 + 2) as u8);
        }
    }

    #[test]
    fn reducing_suppresses_the_finest_pattern() {
        let stripes: Vec<u8> = (0..64 * 64 * 3).map(|i| if i / 3 % 2 == 0 { 0 } else { 255 }).collect();
        let half = resample(&stripes, 64, 64, whole(64), 32);
        let inner = (4..28).map(|x| half[(16 * 32 + x) * 3]);
        assert!(inner.into_iter().all(|v| (120..=135).contains(&v)));
    }

    #[test]
    fn a_window_between_pixels_stays_inside() {
        let rgb = vec![9u8; 20 * 30 * 3];
        let window = Window {
            left: 3.7,
            top: 13.9,
            side: 16.1,
        };
        assert_eq!(resample(&rgb, 20, 30, window, 16).len(), 16 * 16 * 3);
    }
}
