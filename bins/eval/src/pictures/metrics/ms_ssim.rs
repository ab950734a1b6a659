//! Multi-scale structural similarity: Wang, Simoncelli, Bovik, "Multi-scale structural similarity for image quality
//! assessment" (2003).

use crate::pictures::Rgb;

/// The smallest side: the window of 11 fits the coarsest of five scales.
pub const MS_SSIM_LEAST_SIDE: u32 = 11 << (SCALES - 1);

const SCALES: usize = 5;
const WEIGHTS: [f64; SCALES] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
const WINDOW: usize = 11;
const SIGMA: f64 = 1.5;
const C1: f32 = (0.01 * 255.0) * (0.01 * 255.0);
const C2: f32 = (0.03 * 255.0) * (0.03 * 255.0);
/// Taken from all samples, so that variances do not drown in the squares of means.
const CENTRE: f32 = 128.0;

/// The mean over red, green and blue, each with Gaussian windows that lie inside the picture; of halves between scales,
/// an odd last row or column is left out. 1 for equal pictures; nothing for sides under [`MS_SSIM_LEAST_SIDE`]. Both have
/// the same size.
pub fn ms_ssim(original: &Rgb, decoded: &Rgb) -> Option<f64> {
    if original.width().min(original.height()) < MS_SSIM_LEAST_SIDE {
        return None;
    }
    let channel = |c: usize| similarity(Plane::of(original, c), Plane::of(decoded, c));
    Some((0..3).map(channel).sum::<f64>() / 3.0)
}

fn similarity(mut a: Plane, mut b: Plane) -> f64 {
    let mut product = 1.0;
    for (scale, weight) in WEIGHTS.into_iter().enumerate() {
        let (full, contrast) = means(&a, &b);
        let last = scale == SCALES - 1;
        // A negative mean has no real power; the reference implementations take 0 for it too.
        product *= f64::max(if last { full } else { contrast }, 0.0).powf(weight);
        if !last {
            (a, b) = (a.halved(), b.halved());
        }
    }
    product
}

/// The means of the whole index and of its contrast-structure part.
fn means(a: &Plane, b: &Plane) -> (f64, f64) {
    let kernel = kernel();
    let filter = |plane: &Plane| plane.filtered(&kernel);
    let (mean_a, mean_b) = (filter(a), filter(b));
    let (aa, bb, ab) = (filter(&a.times(a)), filter(&b.times(b)), filter(&a.times(b)));
    let (mut full, mut contrast) = (0.0, 0.0);
    for i in 0..mean_a.data.len() {
        let (ma, mb) = (mean_a.data[i], mean_b.data[i]);
        let (var_a, var_b, cov) = (aa.data[i] - ma * ma, bb.data[i] - mb * mb, ab.data[i] - ma * mb);
        let (ma, mb) = (ma + CENTRE, mb + CENTRE);
        let cs = (2.0 * cov + C2) / (var_a + var_b + C2);
        let luminance = (2.0 * ma * mb + C1) / (ma * ma + mb * mb + C1);
        contrast += f64::from(cs);
        full += f64::from(cs * luminance);
    }
    let count = mean_a.data.len() as f64;
    (full / count, contrast / count)
}

fn kernel() -> [f32; WINDOW] {
    let centre = (WINDOW / 2) as f64;
    let weight = |i: usize| (-(i as f64 - centre).powi(2) / (2.0 * SIGMA * SIGMA)).exp();
    let sum: f64 = (0..WINDOW).map(weight).sum();
    std::array::from_fn(|i| (weight(i) / sum) as f32)
}

struct Plane {
    width: usize,
    height: usize,
    data: Vec<f32>,
}

impl Plane {
    fn of(picture: &Rgb, channel: usize) -> Self {
        let samples = picture.samples().iter().skip(channel).step_by(3);
        Self {
            width: picture.width() as usize,
            height: picture.height() as usize,
            data: samples.map(|&sample| f32::from(sample) - CENTRE).collect(),
        }
    }

    fn times(&self, other: &Self) -> Self {
        Self {
            data: self.data.iter().zip(&other.data).map(|(a, b)| a * b).collect(),
            ..*self
        }
    }

    /// Rows and columns through the kernel, where all of it lies inside.
    fn filtered(&self, kernel: &[f32; WINDOW]) -> Self {
        let (width, height) = (self.width + 1 - WINDOW, self.height + 1 - WINDOW);
        let mut rows = vec![0f32; width * self.height];
        for (out, row) in rows.chunks_exact_mut(width).zip(self.data.chunks_exact(self.width)) {
            for (i, weight) in kernel.iter().enumerate() {
                accumulate(out, &row[i..i + width], *weight);
            }
        }
        let mut data = vec![0f32; width * height];
        for (y, out) in data.chunks_exact_mut(width).enumerate() {
            for (i, weight) in kernel.iter().enumerate() {
                accumulate(out, &rows[(y + i) * width..][..width], *weight);
            }
        }
        Self { width, height, data }
    }

    /// Means of 2x2.
    fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let at = |x: usize, y: usize| self.data[y * self.width + x];
        let mean = |x: usize, y: usize| (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) * 0.25;
        let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self {
            width,
            height,
            data: data.map(|(x, y)| mean(2 * x, 2 * y)).collect(),
        }
    }
}

fn accumulate(out: &mut [f32], values: &[f32], weight: f32) {
    for (out, value) in out.iter_mut().zip(values) {
        *out += weight * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(width: u32, height: u32, seed: u32, strength: i32) -> Rgb {
        let mut state = seed;
        let mut sample = |i: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let wave = 128.0 + 90.0 * (f64::from(i) * 0.01).sin();
            (wave as i32 + (state >> 24) as i32 % strength.max(1)).clamp(0, 255) as u8
        };
        Rgb::new(width, height, (0..width * height * 3).map(&mut sample).collect()).unwrap()
    }

    #[test]
    fn equal_pictures_have_one_and_noise_costs() {
        let clean = noise(200, 180, 1, 1);
        assert!((ms_ssim(&clean, &clean).unwrap() - 1.0).abs() < 1e-9);
        let little = ms_ssim(&clean, &noise(200, 180, 2, 12)).unwrap();
        let much = ms_ssim(&clean, &noise(200, 180, 2, 90)).unwrap();
        assert!(1.0 > little && little > much && much > 0.0, "{little} {much}");
    }

    #[test]
    fn small_pictures_have_none() {
        assert_eq!(MS_SSIM_LEAST_SIDE, 176);
        let small = noise(175, 300, 1, 1);
        assert_eq!(ms_ssim(&small, &small), None);
        let odd = noise(177, 179, 1, 1);
        assert!(ms_ssim(&odd, &odd).is_some());
    }
}
