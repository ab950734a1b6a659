//! From a synthesis in floating point to one in integers: ranges of activations, then weights in their steps.
//!
//! The step of each activation is fixed here, from what it comes to on some pictures, with head room; larger values are
//! cut off. Steps are folded into weights, so decoders never see them.

mod floats;
mod layer;
mod observe;
mod patterns;
mod steps;

use lmc_kernels::layers::Rounding;
use lmc_kernels::net::shifted::{BlockSpec, LinearSpec};
use lmc_kernels::packet::exact::{self, BAND_BITS};
use lmc_kernels::packet::{BLOCK, FORWARD_BITS, FORWARD_LIMIT};

use super::gains::LogGains;
use super::integers::DECODED_BITS;
use super::synthesis::{GainSpec, SynthesisSpec};
use super::transforms::{Analysis, Pack};
use super::{HYPER_BLOCK, LATENT_BLOCK, Planes, WaveletConfig, layout};
use crate::quality::Quality;
use crate::weights::{Params, StoredTensor, StoredTensors, Type};
use crate::{CodecError, Result};
use floats::FloatSynthesis;
use layer::{convolution, linear};
use observe::Observed;
pub(in crate::codecs) use patterns::patterns;
use steps::Scale;

/// The layer from the bands of a prediction into the analysis.
const SEEN_BY_ANALYSIS: &str = "seen.analysis";
/// Qualities at which a crop is seen.
const QUALITIES: usize = 4;

/// How activations are laid out in 16 bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// How much larger an activation may be than the largest one that photographs gave.
    pub head_room: f64,
    /// The same for patterns of full contrast.
    pub pattern_room: f64,
    /// Channels that were nearly silent get at least this share of the range of the loudest.
    pub floor: f64,
    /// The largest magnitude of the inputs of the networks.
    pub input_limit: i16,
    /// That of what flows through the blocks.
    pub stream_limit: i16,
    /// That of what convolutions take.
    pub wide_limit: i16,
    /// That of what other layers inside blocks take.
    pub inner_limit: i16,
}

impl Default for Calibration {
    /// What lost least on the pictures that options are chosen on.
    fn default() -> Self {
        Self {
            head_room: 2.0,
            pattern_room: 1.1,
            floor: 1.0 / 8.0,
            input_limit: 16_383,
            stream_limit: 32_767,
            wide_limit: 32_767,
            inner_limit: 8_191,
        }
    }
}

/// The integer synthesis of trained parameters, of all of them or those of `layout::synthesis` and the analysis, with
/// steps from what the networks make of `crops`, whose sides are multiples of 64. It has no restoration filters.
///
/// # Errors
/// [`CodecError::Weights`] if parameters are missing, [`CodecError::Parameter`] without crops.
pub fn integer_synthesis(
    config: &WaveletConfig,
    params: &Params,
    crops: impl IntoIterator<Item = Planes>,
    calibration: &Calibration,
) -> Result<SynthesisSpec> {
    let tensors = stored(params);
    let synthesis = FloatSynthesis::new(&tensors, config, false)?;
    let examples = crops.into_iter().map(|crop| (crop, false));
    let examples = examples.chain(patterns().map(|crop| (crop, true)));
    let examples = examples.map(|(crop, is_extreme)| Example::of_image(&crop, is_extreme));
    let observed = observe(config, (&tensors, &synthesis), examples)?;
    converted(config, (&tensors, &synthesis), &observed, calibration)
}

/// A crop of a predicted frame as bands.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictedCrop {
    /// Rows and columns of its bands, both multiples of 8.
    pub size: [usize; 2],
    /// Bands of the frame, `[rows, columns, 192]`.
    pub bands: Vec<f32>,
    /// Those of its prediction.
    pub predicted: Vec<f32>,
}

/// The integer synthesis of a model of predicted frames, and the layer through which it sees the bands of predictions:
/// as [`integer_synthesis`], with steps from what the networks make of `crops`.
///
/// # Errors
/// As [`integer_synthesis`].
pub fn integer_synthesis_seeing(
    config: &WaveletConfig,
    params: &Params,
    crops: impl IntoIterator<Item = PredictedCrop>,
    calibration: &Calibration,
) -> Result<(SynthesisSpec, LinearSpec)> {
    let tensors = stored(params);
    let synthesis = FloatSynthesis::new(&tensors, config, true)?;
    let crops = crops.into_iter().map(|crop| Example::of_difference(crop, false));
    // Predictions of another picture, and of the same one.
    let other = patterns().zip(patterns().skip(1)).map(|(own, other)| [own, other]);
    let same = patterns().map(|own| [own.clone(), own]);
    let extremes = other.chain(same).map(|[own, predicted]| {
        let [bands, predicted] = [own, predicted].map(|planes| Example::bands_of(&planes));
        let size = [bands.0[0], bands.0[1]];
        let (bands, predicted) = (bands.1, predicted.1);
        Example::of_difference(PredictedCrop { size, bands, predicted }, true)
    });
    let observed = observe(config, (&tensors, &synthesis), crops.chain(extremes))?;
    let spec = converted(config, (&tensors, &synthesis), &observed, calibration)?;
    let steps = vec![(-f64::from(FORWARD_BITS)).exp2(); lmc_kernels::packet::BANDS];
    let predicted = Scale::seen(steps, FORWARD_LIMIT, &observed, "predicted")?;
    let mut stream = observed.scale("stream", calibration.stream_limit, calibration)?;
    let seen = synthesis.seen.as_ref();
    let seen = seen.ok_or_else(|| CodecError::Internal("the synthesis sees no prediction".into()))?;
    Ok((spec, linear(seen, &predicted, &mut stream, false)))
}

/// What a synthesis that sees bands is shown by itself.
#[derive(Debug, Clone)]
pub(in crate::codecs) struct SeenInputs {
    /// Rows and columns of its inputs.
    pub(in crate::codecs) size: [usize; 2],
    /// `[rows, columns, M]`
    pub(in crate::codecs) inputs: Vec<f32>,
    /// `[2 rows, 2 columns, 192]`
    pub(in crate::codecs) bands: Vec<f32>,
    /// Whether it is as extreme as pictures get.
    pub(in crate::codecs) is_extreme: bool,
}

/// The integer synthesis of a network without an analysis, and the layer through which it sees bands of the steps of
/// decoded ones, with steps from what the networks make of examples.
///
/// # Errors
/// As [`integer_synthesis`].
pub(in crate::codecs) fn integer_synthesis_of(
    config: &WaveletConfig,
    params: &Params,
    examples: impl IntoIterator<Item = Result<SeenInputs>>,
    calibration: &Calibration,
) -> Result<(SynthesisSpec, LinearSpec)> {
    let tensors = stored(params);
    let synthesis = FloatSynthesis::new(&tensors, config, true)?;
    let mut observed = Observed::default();
    for example in examples {
        let example = example?;
        let see: floats::See<'_> = &mut |name, map| observed.see(name, map, config, example.is_extreme);
        synthesis.run(&example.inputs, Some(&example.bands), example.size, see);
    }
    let spec = converted(config, (&tensors, &synthesis), &observed, calibration)?;
    let predicted = Scale::seen(band_steps(), i16::MAX, &observed, "predicted")?;
    let mut stream = observed.scale("stream", calibration.stream_limit, calibration)?;
    let seen = synthesis.seen.as_ref();
    let seen = seen.ok_or_else(|| CodecError::Internal("the synthesis sees no bands".into()))?;
    Ok((spec, linear(seen, &predicted, &mut stream, false)))
}

/// The steps of decoded bands.
fn band_steps() -> Vec<f64> {
    let step = |band| (-f64::from(BAND_BITS)).exp2() / exact::unscaled(band);
    (0..lmc_kernels::packet::BANDS).map(step).collect()
}

/// The synthesis with the steps of what was observed.
fn converted(
    config: &WaveletConfig,
    (tensors, synthesis): (&StoredTensors<'_>, &FloatSynthesis),
    observed: &Observed,
    calibration: &Calibration,
) -> Result<SynthesisSpec> {
    let inputs = observed.scale("inputs", calibration.input_limit, calibration)?;
    let mut stream = observed.scale("stream", calibration.stream_limit, calibration)?;
    let bands = |part: usize| Scale::fixed(band_steps().repeat(part), i16::MAX);
    let c = config.width;
    let up = linear(&synthesis.up, &inputs, &mut stream.clone().repeated(4), false);
    let mut blocks = Vec::new();
    for (index, block) in synthesis.blocks.iter().enumerate() {
        let hidden = |part: &str, limit| observed.scale(&format!("{index}.{part}"), limit, calibration);
        let mut a = hidden("a", calibration.wide_limit)?;
        let mut d = hidden("d", calibration.inner_limit)?;
        let mut f1 = hidden("f1", calibration.inner_limit)?;
        stream = stream.with_means(observed, &format!("{index}.x"))?;
        let a_layer = linear(&block.a, &stream, &mut a, true);
        let d_layer = convolution(&block.d, c, &a, &mut d);
        let b_layer = linear(&block.b, &d, &mut stream, false);
        stream = stream.with_means(observed, &format!("{index}.y"))?;
        let f1_layer = linear(&block.f1, &stream, &mut f1, true);
        let f2_layer = linear(&block.f2, &f1, &mut stream, false);
        blocks.push(BlockSpec {
            a: a_layer,
            d: d_layer,
            b: b_layer,
            f1: f1_layer,
            f2: f2_layer,
        });
    }
    stream = stream.with_means(observed, "end")?;
    Ok(SynthesisSpec {
        gains: gains(tensors, &inputs)?,
        up,
        blocks,
        output: linear(&synthesis.output, &stream, &mut bands(1), false),
        skip: linear(&synthesis.skip, &inputs, &mut bands(4), false),
        filter_bits: 0,
        filters: Vec::new(),
    })
}

fn stored(params: &Params) -> StoredTensors<'static> {
    let tensor = |(name, tensor): (&String, &crate::weights::NamedTensor)| {
        (
            name.clone(),
            StoredTensor::of(&tensor.shape, &tensor.data, Type::Single),
        )
    };
    params.iter().map(tensor).collect()
}

/// What the networks are shown.
struct Example {
    /// Rows and columns of its bands.
    size: [usize; 2],
    /// Of an image, or of the difference of a frame to its prediction.
    bands: Vec<f32>,
    /// Those of the prediction, if there is one.
    predicted: Option<Vec<f32>>,
    /// Whether it is as extreme as pictures get.
    is_extreme: bool,
}

impl Example {
    fn bands_of(crop: &Planes) -> ([usize; 2], Vec<f32>) {
        let size = [crop.height / BLOCK, crop.width / BLOCK];
        (size, lmc_kernels::packet::bands_of(&crop.data, crop.height, crop.width))
    }

    fn of_image(crop: &Planes, is_extreme: bool) -> Result<Self> {
        super::check_multiples("crop", crop.height, crop.width, LATENT_BLOCK * HYPER_BLOCK)?;
        let (size, bands) = Self::bands_of(crop);
        Ok(Self {
            size,
            bands,
            predicted: None,
            is_extreme,
        })
    }

    fn of_difference(crop: PredictedCrop, is_extreme: bool) -> Result<Self> {
        let PredictedCrop { size, bands, predicted } = crop;
        super::check_multiples("crop", size[0], size[1], LATENT_BLOCK * HYPER_BLOCK / BLOCK)?;
        super::check_len("crop", bands.len(), size[0] * size[1] * lmc_kernels::packet::BANDS)?;
        super::check_len("prediction", predicted.len(), bands.len())?;
        let difference = bands.iter().zip(&predicted).map(|(own, predicted)| own - predicted);
        Ok(Self {
            size,
            bands: difference.collect(),
            predicted: Some(predicted),
            is_extreme,
        })
    }
}

/// What the networks make of all examples, each at some qualities.
fn observe(
    config: &WaveletConfig,
    (tensors, synthesis): (&StoredTensors<'_>, &FloatSynthesis),
    examples: impl IntoIterator<Item = Result<Example>>,
) -> Result<Observed> {
    let analysis = Analysis::new(tensors, config)?;
    let seen = synthesis
        .seen
        .is_some()
        .then(|| Pack(tensors, Rounding::Int16).linear(SEEN_BY_ANALYSIS));
    let seen = seen.transpose()?;
    let gains = |name: &str| {
        let tensor = tensors.get(name).map(|tensor| tensor.values());
        let values = tensor.ok_or_else(|| CodecError::Weights(format!("there is no {name}")))?;
        Ok::<_, CodecError>(LogGains::new(values, config.latents))
    };
    let (gain, inverse) = (gains(layout::GAIN)?, gains(layout::INVERSE_GAIN)?);
    let mut observed = Observed::default();
    for (index, example) in examples.into_iter().enumerate() {
        let example = example?;
        let size = example.size.map(|side| side * BLOCK / LATENT_BLOCK);
        let y = match (&seen, &example.predicted) {
            (Some(layer), Some(predicted)) => analysis.run_seeing(&example.bands, (layer, predicted), size),
            _ => analysis.run(&example.bands, size[0], size[1]),
        };
        for part in 0..QUALITIES {
            let hundredths = (index * 1_700 + part * 2_477) % (usize::from(Quality::MAX) + 1);
            let position = Quality::from_hundredths(hundredths as u16)?.position(config.anchors);
            let (gain, inverse) = (gain.at(position), inverse.at(position));
            // As decoders get them, but for the choices of a trellis.
            let factors = gain.iter().zip(&inverse).cycle();
            let y_hat = y
                .iter()
                .zip(factors)
                .map(|(y, (gain, inverse))| (y * gain).round() * inverse);
            let y_hat: Vec<f32> = y_hat.collect();
            synthesis.run(&y_hat, example.predicted.as_deref(), size, &mut |name, map| {
                observed.see(name, map, config, example.is_extreme)
            });
        }
    }
    Ok(observed)
}

/// Inverse gains in the steps of the inputs.
fn gains(tensors: &StoredTensors<'_>, inputs: &Scale) -> Result<GainSpec> {
    let logs = tensors.get(layout::INVERSE_GAIN).map(|tensor| tensor.values());
    let logs = logs.ok_or_else(|| CodecError::Weights("there are no inverse gains".into()))?;
    let one = f64::from(1 << 16);
    let log = |(log, step): (&f32, &f64)| {
        let exact = f64::from(*log) / std::f64::consts::LN_2 - f64::from(DECODED_BITS) - step.log2();
        (exact.clamp(-16.0, 13.99) * one).round() as i32
    };
    Ok(GainSpec {
        limit: inputs.limit,
        logs: logs.iter().zip(inputs.steps.iter().cycle()).map(log).collect(),
    })
}
