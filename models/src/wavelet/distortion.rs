//! What errors of a picture count: the other half of what a model is trained for.

use std::sync::OnceLock;

use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;

use super::Distortion;
use super::packet::{self, BANDS, BLOCK};

/// Frequency, in 1/16 cycles per pixel, at which sensitivity has fallen to a half.
const CORNER: f32 = 1.4;
/// Activity, the mean square of the luma bands at a position without the lowest, from which on texture hides errors.
const BUSY: f32 = 0.001;
/// How fast it does.
const MASKING: f32 = 0.3;
/// Weight of chroma against luma.
const CHROMA: f32 = 0.5;
/// Brings the mean weight to where a lambda spends about as many bits as with the mean squared error.
const LEVEL: f32 = 5.0;

/// What makes errors of bands such that their squares count.
#[derive(Debug, Clone)]
pub(crate) struct ErrorWeights {
    /// From RGB to luma and chroma in every band, `[1, 1, 192, 192]`.
    colours: Option<Tensor<4>>,
    /// Roots of weights, `[batch or 1, height / 8 or 1, width / 8 or 1, 192]`.
    roots: Tensor<4>,
}

impl ErrorWeights {
    /// The same weights at a part of the positions only.
    ///
    /// # Shapes
    /// `mask`: `[1, height / 8, width / 8, 1]`, zeros and ones
    pub(crate) fn masked(self, mask: Tensor<4>) -> Self {
        Self {
            roots: self.roots * mask,
            ..self
        }
    }

    /// Errors whose sum of squares is the distortion, in units of squared samples of 0..1.
    ///
    /// # Shapes
    /// `difference` and the output: `[batch, height / 8, width / 8, 192]`
    pub(crate) fn apply(&self, difference: Tensor<4>) -> Tensor<4> {
        let difference = match &self.colours {
            Some(colours) => {
                let [batch, height, width, bands] = difference.dims();
                let rows = difference.reshape([1, 1, batch * height * width, bands]);
                rows.matmul(colours.clone()).reshape([batch, height, width, bands])
            }
            None => difference,
        };
        difference * self.roots.clone()
    }
}

/// What training and refinement add to a [`Distortion`].
pub(crate) trait Weigh {
    /// The weights of errors in pictures whose bands are `bands`.
    ///
    /// # Shapes
    /// `bands`: `[batch, height / 8, width / 8, 192]` of `size`
    fn weights(self, bands: &[f32], size: [usize; 3], device: &Device) -> ErrorWeights;
}

impl Weigh for Distortion {
    fn weights(self, bands: &[f32], [batch, height, width]: [usize; 3], device: &Device) -> ErrorWeights {
        let tensor = |data: Vec<f32>, shape: [usize; 4]| Tensor::from_data(TensorData::new(data, shape), device);
        match self {
            Self::Mse => ErrorWeights {
                colours: None,
                roots: tensor(packet::energies().to_vec(), [1, 1, 1, BANDS]).sqrt(),
            },
            Self::Perceptual => {
                let pictures = bands.par_chunks_exact(height * width * BANDS);
                let weights = pictures.flat_map_iter(|bands| masked_sensitivities(bands, height, width));
                ErrorWeights {
                    colours: Some(tensor(opponent_colours(), [1, 1, BANDS, BANDS])),
                    roots: tensor(weights.collect(), [batch, height, width, BANDS]).sqrt(),
                }
            }
        }
    }
}

/// The orthonormal matrix from the colours red, green, blue of each band to luma and two chroma, `[192, 192]`.
fn opponent_colours() -> Vec<f32> {
    const RGB: usize = 3;
    let (luma, red_blue, green) = (1.0 / 3f32.sqrt(), 1.0 / 2f32.sqrt(), 1.0 / 6f32.sqrt());
    let colours = [
        [luma, red_blue, -green],
        [luma, 0.0, 2.0 * green],
        [luma, -red_blue, -green],
    ];
    let mut matrix = vec![0.0; BANDS * BANDS];
    for band in (0..BANDS).step_by(RGB) {
        for (from, row) in colours.iter().enumerate() {
            matrix[(band + from) * BANDS + band..][..RGB].copy_from_slice(row);
        }
    }
    matrix
}

/// The weight of each band in luma and chroma where nothing hides its errors.
fn sensitivities() -> &'static [f32] {
    static SENSITIVITIES: OnceLock<Vec<f32>> = OnceLock::new();
    SENSITIVITIES.get_or_init(|| {
        let weight = |(band, energy): (usize, &f32)| {
            let colour = if band.is_multiple_of(3) { 1.0 } else { CHROMA };
            let [down, across] = packet::frequency(band).map(|index| index as f32);
            LEVEL * energy * colour / (1.0 + (down * down + across * across) / (CORNER * CORNER))
        };
        packet::energies().iter().enumerate().map(weight).collect()
    })
}

/// The weights of all bands of one picture, `[height, width, 192]`.
fn masked_sensitivities(bands: &[f32], height: usize, width: usize) -> Vec<f32> {
    let activities = activities(bands);
    let around = |row: usize, column: usize| {
        let rows = row.saturating_sub(1)..(row + 2).min(height);
        let (mut sum, mut weights) = (0.0, 0.0);
        for (i, j) in rows.flat_map(|i| (column.saturating_sub(1)..(column + 2).min(width)).map(move |j| (i, j))) {
            let weight = if i == row { 2.0 } else { 1.0 } * if j == column { 2.0 } else { 1.0 };
            sum += weight * activities[i * width + j];
            weights += weight;
        }
        sum / weights
    };
    (0..height * width)
        .flat_map(|at| {
            let visible = (1.0 + around(at / width, at % width) / BUSY).powf(-MASKING);
            sensitivities().iter().map(move |weight| weight * visible)
        })
        .collect()
}

/// The mean square of the luma bands at each position, the lowest left out.
fn activities(bands: &[f32]) -> Vec<f32> {
    let luma = |colours: &[f32]| colours.iter().sum::<f32>().powi(2) / 3.0;
    bands
        .chunks_exact(BANDS)
        .map(|row| row[3..].chunks_exact(3).map(luma).sum::<f32>() / (BLOCK * BLOCK) as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(distortion: Distortion, bands: &[f32], difference: &[f32], side: usize) -> f32 {
        let device = Device::default();
        let weights = distortion.weights(bands, [1, side, side], &device);
        let shape = [1, side, side, BANDS];
        let difference = Tensor::from_data(TensorData::new(difference.to_vec(), shape), &device);
        weights.apply(difference).powi_scalar(2).sum().into_scalar()
    }

    /// An error of one colour in one band at every position.
    fn error_in(band: usize, side: usize, colour: [f32; 3]) -> Vec<f32> {
        let mut difference = vec![0.0; side * side * BANDS];
        for row in difference.chunks_exact_mut(BANDS) {
            row[band..band + 3].copy_from_slice(&colour);
        }
        difference
    }

    #[test]
    fn what_is_hard_to_see_counts_less() {
        const SIDE: usize = 4;
        let flat = vec![0.0; SIDE * SIDE * BANDS];
        let busy: Vec<f32> = (0..flat.len()).map(|i| if i % 5 == 0 { 0.3 } else { 0.0 }).collect();
        let of =
            |bands: &[f32], band, colour| error(Distortion::Perceptual, bands, &error_in(band, SIDE, colour), SIDE);
        let (gray, green) = ([0.1; 3], [0.0, 0.1, 0.0]);
        let high = 3 * 21;
        assert_eq!(packet::frequency(high), [0, 5]);
        assert!(of(&flat, 0, gray) > 5.0 * of(&flat, high, gray));
        assert!(of(&flat, 0, gray) > 3.0 * of(&flat, 0, green));
        assert!(of(&flat, 0, gray) > 1.5 * of(&busy, 0, gray));
        let mse = |bands: &[f32]| error(Distortion::Mse, bands, &error_in(high, SIDE, gray), SIDE);
        assert_eq!(mse(&flat), mse(&busy));
    }

    #[test]
    fn colours_keep_lengths() {
        let matrix = opponent_colours();
        let row = |from: usize| &matrix[from * BANDS..(from + 1) * BANDS];
        let product = |a: usize, b: usize| row(a).iter().zip(row(b)).map(|(a, b)| a * b).sum::<f32>();
        for (a, b) in [(0, 0), (4, 4), (191, 191), (0, 1), (4, 5), (3, 5), (1, 4)] {
            let wanted = f32::from(u8::from(a == b));
            assert!((product(a, b) - wanted).abs() < 1e-6, "{a}, {b}");
        }
    }
}
