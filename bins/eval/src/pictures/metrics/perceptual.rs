//! SSIMULACRA2 and butteraugli, by the crates `fast-ssim2` and `butteraugli`.

use butteraugli::{ButteraugliParams, Img, RGB8};
use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};

use crate::pictures::Rgb;

/// The smallest side that both metrics are defined for.
pub const PERCEPTUAL_LEAST_SIDE: u32 = 8;

/// SSIMULACRA 2.1: 100 for equal pictures, below 0 for wrecks. Nothing for sides under [`PERCEPTUAL_LEAST_SIDE`]. Both
/// have the same size.
pub fn ssimulacra2(original: &Rgb, decoded: &Rgb) -> Option<f64> {
    if too_small(original) {
        return None;
    }
    let (width, height) = (original.width(), original.height());
    let stride = width as usize * 3;
    let slice = |samples| PixelSlice::new(samples, width, height, stride, PixelDescriptor::RGB8_SRGB).ok();
    compute_ssimulacra2(&slice(original.samples())?, &slice(decoded.samples())?).ok()
}

/// The 3-norm of the butteraugli distance at 80 nits: 0 for equal pictures. Nothing for sides under
/// [`PERCEPTUAL_LEAST_SIDE`]. Both have the same size.
pub fn butteraugli(original: &Rgb, decoded: &Rgb) -> Option<f64> {
    if too_small(original) {
        return None;
    }
    let image = |picture: &Rgb| {
        let pixels = picture.samples().chunks_exact(3).map(|p| RGB8::new(p[0], p[1], p[2]));
        Img::new(
            pixels.collect::<Vec<_>>(),
            picture.width() as usize,
            picture.height() as usize,
        )
    };
    let (a, b) = (image(original), image(decoded));
    let result = butteraugli::butteraugli(a.as_ref(), b.as_ref(), &ButteraugliParams::default());
    result.ok().map(|result| result.pnorm_3)
}

fn too_small(picture: &Rgb) -> bool {
    picture.width().min(picture.height()) < PERCEPTUAL_LEAST_SIDE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pictures_are_perfect_and_small_ones_have_no_value() {
        let picture = |side: u32| {
            let samples = (0..side * side * 3).map(|i| (i * 7 % 256) as u8).collect();
            Rgb::new(side, side, samples).unwrap()
        };
        let (large, small) = (picture(40), picture(7));
        assert_eq!(ssimulacra2(&large, &large), Some(100.0));
        assert!(butteraugli(&large, &large).is_some_and(|distance| distance < 1e-6));
        assert_eq!((ssimulacra2(&small, &small), butteraugli(&small, &small)), (None, None));
    }
}
