//! The integer prior as a differentiable network: its weights in floating point.

use lmc_codec::codecs::video::SIDE_FRACTION_BITS;
use lmc_entropy::prior::{PriorSpec, SideSpec};
use lmc_kernels::net::{BlockSpec, DepthwiseSpec, LayerSpec, PointwiseSpec, Rescale};

use crate::wavelet::{HYPER_FRACTION_BITS, LOG_SCALE_FRACTION_BITS, MEAN_FRACTION_BITS, NamedTensor, Params};
use crate::{ModelError, Result};

/// What one unit of an integer activation stands for at the ends of a layer.
#[derive(Debug, Clone, Copy)]
struct Units {
    input: f64,
    output: f64,
}

/// Inside of a network any unit serves, as its layers are homogeneous. With this one weights are about as large as those of
/// trained models are, so that an optimiser's steps fit them.
const INNER: f64 = 1.0 / 512.0;

fn fraction(bits: u32) -> f64 {
    f64::from(1u32 << bits).recip()
}

/// The parameters of a [`PriorTwin`](crate::wavelet::PriorTwin) that computes what `spec` does, but for the rounding inside.
///
/// # Errors
/// [`ModelError::Weights`] if the networks are not those of a wavelet model.
pub(crate) fn twin_params(spec: &PriorSpec) -> Result<Params> {
    let unknown = || ModelError::Weights("the prior has other layers than a wavelet model".into());
    let mut params = Params::new();
    let z = fraction(u32::from(spec.z_shift));
    let hyper = fraction(HYPER_FRACTION_BITS);
    let [
        LayerSpec::Pointwise(up1),
        LayerSpec::PixelShuffle,
        LayerSpec::Block(block1),
        LayerSpec::Pointwise(up2),
        LayerSpec::PixelShuffle,
        LayerSpec::Block(block2),
    ] = &spec.hs[..]
    else {
        return Err(unknown());
    };
    let units = |input, output| move |_: usize| Units { input, output };
    pointwise(&mut params, "up1", up1, units(z, INNER), unshuffled);
    block(&mut params, "block1", block1, INNER);
    pointwise(&mut params, "up2", up2, units(INNER, hyper), unshuffled);
    block(&mut params, "block2", block2, hyper);
    let two = [("first".to_owned(), &spec.p1), ("second".to_owned(), &spec.p2)];
    let four = spec
        .deep
        .iter()
        .enumerate()
        .map(|(index, layers)| (format!("deep.{index}"), layers));
    for (name, layers) in two.into_iter().chain(four) {
        let [
            LayerSpec::Pointwise(input),
            LayerSpec::Block(inner),
            LayerSpec::Pointwise(output),
        ] = &layers[..]
        else {
            return Err(unknown());
        };
        pointwise(
            &mut params,
            &format!("{name}.input"),
            input,
            units(hyper, INNER),
            in_order,
        );
        block(&mut params, &format!("{name}.block"), inner, INNER);
        let ends = |index: usize| Units {
            input: INNER,
            output: fraction(if index < spec.channels {
                MEAN_FRACTION_BITS
            } else {
                LOG_SCALE_FRACTION_BITS
            }),
        };
        pointwise(&mut params, &format!("{name}.output"), output, ends, in_order);
    }
    Ok(params)
}

/// The parameters of a [`Side`](crate::video::Side) network that computes what `spec` does, but for the rounding inside.
///
/// # Errors
/// [`ModelError::Weights`] if its layers are not those of a video model.
pub(crate) fn side_twin_params(spec: &SideSpec) -> Result<Params> {
    let unknown = || ModelError::Weights("the side features have other layers than a video model".into());
    let (
        [LayerSpec::Pointwise(bands)],
        [
            LayerSpec::Pointwise(input),
            LayerSpec::Block(inner),
            LayerSpec::Pointwise(output),
        ],
    ) = (&spec.first[..], &spec.rest[..])
    else {
        return Err(unknown());
    };
    let fine = SIDE_FRACTION_BITS
        .checked_sub(u32::from(spec.input_shift))
        .ok_or_else(unknown)?;
    let units = |input, output| move |_: usize| Units { input, output };
    let mut params = Params::new();
    let hyper = fraction(HYPER_FRACTION_BITS);
    pointwise(
        &mut params,
        "bands",
        bands,
        units(fraction(SIDE_FRACTION_BITS), fraction(fine)),
        in_order,
    );
    pointwise(&mut params, "input", input, units(fraction(fine), INNER), in_order);
    block(&mut params, "block", inner, INNER);
    pointwise(&mut params, "output", output, units(INNER, hyper), in_order);
    Ok(params)
}

fn in_order(index: usize, _outputs: usize) -> usize {
    index
}

/// From the order (channel, row, column) of the integers to (row, column, channel).
fn unshuffled(index: usize, outputs: usize) -> usize {
    index % 4 * (outputs / 4) + index / 4
}

fn block(params: &mut Params, name: &str, spec: &BlockSpec, stream: f64) {
    let part = |part: &str| format!("{name}.{part}");
    let units = |input, output| move |_: usize| Units { input, output };
    pointwise(params, &part("a"), &spec.a, units(stream, INNER), in_order);
    depthwise(params, &part("d"), &spec.d);
    pointwise(params, &part("b"), &spec.b, units(INNER, stream), in_order);
    pointwise(params, &part("f1"), &spec.f1, units(stream, INNER), in_order);
    pointwise(params, &part("f2"), &spec.f2, units(INNER, stream), in_order);
}

fn pointwise(
    params: &mut Params,
    name: &str,
    spec: &PointwiseSpec,
    units: impl Fn(usize) -> Units,
    place: impl Fn(usize, usize) -> usize,
) {
    let mut weight = vec![0.0; spec.inputs * spec.outputs];
    let mut bias = vec![0.0; spec.outputs];
    for (index, row) in spec.weights.chunks_exact(spec.inputs).enumerate() {
        let Units { input, output } = units(index);
        let (to, factor) = (place(index, spec.outputs), factor(&spec.rescale, index) * output);
        bias[to] = (f64::from(spec.rescale.bias[index]) * factor) as f32;
        for (source, value) in row.iter().enumerate() {
            weight[source * spec.outputs + to] = (f64::from(*value) * factor / input) as f32;
        }
    }
    set(params, name, [spec.inputs, spec.outputs], weight, bias);
}

fn depthwise(params: &mut Params, name: &str, spec: &DepthwiseSpec) {
    let taps = spec.kernel * spec.kernel;
    let mut weight = vec![0.0; taps * spec.channels];
    let mut bias = vec![0.0; spec.channels];
    for (channel, row) in spec.weights.chunks_exact(taps).enumerate() {
        let factor = factor(&spec.rescale, channel);
        bias[channel] = (f64::from(spec.rescale.bias[channel]) * factor * INNER) as f32;
        for (tap, value) in row.iter().enumerate() {
            weight[tap * spec.channels + channel] = (f64::from(*value) * factor) as f32;
        }
    }
    set(params, name, [taps, spec.channels], weight, bias);
}

/// What a sum of products is multiplied by.
fn factor(rescale: &Rescale, index: usize) -> f64 {
    f64::from(rescale.mult[index]) / f64::from(rescale.shift[index]).exp2()
}

fn set(params: &mut Params, name: &str, shape: [usize; 2], weight: Vec<f32>, bias: Vec<f32>) {
    let mut put = |part: &str, shape: &[usize], data| {
        let shape = shape.to_vec();
        params.insert(format!("{name}.{part}"), NamedTensor { shape, data });
    };
    let outputs = shape[1];
    put("weight", &shape, weight);
    put("bias", &[outputs], bias);
}
