//! Encoding to a size or a likeness instead of a quality.

use anyhow::Result;
use lmc_codec::{CodecError, Found, Image, ImageEncoder, Target, Watch};
use lmc_eval::metric::Metric;
use lmc_eval::pictures::{Rgb, metrics};

use crate::cli::TargetArgs;

/// How far a PSNR in dB may be from the wanted one.
const PSNR_TOLERANCE: f64 = 0.05;
/// The same for points of SSIMULACRA2.
const SSIMULACRA2_TOLERANCE: f64 = 0.5;

/// Encodes a picture to what was asked for; `None` where nothing but a quality was.
///
/// # Errors
/// Those of encoding, and a target out of reach.
pub(super) fn encode(
    encoder: &ImageEncoder,
    picture: &Image,
    args: &TargetArgs,
    watch: &mut dyn Watch,
) -> Result<Option<Found>> {
    let pixels = f64::from(picture.width()) * f64::from(picture.height());
    let bytes = match (args.target_size, args.target_bpp) {
        (Some(bytes), _) => Some(bytes),
        (None, Some(bpp)) => Some((bpp * pixels / 8.0).floor() as u64),
        (None, None) => None,
    };
    let likeness = |metric| move |a: &Image, b: &Image| measure(metric, a, b);
    let (psnr, ssimulacra2) = (likeness(Metric::Psnr), likeness(Metric::Ssimulacra2));
    let target = match (bytes, args.target_psnr, args.target_ssimulacra2) {
        (Some(bytes), ..) => Target::Bytes(bytes),
        (None, Some(value), _) => Target::Likeness {
            measure: &psnr,
            value,
            tolerance: PSNR_TOLERANCE,
            name: "a PSNR (dB) of",
        },
        (None, None, Some(value)) => Target::Likeness {
            measure: &ssimulacra2,
            value,
            tolerance: SSIMULACRA2_TOLERANCE,
            name: "an SSIMULACRA2 of",
        },
        (None, None, None) => return Ok(None),
    };
    Ok(Some(encoder.encode_to(picture, &target, watch)?))
}

/// A metric of two pictures as 8-bit RGB.
fn measure(metric: Metric, original: &Image, decoded: &Image) -> lmc_codec::Result<f64> {
    let rgb = |picture: &Image| Rgb::of(picture).map_err(|e| CodecError::Parameter(e.to_string()));
    let (original, decoded) = (rgb(original)?, rgb(decoded)?);
    if original.samples() == decoded.samples() {
        return Ok(f64::INFINITY);
    }
    metrics::measure(metric, &original, &decoded).ok_or_else(|| {
        CodecError::Parameter("the picture is too small for this measure: use --target-size or --quality".into())
    })
}
