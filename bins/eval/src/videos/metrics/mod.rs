//! Metrics of videos: those of frames, averaged, and VMAF.

mod psnr;
mod vmaf;

pub use psnr::psnr_yuv_of_frames;

use psnr::{MOST_DB, mean_psnr};
use vmaf::Vmaf;

use super::Clip;
use crate::EvalError;
use crate::media::Meter;
use crate::metric::Metric;
use crate::pictures::Rgb;
use crate::pictures::metrics::{ms_ssim, psnr_db};

/// Metrics of videos, that of another program included where it was found.
#[derive(Debug, Default)]
pub struct Meters {
    vmaf: Option<Vmaf>,
}

impl Meters {
    /// Finds what computes these metrics, and says which cannot be had and why.
    pub fn open(metrics: &[Metric]) -> (Self, Vec<(Metric, EvalError)>) {
        let (mut meters, mut missing) = (Self::default(), Vec::new());
        if metrics.contains(&Metric::Vmaf) {
            match Vmaf::find() {
                Ok(vmaf) => meters.vmaf = Some(vmaf),
                Err(error) => missing.push((Metric::Vmaf, error)),
            }
        }
        (meters, missing)
    }
}

impl Meter<Clip> for Meters {
    fn version(&self, metric: Metric) -> Option<String> {
        let vmaf = self.vmaf.as_ref().filter(|_| metric == Metric::Vmaf)?;
        Some(vmaf.version().to_owned())
    }

    fn measure(&self, metric: Metric, original: &Clip, decoded: &Clip) -> Result<Option<f64>, String> {
        let value = match metric {
            Metric::PsnrYuv => mean(psnr_yuv_of_frames(original, decoded).into_iter().map(Some)),
            Metric::PsnrY => mean_psnr(original, decoded, 0),
            Metric::Psnr => of_frames(original, decoded, |a, b| Some(psnr_db(a, b).min(MOST_DB))),
            Metric::MsSsim => of_frames(original, decoded, ms_ssim),
            Metric::Vmaf => match &self.vmaf {
                Some(vmaf) => Some(vmaf.measure(original, decoded)?),
                None => return Err("there is no program for it".to_owned()),
            },
            _ => None,
        };
        Ok(value.filter(|value| value.is_finite()))
    }
}

/// The mean over frames of a metric of pictures.
fn of_frames(original: &Clip, decoded: &Clip, metric: impl Fn(&Rgb, &Rgb) -> Option<f64>) -> Option<f64> {
    let picture = |clip: &Clip, index: usize| super::stills::picture_of(clip, index);
    let value = |index| metric(&picture(original, index)?, &picture(decoded, index)?);
    mean((0..original.len()).map(value))
}

/// The mean where all are there.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let values: Vec<f64> = values.collect::<Option<_>>()?;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
