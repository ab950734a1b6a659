//! From a trained model of predicted frames to a weights file.

use burn::tensor::Device;
use lmc_codec::codecs::video::{SIDE_FRACTION_BITS, VideoConfig, VideoFile, VideoParts};
use lmc_codec::codecs::wavelet::{Calibration, PredictedCrop, integer_synthesis_seeing};
use lmc_entropy::prior::{LatentPrior, Latents, SideNetwork, SideSpec};
use lmc_kernels::net::{Activations, LayerSpec};

use super::hyper::{HyperGrid, hyper_context};
use super::layers::{BlockBits, Fixed, block, plain};
use super::observe::Ranges;
use super::prior::build;
use super::tables::{initial, trellis_tables};
use super::write::{ExportReport, Seen, counted};
use crate::wavelet::packet::BANDS;
use crate::wavelet::{HYPER_BLOCK, HYPER_FRACTION_BITS, Params};
use crate::zoo::{Manifest, Tune, image_model};
use crate::{ModelError, Result};

/// Parameters that a weights file keeps as floating point.
const TRANSFORMS: [&str; 5] = ["g_a.", "g_s.", "h_a.", "gains.", "seen."];

/// What the prior of a frame sees and codes.
#[derive(Debug)]
pub(crate) struct ObservedFrame {
    pub(crate) latents: Latents,
    /// Bands of the prediction and side inputs, with [`SIDE_FRACTION_BITS`].
    pub(crate) bands: Activations,
    pub(crate) inputs: Activations,
}

/// Turns trained parameters into a weights file: transforms in floating point, synthesis, prior and side features as
/// integers, with steps taken from crops, and ranges and tables from frames; and the shipped model of images.
///
/// # Errors
/// [`ModelError::Weights`] if parameters are missing, [`ModelError::Prior`] if the integers break a contract,
/// [`ModelError::Parameter`] without frames.
pub(crate) fn export_video(
    manifest: &Manifest<VideoConfig>,
    params: &Params,
    ranges: &Ranges,
    (frames, crops): (Vec<ObservedFrame>, Vec<PredictedCrop>),
    device: &Device,
) -> Result<(Vec<u8>, ExportReport)> {
    if frames.is_empty() {
        return Err(ModelError::Parameter(
            "the export needs frames to count symbols in".into(),
        ));
    }
    let config = &manifest.config.image;
    let side = side_spec(&manifest.config, params, ranges)?;
    let plain = build(params, config, ranges, initial(config.hyper)?)?;
    let grids: Vec<HyperGrid> = frames.iter().map(|frame| grid(&frame.latents)).collect();
    let context = hyper_context(&plain, &grids, device)?;
    let network = match &side {
        Some(side) => Some(SideNetwork::new(side.clone(), &LatentPrior::new(plain)?)?),
        None => None,
    };
    let seen = frames.into_iter().map(|frame| -> Result<Seen> {
        let run = |network: &SideNetwork| network.run(frame.bands, &frame.inputs);
        Ok(Seen {
            side: network.as_ref().map(run).transpose()?,
            latents: frame.latents,
        })
    });
    let seen = seen.collect::<Result<Vec<_>>>()?;
    let (spec, report) = counted(config, &seen, &|tables| {
        let mut spec = build(params, config, ranges, tables)?;
        spec.pz = Some(context.clone());
        spec.trellis_tables = if config.trellis { trellis_tables()? } else { Vec::new() };
        Ok(spec)
    })?;
    let transforms = params
        .iter()
        .filter(|(name, _)| TRANSFORMS.iter().any(|part| name.starts_with(part)));
    let transforms: Params = transforms
        .map(|(name, tensor)| (name.clone(), tensor.clone()))
        .collect();
    let (synthesis, seen) = integer_synthesis_seeing(config, &transforms, crops, &Calibration::default())?;
    let parts = VideoParts {
        prior: &spec,
        side: side.as_ref(),
        synthesis: &synthesis,
        seen: &seen,
        image: image_model(Tune::Psnr).bytes,
    };
    Ok((VideoFile::serialize(manifest, &transforms, &parts)?, report))
}

fn grid(latents: &Latents) -> HyperGrid {
    let [height, width] = [latents.height, latents.width].map(|side| side.div_ceil(HYPER_BLOCK));
    let z = latents.z.clone();
    HyperGrid { height, width, z }
}

/// The network of side features in integers; none where the model has none.
fn side_spec(config: &VideoConfig, params: &Params, ranges: &Ranges) -> Result<Option<SideSpec>> {
    if !config.side_features {
        return Ok(None);
    }
    let fixed = |input, output, leaky| Fixed { input, output, leaky };
    let fine = ranges.bits(&["side.bands"])?.min(SIDE_FRACTION_BITS);
    let stream = ranges.bits(&["side.input", "side.block.x1", "side.block.x2"])?;
    let bits = |part: &str| ranges.bits(&[&format!("side.block.{part}")]);
    let inner = BlockBits {
        stream,
        a: bits("a")?,
        d: bits("d")?,
        f1: bits("f1")?,
    };
    let pointwise = |name: &str, fixed| plain(params, name, fixed).map(LayerSpec::Pointwise);
    Ok(Some(SideSpec {
        bands: BANDS,
        inputs: config.side_inputs(),
        input_shift: (SIDE_FRACTION_BITS - fine) as u8,
        first: vec![pointwise("side.bands", fixed(SIDE_FRACTION_BITS, fine, true))?],
        rest: vec![
            pointwise("side.input", fixed(fine, stream, false))?,
            LayerSpec::Block(Box::new(block(params, "side.block", inner)?)),
            pointwise("side.output", fixed(stream, HYPER_FRACTION_BITS, false))?,
        ],
    }))
}
