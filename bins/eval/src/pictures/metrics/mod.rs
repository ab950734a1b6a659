//! Metrics of pictures.

mod ms_ssim;
mod perceptual;
mod psnr;

pub use ms_ssim::{MS_SSIM_LEAST_SIDE, ms_ssim};
pub use perceptual::{PERCEPTUAL_LEAST_SIDE, butteraugli, ssimulacra2};
pub use psnr::{psnr_db, psnr_y_db};

use super::Rgb;
use crate::media::Meter;
use crate::metric::Metric;

/// All metrics of pictures, computed in this program.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meters;

impl Meter<Rgb> for Meters {
    fn version(&self, _: Metric) -> Option<String> {
        None
    }

    fn measure(&self, metric: Metric, original: &Rgb, decoded: &Rgb) -> Result<Option<f64>, String> {
        Ok(measure(metric, original, decoded))
    }
}

/// The value of a metric; nothing where the picture is too small for it, or both are the same and it has no bound.
/// Pictures of different sizes and metrics of sound have none either.
pub fn measure(metric: Metric, original: &Rgb, decoded: &Rgb) -> Option<f64> {
    if (original.width(), original.height()) != (decoded.width(), decoded.height()) {
        return None;
    }
    let value = match metric {
        Metric::Psnr => Some(psnr_db(original, decoded)),
        Metric::PsnrY => Some(psnr_y_db(original, decoded)),
        Metric::MsSsim => ms_ssim(original, decoded),
        Metric::Ssimulacra2 => ssimulacra2(original, decoded),
        Metric::Butteraugli => butteraugli(original, decoded),
        _ => None,
    };
    value.filter(|value| value.is_finite())
}
