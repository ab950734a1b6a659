//! Peak signal-to-noise ratios.

use crate::pictures::Rgb;

/// Over all samples of red, green and blue, in dB; infinite for equal pictures. Both have the same size.
pub fn psnr_db(original: &Rgb, decoded: &Rgb) -> f64 {
    let pairs = original.samples().iter().zip(decoded.samples());
    let sum: u64 = pairs.map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2)).sum();
    db(sum as f64 / original.samples().len() as f64)
}

/// Over unrounded BT.601 luma of full range, in dB; infinite for equal pictures. Both have the same size.
pub fn psnr_y_db(original: &Rgb, decoded: &Rgb) -> f64 {
    let luma = |pixel: &[u8]| {
        let [r, g, b] = [0, 1, 2].map(|i| f64::from(pixel[i]));
        0.299 * r + 0.587 * g + 0.114 * b
    };
    let pixels = |picture: &'_ Rgb| picture.samples().chunks_exact(3).map(luma).collect::<Vec<f64>>();
    let (a, b) = (pixels(original), pixels(decoded));
    let sum: f64 = a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum();
    db(sum / a.len() as f64)
}

fn db(mean_squared_error: f64) -> f64 {
    10.0 * (255.0 * 255.0 / mean_squared_error).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_errors_give_known_ratios() {
        let flat = |value| Rgb::new(2, 2, vec![value; 12]).unwrap();
        let expected = 20.0 * (255f64 / 5.0).log10();
        assert!((psnr_db(&flat(100), &flat(105)) - expected).abs() < 1e-9);
        assert!((psnr_y_db(&flat(100), &flat(105)) - expected).abs() < 1e-9);
        assert_eq!(psnr_db(&flat(1), &flat(1)), f64::INFINITY);
        let red = Rgb::new(1, 1, vec![10, 0, 0]).unwrap();
        let black = Rgb::new(1, 1, vec![0; 3]).unwrap();
        assert!((psnr_y_db(&red, &black) - 20.0 * (255f64 / 2.99).log10()).abs() < 1e-9);
    }
}
